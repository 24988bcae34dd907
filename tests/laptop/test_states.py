"""What a person does to a run by the REST API, at each of its states: the tables end up the same."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from datetime import date, timedelta
from urllib.parse import quote

import pytest

from laptop.airflow import InProcessAirflow
from laptop.processes import wait_until
from laptop.rest import ENDED
from laptop.run import ACCOUNT
from laptop.stack import Stack
from laptop.store import bounds, days_of
from local_aws.server import LocalAws
from producer import Arrival, Simulation
from tests.laptop import worlds
from tests.laptop.stacks import deployed

pytestmark = pytest.mark.stack

DAG = "order_lake"
FIRST_DAY = date(2010, 12, 1)
RUN_SECONDS = 600
STATES = {
    "running": "glue.StartCrawler#*=delay:4",
    "deferred": "athena.GetQueryExecution#*=throttle",
}
"""What keeps a task in a state for long enough to meet it there."""
CASES = [
    ("queued", "mark failed, trigger again"),
    ("queued", "trigger beside"),
    ("running", "mark failed, clear"),
    ("running", "mark failed, trigger again"),
    ("running", "trigger beside"),
    ("deferred", "mark failed, trigger again"),
    ("deferred", "clear"),
    ("success", "clear"),
    ("success", "mark failed, clear"),
    ("success", "trigger again"),
]


@pytest.fixture(scope="module")
def days() -> list[tuple[date, list[Arrival]]]:
    """As many as there are cases, a window each."""
    simulated = days_of(Simulation(FIRST_DAY, len(CASES), seed=5, orders_per_day=3), FIRST_DAY, len(CASES))
    return [(day, list(records)) for day, records in simulated]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, days: list[tuple[date, list[Arrival]]]) -> Iterator[Stack]:
    with deployed(tmp_path_factory.mktemp("states"), days, retry_delay_seconds="1") as made:
        yield made


class Person:
    """Somebody who does things to the runs of one window."""

    def __init__(self, stack: Stack, day: date) -> None:
        self._stack = stack
        start, end = bounds(day)
        self._window = {"window_start": start.isoformat(), "window_end": end.isoformat()}
        self.runs: list[str] = []

    def trigger(self) -> None:
        self.runs.append(self._stack.airflow.trigger(DAG, self._window))

    def mark_failed(self) -> None:
        self._stack.airflow.call("PATCH", self._path(), {"state": "failed"})

    def clear(self) -> None:
        self._stack.airflow.clear(DAG, self.runs[-1])

    def state(self) -> str:
        return str(self._stack.airflow.call("GET", self._path())["state"])

    def until(self, state: str) -> None:
        """Wait until the run is in a state, or one of its tasks is, for `running` and `deferred`."""

        def there() -> bool:
            if state in STATES:
                tasks = self._stack.airflow.tasks(DAG, self.runs[-1])
                return any(task["state"] == state for task in tasks)
            return self.state() == state

        assert wait_until(there, RUN_SECONDS, pause=0.2), (state, self._stack.airflow.tasks(DAG, self.runs[-1]))

    def _path(self) -> str:
        return f"/dags/{DAG}/dagRuns/{quote(self.runs[-1])}"


def set_faults(stack: Stack, *faults: str) -> None:
    body = json.dumps({"faults": faults}).encode()
    request = urllib.request.Request(f"{stack.endpoint_url}/_local_aws/faults", data=body, method="PUT")
    urllib.request.urlopen(request).close()


@pytest.mark.parametrize(("state", "deed"), CASES, ids=[f"{state}-{deed}" for state, deed in CASES])
def test_run_ends_well_whatever_is_done_to_it(stack: Stack, state: str, deed: str) -> None:
    person = Person(stack, FIRST_DAY + timedelta(days=CASES.index((state, deed))))
    stack.airflow.pause(DAG, state == "queued")
    set_faults(stack, *([STATES[state]] if state in STATES else []))
    try:
        person.trigger()
        person.until(state)
        if "mark failed" in deed:
            person.mark_failed()
            if state != "queued":  # its teardown waits for the DAG to go on
                person.until("failed")
        if "clear" in deed:
            person.clear()
        if "trigger" in deed:
            person.trigger()
    finally:
        set_faults(stack)
        stack.airflow.pause(DAG, False)
    *earlier, last = [stack.airflow.wait_for_run(DAG, run, RUN_SECONDS) for run in person.runs]
    tasks = {task["task_id"]: task["state"] for task in stack.airflow.tasks(DAG, person.runs[-1])}
    assert last == "success", tasks
    assert earlier == ["failed" if "mark failed" in deed else "success"] * len(earlier)


def test_tables_end_up_as_if_nobody_had_done_anything(
    stack: Stack,
    days: list[tuple[date, list[Arrival]]],
    local_aws: LocalAws,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    airflow = InProcessAirflow(tmp_path_factory.mktemp("airflow") / "run.log")
    disturbed = worlds.world_at(stack.endpoint_url, ACCOUNT, airflow)
    wanted = worlds.rows(worlds.undisturbed(local_aws.url, airflow, days))
    assert wait_until(lambda: worlds.is_published(disturbed, wanted), RUN_SECONDS, pause=2)
    assert wait_until(lambda: all(run["state"] in ENDED for run in stack.airflow.runs(DAG)), RUN_SECONDS)
    assert worlds.same(worlds.rows(disturbed), wanted)
    for entry in disturbed.ledger.windows():
        entry.check()
    assert disturbed.ledger.open_windows() == []
