"""`SpiceRefreshOperator` on data sets that really ingest: rows counted, drops refused, tries recognised."""

from __future__ import annotations

import asyncio
import re
import threading
from typing import Any

import botocore.session
import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, TaskDeferred

from aws_warehouse.operators.spice import SpiceRefreshOperator, ingestion_id
from aws_warehouse.spice_errors import ADVICE
from tests.local_aws.quicksight_world import World, world  # noqa: F401 - a fixture
from tests.plugins.harness import Store, context_of, resume, run

pytestmark = pytest.mark.usefixtures("connection")


@pytest.fixture
def lines(world: World) -> World:  # noqa: F811
    world.engine.run("CREATE TABLE lines AS SELECT range AS id, '2010-12-01' AS day FROM range(10)")
    world.loaded("lines", {"lines": world.table("lines", id="INTEGER", day="STRING")})
    return world


def operator(**options: Any) -> SpiceRefreshOperator:
    return SpiceRefreshOperator(task_id="job", data_set_id="lines", poll_interval=0.1, **options)


def asked_for(world: World) -> list[str]:  # noqa: F811
    """The ingestions that were asked for, without those that the data set starts by itself."""
    listed = world.client.list_ingestions(AwsAccountId=world.account, DataSetId="lines")["Ingestions"]
    return [each["IngestionId"] for each in listed if each["RequestType"] == "FULL_REFRESH"]


def test_result_has_the_rows(lines: World) -> None:
    lines.engine.run("INSERT INTO lines SELECT 99, '2010-12-02'")
    result = run(operator())
    assert (result["rows_ingested"], result["rows_dropped"], result["status"]) == (11, 0, "COMPLETED")
    assert result["ingestion_id"].startswith("lake-manual__1-job-")


def test_retry_after_a_crash_adopts_the_ingestion(lines: World) -> None:
    store = Store()
    first = run(operator(), context_of(store))
    assert run(operator(), context_of(store))["ingestion_id"] == first["ingestion_id"]
    assert len(asked_for(lines)) == 1


def test_crash_right_after_the_start_is_answered_by_the_id(lines: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The id exists already: QuickSight says so, and it is ours."""
    start = SpiceRefreshOperator.start
    crashes = iter([True])

    async def crashing(self: Any, *args: Any) -> Any:
        job = await start(self, *args)
        if next(crashes, False):
            raise KeyboardInterrupt
        return job

    monkeypatch.setattr(SpiceRefreshOperator, "start", crashing)
    store = Store()
    with pytest.raises(KeyboardInterrupt):
        run(operator(), context_of(store))
    assert run(operator(), context_of(store))["status"] == "COMPLETED"
    assert len(asked_for(lines)) == 1


def test_cleared_task_ingests_again(lines: World) -> None:
    store = Store()
    run(operator(), context_of(store))
    run(operator(), context_of(store, tries=1))
    assert len(asked_for(lines)) == 2


def test_dropped_rows_fail_with_advice_unless_they_are_allowed(world: World) -> None:  # noqa: F811
    world.engine.run("CREATE TABLE lines AS SELECT * FROM (VALUES ('1'), ('two')) AS v(id)")
    world.loaded("lines", {"lines": world.table("lines", id="INTEGER")})
    with pytest.raises(AirflowFailException, match=r"dropped 1 rows of lines \(ingested: 1.*malformed date"):
        run(operator())
    assert run(operator(max_rows_dropped=1))["rows_dropped"] == 1


def test_failed_ingestion_says_type_message_and_what_to_do(lines: World) -> None:
    lines.engine.run("DROP TABLE lines")
    with pytest.raises(AirflowException, match=r"lines failed: SQL_[A-Z_]+: .*lines.*; .*run"):
        run(operator())


def test_first_ingestion_of_a_new_data_set_is_waited_for(world: World) -> None:  # noqa: F811
    world.engine.run("CREATE TABLE lines AS SELECT range AS id FROM range(3)")
    world.engine.gate = threading.Event()
    world.create_data_set("lines", {"lines": world.table("lines", id="INTEGER")})
    task, context = operator(inline_wait=0), context_of()
    with pytest.raises(TaskDeferred) as deferred:
        task.execute(context)
    assert deferred.value.trigger.job["own"] is False and asked_for(world) == []
    world.engine.gate.set()
    assert resume(task, context, deferred.value)["rows_ingested"] == 3


def test_kill_cancels_the_ingestion(lines: World) -> None:
    lines.engine.gate = threading.Event()
    with pytest.raises(TaskDeferred) as deferred:
        operator(inline_wait=0).execute(context_of())
    asyncio.run(deferred.value.trigger.on_kill())
    lines.engine.gate.set()
    assert lines.ended("lines", deferred.value.trigger.job["id"])["IngestionStatus"] == "CANCELLED"


def test_limit_of_refreshes_is_said_clearly_and_not_retried(lines: World) -> None:
    for number in range(32):
        lines.ingest("lines", f"by-hand-{number}")
    with pytest.raises(AirflowFailException, match="lines cannot be refreshed now: QuickSight allows 32 refreshes"):
        run(operator())


@pytest.mark.parametrize("readable", ["dag-manual__2010-12-01T00:00:00+00:00-task-0", "x" * 500, "ünïcode / run"])
def test_ingestion_ids_are_what_quicksight_allows(readable: str) -> None:
    made = ingestion_id(readable, "0123456789abcdef" * 4)
    assert re.fullmatch(r"[a-zA-Z0-9_-]{1,128}", made) and made.endswith("-0123456789abcdef")


def test_each_error_type_of_the_api_has_advice() -> None:
    model = botocore.session.get_session().get_service_model("quicksight")
    assert set(ADVICE) == set(model.shape_for("IngestionErrorType").enum)
