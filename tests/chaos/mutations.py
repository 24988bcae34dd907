"""Each protection taken away, and the tests that must notice: `python -m tests.chaos.mutations`.

A protection is a piece of the text of one file. It is changed in a copy of the checkout, and the named tests are run
there: if they pass, nothing holds it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.chaos import report

ROOT = Path(__file__).parents[2]
COPIED = ("dags", "include", "laptop", "local_aws", "plugins", "producer", "tests", "pyproject.toml")
SECONDS = 900


@dataclass(frozen=True)
class Mutation:
    """A protection.

    :param protects: what it is for.
    :param file: where it is.
    :param old: its text, which is there once.
    :param new: what stands there without it.
    :param test: what has to fail then.
    """

    protects: str
    file: str
    old: str
    new: str
    test: str


MERGE = "include/sql/athena/order_lines/merge_window.sql"
REJECTS = "include/sql/athena/order_rejects/merge_window.sql"
RESUME = "plugins/aws_warehouse/resume.py"
LEDGER = "plugins/aws_warehouse/ledger.py"
LEASE = "plugins/aws_warehouse/lease.py"
TASKS = "plugins/aws_warehouse/tasks.py"
MUTATIONS = (
    Mutation(
        "the merge key: an event that arrives again is no second line",
        MERGE,
        "ON kept.event_id = arrived.event_id AND kept.order_day = arrived.order_day",
        "ON kept.event_id = arrived.event_id AND kept.arrival_hour = arrived.arrival_hour",
        "tests/e2e/test_exactly_once.py::test_event_that_arrives_late_in_an_earlier_window_moves_there_and_both_balance",
    ),
    Mutation(
        "one of several copies in a window",
        MERGE,
        "WHERE copy = 1",
        "WHERE copy >= 1",
        "tests/e2e/test_rejects.py::test_counts_add_up_with_rejects_and_repeats",
    ),
    Mutation(
        "the earliest arrival stands, in whatever order windows run",
        MERGE,
        "WHEN MATCHED AND arrived.arrival_hour < kept.arrival_hour",
        "WHEN MATCHED AND arrived.arrival_hour > kept.arrival_hour",
        "tests/e2e/test_exactly_once.py::test_event_that_arrives_late_in_an_earlier_window_moves_there_and_both_balance",
    ),
    Mutation(
        "the key of rejects: a window run twice sets nothing aside twice",
        REJECTS,
        "ON kept.reject_id = arrived.reject_id AND kept.arrival_hour = arrived.arrival_hour",
        "ON FALSE AND kept.arrival_hour = arrived.arrival_hour",
        "tests/e2e/test_poison.py::test_merging_it_all_again_changes_nothing",
    ),
    Mutation(
        "a reject that can be read after a fix is set aside no longer",
        REJECTS,
        "WHEN MATCHED AND arrived.reason IS NULL THEN DELETE\n",
        "",
        "tests/e2e/test_rejects.py::test_rejects_that_can_be_read_after_a_fix_are_replayed_by_their_window_and_it_balances",
    ),
    Mutation(
        "an earlier window that runs later takes its events out of the later one's entry",
        LEDGER,
        "                other.days[day] -= lost\n",
        "                lost = 0\n",
        "tests/plugins/test_ledger.py::test_earlier_window_run_later_takes_its_events_over_and_both_balance",
    ),
    Mutation(
        "the balance of a window",
        LEDGER,
        "        if accounted != self.raw_records:",
        "        if accounted > self.raw_records + 10:",
        "tests/plugins/test_ledger.py::test_window_that_does_not_balance_is_refused_and_the_layer_named",
    ),
    Mutation(
        "no readable event is missing from the lake",
        LEDGER,
        "        if self.missing:",
        "        if self.missing < 0:",
        "tests/plugins/test_ledger.py::test_window_that_does_not_balance_is_refused_and_the_layer_named",
    ),
    Mutation(
        "a window that does not balance is not published",
        LEDGER,
        "            except LedgerImbalanceError:\n                continue\n",
        "            except LedgerImbalanceError:\n                pass\n",
        "tests/plugins/test_ledger.py::test_window_that_does_not_balance_is_not_published",
    ),
    Mutation(
        "a day is loaded only as the windows stood when the load was planned",
        LEDGER,
        "if loaded.get(day) != windows}",
        "if day not in loaded}",
        "tests/plugins/test_ledger.py::test_days_are_pending_until_loaded_as_they_stand",
    ),
    Mutation(
        "lake and fact agree unless a window was merged meanwhile",
        TASKS,
        "    merged = is_held or held.generation != generation\n",
        "    merged = True\n",
        "tests/plugins/test_reconcile.py::test_lake_that_lost_or_gained_rows_with_no_window_at_work_fails",
    ),
    Mutation(
        "a window that failed for good hides no difference",
        TASKS,
        "    merged = is_held or held.generation != generation\n",
        "    merged = is_held or held.generation != generation or bool(kept.open_windows())\n",
        "tests/plugins/test_reconcile.py::test_window_that_failed_before_the_load_and_stays_open_hides_no_difference",
    ),
    Mutation(
        "the lease has one holder",
        LEASE,
        'if found.holder not in ("", holder) and now < found.until:\n                return found',
        'if found.holder == "nobody" and now < found.until:\n                return found',
        "tests/plugins/test_lease.py::test_second_window_does_not_get_what_the_first_one_has",
    ),
    Mutation(
        "of two that find the lease free, one gets it",
        LEASE,
        '        condition = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}\n',
        "        condition: dict[str, str] = {}\n",
        "tests/plugins/test_lease.py::test_of_many_at_a_time_one_gets_it",
    ),
    Mutation(
        "a holder that lost the lease meanwhile does not balance",
        LEASE,
        "if found.generation != generation or found.holder",
        "if found.generation < generation or found.holder",
        "tests/plugins/test_lease.py::test_balance_after_another_window_came_and_went_is_refused",
    ),
    Mutation(
        "a merge waits for another window's balance",
        "plugins/aws_warehouse/operators/merge.py",
        "        if held.holder != self._holder:",
        "        if held.holder == self._holder + ' ':",
        "tests/plugins/test_lease.py::test_merge_waits_for_another_window_and_begins_when_that_gives_the_lease_back",
    ),
    Mutation(
        "a merge that met another commit is done again",
        RESUME,
        'elif event.get("conflict") and state["conflicts"] < MOST_CONFLICTS:',
        'elif event.get("conflict") and state["conflicts"] < 0:',
        "tests/plugins/test_lease.py::test_merge_that_meets_another_commit_is_done_again_and_nothing_is_lost",
    ),
    Mutation(
        "the token: a start whose answer was lost is not a second query",
        RESUME,
        'state["nonce"], index, spec]',
        "uuid.uuid4().hex, index, spec]",
        "tests/plugins/test_athena.py::test_crash_between_start_and_keeping_the_id_sends_the_same_token",
    ),
    Mutation(
        "the adoption of a query by the retry",
        RESUME,
        "        state = self._adopt(context) or self._begin(context)\n",
        "        state = self._begin(context)\n",
        "tests/plugins/test_athena.py::test_retry_after_a_crash_adopts_the_query",
    ),
    Mutation(
        "a job that nobody would tell of is not given up",
        RESUME,
        '        if event["status"] in (FAILED, LOST, TIMED_OUT):\n',
        '        if event["status"] != SUCCEEDED:\n',
        "tests/plugins/test_athena.py::test_retry_goes_on_with_a_query_that_nobody_would_tell_of",
    ),
    Mutation(
        "a clear runs again, and adopts nothing",
        RESUME,
        'return {"tries": getattr(context["ti"], "max_tries", 0), "sent": sent}',
        'return {"tries": 0, "sent": sent}',
        "tests/plugins/test_athena.py::test_cleared_task_runs_its_query_again",
    ),
    Mutation(
        "a crawl that began is found again after a crash",
        "plugins/aws_warehouse/operators/crawl.py",
        "        remember(job)\n        try:",
        "        try:",
        "tests/plugins/test_crawl.py::test_crash_right_after_the_start_finds_the_crawl_again",
    ),
    Mutation(
        "the crawl that is waited for is ours, not an earlier one",
        "plugins/aws_warehouse/triggers/crawl.py",
        'if crawl["CrawlId"] not in self.job["known"]]',
        "if crawl]",
        "tests/plugins/test_crawl.py::test_ready_of_an_earlier_crawl_is_not_ours",
    ),
    Mutation(
        "the ingestion's id: a retry adopts it",
        "plugins/aws_warehouse/operators/spice.py",
        'if code_of(error) != "ResourceExistsException":',
        'if code_of(error) != "":',
        "tests/plugins/test_spice.py::test_crash_right_after_the_start_is_answered_by_the_id",
    ),
    Mutation(
        "rows that SPICE dropped fail the refresh",
        "plugins/aws_warehouse/operators/spice.py",
        '        if rows["rows_dropped"] > self.max_rows_dropped:',
        '        if rows["rows_dropped"] > self.max_rows_dropped + 99:',
        "tests/plugins/test_spice.py::test_dropped_rows_fail_with_advice_unless_they_are_allowed",
    ),
)


def is_noticed(mutation: Mutation) -> bool:
    """Whether its test fails without the protection, in a copy of the checkout."""
    with tempfile.TemporaryDirectory(prefix="mutation-") as name:
        copy = Path(name)
        for each in COPIED:
            source = ROOT / each
            if source.is_dir():
                shutil.copytree(source, copy / each, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, copy / each)
        take_away(mutation, copy)
        command = [sys.executable, "-m", "pytest", "-q", "-x", mutation.test]
        variables = {key: text for key, text in os.environ.items() if not key.startswith(("AIRFLOW", "PYTHONPATH"))}
        options = {"cwd": copy, "env": variables, "capture_output": True, "text": True, "timeout": SECONDS}
        ran = subprocess.run(command, check=False, **options)  # type: ignore[call-overload]
    if ran.returncode not in (0, 1):
        raise RuntimeError(f"{mutation.test} could not be run:\n{ran.stdout[-2000:]}{ran.stderr[-500:]}")
    return ran.returncode == 1


def take_away(mutation: Mutation, root: Path) -> None:
    """Change the protection's text. :raises ValueError: when it is not there exactly once."""
    path = root / mutation.file
    found = path.read_text()
    if found.count(mutation.old) != 1:
        raise ValueError(f"{mutation.file} has {found.count(mutation.old)} times, not once: {mutation.old}")
    path.write_text(found.replace(mutation.old, mutation.new))


def table(noticed: dict[Mutation, bool]) -> str:
    """For docs/reliability.md."""
    lines = ["| protection | where | the test that fails without it |", "| --- | --- | --- |"]
    for mutation, seen in noticed.items():
        name = mutation.test.rpartition("::")[2]
        test = f"[`{name}`](../{mutation.test.partition('::')[0]})" if seen else f"**none**: `{name}` passes"
        lines.append(f"| {mutation.protects} | [`{Path(mutation.file).name}`](../{mutation.file}) | {test} |")
    return "\n".join(lines)


def main() -> int:
    chosen = [each for each in MUTATIONS if not sys.argv[2:] or any(word in each.protects for word in sys.argv[2:])]
    with ThreadPoolExecutor(2) as pool:
        noticed = {}
        for mutation, seen in zip(chosen, pool.map(is_noticed, chosen), strict=True):
            noticed[mutation] = seen
            print(f"{'noticed' if seen else 'NOT NOTICED'}  {mutation.protects}", flush=True)
    if sys.argv[1:2] == ["--write"] and len(chosen) == len(MUTATIONS):
        report.write("protections", table(noticed))
    return 0 if all(noticed.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
