"""`IngestionSensor`: a SPICE ingestion that something else started has ended well."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from airflow.providers.amazon.aws.hooks.quicksight import QuickSightHook
from airflow.providers.amazon.aws.sensors.base_aws import AwsBaseSensor
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.sdk.exceptions import AirflowException

from aws_warehouse.resume import WaitMixin
from aws_warehouse.triggers.spice import SpiceRefreshTrigger

if TYPE_CHECKING:
    from airflow.sdk import Context


class IngestionSensor(WaitMixin, AwsBaseSensor[QuickSightHook]):
    """Waits for one ingestion, such as the one that a new or changed data set starts by itself.

    The provider's QuickSightSensor has no deadline of its own while deferred, and does not say why an ingestion failed.

    :param data_set_id: the data set. (templated)
    :param ingestion_id: the ingestion; empty: there is none to wait for. (templated)
    :param deadline: how long to wait; the ingestion is left to end by itself.
    :param inline_wait: for how many seconds the worker looks itself before it defers.
    :param poll_interval: seconds between two looks of the triggerer.

    Returns `{"ingestion_id", "data_set_id", "status", "rows_ingested", "rows_dropped", …}`, or nothing.
    """

    aws_hook_class = QuickSightHook
    template_fields: Sequence[str] = aws_template_fields("data_set_id", "ingestion_id")

    def __init__(self, *, data_set_id: str, ingestion_id: str | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.data_set_id = data_set_id
        self.ingestion_id = ingestion_id

    def execute(self, context: Context) -> dict[str, Any] | None:
        if not self.ingestion_id:
            return None
        job = {"account": self.hook.account_id, "data_set": self.data_set_id, "id": self.ingestion_id, "own": False}
        return self._end(self.wait(SpiceRefreshTrigger, job, self.until(), {}))

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> dict[str, Any]:
        if not event:
            raise AirflowException("the trigger ended without an event")
        return self._end(event)

    def _end(self, event: dict[str, Any]) -> dict[str, Any]:
        self.raise_for(event)
        result: dict[str, Any] = event["value"]
        return result
