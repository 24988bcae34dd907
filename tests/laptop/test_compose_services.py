"""The services of docker-compose.yaml, running: daily windows by two Celery workers, one of them killed on the way."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from laptop import endpoint, environment
from laptop.airflow import InProcessAirflow
from laptop.processes import wait_until
from laptop.store import bounds, days_of
from laptop.up import DAGS
from producer import Simulation
from tests.accounts import new_account
from tests.laptop import worlds
from tests.laptop.compose_services import COMPONENTS, ComposeServices, missing

pytestmark = [pytest.mark.stack, pytest.mark.skipif(bool(missing()), reason=missing())]

FIRST_DAY = date(2010, 12, 1)
DAYS = int(os.environ.get("COMPOSE_DAYS", "2"))
"""How many daily windows are run; `make compose-test` runs more."""
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


def test_health_checks_of_the_file_hold(services: ComposeServices) -> None:
    for name in ("redis", "local-aws", *COMPONENTS, "airflow-worker-1", "airflow-worker-2"):
        assert wait_until(lambda name=name: services.is_healthy(name), 60, pause=1), (name, services.last_words())


def test_login_is_the_one_of_the_environment(services: ComposeServices) -> None:
    assert services.airflow.call("GET", "/dags?limit=1")["total_entries"] >= 0
    [passwords] = Path(services.state).glob("volumes/config/passwords.json")
    assert passwords.stat().st_mode & 0o077 == 0


def test_windows_by_two_workers_of_which_one_is_killed_equal_an_undisturbed_run(
    services: ComposeServices, airflow: InProcessAirflow
) -> None:
    simulated = days_of(Simulation(FIRST_DAY, DAYS, seed=3, orders_per_day=6), FIRST_DAY, DAYS)
    days = [(day, list(records)) for day, records in simulated]  # a day's records are read before the next day's
    assert days[0][1], "the store sells nothing"
    wanted = worlds.rows(worlds.undisturbed(services.endpoint_url, airflow, days))

    account = services.account  # type: ignore[attr-defined]
    disturbed = worlds.world_at(services.endpoint_url, account, airflow)
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
    published = wait_until(lambda: worlds.is_published(disturbed, wanted), RUN_SECONDS, pause=2)
    assert published, rest.runs("order_warehouse")
    assert worlds.same(worlds.rows(disturbed), wanted)
    for entry in disturbed.ledger.windows():
        entry.check()
