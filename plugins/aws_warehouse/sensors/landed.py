"""Sensors of a window: its files have landed, and the table knows their partitions."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.providers.amazon.aws.hooks.firehose import FirehoseHook
from airflow.providers.amazon.aws.hooks.glue_catalog import GlueCatalogHook
from airflow.providers.amazon.aws.sensors.base_aws import AwsBaseSensor
from airflow.providers.amazon.aws.utils.mixins import aws_template_fields
from airflow.sdk.exceptions import AirflowException

from aws_warehouse.resume import WaitMixin
from aws_warehouse.triggers.base import WaitTrigger
from aws_warehouse.triggers.landed import FirehoseDeliveryTrigger, PartitionsTrigger
from aws_warehouse.window import Window, resolve_window

if TYPE_CHECKING:
    from airflow.sdk import Context


class WindowSensor(WaitMixin, AwsBaseSensor[Any]):
    """A wait for something of a window.

    :param window_start: the window's first instant; by default that of the run's window. (templated)
    :param window_end: its end, which is not part of it. (templated)
    """

    aws_hook_class = FirehoseHook
    trigger_class: ClassVar[type[WaitTrigger]]

    def __init__(self, *, window_start: Any = None, window_end: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.window_start = window_start
        self.window_end = window_end

    @abstractmethod
    def job(self, window: dict[str, str]) -> dict[str, Any]:
        """What the trigger looks at, for a window's bounds (ISO instants)."""

    def execute(self, context: Context) -> dict[str, Any]:
        asked = self.window_start or self.window_end
        window = Window.of(self.window_start, self.window_end) if asked else resolve_window(context)
        bounds = {"start": window.start.isoformat(), "end": window.end.isoformat()}
        return self._end(self.wait(self.trigger_class, self.job(bounds) | {"own": False}, self.until(), bounds))

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> dict[str, Any]:
        if not event:
            raise AirflowException("the trigger ended without an event")
        return self._end(event)

    def _end(self, event: dict[str, Any]) -> dict[str, Any]:
        self.raise_for(event)
        result: dict[str, Any] = event["value"] | {"window": event["state"]}
        self.log.info("%s", result)
        return result


class FirehoseDeliverySensor(WindowSensor):
    """Waits until Firehose has delivered to S3 all that arrived in the window.

    The provider has no sensor for Firehose; one for a key (S3KeySensor) cannot tell an empty hour from a late one.

    :param delivery_stream: the delivery stream. (templated)
    :param bucket: the bucket it delivers to. (templated)
    :param prefix: the part of its prefix before `year=…`. (templated)
    :param grace: seconds that a delivery may take on top of the stream's buffering interval.
    :param deadline: how long to wait.
    :param inline_wait: for how many seconds the worker looks itself before it defers.
    :param poll_interval: seconds between two looks of the triggerer.

    Returns `{"waited_seconds", "objects", "bytes", "window": {"start", "end"}}`; an empty window is fine.
    """

    aws_hook_class = FirehoseHook
    trigger_class = FirehoseDeliveryTrigger
    template_fields: Sequence[str] = aws_template_fields(
        "delivery_stream", "bucket", "prefix", "window_start", "window_end"
    )

    def __init__(
        self, *, delivery_stream: str, bucket: str, prefix: str = "raw/", grace: float = 30.0, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.delivery_stream = delivery_stream
        self.bucket = bucket
        self.prefix = prefix
        self.grace = grace

    def job(self, window: dict[str, str]) -> dict[str, Any]:
        place = {"stream": self.delivery_stream, "bucket": self.bucket, "prefix": self.prefix}
        return window | place | {"grace": self.grace, "since": time.time()}


class PartitionsSensor(WindowSensor):
    """Waits until each hour of the window that holds objects is a partition of the table.

    GlueCatalogPartitionSensor is content with the first partition that its expression finds, and waits for ever for
    one of a window without data.

    :param database_name: the Glue database. (templated)
    :param table_name: the crawled table, partitioned by year, month, day, hour. (templated)
    :param bucket: where the files are. (templated)
    :param prefix: the part of their keys before `year=…`. (templated)
    :param deadline: how long to wait.
    :param inline_wait: for how many seconds the worker looks itself before it defers.
    :param poll_interval: seconds between two looks of the triggerer.

    Returns `{"partitions": ["2010/12/01/08", …], "window": {"start", "end"}}`; none for an empty window.
    """

    aws_hook_class = GlueCatalogHook
    trigger_class = PartitionsTrigger
    template_fields: Sequence[str] = aws_template_fields(
        "database_name", "table_name", "bucket", "prefix", "window_start", "window_end"
    )

    def __init__(
        self, *, database_name: str, table_name: str, bucket: str, prefix: str = "raw/", **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.database_name = database_name
        self.table_name = table_name
        self.bucket = bucket
        self.prefix = prefix

    def job(self, window: dict[str, str]) -> dict[str, Any]:
        table = {"database": self.database_name, "table": self.table_name}
        return window | table | {"bucket": self.bucket, "prefix": self.prefix}
