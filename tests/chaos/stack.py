"""The real Airflow under fire: scheduler, triggerer, workers and local_aws killed while a backfill runs.

`python -m tests.chaos.stack` brings in some days undisturbed, then the same days in another account by a backfill of
the real scheduler (LocalExecutor on PostgreSQL), kills one process after another with `kill -9` until the backfill is
over, starts again what does not start by itself, and compares every row.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import quote

import psutil

from laptop import endpoint as laptop_endpoint
from laptop import environment
from laptop import stack as laptop_stack
from laptop import up as laptop_up
from laptop.rest import ENDED, RestError
from laptop.stack import Stack, free_port
from laptop.up import DAGS, deploy
from tests.chaos import report
from tests.chaos.endpoint import Endpoint
from tests.chaos.faults import DASHBOARDS, LAKE, WAREHOUSE
from tests.chaos.store import Store
from tests.chaos.suite import differences, store_days, window
from tests.chaos.workers import Workers

QUIET, WILD = "400000000001", "400000000002"
VICTIMS = ("worker", "triggerer", "local_aws", "worker", "scheduler")
PATIENCE = 2400.0
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
    """The stack, its backfill, and who is killed.

    :param every: seconds between two kills, on average.
    """

    def __init__(self, stack: Stack, endpoint: Endpoint, rng: Random, every: float) -> None:
        self._stack = stack
        self._endpoint = endpoint
        self._rng = rng
        self._every = every
        self.killed: Counter[str] = Counter()
        self.cleared = 0

    def backfill(self, first: str, last: str, windows: int) -> None:
        """Kill until as many runs have ended well; a person clears those that failed."""
        self._stack.airflow.backfill(LAKE, first, last, 4)
        victims, due = iter(VICTIMS * 1000), time.monotonic() + self._every
        deadline, states = time.monotonic() + PATIENCE, Counter[str]()
        while True:
            with contextlib.suppress(RestError):
                runs = self._stack.airflow.runs(LAKE)
                states = Counter(run["state"] for run in runs if run["run_type"] == "backfill")
                if states["success"] >= windows and not states["running"] + states["queued"]:
                    return
                self._clear_failed(LAKE)
            if time.monotonic() > deadline:
                raise RuntimeError(f"the backfill is not over after {PATIENCE:.0f} s: {dict(states)}")
            if time.monotonic() > due:
                self._kill(next(victims))
                due = time.monotonic() + self._rng.uniform(0.5, 1.5) * self._every
            time.sleep(0.5)

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
                    path = f"/dags/{dag}/dagRuns/{quote(run['dag_run_id'])}/clear"
                    self._stack.airflow.call("POST", path, {"dry_run": False, "only_failed": False})

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


def undisturbed(state: Path, endpoint: Endpoint, days: Any) -> None:
    """The days by a small loop, one after another; what the tables hold goes to a file."""
    workers = Workers(state / "quiet", endpoint.url, {})
    workers.use_account(QUIET)
    store = Store(endpoint, QUIET)
    assert workers.run("warehouse_deploy") == "success", workers.last_words()
    store.prepare_to_look()
    for day, records in days:
        store.send(day, records)
        assert workers.run(LAKE, window(day, 1)) == "success", workers.last_words()
    for dag in (WAREHOUSE, DASHBOARDS):
        assert workers.run(dag) == "success", workers.last_words()
    (state / "expected.json").write_text(json.dumps(store.content()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=float, default=12.0, help="seconds between two kills")
    parser.add_argument("--write", action="store_true", help="write docs/reliability.md")
    options = parser.parse_args()
    began, state = time.monotonic(), environment.STATE / "chaos-stack"
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    days = store_days(options.days, options.seed)
    endpoint = Endpoint(state / "local_aws", free_port())
    try:
        endpoint.start()
        if pid := os.fork():
            if os.waitpid(pid, 0)[1]:
                return 1
        else:
            undisturbed(state, endpoint, days)
            os._exit(0)
        with running_stack(state, endpoint) as stack:
            store = Store(endpoint, WILD)
            store.prepare_to_look()
            for day, records in days:
                store.send(day, records)
            endpoint.set_clock(datetime.now(UTC))
            for dag in DAGS:
                stack.airflow.pause(dag, False)
            fire = UnderFire(stack, endpoint, Random(options.seed), options.every)
            first, last = days[0][0], days[-1][0]
            windows = (last - first).days + 1
            fire.backfill(f"{first}T00:00:00Z", f"{last}T00:00:00Z", windows)
            fire.settle(store)
            difference = differences(json.loads((state / "expected.json").read_text()), store.content())
            difference += [f"still running: {job}" for job in store.jobs().running]
            for entry in store.ledger.windows():
                entry.check()
    finally:
        endpoint.stop()
    killed = ", ".join(f"{name} {count}" for name, count in sorted(fire.killed.items()))
    told = (
        f"A backfill of {windows} daily windows, four at a time, by the real scheduler (LocalExecutor on"
        f" PostgreSQL), seed {options.seed}: {fire.killed.total()} processes killed ({killed}), {fire.cleared} runs"
        f" cleared by a person, {(time.monotonic() - began) / 60:.0f} minutes. "
    )
    told += f"**It differs**: {'; '.join(difference)}" if difference else "Every table equals the undisturbed one."
    print(told)
    if options.write:
        report.write("stack", told)
    return 1 if difference else 0


if __name__ == "__main__":
    sys.exit(main())
