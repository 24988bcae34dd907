"""The sensors of a window, on streams and tables that are really there; time is AWS's."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, TaskDeferred

from aws_warehouse.sensors.landed import FirehoseDeliverySensor, PartitionsSensor
from local_aws.server import LocalAws
from tests.local_aws.glue_helpers import Crawls
from tests.plugins.harness import context_of, resume, run

pytestmark = pytest.mark.usefixtures("connection")

EIGHT = datetime(2010, 12, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
FORM = {"params": {"window_start": EIGHT.isoformat(), "window_end": (EIGHT + HOUR).isoformat()}}
PREFIX = "raw/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/"


@pytest.fixture
def clock(local_aws: LocalAws) -> Iterator[Any]:
    local_aws.clock.set(EIGHT)
    yield local_aws.clock
    local_aws.clock.set(datetime.now(UTC))


@pytest.fixture
def firehose(client: Callable[..., Any], bucket: str, account_id: str, clock: Any) -> Any:
    found = client("firehose")
    found.create_delivery_stream(
        DeliveryStreamName="orders-to-s3",
        ExtendedS3DestinationConfiguration={
            "RoleARN": f"arn:aws:iam::{account_id}:role/firehose",
            "BucketARN": f"arn:aws:s3:::{bucket}",
            "Prefix": PREFIX,
            "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
            "BufferingHints": {"IntervalInSeconds": 60, "SizeInMBs": 64},
        },
    )
    return found


def delivery(bucket: str, **options: Any) -> FirehoseDeliverySensor:
    return FirehoseDeliverySensor(
        task_id="job", delivery_stream="orders-to-s3", bucket=bucket, poll_interval=0.1, **options
    )


def test_window_has_landed_when_awss_clock_and_the_buffer_say_so(firehose: Any, bucket: str, clock: Any) -> None:
    """The worker's clock is years ahead: only AWS's counts."""
    firehose.put_record(DeliveryStreamName="orders-to-s3", Record={"Data": b'{"a": 1}\n'})
    clock.set(EIGHT + HOUR + timedelta(seconds=70))
    sensor, context = delivery(bucket, inline_wait=0), context_of(**FORM)
    with pytest.raises(TaskDeferred) as deferred:
        sensor.execute(context)
    clock.set(EIGHT + HOUR + timedelta(seconds=95))
    result = resume(sensor, context, deferred.value)
    assert (result["objects"], result["bytes"]) == (1, 9)
    assert result["window"] == {"start": "2010-12-01T08:00:00+00:00", "end": "2010-12-01T09:00:00+00:00"}


def test_empty_window_is_green(firehose: Any, bucket: str, clock: Any) -> None:
    clock.set(EIGHT + 2 * HOUR)
    result = run(delivery(bucket), context_of(**FORM))
    assert (result["objects"], result["bytes"]) == (0, 0)


def test_delivery_that_lags_is_waited_for(firehose: Any, bucket: str, clock: Any, client: Any) -> None:
    """Firehose cannot write to S3: the age of what it holds reaches back into the window."""
    firehose.put_record(DeliveryStreamName="orders-to-s3", Record={"Data": b"x\n"})
    client("s3").delete_bucket(Bucket=bucket)
    clock.set(EIGHT + 2 * HOUR)
    time.sleep(0.3)
    with pytest.raises(AirflowException, match=r"by its deadline: Firehose still held records 7[0-9]{3} s old"):
        run(delivery(bucket, deadline=0.5), context_of(**FORM))


def test_window_in_the_future_ends_at_the_deadline_and_says_when_it_is_due(firehose: Any, bucket: str) -> None:
    with pytest.raises(AirflowException, match="the window is due at 09:01:30") as error:
        run(delivery(bucket, deadline=0.3), context_of(**FORM))
    assert "told to stop" not in str(error.value)


def test_missing_stream_fails_with_its_name(bucket: str) -> None:
    with pytest.raises(AirflowException, match="orders-to-s3"):
        run(delivery(bucket), context_of(**FORM))


def test_run_without_a_window_is_told_how_to_give_one(bucket: str) -> None:
    with pytest.raises(AirflowFailException, match="this run has no window"):
        run(delivery(bucket), context_of())


@pytest.fixture
def crawls(client: Callable[..., Any], bucket: str) -> Crawls:
    found = Crawls(client, bucket)
    found.put_json("raw/year=2010/month=12/day=01/hour=08/part", [{"a": 1}])
    found.create(TablePrefix="orderlogs_")
    return found


def partitions(bucket: str, **options: Any) -> PartitionsSensor:
    names = {"database_name": "orderlogs", "table_name": "orderlogs_raw", "bucket": bucket}
    return PartitionsSensor(task_id="job", poll_interval=0.1, **names, **options)


def test_partitions_are_there_once_crawled(crawls: Crawls, bucket: str) -> None:
    crawls.run()
    assert run(partitions(bucket), context_of(**FORM))["partitions"] == ["2010/12/01/08"]


def test_partition_that_the_crawl_has_not_made_is_waited_for(crawls: Crawls, bucket: str) -> None:
    day = {"params": {"window_start": "2010-12-01", "window_end": "2010-12-02"}}
    crawls.run()
    crawls.put_json("raw/year=2010/month=12/day=01/hour=23/part", [{"a": 1}])
    sensor, context = partitions(bucket, inline_wait=0), context_of(**day)
    with pytest.raises(TaskDeferred) as deferred:
        sensor.execute(context)
    crawls.run()
    assert resume(sensor, context, deferred.value)["partitions"] == ["2010/12/01/08", "2010/12/01/23"]


def test_table_that_is_not_there_yet_is_named_at_the_deadline(crawls: Crawls, bucket: str) -> None:
    with pytest.raises(AirflowException, match=r"orderlogs.orderlogs_raw lacks 1 of 1 partitions: 2010/12/01/08"):
        run(partitions(bucket, deadline=0.3), context_of(**FORM))


def test_window_without_objects_needs_no_partition_and_no_table(client: Any, bucket: str) -> None:
    assert run(partitions(bucket), context_of(**FORM))["partitions"] == []
