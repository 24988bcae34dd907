"""What `make up` starts, for real: scheduler, triggerer, REST API, local_aws; and that nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest

from laptop import endpoint, environment
from laptop.live import hour_of
from laptop.processes import wait_until
from laptop.rest import Airflow, RestError
from laptop.stack import HEALTHY, USER, Stack, free_port
from laptop.store import BUFFERING, bounds, days_of
from laptop.up import DAGS
from producer import Simulation
from tests.browser.conftest import CHROMIUM
from tests.laptop import ui
from tests.laptop.stacks import deployed

pytestmark = pytest.mark.stack

NO_CHROMIUM = "no chromium on the PATH: apt-get install chromium"
FIRST_DAY = date(2010, 12, 1)
DAYS = 4
RUN_SECONDS = 600
"""A bound for a machine that is busy with other tests."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A deployed stack on free ports, with some days in its stream."""
    simulated = days_of(Simulation(FIRST_DAY, DAYS, seed=3, orders_per_day=6), FIRST_DAY, DAYS)
    days = [(day, list(records)) for day, records in simulated]
    with deployed(tmp_path_factory.mktemp("up"), days) as made:
        yield made


@pytest.fixture(scope="module")
def page(stack: Stack, browser: Any) -> Any:
    """A page of somebody who has logged in."""
    return ui.logged_in(browser, stack.airflow, USER, stack.password)


def ended(stack: Stack, dag_id: str, run_id: str) -> dict[str, str]:
    """The states of a run's tasks, when it is over."""
    state = stack.airflow.wait_for_run(dag_id, run_id, RUN_SECONDS)
    tasks = {f"{task['task_id']}[{task['map_index']}]": task["state"] for task in stack.airflow.tasks(dag_id, run_id)}
    assert state == "success", tasks
    return tasks


def woken(stack: Stack, dag_id: str, task: str) -> dict[str, Any]:
    """The first run that an asset woke in which this task was run."""

    def runs() -> list[dict[str, Any]]:
        return [
            run
            for run in stack.airflow.runs(dag_id)
            if run["run_type"] == "asset_triggered"
            and any(
                found["task_id"] == task and found["state"] == "success"
                for found in stack.airflow.tasks(dag_id, run["dag_run_id"])
            )
        ]

    assert wait_until(lambda: bool(runs()), RUN_SECONDS, pause=1), f"no asset woke {dag_id}"
    return runs()[0]


def test_login_is_needed_and_given(stack: Stack) -> None:
    assert {name for name, state in stack.airflow.health().items() if state == "healthy"} >= HEALTHY
    assert stack.airflow.has_dags("warehouse_deploy", *DAGS)
    with pytest.raises(RestError, match="401"):
        Airflow(stack.airflow.url, "admin", "wrong").call("GET", "/dags")


def test_ports_are_open_on_this_machine_alone(stack: Stack) -> None:
    listening = {
        connection.laddr.ip
        for process in stack.processes.marked()
        for connection in process.net_connections(kind="tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def by_hand(stack: Stack, request: pytest.FixtureRequest) -> str:
    """Trigger the first day's window: by the form in the browser; without one, by the API."""
    start, end = bounds(FIRST_DAY)
    if CHROMIUM is None:
        return stack.airflow.trigger("order_lake", {"window_start": start.isoformat(), "window_end": end.isoformat()})
    ui.trigger(request.getfixturevalue("page"), stack.airflow, "order_lake", start, end)
    [run] = [run for run in stack.airflow.runs("order_lake") if run["run_type"] == "manual"]
    assert run["conf"]["window_start"].startswith(str(FIRST_DAY))
    return str(run["dag_run_id"])


def test_window_by_hand_goes_through_the_scheduler_and_wakes_what_follows(
    stack: Stack, request: pytest.FixtureRequest
) -> None:
    run = by_hand(stack, request)
    assert set(ended(stack, "order_lake", run).values()) == {"success"}
    for dag_id, task in (("order_warehouse", "reconcile_days"), ("sales_dashboards", "compare_spice")):
        ended(stack, dag_id, woken(stack, dag_id, task)["dag_run_id"])


def test_tasks_link_to_what_they_started(stack: Stack) -> None:
    """In local_aws' console, and to the dashboard."""
    found: dict[str, Any] = {}
    for dag_id, task in (("order_lake", "crawl"), ("order_lake", "merge"), ("sales_dashboards", "refresh")):
        run = next(run for run in stack.airflow.runs(dag_id) if run["state"] == "success" and _ran(stack, run, task))
        path = f"/dags/{dag_id}/dagRuns/{quote(run['dag_run_id'])}/taskInstances/{task}/links"
        index = "?map_index=0" if task == "refresh" else ""
        found |= stack.airflow.call("GET", path + index)["extra_links"]
    assert {name: bool(url) for name, url in found.items()} == {
        "Glue crawler": True,
        "Athena query": True,
        "SPICE ingestion": True,
        "Dashboard": True,
    }
    for url in found.values():
        assert url.startswith(stack.endpoint_url)
        with urllib.request.urlopen(url) as answer:
            assert answer.status == 200


def _ran(stack: Stack, run: dict[str, Any], task: str) -> bool:
    tasks = stack.airflow.tasks(run["dag_id"], run["dag_run_id"])
    return any(found["task_id"] == task and found["state"] == "success" for found in tasks)


def test_window_that_is_not_over_waits_in_the_triggerer(stack: Stack) -> None:
    start = hour_of(datetime.now(UTC))
    end = start + timedelta(hours=2)
    run = stack.airflow.trigger("order_lake", {"window_start": start.isoformat(), "window_end": end.isoformat()})
    states: dict[str, str] = {}

    def deferred() -> bool:
        states.update({task["task_id"]: task["state"] for task in stack.airflow.tasks("order_lake", run)})
        return states.get("delivered") == "deferred"

    assert wait_until(deferred, RUN_SECONDS, pause=0.5), states
    endpoint.set_clock(stack.endpoint_url, end + BUFFERING)
    try:
        assert set(ended(stack, "order_lake", run).values()) == {"success"}
    finally:
        endpoint.set_clock(stack.endpoint_url, None)


def test_backfill_of_three_days_by_the_rest_api(stack: Stack) -> None:
    first, last = bounds(FIRST_DAY + timedelta(days=1))[0], bounds(FIRST_DAY + timedelta(days=3))[0]
    backfill = stack.airflow.backfill("order_lake", first.isoformat(), last.isoformat(), max_active_runs=2)
    assert wait_until(
        lambda: stack.airflow.call("GET", f"/backfills/{backfill}")["completed_at"] is not None, RUN_SECONDS, pause=1
    )
    runs = [run for run in stack.airflow.runs("order_lake") if run["run_type"] == "backfill"]
    assert [
        (run["state"], run["data_interval_start"][:10]) for run in sorted(runs, key=lambda run: run["run_after"])
    ] == [("success", str(FIRST_DAY + timedelta(days=number))) for number in range(1, DAYS)]


@pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)
def test_pages_of_the_warehouse_are_in_the_navigation_and_show_what_ran(stack: Stack, page: Any) -> None:
    ledger = ui.framed(page, stack.airflow, "Ledger")
    windows = ledger.locator("table").first.locator("tbody tr")
    assert windows.filter(has_text=str(FIRST_DAY)).get_by_text("balanced", exact=True).count() == 1
    assert windows.filter(has_text="not balanced").count() == 0
    dashboards = ui.framed(page, stack.airflow, "Dashboards")
    drawn = dashboards.frame_locator("iframe[title='Retail sales']")
    drawn.get_by_text("Net revenue", exact=True).first.wait_for()


@pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)
def test_link_on_a_page_leaves_its_frame(stack: Stack, page: Any) -> None:
    ledger = ui.framed(page, stack.airflow, "Ledger")
    ledger.get_by_role("link", name=str(FIRST_DAY)).first.click()
    page.wait_for_url("**/dags/order_lake/runs/**")


@pytest.mark.skipif(CHROMIUM is None, reason=NO_CHROMIUM)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_on_the_ledger(stack: Stack, page: Any, theme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install -r requirements-dev.txt")
    page.goto(f"{stack.airflow.url}/warehouse/ledger")
    page.emulate_media(color_scheme=theme)
    assert page.locator("html").get_attribute("data-theme") == theme
    found = axe.Axe().run(page).response["violations"]
    assert not [(each["id"], each["nodes"][0]["target"]) for each in found if each["impact"] in {"serious", "critical"}]


def test_component_that_ends_is_named_with_its_log(stack: Stack) -> None:
    process = stack.processes.find("dag-processor")
    assert process is not None
    process.send_signal(signal.SIGKILL)
    assert wait_until(lambda: stack.processes.dead() == {"dag-processor": -signal.SIGKILL}, 10)
    with pytest.raises(Exception, match=r"dag-processor has ended .*logs/dag-processor\.log"):
        stack.check()
    stack.revive("dag-processor")
    assert not stack.processes.dead()


def run_up(state: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "laptop.up", *arguments],
        cwd=environment.ROOT,
        env=os.environ | {"LAPTOP_STATE": str(state)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--speed", "fast"], "SPEED=fast is not a speed"),
        (["--orders", "/nowhere"], "ORDERS=/nowhere: "),
        (["--airflow-port", "TAKEN"], "is taken by another program"),
    ],
    ids=["speed", "orders", "port"],
)
def test_what_cannot_be_is_said_in_one_line_and_leaves_nothing(
    tmp_path: Path, arguments: list[str], said: str, local_aws: Any
) -> None:
    taken = local_aws.url.rpartition(":")[2]
    made = run_up(tmp_path, "--port", str(free_port()), *(taken if word == "TAKEN" else word for word in arguments))
    assert made.returncode == 1
    assert said in made.stderr
    assert len(made.stderr.strip().splitlines()) == 1
    assert not list(Stack(tmp_path / "up").processes.marked())


def test_down_stops_what_a_killed_starter_left(tmp_path: Path) -> None:
    """Killed as early as the database runs: from then on somebody has to clean up."""
    environ = os.environ | {"LAPTOP_STATE": str(tmp_path)}
    command = [sys.executable, "-m", "laptop.up", "--port", str(free_port()), "--airflow-port", str(free_port())]
    log = tmp_path / "up.log"
    with log.open("wb") as sink:
        starter = subprocess.Popen(command, cwd=environment.ROOT, env=environ, stdout=sink, stderr=sink)
    processes = Stack(tmp_path / "up").processes
    try:
        assert wait_until(lambda: "postgres" in processes.running(), 60), log.read_text()
    finally:
        starter.kill()
        starter.wait()
        time.sleep(0.5)
        down = subprocess.run(
            [sys.executable, "-m", "laptop.down"],
            cwd=environment.ROOT,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
    assert down.stdout.startswith("stopped: ")
    assert {"postgres", "local_aws"} <= set(down.stdout.removeprefix("stopped: ").strip().split(", "))
    assert not processes.running()
    assert not list(processes.marked())
