"""Waits for an Athena query."""

from __future__ import annotations

from typing import Any

from aws_warehouse.connection import Calls, code_of
from aws_warehouse.triggers.base import FAILED, LOST, RUNNING, SUCCEEDED, Progress, WaitTrigger

COMMIT_CONFLICT = "ICEBERG_COMMIT_ERROR"
"""Another writer committed to the table first: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg.html has
optimistic locking through the catalog, and Trino names the failed commit so."""


class AthenaQueryTrigger(WaitTrigger):
    """Waits for one query; stops it on kill, at the deadline, and when it scans more than it may.

    `job`: `id` (QueryExecutionId), `name` (for messages), `max_scanned_bytes` (or None).
    """

    what = "the Athena query"

    async def probe(self, call: Calls) -> Progress:
        try:
            answer = await call("athena", "get_query_execution", QueryExecutionId=self.job["id"])
        except Exception as error:
            if code_of(error) == "InvalidRequestException":
                return Progress(LOST, f"Athena does not know the query {self.job['id']}")
            raise
        query = answer["QueryExecution"]
        status, used = query["Status"], query.get("Statistics") or {}
        scanned, most = int(used.get("DataScannedInBytes") or 0), self.job.get("max_scanned_bytes")
        if most is not None and scanned > most:
            if status["State"] in ("QUEUED", "RUNNING"):
                await self.cancel_own(call)
            reason = (
                f"{self._name} scanned {scanned:,} bytes; it may scan {most:,}: prune partitions or raise the limit"
            )
            return Progress(FAILED, reason, permanent=True)
        if status["State"] == "SUCCEEDED":
            return Progress(SUCCEEDED, value=self._value(query, used))
        if status["State"] in ("FAILED", "CANCELLED"):
            reason = status.get("StateChangeReason") or (status.get("AthenaError") or {}).get("ErrorMessage") or ""
            said = f"{self._name} {status['State'].lower()}: {reason}".rstrip(": ")
            return Progress(FAILED, said, conflict=COMMIT_CONFLICT in reason)
        return Progress(RUNNING, f"{self._name} is {status['State']}")

    async def cancel(self, call: Calls) -> None:
        await call("athena", "stop_query_execution", QueryExecutionId=self.job["id"])

    @property
    def _name(self) -> str:
        return f"{self.job.get('name') or 'query'} ({self.job['id']})"

    def _value(self, query: dict[str, Any], used: dict[str, Any]) -> dict[str, Any]:
        return {
            "query_execution_id": self.job["id"],
            "name": self.job.get("name") or "",
            "statement_type": query.get("StatementType"),
            "data_scanned_bytes": int(used.get("DataScannedInBytes") or 0),
            "engine_ms": int(used.get("EngineExecutionTimeInMillis") or 0),
            "queue_ms": int(used.get("QueryQueueTimeInMillis") or 0),
            "total_ms": int(used.get("TotalExecutionTimeInMillis") or 0),
            "output_location": (query.get("ResultConfiguration") or {}).get("OutputLocation"),
        }
