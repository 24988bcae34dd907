"""`AthenaQueryOperator` at the endpoint: one query a try, whatever happens around it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, TaskDeferred

from aws_warehouse.operators.athena import AthenaQueryOperator, typed
from aws_warehouse.triggers.athena import AthenaQueryTrigger
from local_aws.server import LocalAws
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


def test_crash_between_start_and_keeping_the_id_sends_the_same_token(
    client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
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
    assert len(client("athena").list_query_executions(WorkGroup="orders")["QueryExecutionIds"]) == 1


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


def test_query_that_the_endpoint_forgot_is_started_again(requests_seen: list[str]) -> None:
    store, lost = Store(), "00000000-0000-0000-0000-000000000000"
    run(operator(), context_of(store))
    kept = store.get("remote_jobs")
    kept["jobs"][0]["id"] = lost
    store.set("remote_jobs", kept)
    assert run(operator(deadline=5), context_of(store))["query_execution_id"] != lost
    assert started(requests_seen) == 2


def test_failed_query_says_why_and_the_next_try_begins_anew(requests_seen: list[str]) -> None:
    store = Store()
    for _ in range(2):
        with pytest.raises(AirflowException, match=r"SQL 2 \(.*\) failed: .*orderlogs") as error:
            run(operator(["SELECT 1 AS one", "SELECT * FROM orderlogs.nowhere"]), context_of(store))
        assert "\n" not in str(error.value)
    assert started(requests_seen) == 4


def test_parameters_are_bound_and_results_fetched_with_their_types() -> None:
    sql = """SELECT ? AS said, CAST(? AS bigint) + 1 AS n, CAST(12.5 AS decimal(18,4)) AS price, ? AS day,
        CAST(NULL AS varchar) AS none, 1.5e0 AS ratio, true AS yes"""
    said = "it's; DROP TABLE x --"
    row = run(operator(sql, execution_parameters=[said, "9007199254740992", date(2010, 12, 1)], fetch="row"))["row"]
    assert row == {
        "said": said,
        "n": 9007199254740993,
        "price": "12.5000",
        "day": "2010-12-01",
        "none": None,
        "ratio": 1.5,
        "yes": True,
    }


def test_rows_come_without_their_header_and_over_all_pages() -> None:
    many = "SELECT n FROM UNNEST(sequence(1, 2500)) AS t(n) ORDER BY n"
    rows = run(operator(many, fetch="rows", max_rows=2500))["rows"]
    assert [row["n"] for row in rows] == list(range(1, 2501))
    with pytest.raises(AirflowException, match="more than max_rows=1000"):
        run(operator(many, fetch="rows"))
    with pytest.raises(AirflowException, match="returned 2500 rows where one was expected"):
        run(operator(many, fetch="row", max_rows=2500))


def test_query_that_scans_too_much_fails_without_retries(client: Callable[..., Any], bucket: str) -> None:
    client("s3").put_object(Bucket=bucket, Key="lines/a.csv", Body=b"x\n" * 5000)
    client("glue").create_database(DatabaseInput={"Name": "orderlogs"})
    create = f"CREATE EXTERNAL TABLE orderlogs.lines (a string) LOCATION 's3://{bucket}/lines/'"
    count = "SELECT count(*) AS n FROM orderlogs.lines"
    result = run(operator([create, count], fetch="row", max_scanned_bytes=10_000))
    assert (result["row"]["n"], result["data_scanned_bytes"]) == (5000, 10_000)
    with pytest.raises(AirflowFailException, match=r"scanned 10,000 bytes; it may scan 9,999"):
        run(operator(count, max_scanned_bytes=9_999))


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


@pytest.fixture
def held(local_aws: LocalAws, account_id: str) -> Iterator[threading.Event]:
    """Every job thread is taken until the event is set: queries that start stay QUEUED."""
    jobs, go = local_aws.app.account(account_id, "us-east-1").lake.jobs, threading.Event()
    taken = [jobs.start("held", lambda _: go.wait(20) and None) for _ in range(8)]
    yield go
    go.set()
    for job in taken:
        job.wait(20)


def state_of(client: Callable[..., Any], query: str) -> str:
    found = client("athena").get_query_execution(QueryExecutionId=query)
    return str(found["QueryExecution"]["Status"]["State"])


def test_kill_of_a_deferred_task_stops_the_query(client: Callable[..., Any], held: threading.Event) -> None:
    with pytest.raises(TaskDeferred) as deferred:
        operator(inline_wait=0).execute(context_of())
    asyncio.run(deferred.value.trigger.on_kill())
    assert state_of(client, deferred.value.trigger.job["id"]) == "CANCELLED"


def test_kill_of_a_worker_that_still_looks_stops_the_query(client: Callable[..., Any], held: threading.Event) -> None:
    task = operator(inline_wait=0)
    with pytest.raises(TaskDeferred) as deferred:
        task.execute(context_of())
    task.on_kill()
    assert state_of(client, deferred.value.trigger.job["id"]) == "CANCELLED"


def test_deadline_stops_the_query_and_the_task_says_so(client: Callable[..., Any], held: threading.Event) -> None:
    with pytest.raises(AirflowException, match=r"was not over by its deadline: .*QUEUED; it was told to stop"):
        run(operator(deadline=0.5, inline_wait=0))
    [query] = client("athena").list_query_executions(WorkGroup="orders")["QueryExecutionIds"]
    assert state_of(client, query) == "CANCELLED"


def test_task_cleared_while_its_query_runs_stops_that_first(client: Callable[..., Any], held: threading.Event) -> None:
    store = Store()
    with pytest.raises(TaskDeferred) as first:
        operator(inline_wait=0).execute(context_of(store))
    with pytest.raises(TaskDeferred):
        operator(inline_wait=0).execute(context_of(store, tries=1))
    assert state_of(client, first.value.trigger.job["id"]) == "CANCELLED"


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


def test_nobody_at_the_endpoint_fails_the_try_soon_and_says_what_to_start(connection: Callable[..., None]) -> None:
    connection("http://127.0.0.1:9")
    begin = time.monotonic()
    with pytest.raises(AirflowException, match=r"no answer from http://127.0.0.1:9 .*make up.*python -m local_aws"):
        run(operator())
    assert time.monotonic() - begin < 8


def test_unknown_workgroup_is_reported_in_one_line() -> None:
    with pytest.raises(AirflowException, match=r"starting: .*orkGroup") as error:
        run(AthenaQueryOperator(task_id="job", query="SELECT 1", workgroup="nowhere"))
    assert "\n" not in str(error.value)


def test_retry_goes_on_with_a_query_that_nobody_would_tell_of(
    client: Callable[..., Any], connection: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A silent endpoint says nothing about the query: the retry does not pay for a second one."""
    store = Store()
    asked = operator(inline_wait=10)
    start = asked.start

    async def start_then_lose_the_endpoint(*args: Any) -> Any:
        job = await start(*args)
        connection("http://127.0.0.1:9")
        asked._calls._clients.clear()
        return job

    monkeypatch.setattr(asked, "start", start_then_lose_the_endpoint)
    with pytest.raises(AirflowException, match="no answer from"):
        run(asked, context_of(store))
    with pytest.raises(AirflowException, match="no answer from"):
        run(operator(), context_of(store))
    connection()
    run(operator(), context_of(store))
    assert len(client("athena").list_query_executions(WorkGroup="orders")["QueryExecutionIds"]) == 1
