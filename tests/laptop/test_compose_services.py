"""The services of docker-compose.yaml, running: daily windows by two Celery workers, one of them killed on the way."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from laptop import endpoint, environment
from laptop.airflow import InProcessAirflow
from laptop.processes import wait_until
from laptop.store import bounds, days_of
from laptop.up import DAGS
from local_aws.server import LocalAws
from producer import Simulation
from tests.accounts import new_account
from tests.e2e.conftest import World
from tests.laptop.compose_services import COMPONENTS, ComposeServices, missing
from tests.layers import LAKE, WAREHOUSE

pytestmark = [pytest.mark.stack, pytest.mark.skipif(bool(missing()), reason=missing())]

FIRST_DAY = date(2010, 12, 1)
DAYS = int(os.environ.get("COMPOSE_DAYS", "0"))
"""How many daily windows are run; `make compose-test` says so. All tests together leave them out."""
RUN_SECONDS = 600 + 60 * DAYS


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ComposeServices]:
    """All services, two workers, in an account of their own; nothing is deployed yet."""
    extra = {"endpoint_url": "http://local-aws:4580", "region_name": environment.REGION}
    connection = {"conn_type": "aws", "login": new_account(), "password": "secret", "extra": extra}
    made = ComposeServices(tmp_path_factory.mktemp("compose"), json.dumps(connection))
    made.account = connection["login"]  # type: ignore[attr-defined]
    try:
        made.start_local_aws()
        made.start(workers=2)
        yield made
    finally:
        made.stop()
        assert not list(made.processes.marked())


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> InProcessAirflow:
    """The repository's DAGs in this process: `make run`."""
    return InProcessAirflow(tmp_path_factory.mktemp("airflow") / "run.log")


def world_of(services: ComposeServices, account: str, airflow: InProcessAirflow) -> World:
    """An account of the services' local_aws, with the DAGs run in this process."""
    return World(account, cast(LocalAws, SimpleNamespace(url=services.endpoint_url)), airflow)


def compared(world: World) -> list[str]:
    """All data sets but that of the windows: the schedule's own run of yesterday is one more of them."""
    return [name for name in world.airflow.settings.data_sets if name != "pipeline_windows"]


def rows(world: World) -> dict[str, list[Any]]:
    """Every row of lake and warehouse, and how many SPICE has."""
    found: dict[str, list[Any]] = {name: world.athena(sql) for name, sql in LAKE.items()}
    for table in WAREHOUSE:
        read = world.redshift(f"SELECT * FROM sales.{table}")
        found[table] = sorted(tuple(str(cell) for cell in row.values()) for row in read)
    quicksight = world.client("quicksight")
    for data_set in compared(world):
        listed = quicksight.list_ingestions(AwsAccountId=world.account, DataSetId=data_set)["Ingestions"]
        newest = max(listed, key=lambda each: each["CreatedTime"])
        found[f"spice {data_set}"] = [newest["IngestionStatus"], newest["RowInfo"]["TotalRowsInDataset"]]
    return found


def test_health_checks_of_the_file_hold(services: ComposeServices) -> None:
    for name in ("redis", "local-aws", *COMPONENTS, "airflow-worker-1", "airflow-worker-2"):
        assert wait_until(lambda name=name: services.is_healthy(name), 60, pause=1), (name, services.last_words())


def test_login_is_the_one_of_the_environment(services: ComposeServices) -> None:
    assert services.airflow.call("GET", "/dags?limit=1")["total_entries"] >= 0
    [passwords] = Path(services.state).glob("volumes/config/passwords.json")
    assert passwords.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(not DAYS, reason="runs windows for minutes: make compose-test DAYS=30")
def test_windows_by_two_workers_of_which_one_is_killed_equal_an_undisturbed_run(
    services: ComposeServices, airflow: InProcessAirflow
) -> None:
    simulated = days_of(Simulation(FIRST_DAY, DAYS, seed=3, orders_per_day=6), FIRST_DAY, DAYS)
    days = [(day, list(records)) for day, records in simulated]  # a day's records are read before the next day's
    assert days[0][1], "the store sells nothing"
    undisturbed = world_of(services, new_account(), airflow)
    undisturbed.run("warehouse_deploy")
    for day, records in days:
        undisturbed.send(day, records)
        undisturbed.window(day)
    undisturbed.publish()

    account = services.account  # type: ignore[attr-defined]
    disturbed = world_of(services, account, airflow)
    rest = services.airflow
    assert wait_until(lambda: rest.has_dags("warehouse_deploy", *DAGS), 90, pause=1), services.last_words()
    rest.pause("warehouse_deploy", False)
    deployed = rest.wait_for_run("warehouse_deploy", rest.trigger("warehouse_deploy"), 180)
    assert deployed == "success", services.last_words()
    for day, records in days:
        disturbed.send(day, records)
    endpoint.set_clock(services.endpoint_url, None)
    for dag in DAGS:
        rest.pause(dag, False)
    first, last = bounds(FIRST_DAY)[0], bounds(FIRST_DAY + timedelta(days=DAYS - 1))[0]
    backfill = rest.backfill("order_lake", first.isoformat(), last.isoformat(), max_active_runs=2)

    def running() -> list[str]:
        found = rest.call("GET", "/dags/order_lake/dagRuns/~/taskInstances?state=running&limit=50")
        return [each["hostname"] for each in found["task_instances"]]

    assert wait_until(lambda: len(rest.runs("order_lake")) >= 2 and bool(running()), 60, pause=0.3)
    services.kill("airflow-worker-1")
    assert services.processes.running().count("airflow-worker-1") == 0
    over = wait_until(
        lambda: rest.call("GET", f"/backfills/{backfill}")["completed_at"] is not None, RUN_SECONDS, pause=1
    )
    runs = {run["dag_run_id"]: run["state"] for run in rest.runs("order_lake") if run["run_type"] == "backfill"}
    assert over, (runs, services.last_words())
    assert (len(runs), set(runs.values())) == (DAYS, {"success"})
    wanted = rows(undisturbed)
    assert wait_until(lambda: _is_published(disturbed, wanted), RUN_SECONDS, pause=2), rest.runs("order_warehouse")
    found = rows(disturbed)
    assert {name: len(table) for name, table in found.items()} == {name: len(table) for name, table in wanted.items()}
    assert found == wanted
    for entry in disturbed.ledger.windows():
        entry.check()


def _is_published(world: World, wanted: dict[str, list[Any]]) -> bool:
    """Whether the last load and the last refresh are over; what they brought is compared afterwards."""
    kept = world.ledger
    if kept.pending():
        return False
    refreshed = {each["data_set"]: each["rows_ingested"] for each in kept.refreshes()}
    return all(refreshed.get(name) == wanted[f"spice {name}"][1] for name in compared(world))
