"""Athena through boto3, as a test asks it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any


class QueryFailedError(Exception):
    """The execution ended otherwise than SUCCEEDED; the message is its reason."""


@dataclass
class Athena:
    """Runs statements in one database and returns what GetQueryResults says."""

    client: Any
    output: str
    database: str = "shop"

    def start(self, sql: str, **options: Any) -> str:
        options.setdefault("ResultConfiguration", {"OutputLocation": self.output})
        context = {"Database": self.database}
        made = self.client.start_query_execution(QueryString=sql, QueryExecutionContext=context, **options)
        return str(made["QueryExecutionId"])

    def wait(self, execution: str) -> dict[str, Any]:
        for _ in range(2000):
            found = self.client.get_query_execution(QueryExecutionId=execution)["QueryExecution"]
            if found["Status"]["State"] not in {"QUEUED", "RUNNING"}:
                return dict(found)
            time.sleep(0.01)
        raise TimeoutError(execution)

    def execute(self, sql: str, **options: Any) -> dict[str, Any]:
        found = self.wait(self.start(sql, **options))
        if found["Status"]["State"] != "SUCCEEDED":
            raise QueryFailedError(found["Status"].get("StateChangeReason"))
        return found

    def rows(self, sql: str, **options: Any) -> list[tuple[str | None, ...]]:
        """The rows without the header."""
        execution = self.execute(sql, **options)["QueryExecutionId"]
        answer = self.client.get_query_results(QueryExecutionId=execution)
        return [tuple(cell.get("VarCharValue") for cell in row["Data"]) for row in answer["ResultSet"]["Rows"]][1:]

    def lines(self, sql: str) -> list[str]:
        """The lines of a DDL statement's result."""
        execution = self.execute(sql)["QueryExecutionId"]
        answer = self.client.get_query_results(QueryExecutionId=execution)
        return [row["Data"][0]["VarCharValue"] for row in answer["ResultSet"]["Rows"]]

    def value(self, expression: str) -> str | None:
        """What `SELECT expression` prints."""
        [[found]] = self.rows(f"SELECT {expression}")
        return found

    def reason(self, sql: str, **options: Any) -> str:
        """Why a statement fails."""
        found = self.wait(self.start(sql, **options))
        assert found["Status"]["State"] == "FAILED", found["Status"]
        return str(found["Status"]["StateChangeReason"])
