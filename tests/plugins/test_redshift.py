"""`RedshiftStatementsOperator` on SQL that really runs: one transaction, once, its errors with file and position."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from aws_warehouse.operators.redshift import RedshiftStatementsOperator, plain
from aws_warehouse.triggers.base import RUNNING
from aws_warehouse.triggers.redshift import RedshiftStatementsTrigger
from tests.plugins.harness import Store, context_of, run

pytestmark = pytest.mark.usefixtures("connection")
TABLE = "CREATE TABLE IF NOT EXISTS t (d DATE, n BIGINT, p DECIMAL(18,4))"


@pytest.fixture
def warehouse(client: Callable[..., Any]) -> None:
    serverless = client("redshift-serverless")
    serverless.create_namespace(namespaceName="orders", dbName="dev")
    serverless.create_workgroup(workgroupName="orders", namespaceName="orders")


def operator(sql: str | list[str], **options: Any) -> RedshiftStatementsOperator:
    return RedshiftStatementsOperator(task_id="job", sql=sql, workgroup_name="orders", database="dev", **options)


def submitted(requests_seen: list[str]) -> int:
    return requests_seen.count("ExecuteStatement") + requests_seen.count("BatchExecuteStatement")


@pytest.mark.usefixtures("warehouse")
class TestExecution:
    def test_files_statements_are_one_transaction_with_shared_parameters(self, requests_seen: list[str]) -> None:
        load = "DELETE FROM t WHERE d = CAST(:day AS DATE); INSERT INTO t VALUES (CAST(:day AS DATE), 1, 2.5)"
        result = run(operator([TABLE, load], parameters={"day": date(2010, 12, 1)}))
        assert [each["name"] for each in result["statements"]] == ["SQL 1", "SQL 2, statement 1", "SQL 2, statement 2"]
        assert requests_seen.count("BatchExecuteStatement") == 1
        read = operator("SELECT count(*) AS n, max(p) AS p, max(d) AS d FROM t", fetch="row")
        assert run(read)["row"] == {"n": 1, "p": "2.5000", "d": "2010-12-01"}

    def test_failing_statement_is_named_and_leaves_nothing_behind(self) -> None:
        run(operator(TABLE))
        with pytest.raises(AirflowException, match=r"statement 2 of 2, SQL, statement 2 .*nowhere"):
            run(operator("INSERT INTO t VALUES (NULL, 1, 1); SELECT * FROM nowhere"))
        assert run(operator("SELECT count(*) AS n FROM t", fetch="row"))["row"] == {"n": 0}

    def test_retry_after_a_crash_does_not_submit_again(self, requests_seen: list[str]) -> None:
        store = Store()
        run(operator(TABLE), context_of(store))
        first = run(operator("INSERT INTO t VALUES (NULL, 1, 1)"), context_of(store))
        again = run(operator("INSERT INTO t VALUES (NULL, 1, 1)"), context_of(store))
        assert again["statement_id"] == first["statement_id"] and submitted(requests_seen) == 2
        assert run(operator("SELECT count(*) AS n FROM t", fetch="row"))["row"] == {"n": 1}

    def test_crash_before_the_id_is_kept_is_covered_by_the_token(self, monkeypatch: pytest.MonkeyPatch) -> None:
        run(operator(TABLE))
        start, crashes = RedshiftStatementsOperator.start, iter([True])

        async def crashing(self: Any, *args: Any) -> Any:
            job = await start(self, *args)
            if next(crashes, False):
                raise KeyboardInterrupt
            return job

        monkeypatch.setattr(RedshiftStatementsOperator, "start", crashing)
        store = Store()
        insert = "INSERT INTO t VALUES (NULL, 1, 1)"
        with pytest.raises(KeyboardInterrupt):
            run(operator(insert), context_of(store))
        run(operator(insert), context_of(store))
        assert run(operator("SELECT count(*) AS n FROM t", fetch="row"))["row"] == {"n": 1}

    def test_cleared_task_submits_again_and_so_does_a_failed_one(self, requests_seen: list[str]) -> None:
        store = Store()
        run(operator(TABLE), context_of(store))
        run(operator(TABLE), context_of(store, tries=1))
        failing = Store()
        for _ in range(2):
            with pytest.raises(AirflowException, match="nowhere"):
                run(operator("SELECT * FROM nowhere"), context_of(failing))
        assert submitted(requests_seen) == 4

    def test_rows_of_all_pages_and_of_the_chosen_statement(self) -> None:
        many = "SELECT 1 AS n UNION ALL SELECT 2 UNION ALL SELECT 3"
        result = run(
            operator(f"{many}; SELECT 'x' AS s, TRUE AS b, CAST(NULL AS INT) AS z", fetch="rows", fetch_from=0)
        )
        assert sorted(row["n"] for row in result["rows"]) == [1, 2, 3]
        row = run(operator("SELECT 'x' AS s, TRUE AS b, CAST(NULL AS INT) AS z", fetch="row"))["row"]
        assert row == {"s": "x", "b": True, "z": None}
        with pytest.raises(AirflowException, match="more than max_rows=2"):
            run(operator(many, fetch="rows", max_rows=2))
        with pytest.raises(AirflowFailException, match="has no result to fetch"):
            run(operator(TABLE, fetch="row"))


def test_batch_that_is_too_long_is_refused_without_a_request(requests_seen: list[str]) -> None:
    with pytest.raises(AirflowFailException, match="41 statements: the Redshift Data API takes 40"):
        run(operator("SELECT 1;" * 41))
    assert requests_seen == []


def probe(answer: dict[str, Any], names: list[str]) -> Any:
    async def call(service: str, operation: str, **params: Any) -> dict[str, Any]:
        assert (service, operation, params) == ("redshift-data", "describe_statement", {"Id": "the-id"})
        return answer

    aws: Any = {"aws_conn_id": None, "region_name": None, "verify": None, "botocore_config": None}
    trigger = RedshiftStatementsTrigger(job={"id": "the-id", "names": names}, aws=aws, deadline=time.time() + 9)
    return asyncio.run(trigger.probe(call))


@pytest.mark.parametrize("status", ["SUBMITTED", "PICKED", "STARTED"])
def test_statement_that_has_not_ended_is_running(status: str) -> None:
    assert probe({"Id": "the-id", "Status": status}, ["SQL"]).state == RUNNING


def test_error_of_a_batch_names_the_statement_by_file_and_position() -> None:
    parts = [{"Id": "the-id:1", "Status": "FINISHED"}, {"Id": "the-id:2", "Status": "FAILED", "Error": "no such table"}]
    found = probe({"Id": "the-id", "Status": "FAILED", "SubStatements": parts}, ["a.sql", "load.sql, statement 2"])
    assert found.message == "statement 2 of 2, load.sql, statement 2 (the-id) failed: no such table"


def test_failed_part_of_an_auto_commit_batch_fails_the_task() -> None:
    parts = [{"Id": "the-id:1", "Status": "FAILED", "Error": "no"}, {"Id": "the-id:2", "Status": "FINISHED"}]
    assert probe({"Id": "the-id", "Status": "FINISHED", "SubStatements": parts}, ["a", "b"]).state == "failed"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ({"longValue": 5}, 5),
        ({"stringValue": "2.5000"}, "2.5000"),
        ({"isNull": True}, None),
        ({"booleanValue": False}, False),
        ({"blobValue": b"\x01"}, "01"),
    ],
)
def test_fields_are_typed_as_json_has_them(field: dict[str, Any], expected: Any) -> None:
    assert plain(field) == expected
