"""`AthenaQueryOperator` at the endpoint: one query a try, whatever happens around it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, TaskDeferred

from aws_warehouse.operators.athena import AthenaQueryOperator, typed
from aws_warehouse.triggers.athena import AthenaQueryTrigger
from tests.plugins.harness import Store, context_of, resume, run

pytestmark = pytest.mark.usefixtures("connection")


@pytest.fixture(autouse=True)
def _results(client: Callable[..., Any], bucket: str) -> None:
    client("athena").create_work_group(
        Name="orders",
        Configuration={"ResultConfiguration": {"OutputLocation": f"s3://{bucket}/results/"}},
    )


def operator(query: str | list[str] = "SELECT 1 AS one", **options: Any) -> AthenaQueryOperator:
    return AthenaQueryOperator(task_id="job", query=query, workgroup="orders", **options)


def started(requests_seen: list[str]) -> int:
    return requests_seen.count("StartQueryExecution")


def test_result_tells_queries_and_cost(requests_seen: list[str]) -> None:
    result = run(operator(["SELECT 1 AS one", "SELECT 2 AS two"]))
    assert [query["name"] for query in result["queries"]] == ["SQL 1", "SQL 2"]
    assert result["query_execution_id"] == result["queries"][1]["query_execution_id"]
    assert result["data_scanned_bytes"] >= 0 and result["engine_ms"] >= 0
    assert started(requests_seen) == 2


def test_retry_after_a_crash_adopts_the_query(requests_seen: list[str]) -> None:
    """The worker dies after the start: the next try finds the id in the store."""
    store = Store()
    first = run(operator(), context_of(store))
    again = run(operator(), context_of(store))
    assert (again["query_execution_id"], started(requests_seen)) == (first["query_execution_id"], 1)


def test_crash_between_start_and_keeping_the_id_sends_the_same_token(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker dies before the id is kept: the next try sends the same token, which Athena answers with the query."""
    tokens: list[str] = []
    start = AthenaQueryOperator.start

    async def crashing(self: Any, call: Any, spec: Any, token: str, remember: Any) -> Any:
        tokens.append(token)
        job = await start(self, call, spec, token, remember)
        if len(tokens) == 1:
            raise KeyboardInterrupt
        return job

    monkeypatch.setattr(AthenaQueryOperator, "start", crashing)
    store = Store()
    with pytest.raises(KeyboardInterrupt):
        run(operator(), context_of(store))
    run(operator(), context_of(store))
    assert tokens[0] == tokens[1] and 32 <= len(tokens[0]) <= 128


@pytest.mark.parametrize("deferrable", [True, False])
def test_cleared_task_runs_its_query_again(requests_seen: list[str], deferrable: bool) -> None:
    store = Store()
    first = run(operator(deferrable=deferrable), context_of(store, tries=0))
    cleared = run(operator(deferrable=deferrable), context_of(store, tries=1))
    assert cleared["query_execution_id"] != first["query_execution_id"]
    assert started(requests_seen) == 2


def test_changed_sql_is_not_answered_by_the_old_query(requests_seen: list[str]) -> None:
    store = Store()
    run(operator("SELECT 1 AS one"), context_of(store))
    run(operator("SELECT 2 AS two"), context_of(store))
    assert started(requests_seen) == 2


def test_query_that_the_endpoint_forgot_is_started_again(
    requests_seen: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from botocore.exceptions import ClientError

    store = Store()
    run(operator(), context_of(store))
    probe = AthenaQueryTrigger.probe
    lost = store.get("remote_jobs")["jobs"][0]["id"]

    async def forgotten(self: Any, call: Any) -> Any:
        async def answer(service: str, operation: str, **params: Any) -> Any:
            if params.get("QueryExecutionId") == lost:
                error = {"Code": "InvalidRequestException", "Message": f"QueryExecution {lost} was not found"}
                raise ClientError({"Error": error}, operation)
            return await call(service, operation, **params)

        return await probe(self, answer)

    monkeypatch.setattr(AthenaQueryTrigger, "probe", forgotten)
    assert run(operator(deadline=5), context_of(store))["query_execution_id"] != lost
    assert started(requests_seen) == 2


def test_wait_longer_than_the_quick_look_is_deferred_and_resumed(
    monkeypatch: pytest.MonkeyPatch, requests_seen: list[str]
) -> None:
    """Each statement may defer; what is done is not asked for again."""
    store, context = Store(), context_of(Store())
    probe = AthenaQueryTrigger.probe
    slow: dict[str, float] = {}

    async def takes_a_moment(self: Any, call: Any) -> Any:
        from aws_warehouse.triggers.base import RUNNING, Progress

        if time.time() < slow.setdefault(self.job["id"], time.time() + 0.4):
            return Progress(RUNNING)
        return await probe(self, call)

    monkeypatch.setattr(AthenaQueryTrigger, "probe", takes_a_moment)
    task = operator(["SELECT 1 AS one", "SELECT 2 AS two"], inline_wait=0)
    with pytest.raises(TaskDeferred) as deferred:
        task.execute(context)
    result = resume(task, context, deferred.value)
    assert len({query["query_execution_id"] for query in result["queries"]}) == 2
    assert started(requests_seen) == 2 and not store


def test_kill_of_a_deferred_task_stops_the_query(requests_seen: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio

    trigger = AthenaQueryTrigger(
        job={"id": run(operator())["query_execution_id"]}, aws=operator().aws, deadline=time.time() + 9
    )
    asyncio.run(trigger.on_kill())
    assert requests_seen[-1] == "StopQueryExecution"


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("bigint", "9007199254740993", 9007199254740993),
        ("double", "1.5", 1.5),
        ("boolean", "false", False),
        ("decimal(18,4)", "12.3400", "12.3400"),
        ("varchar", "", ""),
        ("timestamp(3)", None, None),
    ],
)
def test_cells_are_typed_as_json_has_them(kind: str, text: str | None, expected: Any) -> None:
    assert typed(text, kind) == expected


def test_missing_file_is_refused_without_a_request(requests_seen: list[str]) -> None:
    with pytest.raises(AirflowFailException, match=r"nowhere.sql was not found"):
        run(operator("nowhere.sql"))
    assert requests_seen == []


def test_nobody_at_the_endpoint_fails_at_once_and_says_what_to_start(connection: Callable[..., None]) -> None:
    connection("http://127.0.0.1:9")
    begin = time.monotonic()
    with pytest.raises(AirflowFailException, match=r"no answer from http://127.0.0.1:9 .*make up.*python -m local_aws"):
        run(operator())
    assert time.monotonic() - begin < 8


def test_unknown_workgroup_is_reported_in_one_line() -> None:
    with pytest.raises(AirflowException, match=r"starting: .*orkGroup") as error:
        run(AthenaQueryOperator(task_id="job", query="SELECT 1", workgroup="nowhere"))
    assert "\n" not in str(error.value)
