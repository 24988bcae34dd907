"""A delivery stream into a test's bucket, at noon of a day in 2010, and a table to convert by: fixtures of all here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import botocore.exceptions
import pytest

from local_aws.server import LocalAws

ClientError = botocore.exceptions.ClientError


NOON = datetime(2010, 12, 1, 12, 0, 30, tzinfo=UTC)


NAME = re.compile(r"out-1-2010-12-01-12-\d\d-\d\d-[0-9a-f-]{36}")


NEWLINE = {"Type": "AppendDelimiterToRecord", "Parameters": []}


OPEN_X = {"Deserializer": {"OpenXJsonSerDe": {}}}


@pytest.fixture
def clock(local_aws: LocalAws) -> Iterator[Any]:
    local_aws.clock.set(NOON)
    yield local_aws.clock
    local_aws.clock.set(datetime.now(UTC))


Deliver = Callable[..., dict[str, bytes]]


@pytest.fixture
def deliver(client: Callable[..., Any], bucket: str, account_id: str, clock: Any) -> Deliver:
    """Put records through a delivery stream so configured; give what lies in the bucket, names without their ids."""

    def delivered(records: list[bytes], **destination: Any) -> dict[str, bytes]:
        firehose, s3 = client("firehose"), client("s3")
        config = {"RoleARN": f"arn:aws:iam::{account_id}:role/firehose", "BucketARN": f"arn:aws:s3:::{bucket}"}
        firehose.create_delivery_stream(
            DeliveryStreamName="out", ExtendedS3DestinationConfiguration={**config, **destination}
        )
        if records:
            answer = firehose.put_record_batch(DeliveryStreamName="out", Records=[{"Data": each} for each in records])
            assert answer["FailedPutCount"] == 0
        firehose.delete_delivery_stream(DeliveryStreamName="out")
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        return {NAME.sub("name", key): s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    return delivered


COLUMNS = [
    ("id", "bigint"),
    ("price", "decimal(8,2)"),
    ("at", "timestamp"),
    ("tags", "array<string>"),
    ("who", "struct<name:string,age:int>"),
    ("note", "string"),
]


@pytest.fixture
def conversion(client: Callable[..., Any]) -> dict[str, Any]:
    """Format conversion by the table `lake.orders`."""
    glue = client("glue")
    glue.create_database(DatabaseInput={"Name": "lake"})
    storage = {"Columns": [{"Name": name, "Type": kind} for name, kind in COLUMNS]}
    glue.create_table(DatabaseName="lake", TableInput={"Name": "orders", "StorageDescriptor": storage})
    return {
        "Enabled": True,
        "SchemaConfiguration": {"DatabaseName": "lake", "TableName": "orders", "RoleARN": "arn:aws:iam::1:role/r"},
        "InputFormatConfiguration": OPEN_X,
        "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
    }


RECORD = (
    b'{"ID": 1, "price": 9.99, "at": "2010-12-01 08:26:00", "tags": ["a"], "who": {"name": "Ann", "age": 9}, '
    b'"note": {"k": 1}, "extra": 1}'
)


@pytest.fixture
def firehose(client: Callable[..., Any]) -> Any:
    return client("firehose")


@pytest.fixture
def create(firehose: Any, bucket: str, account_id: str) -> Callable[..., str]:
    """`create(Prefix=…)`: a delivery stream into the test's bucket, from a Kinesis stream if `source` names one."""

    def make(source: str | None = None, **destination: Any) -> str:
        role = f"arn:aws:iam::{account_id}:role/firehose"
        config = {"RoleARN": role, "BucketARN": f"arn:aws:s3:::{bucket}", **destination}
        options: dict[str, Any] = {}
        if source is not None:
            arn = f"arn:aws:kinesis:us-east-1:{account_id}:stream/{source}"
            options["DeliveryStreamType"] = "KinesisStreamAsSource"
            options["KinesisStreamSourceConfiguration"] = {"KinesisStreamARN": arn, "RoleARN": role}
        firehose.create_delivery_stream(DeliveryStreamName="out", ExtendedS3DestinationConfiguration=config, **options)
        return "out"

    return make


@pytest.fixture
def objects(client: Callable[..., Any], bucket: str) -> Callable[[], dict[str, bytes]]:
    """`objects()`: what lies in the bucket, by key."""
    s3 = client("s3")

    def get() -> dict[str, bytes]:
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    return get


def put(firehose: Any, *data: bytes) -> None:
    answer = firehose.put_record_batch(DeliveryStreamName="out", Records=[{"Data": each} for each in data])
    assert answer["FailedPutCount"] == 0 and len({each["RecordId"] for each in answer["RequestResponses"]}) == len(data)
