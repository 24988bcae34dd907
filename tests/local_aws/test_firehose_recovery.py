"""A delivery stream that another process takes up: every record is delivered exactly once, in order."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_aws.clock import Clock
from local_aws.delivery.destination import S3Destination
from local_aws.delivery.hose import Hose
from local_aws.delivery.journal import Journal
from local_aws.errors import AwsError
from local_aws.metrics import Metrics
from local_aws.server import LocalAws
from local_aws.services.firehose import Firehose

START = datetime(2010, 12, 1, tzinfo=UTC)
MIB = 1024 * 1024


class Bucket:
    """An object store that remembers how often each name was written, and fails on demand."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.down = False

    def put(self, bucket: str, key: str, data: bytes, content_type: str) -> None:
        if self.down:
            raise AwsError("NoSuchBucket", "down")
        self.objects[key] = data

    @property
    def lines(self) -> list[bytes]:
        return [line for data in self.objects.values() for line in data.splitlines()]


class World:
    """A delivery stream on a directory of its own, whose process can die at any time."""

    def __init__(self, directory: Path, lake: Any, config: dict[str, Any]) -> None:
        self.directory, self.lake, self.config = directory, lake, config
        self.bucket, self.clock = Bucket(), Clock(START)
        self.hose = self._open()

    def _open(self) -> Hose:
        metrics = Metrics(self.lake.account_id, "us-east-1", self.clock, "AWS/Firehose", {"DeliveryStreamName": "h"})
        destination = S3Destination.of(self.config, self.lake)
        return Hose("h", destination, Journal(self.directory), self.bucket, self.clock, metrics)  # type: ignore[arg-type]

    def die(self) -> None:
        """Another process opens what is on disk; the first one gets to say nothing more."""
        self.directory = Path(shutil.copytree(self.directory, self.directory.with_name(self.directory.name + "x")))
        self.hose = self._open()
        self.hose.recover(lambda config: S3Destination.of(config, self.lake))

    def put(self, *records: bytes) -> None:
        self.hose.put(records, self.clock.now())


NEWLINE = {"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord", "Parameters": []}]}
QUERY = {
    "Type": "MetadataExtraction",
    "Parameters": [
        {"ParameterName": "MetadataExtractionQuery", "ParameterValue": "{k: .k}"},
        {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"},
    ],
}
PLAIN = {"BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60}, "ProcessingConfiguration": NEWLINE}
PARTITIONED = {
    "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
    "Prefix": "!{partitionKeyFromQuery:k}/",
    "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
    "DynamicPartitioningConfiguration": {"Enabled": True},
    "ProcessingConfiguration": {"Enabled": True, "Processors": [QUERY, *NEWLINE["Processors"]]},  # type: ignore[misc]
}
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.lists(st.sampled_from([60, 90_000, 700_000]), min_size=1, max_size=4)),
        st.tuples(st.just("clock"), st.sampled_from([10, 61, 86_400, -100])),
        st.tuples(st.sampled_from(["die", "down", "up"]), st.none()),
    ),
    max_size=14,
)


def number_of(line: bytes) -> int:
    return int(line.split(b'"n":')[1].split(b",")[0])


@pytest.mark.parametrize("config", [PLAIN, PARTITIONED], ids=["plain", "partitioned"])
@settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_every_record_lands_once_whenever_the_process_dies(
    local_aws: LocalAws, config: dict[str, Any], steps: list[tuple[str, Any]]
) -> None:
    lake = local_aws.app.account("299999999999", "us-east-1").lake
    with tempfile.TemporaryDirectory() as directory:
        world = World(Path(directory) / "j", lake, {"BucketARN": "arn:aws:s3:::b", **config})
        sent = 0
        for step, value in steps:
            if step == "put":
                world.put(
                    *(b'{"n":%d,"k":%d,"x":"%s"}' % (n, n % 3, b"x" * size) for n, size in enumerate(value, sent))
                )
                sent += len(value)
            elif step == "clock":
                world.clock.set(world.clock.now() + timedelta(seconds=value))
                world.hose.tick()
            elif step == "die":
                world.die()
            else:
                world.bucket.down = step == "down"
        world.bucket.down = False
        world.die()
        world.hose.flush()
        assert sorted(map(number_of, world.bucket.lines)) == list(range(sent))
        for data in world.bucket.objects.values():
            numbers = [number_of(line) for line in data.splitlines()]
            assert numbers == sorted(numbers)
        assert list(world.directory.iterdir()) == []


def test_object_that_was_written_but_not_noted_is_written_over(local_aws: LocalAws, tmp_path: Path) -> None:
    lake = local_aws.app.account("299999999999", "us-east-1").lake
    world = World(tmp_path / "j", lake, {"BucketARN": "arn:aws:s3:::b", **PLAIN})
    world.put(b"a")
    world.bucket.down = True
    world.clock.set(START + timedelta(minutes=2))
    world.hose.tick()
    world.bucket.down = False
    left = Path(shutil.copytree(world.directory, tmp_path / "left"))
    world.hose.tick()
    world.directory = left
    world.die()
    world.hose.tick()
    assert list(world.bucket.objects.values()) == [b"a\n"]


def test_delivery_stream_is_what_it_was_when_the_service_is_made_again(
    local_aws: LocalAws, client: Callable[..., Any], bucket: str, account_id: str
) -> None:
    kinesis, firehose, s3 = client("kinesis"), client("firehose"), client("s3")
    kinesis.create_stream(StreamName="orders", ShardCount=2)
    role = f"arn:aws:iam::{account_id}:role/firehose"
    firehose.create_delivery_stream(
        DeliveryStreamName="out",
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={
            "KinesisStreamARN": f"arn:aws:kinesis:us-east-1:{account_id}:stream/orders",
            "RoleARN": role,
        },
        ExtendedS3DestinationConfiguration={"RoleARN": role, "BucketARN": f"arn:aws:s3:::{bucket}", **PLAIN},
        Tags=[{"Key": "team", "Value": "orders"}],
    )
    kinesis.put_record(StreamName="orders", Data=b"before", PartitionKey="k")
    update = {"DestinationId": "destinationId-000000000001", "ExtendedS3DestinationUpdate": {"Prefix": "new/"}}
    firehose.update_destination(DeliveryStreamName="out", CurrentDeliveryStreamVersionId="1", **update)
    kinesis.put_record(StreamName="orders", Data=b"under the new prefix", PartitionKey="k")
    described = firehose.describe_delivery_stream(DeliveryStreamName="out")["DeliveryStreamDescription"]

    account = local_aws.app.account(account_id, "us-east-1")
    account.services["firehose"].close()
    account.services["firehose"] = Firehose(account.lake)

    assert firehose.describe_delivery_stream(DeliveryStreamName="out")["DeliveryStreamDescription"] == described
    assert firehose.list_tags_for_delivery_stream(DeliveryStreamName="out")["Tags"][0]["Value"] == "orders"
    kinesis.put_record(StreamName="orders", Data=b"after", PartitionKey="k")
    firehose.delete_delivery_stream(DeliveryStreamName="out")
    found = {
        each["Key"].split("/")[0]: s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
        for each in s3.list_objects_v2(Bucket=bucket)["Contents"]
    }
    assert sorted(found.values()) == [b"before\n", b"under the new prefix\nafter\n"]


def test_what_the_base_does_not_know_again_is_reported_and_the_rest_is_opened(
    local_aws: LocalAws, client: Callable[..., Any], bucket: str, account_id: str, caplog: pytest.LogCaptureFixture
) -> None:
    kinesis, firehose, glue = client("kinesis"), client("firehose"), client("glue")
    role = f"arn:aws:iam::{account_id}:role/firehose"
    s3 = {"RoleARN": role, "BucketARN": f"arn:aws:s3:::{bucket}"}
    glue.create_database(DatabaseInput={"Name": "lake"})
    columns = {"Columns": [{"Name": "id", "Type": "int"}]}
    glue.create_table(DatabaseName="lake", TableInput={"Name": "gone", "StorageDescriptor": columns})
    kinesis.create_stream(StreamName="gone", ShardCount=1)
    conversion = {
        "SchemaConfiguration": {"DatabaseName": "lake", "TableName": "gone", "RoleARN": role},
        "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
        "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
    }
    source = {"KinesisStreamARN": f"arn:aws:kinesis:us-east-1:{account_id}:stream/gone", "RoleARN": role}
    converted = {**s3, "DataFormatConversionConfiguration": conversion}
    firehose.create_delivery_stream(DeliveryStreamName="converting", ExtendedS3DestinationConfiguration=converted)
    firehose.create_delivery_stream(
        DeliveryStreamName="following",
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration=source,
        ExtendedS3DestinationConfiguration=s3,
    )
    firehose.create_delivery_stream(DeliveryStreamName="plain", ExtendedS3DestinationConfiguration=s3)
    kinesis.delete_stream(StreamName="gone")
    glue.delete_table(DatabaseName="lake", Name="gone")

    account = local_aws.app.account(account_id, "us-east-1")
    account.services["firehose"].close()
    account.services["firehose"] = Firehose(account.lake)

    assert firehose.list_delivery_streams()["DeliveryStreamNames"] == ["following", "plain"]
    described = firehose.describe_delivery_stream(DeliveryStreamName="following")["DeliveryStreamDescription"]
    assert described["Source"]["KinesisStreamSourceDescription"]["KinesisStreamARN"] == source["KinesisStreamARN"]
    assert "converting is not opened" in caplog.text and "following has no source" in caplog.text
    firehose.put_record(DeliveryStreamName="plain", Record={"Data": b"goes on"})
