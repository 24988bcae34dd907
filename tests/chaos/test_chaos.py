"""A small part of `make chaos`: seeded, with each kind of process killed, on every submission."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.faults import ALL, Case, every_case, plan
from tests.chaos.suite import differences

ROOT = Path(__file__).parents[2]
CALLS = {
    "sending": {"firehose.Deliver": 2, "kinesis.PutRecords": 2},
    "order_lake": {"athena.StartQueryExecution": 7, "glue.StartCrawler": 1},
    "sales_dashboards": {"quicksight.CreateIngestion": 2},
}


@pytest.mark.stack
def test_tables_are_the_same_whatever_happens_at_a_few_calls(tmp_path: Path) -> None:
    kept_out = ("AIRFLOW", "AWS_", "PYTEST")
    variables = {name: text for name, text in os.environ.items() if not name.startswith(kept_out)}
    options = "--faults 6 --days 2 --shards 1 --seed 5 --at-least 4 --state"
    ran = subprocess.run(
        [sys.executable, "-m", "tests.chaos", *options.split(), str(tmp_path)],
        cwd=ROOT,
        env=variables | {"PYTHONPATH": f"{ROOT}:{ROOT / 'plugins'}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_every_call_meets_every_kind_before_one_meets_the_same_again() -> None:
    cases = list(every_case(CALLS))
    days = plan(cases, 0, seed=3)
    planned = [case for day in days for case in day.values()]
    assert sorted(map(str, planned)) == sorted(map(str, cases))
    lake = [case for case in planned if case.call == "athena.StartQueryExecution"]
    kinds = {case.kind for case in lake}
    assert {case.kind for case in lake[: len(kinds)]} == kinds <= set(ALL)


def test_same_seed_plans_the_same_faults() -> None:
    assert plan(every_case(CALLS), 20, seed=3) == plan(every_case(CALLS), 20, seed=3)
    assert plan(every_case(CALLS), 20, seed=3) != plan(every_case(CALLS), 20, seed=4)


def test_fault_names_the_call_by_its_number() -> None:
    assert Case("order_lake", "glue.StartCrawler", 2, "answer lost").fault == "glue.StartCrawler#2=drop"
    lost = Case("order_lake", "glue.StartCrawler", 2, "answers lost until the try fails")
    assert lost.fault == "glue.StartCrawler#2-7=drop"


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ([["a", "1"]], ""),
        ([], "lines: 1 rows differ or are missing, 0 are too many"),
        ([["a", "1"], ["a", "1"]], "lines: 0 rows differ or are missing, 1 are too many"),
        ([["a", "2"]], "lines: 1 rows differ or are missing, 1 are too many"),
    ],
    ids=["equal", "a row lost", "a row doubled", "a row changed"],
)
def test_a_difference_is_told_by_table_and_rows(found: list[list[str]], said: str) -> None:
    assert "".join(differences({"lines": [["a", "1"]]}, {"lines": found})).startswith(said)
