"""Waits for a statement, or a batch of them, of the Redshift Data API."""

from __future__ import annotations

from typing import Any

from aws_warehouse.connection import Calls, code_of
from aws_warehouse.triggers.base import FAILED, LOST, RUNNING, SUCCEEDED, Progress, WaitTrigger


class RedshiftStatementsTrigger(WaitTrigger):
    """Waits for one statement or batch; cancels it on kill and at the deadline.

    The provider's trigger takes any error of a look, throttling included, for the end of the task
    (apache/airflow#67222 is about the waiters alone).

    `job`: `id` (the statement's or the batch's), `names` (of the statements, for messages).
    """

    what = "the Redshift statement"

    async def probe(self, call: Calls) -> Progress:
        try:
            found = await call("redshift-data", "describe_statement", Id=self.job["id"])
        except Exception as error:
            if code_of(error) == "ResourceNotFoundException":
                return Progress(LOST, f"Redshift does not know the statement {self.job['id']}")
            raise
        parts = found.get("SubStatements") or [found]
        failed = next((index for index, part in enumerate(parts) if part.get("Status") == "FAILED"), None)
        if found["Status"] in ("FAILED", "ABORTED") or (failed is not None and found["Status"] == "FINISHED"):
            return Progress(FAILED, self._why(found, parts, failed))
        if found["Status"] == "FINISHED":
            return Progress(SUCCEEDED, value=self._value(found, parts))
        return Progress(RUNNING, f"{self.job['id']} is {found['Status']}")

    async def cancel(self, call: Calls) -> None:
        await call("redshift-data", "cancel_statement", Id=self.job["id"])

    def _why(self, found: dict[str, Any], parts: list[dict[str, Any]], failed: int | None) -> str:
        state = str(found["Status"]).lower()
        if failed is None:
            return f"{', '.join(self.job['names'])} ({self.job['id']}) {state}: {found.get('Error', '')}".rstrip(": ")
        error = parts[failed].get("Error") or found.get("Error") or ""
        place = f"statement {failed + 1} of {len(parts)}, " if len(parts) > 1 else ""
        return f"{place}{self.job['names'][failed]} ({self.job['id']}) failed: {error}"

    def _value(self, found: dict[str, Any], parts: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "statement_id": self.job["id"],
            # the API counts in nanoseconds, and not all of it
            "duration_ms": int(found.get("Duration") or 0) // 1_000_000,
            "statements": [
                {
                    "id": part["Id"],
                    "name": name,
                    "rows": max(int(part.get("ResultRows") or 0), 0),
                    "duration_ms": int(part.get("Duration") or 0) // 1_000_000,
                    "has_result": bool(part.get("HasResultSet")),
                }
                for part, name in zip(parts, self.job["names"], strict=True)
            ],
        }
