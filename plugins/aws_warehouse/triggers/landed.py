"""Waits for the files of a window, and for their partitions."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from aws_warehouse.connection import Calls, code_of
from aws_warehouse.triggers.base import FAILED, RUNNING, SUCCEEDED, Progress, WaitTrigger
from aws_warehouse.window import PARTITION_KEYS, Window

MINUTE = timedelta(minutes=1)
RECENT = 5 * MINUTE
MOST_PARTITIONS = 1000
_HOUR = re.compile("".join(f"{key}=([0-9]+)/" for key in PARTITION_KEYS))


class FirehoseDeliveryTrigger(WaitTrigger):
    """Waits until Firehose has delivered all that arrived in a window.

    `job`: `stream`, `start`, `end` (ISO instants), `grace` (seconds), `bucket`, `prefix`, `since` (when the wait
    began). Time is AWS's own, the `Date` of its answers: neither the worker's clock nor the triggerer's is asked.
    """

    what = "the delivery to S3"

    async def probe(self, call: Calls) -> Progress:
        window = Window.of(self.job["start"], self.job["end"])
        answer = await call("firehose", "describe_delivery_stream", DeliveryStreamName=self.job["stream"])
        now = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"]).astimezone(UTC)
        stream = answer["DeliveryStreamDescription"]
        if stream["DeliveryStreamStatus"] != "ACTIVE":
            return Progress(FAILED, f"delivery stream {self.job['stream']} is {stream['DeliveryStreamStatus']}")
        flushed = window.end + timedelta(seconds=_interval(stream))
        due = flushed + timedelta(seconds=self.job["grace"])
        if now < due:
            return Progress(RUNNING, f"at AWS it is {now:%Y-%m-%dT%H:%M:%SZ}; the window is due at {due:%H:%M:%SZ}")
        late = await self._late(call, window.end, flushed, now)
        if late is not None:
            return Progress(RUNNING, f"Firehose still held records {late:.0f} s old, from before the window's end")
        objects, size = await self._landed(call, window)
        waited = round(max(0.0, time.time() - self.job["since"]), 1)
        return Progress(SUCCEEDED, value={"waited_seconds": waited, "objects": objects, "bytes": size})

    async def _late(self, call: Calls, end: datetime, flushed: datetime, now: datetime) -> float | None:
        """The age of the oldest undelivered record, if that shows that it belongs to the window or an earlier one.

        `DataFreshness` is the age of the oldest record that Firehose holds
        (https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html). Before a buffer has
        had its time that says nothing; and where there was no sample of late, Firehose holds nothing.
        """
        answer = await call(
            "cloudwatch",
            "get_metric_statistics",
            Namespace="AWS/Firehose",
            MetricName="DeliveryToS3.DataFreshness",
            Dimensions=[{"Name": "DeliveryStreamName", "Value": self.job["stream"]}],
            StartTime=max(flushed, now - RECENT),
            EndTime=now + MINUTE,
            Period=60,
            Statistics=["Maximum"],
        )
        points = [point for point in answer.get("Datapoints", []) if point["Timestamp"] >= max(flushed, now - RECENT)]
        if not points:
            return None
        newest = max(points, key=lambda point: point["Timestamp"])
        age = float(newest["Maximum"])
        return age if newest["Timestamp"] - timedelta(seconds=age) < end else None

    async def _landed(self, call: Calls, window: Window) -> tuple[int, int]:
        sizes = [
            entry["Size"]
            for prefix in window.prefixes(self.job["prefix"])
            for entry in await listing(call, self.job["bucket"], prefix)
        ]
        return len(sizes), sum(sizes)


class PartitionsTrigger(WaitTrigger):
    """Waits until each hour of a window that holds objects has its partition in the table.

    `job`: `database`, `table`, `start`, `end` (ISO instants), `bucket`, `prefix`.
    """

    what = "the wait for partitions"

    async def probe(self, call: Calls) -> Progress:
        window = Window.of(self.job["start"], self.job["end"])
        wanted: set[tuple[str, ...]] = set()
        for prefix in window.prefixes(self.job["prefix"]):
            for entry in await listing(call, self.job["bucket"], prefix):
                if found := _HOUR.search(entry["Key"]):
                    wanted.add(found.groups())
        hours = sorted(wanted)
        there: set[tuple[str, ...]] = set()
        for first in range(0, len(hours), MOST_PARTITIONS):
            there |= await self._there(call, hours[first : first + MOST_PARTITIONS])
        missing = [hour for hour in hours if hour not in there]
        if missing:
            table = f"{self.job['database']}.{self.job['table']}"
            names = ", ".join("/".join(hour) for hour in missing[:5])
            return Progress(RUNNING, f"{table} lacks {len(missing)} of {len(hours)} partitions: {names}")
        return Progress(SUCCEEDED, value={"partitions": ["/".join(hour) for hour in hours]})

    async def _there(self, call: Calls, hours: list[tuple[str, ...]]) -> set[tuple[str, ...]]:
        there: set[tuple[str, ...]] = set()
        asked = [{"Values": list(hour)} for hour in hours]
        while asked:
            try:
                answer = await call(
                    "glue",
                    "batch_get_partition",
                    DatabaseName=self.job["database"],
                    TableName=self.job["table"],
                    PartitionsToGet=asked,
                )
            except Exception as error:
                if code_of(error) == "EntityNotFoundException":
                    return there  # the first crawl has yet to make the table
                raise
            there |= {tuple(partition["Values"]) for partition in answer.get("Partitions", [])}
            left: list[dict[str, Any]] = answer.get("UnprocessedKeys", [])
            asked = left if len(left) < len(asked) else []
        return there


async def listing(call: Calls, bucket: str, prefix: str) -> list[dict[str, Any]]:
    """The objects under a prefix: `Key`, `Size`."""
    found: list[dict[str, Any]] = []
    page: dict[str, Any] = {}
    while True:
        answer = await call("s3", "list_objects_v2", Bucket=bucket, Prefix=prefix, **page)
        found += answer.get("Contents", [])
        if not answer.get("NextContinuationToken"):
            return found
        page = {"ContinuationToken": answer["NextContinuationToken"]}


def _interval(stream: dict[str, Any]) -> int:
    """For how long the stream's buffer may hold a record."""
    target = stream["Destinations"][0]
    description = target.get("ExtendedS3DestinationDescription") or target.get("S3DestinationDescription") or {}
    return int((description.get("BufferingHints") or {}).get("IntervalInSeconds") or 300)
