"""Waits for a SPICE ingestion."""

from __future__ import annotations

from typing import Any

from aws_warehouse.connection import Calls, code_of
from aws_warehouse.spice_errors import advice_for
from aws_warehouse.triggers.base import FAILED, LOST, RUNNING, SUCCEEDED, Progress, WaitTrigger


class SpiceRefreshTrigger(WaitTrigger):
    """Waits for one ingestion; cancels it on kill and at the deadline.

    `job`: `account`, `data_set`, `id` (of the ingestion), `own`.
    """

    what = "the SPICE ingestion"

    async def probe(self, call: Calls) -> Progress:
        try:
            found = (await call("quicksight", "describe_ingestion", **self._key()))["Ingestion"]
        except Exception as error:
            if code_of(error) == "ResourceNotFoundException":
                return Progress(LOST, f"QuickSight does not know the ingestion {self.job['id']}")
            raise
        name = f"ingestion {self.job['id']} of {self.job['data_set']}"
        if found["IngestionStatus"] == "COMPLETED":
            return Progress(SUCCEEDED, value=self._value(found))
        if found["IngestionStatus"] in ("FAILED", "CANCELLED"):
            cause = found.get("ErrorInfo") or {}
            kind = cause.get("Type") or ("INGESTION_CANCELED" if found["IngestionStatus"] == "CANCELLED" else "")
            reason = ": ".join(part for part in (kind, cause.get("Message")) if part)
            return Progress(FAILED, f"{name} {found['IngestionStatus'].lower()}: {reason}; {advice_for(kind)}")
        return Progress(RUNNING, f"{name} is {found['IngestionStatus']}")

    async def cancel(self, call: Calls) -> None:
        await call("quicksight", "cancel_ingestion", **self._key())

    def _key(self) -> dict[str, str]:
        return {
            "AwsAccountId": self.job["account"],
            "DataSetId": self.job["data_set"],
            "IngestionId": self.job["id"],
        }

    def _value(self, found: dict[str, Any]) -> dict[str, Any]:
        rows = found.get("RowInfo") or {}
        return {
            "ingestion_id": self.job["id"],
            "data_set_id": self.job["data_set"],
            "status": found["IngestionStatus"],
            "request_type": found.get("RequestType"),
            "rows_ingested": int(rows.get("RowsIngested") or 0),
            "rows_dropped": int(rows.get("RowsDropped") or 0),
            "total_rows": int(rows.get("TotalRowsInDataset") or 0),
            "seconds": int(found.get("IngestionTimeInSeconds") or 0),
            "bytes": int(found.get("IngestionSizeInBytes") or 0),
        }
