"""The real Airflow under fire: scheduler, triggerer, workers and local_aws killed while windows run.

`python -m tests.chaos.stack` brings in some days undisturbed, then the same days in another account by a backfill of
the real scheduler (LocalExecutor on PostgreSQL), kills one process after another with `kill -9` until the backfill is
over, starts again what does not start by itself, and compares every row. `tests.chaos.year` does the same with a year.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import Any

import psutil

from laptop import endpoint as laptop_endpoint
from laptop import environment
from laptop import stack as laptop_stack
from laptop import up as laptop_up
from laptop.rest import ENDED, RestError
from laptop.stack import Stack, free_port
from laptop.store import BUFFERING, bounds
from laptop.up import DAGS, deploy
from producer import Arrival
from tests.chaos import report
from tests.chaos.endpoint import Endpoint
from tests.chaos.faults import DASHBOARDS, LAKE, WAREHOUSE
from tests.chaos.store import Store
from tests.chaos.suite import differences, store_days, window
from tests.chaos.workers import Workers

QUIET, WILD = "400000000001", "400000000002"
VICTIMS = ("worker", "triggerer", "local_aws", "worker", "scheduler")
PATIENCE = 2400.0
AT_A_TIME = 4
Span = tuple[date, int]
"""The first day of a window, and how many days it has."""
Sent = list[tuple[date, list[Arrival]]]
IMPATIENT = {
    # what is gone is missed soon, and tried again soon
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
    "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
    "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": "20",
    "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "10",
    "AIRFLOW__TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": "20",
    "AIRFLOW__AWS_WAREHOUSE__RETRIES": "6",
    "AIRFLOW__AWS_WAREHOUSE__RETRY_DELAY_SECONDS": "2",
    "AIRFLOW__AWS_WAREHOUSE__INLINE_WAIT_SECONDS": "0",
    "AIRFLOW__AWS_WAREHOUSE__POLL_INTERVAL_SECONDS": "1",
}


class UnderFire:
    """The stack, its windows, and who is killed.

    :param every: seconds between two kills, on average.
    """

    def __init__(self, stack: Stack, endpoint: Endpoint, rng: Random, every: float) -> None:
        self._stack = stack
        self._endpoint = endpoint
        self._rng = rng
        self._every = every
        self._victims = cycle(VICTIMS)
        self.killed: Counter[str] = Counter()
        self.cleared = 0

    def backfill(self, first: date, last: date) -> None:
        """One of Airflow's own, of daily windows."""
        self._stack.airflow.backfill(LAKE, f"{first}T00:00:00Z", f"{last}T00:00:00Z", AT_A_TIME)
        windows = (last - first).days + 1
        self._kill_until(lambda states: states["success"] >= windows and not states["running"] + states["queued"])

    def by_hand(self, spans: list[Span]) -> None:
        """Windows triggered in the order that is given, so many at a time; what they wake waits for the last one."""
        todo = iter(spans)
        for dag in (WAREHOUSE, DASHBOARDS):
            self._stack.airflow.pause(dag, True)

        def is_over(states: Counter[str]) -> bool:
            free = AT_A_TIME - states.total() + states["success"]
            for span in islice(todo, free):
                self._stack.airflow.trigger(LAKE, window(*span))
            return states["success"] >= len(spans)

        self._kill_until(is_over)
        for dag in (WAREHOUSE, DASHBOARDS):
            self._stack.airflow.pause(dag, False)

    def _kill_until(self, is_over: Callable[[Counter[str]], bool]) -> None:
        """Kill until the states of the runs say that it is over; a person clears those that failed."""
        due, shown = time.monotonic() + self._every, Counter[str]()
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with contextlib.suppress(RestError):
                ours = (run for run in self._stack.airflow.runs(LAKE) if run["run_type"] != "scheduled")
                states = Counter(run["state"] for run in ours)
                if is_over(states):
                    return
                if states != shown:
                    print(f"windows: {dict(states)}", flush=True)
                    shown = states
                self._clear_failed(LAKE)
            if time.monotonic() > due:
                self._kill(next(self._victims))
                due = time.monotonic() + self._rng.uniform(0.5, 1.5) * self._every
            time.sleep(0.5)
        raise RuntimeError(f"the windows are not over after {PATIENCE:.0f} s: {dict(shown)}")

    def settle(self, store: Store) -> None:
        """Wait until what the backfill woke is done: nothing is pending, and SPICE is newer than that."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self._clear_failed(WAREHOUSE, DASHBOARDS)
            if not self._busy():
                if not store.ledger.pending():
                    break
                self._stack.airflow.trigger(WAREHOUSE)
            time.sleep(1)
        run = self._stack.airflow.trigger(DASHBOARDS)
        self._stack.airflow.wait_for_run(DASHBOARDS, run, PATIENCE)

    def _busy(self) -> bool:
        runs = [run for dag in (WAREHOUSE, DASHBOARDS) for run in self._stack.airflow.runs(dag)]
        return any(run["state"] not in ENDED for run in runs)

    def _clear_failed(self, *dags: str) -> None:
        for dag in dags:
            for run in self._stack.airflow.runs(dag):
                if run["state"] == "failed":
                    self.cleared += 1
                    self._stack.airflow.clear(dag, run["dag_run_id"])

    def _kill(self, victim: str) -> None:
        if victim == "local_aws":
            self._endpoint.kill()
            time.sleep(self._rng.uniform(0, 2))
            self._endpoint.start()
        elif victim == "worker":
            if (task := self._task()) is None:
                return
            task.kill()
        else:
            process = self._stack.processes.find(victim)
            if process is None:
                return
            process.kill()
            time.sleep(self._rng.uniform(0, 2))
            self._stack.revive(victim)
        self.killed[victim] += 1
        print(f"killed {victim}: {dict(self.killed)}", flush=True)

    def _task(self) -> psutil.Process | None:
        """A process in which a task runs: below a worker of the executor."""
        scheduler = self._stack.processes.find("scheduler")
        if scheduler is None:
            return None
        found = []
        with contextlib.suppress(psutil.NoSuchProcess):
            found = [task for worker in scheduler.children() for task in worker.children()]
        return self._rng.choice(found) if found else None


@contextlib.contextmanager
def running_stack(state: Path, endpoint: Endpoint) -> Iterator[Stack]:
    """A deployed stack whose local_aws is the endpoint."""
    extra = {"endpoint_url": endpoint.url, "region_name": environment.REGION}
    connection = {"conn_type": "aws", "login": WILD, "password": "secret", "extra": extra}
    stack = Stack(state / "up", variables={**IMPATIENT, "AIRFLOW_CONN_AWS_DEFAULT": json.dumps(connection)})
    # a machine that is busy with other things has to start it too
    laptop_stack.START_SECONDS = laptop_up.DEPLOY_SECONDS = PATIENCE
    kept = laptop_endpoint.start, laptop_endpoint.stop
    laptop_endpoint.start, laptop_endpoint.stop = (lambda port: endpoint.url), (lambda: False)
    try:
        stack.start(free_port(), free_port(), "0 0 * * *")
        deploy(stack)
        yield stack
    finally:
        stack.stop()
        laptop_endpoint.start, laptop_endpoint.stop = kept


def undisturbed(state: Path, endpoint: Endpoint, sent: Sent, windows: list[Span]) -> None:
    """The windows by a small loop, one after another; what the tables hold goes to a file."""
    workers = Workers(state / "quiet", endpoint.url, {})
    workers.use_account(QUIET)
    store = Store(endpoint, QUIET)
    assert workers.run("warehouse_deploy") == "success", workers.last_words()
    arrive(store, sent, windows)
    for span in windows:
        assert workers.run(LAKE, window(*span)) == "success", workers.last_words()
        print(f"undisturbed: {span[0]} + {span[1]} days", flush=True)
    for dag in (WAREHOUSE, DASHBOARDS):
        assert workers.run(dag) == "success", workers.last_words()
    (state / "expected.json").write_text(json.dumps(store.content()))


def arrive(store: Store, sent: Sent, windows: list[Span]) -> None:
    """All of it is sent, and the last window is over."""
    store.prepare_to_look()
    for day, records in sent:
        store.send(day, records)
    last, days = windows[-1]
    store.endpoint.set_clock(bounds(last + timedelta(days - 1))[1] + BUFFERING)


@dataclass
class Outcome:
    """What became of the windows under fire."""

    fire: UnderFire
    difference: list[str]
    expected: dict[str, list[Any]]
    minutes: float

    def told(self, what: str, seed: int) -> str:
        killed = ", ".join(f"{name} {count}" for name, count in sorted(self.fire.killed.items()))
        return (
            f"{what}, {AT_A_TIME} at a time, by the real scheduler (LocalExecutor on PostgreSQL), seed {seed}:"
            f" {self.fire.killed.total()} processes killed ({killed}), {self.fire.cleared} runs cleared by a person,"
            f" {self.minutes:.0f} minutes. "
            + (
                f"**It differs**: {'; '.join(self.difference)}"
                if self.difference
                else "Every table of lake, Redshift and SPICE equals the undisturbed one, row for row; every window"
                " balances, nothing is left running."
            )
        )


def compared(
    name: str, sent: Sent, windows: list[Span], under_fire: Callable[[UnderFire], None], rng: Random, every: float
) -> Outcome:
    """Bring the same records in twice, undisturbed and under fire, and compare.

    :param name: of the run; its state lies below that.
    :param windows: in which the undisturbed account takes the records in.
    :param under_fire: starts the windows of the other one, and returns when they are over.
    """
    began, state = time.monotonic(), environment.STATE / name
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    endpoint = Endpoint(state / "local_aws", free_port())
    try:
        endpoint.start()
        _in_a_child(lambda: undisturbed(state, endpoint, sent, windows))
        with running_stack(state, endpoint) as stack:
            store = Store(endpoint, WILD)
            arrive(store, sent, windows)
            endpoint.set_clock(datetime.now(UTC))  # the schedule's own run waits for yesterday to end
            for dag in DAGS:
                stack.airflow.pause(dag, False)
            fire = UnderFire(stack, endpoint, rng, every)
            under_fire(fire)
            fire.settle(store)
            expected = json.loads((state / "expected.json").read_text())
            difference = differences(expected, store.content())
            difference += [f"still running: {job}" for job in store.jobs().running]
            for entry in store.ledger.windows():
                entry.check()
    finally:
        endpoint.stop()
    return Outcome(fire, difference, expected, (time.monotonic() - began) / 60)


def _in_a_child(work: Callable[[], None]) -> None:
    """Airflow reads its settings once a process: the small loop has a process of its own."""
    if pid := os.fork():
        if os.waitpid(pid, 0)[1]:
            raise RuntimeError("the undisturbed days failed: what is printed above says why")
        return
    try:
        work()
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=float, default=12.0, help="seconds between two kills")
    parser.add_argument("--write", action="store_true", help="write docs/reliability.md")
    options = parser.parse_args()
    sent = store_days(options.days, options.seed)
    first, last = sent[0][0], sent[-1][0]
    windows = [(first + timedelta(number), 1) for number in range((last - first).days + 1)]
    rng = Random(options.seed)
    outcome = compared("chaos-stack", sent, windows, lambda fire: fire.backfill(first, last), rng, options.every)
    told = outcome.told(f"A backfill of {len(windows)} daily windows", options.seed)
    print(told)
    if options.write:
        report.write("stack", told)
    return 1 if outcome.difference else 0


if __name__ == "__main__":
    sys.exit(main())
