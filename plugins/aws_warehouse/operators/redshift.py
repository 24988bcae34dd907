"""`RedshiftStatementsOperator`: SQL files on Redshift, in one transaction, once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from airflow.providers.amazon.aws.operators.redshift_data import RedshiftDataOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from aws_warehouse.connection import Calls
from aws_warehouse.links import RedshiftStatementLink
from aws_warehouse.resume import ResumeThenDefer
from aws_warehouse.sql import bind, statements
from aws_warehouse.triggers.redshift import RedshiftStatementsTrigger

MOST_STATEMENTS = 40


class RedshiftStatementsOperator(ResumeThenDefer, RedshiftDataOperator):
    """Runs the statements of one or more `.sql` files as one transaction by the Redshift Data API.

    The provider's operator is durable only while it blocks a worker
    (https://github.com/apache/airflow/pull/69530): deferred, it submits its SQL again after a crash. It sends a file
    as one statement, passes no ClientToken, and reads the first page of a result.

    :param sql: SQL, a `.sql` file, or a list of these; each may hold several statements. (templated)
    :param parameters: values by name, for the `:name` of the statements. A batch shares them: each statement uses
        those it names. The API passes text, which the statement casts; it cannot pass NULL. (templated)
    :param execution_mode: `TRANSACTION` (all or nothing) or `AUTO_COMMIT`, for what may not be in a transaction.
    :param fetch: what to read of a statement's result: `none`, `row` (exactly one row, as a dict under `row`), or
        `rows` (a list of dicts). Numbers and booleans come as such, decimals and the rest as text.
    :param fetch_from: which statement's result, by its position; the last by default.
    :param max_rows: `rows` may be no more than that: XCom is no place for a table.
    :param database: the database. (templated)
    :param workgroup_name: the Redshift Serverless workgroup. (templated)
    :param cluster_identifier: the cluster, if it is not serverless. (templated)
    :param deadline: how long all of it may take; then it is cancelled.
    :param inline_wait: for how many seconds the worker looks itself before it defers.
    :param poll_interval: seconds between two looks of the triggerer.

    Returns `{"statement_id", "duration_ms", "statements": [{"id", "name", "rows", "duration_ms"}], "row" | "rows"}`;
    `rows` of a statement are those it returned or changed.
    """

    trigger_class = RedshiftStatementsTrigger
    operator_extra_links = (RedshiftStatementLink(),)

    def __init__(
        self,
        *,
        sql: str | list[str],
        parameters: Mapping[str, Any] | None = None,
        execution_mode: Literal["TRANSACTION", "AUTO_COMMIT"] = "TRANSACTION",
        fetch: Literal["none", "row", "rows"] = "none",
        fetch_from: int = -1,
        max_rows: int = 1000,
        **kwargs: Any,
    ) -> None:
        self.sources = [sql] if isinstance(sql, str) else list(sql)
        super().__init__(sql=sql if isinstance(sql, str) else list(sql), **kwargs)
        self.parameters = dict(parameters) if isinstance(parameters, Mapping) else parameters or {}
        self.execution_mode = execution_mode
        self.fetch = fetch
        self.fetch_from = fetch_from
        self.max_rows = max_rows

    def specs(self) -> list[dict[str, Any]]:
        found = statements(self.sql, self.sources, "redshift")
        if len(found) > MOST_STATEMENTS:
            raise AirflowFailException(
                f"{len(found)} statements: the Redshift Data API takes {MOST_STATEMENTS} in a batch; use more tasks"
            )
        return [
            {
                "sqls": [statement.text for statement in found],
                "names": [statement.name for statement in found],
                "parameters": bind(found, self.parameters),
            }
        ]

    async def start(self, call: Calls, spec: dict[str, Any], token: str, remember: Any) -> dict[str, Any]:
        request: dict[str, Any] = {
            "ClientToken": token,
            "ClusterIdentifier": self.cluster_identifier,
            "Database": self.database,
            "DbUser": self.db_user,
            "Parameters": spec["parameters"],
            "SecretArn": self.secret_arn,
            "SessionId": self.session_id,
            "StatementName": self.statement_name,
            "WithEvent": self.with_event,
            "WorkgroupName": self.workgroup_name,
        }
        request = {name: value for name, value in request.items() if value}
        for name, sql in zip(spec["names"], spec["sqls"], strict=True):
            self.log.info("%s\n%s", name, sql)
        if len(spec["sqls"]) == 1:
            answer = await call("redshift-data", "execute_statement", Sql=spec["sqls"][0], **request)
        else:
            if self.execution_mode != "TRANSACTION":
                request["ExecutionMode"] = self.execution_mode
            answer = await call("redshift-data", "batch_execute_statement", Sqls=spec["sqls"], **request)
        self.statement_id = answer["Id"]
        return {"id": answer["Id"], "names": spec["names"]}

    async def result(self, call: Calls, jobs: list[dict[str, Any]], values: list[dict[str, Any]]) -> dict[str, Any]:
        value = values[0]
        self.statement_id = value["statement_id"]
        if self.fetch == "none":
            return value
        chosen = value["statements"][self.fetch_from]
        if not chosen["has_result"]:
            raise AirflowFailException(f"{chosen['name']} has no result to fetch")
        rows = await self._rows(call, chosen)
        if self.fetch == "rows":
            return value | {"rows": rows}
        if len(rows) != 1:
            raise AirflowException(f"{chosen['name']} returned {len(rows)} rows where one was expected")
        return value | {"row": rows[0]}

    async def _rows(self, call: Calls, chosen: dict[str, Any]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        page: dict[str, Any] = {}
        while True:
            answer = await call("redshift-data", "get_statement_result", Id=chosen["id"], **page)
            names = [column.get("label") or column["name"] for column in answer["ColumnMetadata"]]
            rows += [dict(zip(names, map(plain, record), strict=True)) for record in answer["Records"]]
            if len(rows) > self.max_rows:
                raise AirflowException(f"{chosen['name']} returned more than max_rows={self.max_rows} rows")
            if not answer.get("NextToken"):
                return rows
            page = {"NextToken": answer["NextToken"]}


def plain(field: dict[str, Any]) -> Any:
    """A field of a result as JSON has it: the API marks its type by the member's name."""
    if field.get("isNull"):
        return None
    value = next(iter(field.values()))
    return value.hex() if isinstance(value, bytes) else value
