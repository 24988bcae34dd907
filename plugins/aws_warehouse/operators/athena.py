"""`AthenaQueryOperator`: SQL files on Athena, each statement once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from airflow.providers.amazon.aws.operators.athena import AthenaOperator
from airflow.sdk.exceptions import AirflowException

from aws_warehouse.connection import Calls
from aws_warehouse.links import AthenaQueryLink
from aws_warehouse.resume import ResumeThenDefer
from aws_warehouse.sql import deal, statements
from aws_warehouse.triggers.athena import AthenaQueryTrigger

WHOLE = {"tinyint", "smallint", "integer", "int", "bigint"}
FLOATING = {"float", "real", "double"}


class AthenaQueryOperator(ResumeThenDefer, AthenaOperator):
    """Runs one or more statements on Athena, one after another, and returns what they cost.

    The provider's operator submits its query again after a crash of the worker
    (https://github.com/apache/airflow/pull/72419), lets it run on when a deferred task is killed, passes no
    ExecutionParameters, and returns the query's id alone.

    :param query: SQL, a `.sql` file, or a list of these; a file may hold several statements. (templated)
    :param execution_parameters: values for the `?` of the statements, used up in order. Text is quoted, so that
        rendered values need a cast in the SQL; numbers, dates and instants keep their type. (templated)
    :param fetch: what to read of the last statement's result: `none`, `row` (exactly one row, as a dict under
        `row`), or `rows` (a list of dicts). Integers, floats and booleans come as such, decimals and the rest as text.
    :param max_rows: `rows` may be no more than that: XCom is no place for a table.
    :param max_scanned_bytes: a statement that scans more is stopped and fails. The hard limit is the workgroup's
        `BytesScannedCutoffPerQuery`.
    :param database: the default database. (templated)
    :param workgroup: the workgroup. (templated)
    :param catalog: the data catalog. (templated)
    :param output_location: where results go, unless the workgroup says so. (templated)
    :param deadline: how long all statements together may take; then the running one is stopped.
    :param inline_wait: for how many seconds the worker looks itself before it defers.
    :param poll_interval: seconds between two looks of the triggerer.

    Returns `{"query_execution_id", "data_scanned_bytes", "engine_ms", "queries": [...], "row" | "rows"}`.
    """

    template_fields: Sequence[str] = (*AthenaOperator.template_fields, "execution_parameters")
    trigger_class = AthenaQueryTrigger
    operator_extra_links = (AthenaQueryLink(),)

    def __init__(
        self,
        *,
        query: str | list[str],
        execution_parameters: Sequence[Any] = (),
        fetch: Literal["none", "row", "rows"] = "none",
        max_rows: int = 1000,
        max_scanned_bytes: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.sources = [query] if isinstance(query, str) else list(query)
        super().__init__(query=query if isinstance(query, str) else list(query), **kwargs)
        self.execution_parameters = execution_parameters
        self.fetch = fetch
        self.max_rows = max_rows
        self.max_scanned_bytes = max_scanned_bytes

    def specs(self) -> list[dict[str, Any]]:
        found = statements(self.query, self.sources, "athena")
        values = deal(found, list(self.execution_parameters))
        return [
            {"sql": statement.text, "name": statement.name, "values": each}
            for statement, each in zip(found, values, strict=True)
        ]

    async def start(self, call: Calls, spec: dict[str, Any], token: str, remember: Any) -> dict[str, Any]:
        where = {**self.query_execution_context, "Catalog": self.catalog}
        if self.database:
            where["Database"] = self.database
        request = {
            "QueryString": spec["sql"],
            "QueryExecutionContext": where,
            "WorkGroup": self.workgroup,
            "ClientRequestToken": token,
        }
        if spec["values"]:
            request["ExecutionParameters"] = spec["values"]
        output = {**self.result_configuration}
        if self.output_location:
            output["OutputLocation"] = self.output_location
        if output:
            request["ResultConfiguration"] = output
        if self.log_query:
            self.log.info("%s %s\n%s", spec["name"], spec["values"] or "", spec["sql"])
        self.query_execution_id = (await call("athena", "start_query_execution", **request))["QueryExecutionId"]
        return {
            "id": self.query_execution_id,
            "name": spec["name"],
            "max_scanned_bytes": self.max_scanned_bytes,
        }

    async def result(self, call: Calls, jobs: list[dict[str, Any]], values: list[dict[str, Any]]) -> dict[str, Any]:
        self.query_execution_id = jobs[-1]["id"]
        answer: dict[str, Any] = {
            "query_execution_id": jobs[-1]["id"],
            "data_scanned_bytes": sum(value["data_scanned_bytes"] for value in values),
            "engine_ms": sum(value["engine_ms"] for value in values),
            "queries": values,
        }
        self.log.info("scanned %s bytes in %s ms", answer["data_scanned_bytes"], answer["engine_ms"])
        if self.fetch == "none":
            return answer
        rows = await self._rows(call, values[-1])
        if self.fetch == "rows":
            return answer | {"rows": rows}
        if len(rows) != 1:
            raise AirflowException(f"{jobs[-1]['name']} returned {len(rows)} rows where one was expected")
        return answer | {"row": rows[0]}

    async def _rows(self, call: Calls, value: dict[str, Any]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        page: dict[str, Any] = {}
        # the first row of a query's result is its header; statements that are no query have none
        header = value["statement_type"] == "DML"
        while True:
            answer = await call(
                "athena", "get_query_results", QueryExecutionId=value["query_execution_id"], MaxResults=1000, **page
            )
            columns = answer["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
            cells = [row["Data"] for row in answer["ResultSet"]["Rows"]][1 if header else 0 :]
            header = False
            rows += [
                {
                    column["Name"]: typed(cell.get("VarCharValue"), column["Type"])
                    for column, cell in zip(columns, row, strict=True)
                }
                for row in cells
            ]
            if len(rows) > self.max_rows:
                raise AirflowException(f"{value['name']} returned more than max_rows={self.max_rows} rows")
            if not answer.get("NextToken"):
                return rows
            page = {"NextToken": answer["NextToken"]}


def typed(text: str | None, kind: str) -> Any:
    """A cell of a result as JSON has it; a decimal stays text, so that not a cent is lost."""
    if text is None:
        return None
    if kind in WHOLE:
        return int(text)
    if kind in FLOATING:
        return float(text)
    return text == "true" if kind == "boolean" else text
