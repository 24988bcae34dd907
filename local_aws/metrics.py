"""CloudWatch metrics that a service publishes about itself: one data point per metric and minute of the clock.

Evidence: https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html and
https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html
"""

from __future__ import annotations

import threading
from datetime import datetime
from typing import Any

from local_aws import base
from local_aws.clock import Clock

UNITS = {
    "IncomingRecords": "Count",
    "IncomingBytes": "Bytes",
    "PutRecord.Bytes": "Bytes",
    "PutRecord.Requests": "Count",
    "PutRecord.Success": "Count",
    "PutRecordBatch.Bytes": "Bytes",
    "PutRecordBatch.Records": "Count",
    "PutRecordBatch.Requests": "Count",
    "PutRecords.Bytes": "Bytes",
    "PutRecords.Success": "Count",
    "PutRecords.TotalRecords": "Count",
    "PutRecords.SuccessfulRecords": "Count",
    "PutRecords.FailedRecords": "Count",
    "PutRecords.ThrottledRecords": "Count",
    "WriteProvisionedThroughputExceeded": "Count",
    "ReadProvisionedThroughputExceeded": "Count",
    "ThrottledRecords": "Count",
    "GetRecords.Bytes": "Bytes",
    "GetRecords.Success": "Count",
    "GetRecords.Records": "Count",
    "GetRecords.IteratorAgeMilliseconds": "Milliseconds",
    "DataReadFromKinesisStream.Records": "Count",
    "DataReadFromKinesisStream.Bytes": "Bytes",
    "DeliveryToS3.Records": "Count",
    "DeliveryToS3.Bytes": "Bytes",
    "DeliveryToS3.Success": "Count",
    "SucceedConversion.Records": "Count",
    "SucceedConversion.Bytes": "Bytes",
    "FailedConversion.Records": "Count",
    "FailedConversion.Bytes": "Bytes",
    "DeliveryToS3.DataFreshness": "Seconds",
    "BackupToS3.Records": "Count",
    "BackupToS3.Bytes": "Bytes",
    "BackupToS3.Success": "Count",
    "BackupToS3.DataFreshness": "Seconds",
    "PartitionCount": "Count",
    "PartitionCountExceeded": "Count",
}


class Metrics:
    """Publishes the metrics of one resource; samples of the same minute become one statistic set."""

    def __init__(self, account_id: str, region: str, clock: Clock, namespace: str, dimensions: dict[str, str]) -> None:
        self._place = (account_id, region)
        self._clock = clock
        self._namespace = namespace
        self._dimensions = [{"Name": name, "Value": value} for name, value in dimensions.items()]
        self._points: dict[str, tuple[datetime, Any]] = {}
        self._lock = threading.Lock()

    def add(self, **samples: float) -> None:
        """Sample metrics now; `DeliveryToS3_Records` is the metric `DeliveryToS3.Records`."""
        minute = self._clock.now().replace(second=0, microsecond=0)
        with self._lock:
            for name, value in samples.items():
                self._sample(name.replace("_", "."), float(value), minute)

    def _sample(self, name: str, value: float, minute: datetime) -> None:
        known = self._points.get(name)
        if known is None or known[0] != minute:
            self._points[name] = (minute, self._publish(name, value, minute))
            return
        point = known[1]
        point.sum += value
        point.sample_count += 1
        point.min = min(point.min, value)
        point.max = max(point.max, value)

    def _publish(self, name: str, value: float, minute: datetime) -> Any:
        cloudwatch = base.backend("cloudwatch", *self._place)
        statistics = {"Sum": value, "Minimum": value, "Maximum": value, "SampleCount": 1}
        datum = {
            "MetricName": name,
            "StatisticValues": statistics,
            "Unit": UNITS[name],
            "Timestamp": minute.replace(tzinfo=None),
        }
        cloudwatch.put_metric_data(self._namespace, [{**datum, "Dimensions": self._dimensions}])
        return cloudwatch.metric_data[-1]
