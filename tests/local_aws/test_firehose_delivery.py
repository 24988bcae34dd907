"""Firehose through boto3: every record lands in S3 exactly once, in the object and under the name that AWS gives."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import cramjam
import pytest

from tests.local_aws.firehose_world import NOON, ClientError, put

NEWLINE = {
    "Enabled": True,
    "Processors": [
        {
            "Type": "AppendDelimiterToRecord",
            "Parameters": [{"ParameterName": "Delimiter", "ParameterValue": "\\n"}],
        }
    ],
}


def test_interval_on_the_clock_delivers_before_the_set_returns(
    firehose: Any, create: Any, objects: Any, clock: Any
) -> None:
    create(BufferingHints={"IntervalInSeconds": 60, "SizeInMBs": 64})
    put(firehose, b"a", b"b")
    firehose.put_record(DeliveryStreamName="out", Record={"Data": b"c"})
    clock.set(NOON + timedelta(seconds=50))
    assert objects() == {}
    clock.set(NOON + timedelta(seconds=80))
    [(key, body)] = objects().items()
    assert body == b"abc"
    uuid = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    assert re.fullmatch(rf"2010/12/01/12/out-1-2010-12-01-12-00-[34]\d-{uuid}", key)


def test_interval_in_real_time_delivers_without_a_call(firehose: Any, create: Any, objects: Any) -> None:
    create(BufferingHints={"IntervalInSeconds": 1, "SizeInMBs": 64})
    put(firehose, b"a")
    deadline = time.monotonic() + 10
    while not objects() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert list(objects().values()) == [b"a"]


def test_size_delivers_and_the_rest_waits(firehose: Any, create: Any, objects: Any, clock: Any) -> None:
    create(BufferingHints={"IntervalInSeconds": 900, "SizeInMBs": 1})
    for _ in range(5):
        put(firehose, *[b"x" * 100_000] * 5)
    assert [len(body) for body in objects().values()] == [1_100_000, 1_100_000]
    clock.set(NOON + timedelta(minutes=16))
    assert sum(len(body) for body in objects().values()) == 2_500_000


@pytest.mark.parametrize(
    ("compression", "ending", "unpack"),
    [
        pytest.param("UNCOMPRESSED", "", lambda body: body, id="plain"),
        pytest.param("GZIP", ".gz", gzip.decompress, id="gzip"),
        pytest.param("Snappy", ".snappy", lambda body: bytes(cramjam.snappy.decompress(body)), id="snappy"),
        pytest.param("ZIP", ".zip", lambda body: zipfile.ZipFile(io.BytesIO(body)).read("data"), id="zip"),
    ],
)
def test_compression_and_newline_and_extension(
    firehose: Any, create: Any, objects: Any, clock: Any, compression: str, ending: str, unpack: Any
) -> None:
    create(CompressionFormat=compression, ProcessingConfiguration=NEWLINE)
    put(firehose, b'{"a":1}', b'{"a":2}')
    put(firehose, b'{"a":3}')
    clock.set(NOON + timedelta(minutes=6))
    [(key, body)] = objects().items()
    assert unpack(body) == b'{"a":1}\n{"a":2}\n{"a":3}\n'
    assert key.endswith(ending) and re.search(r"-[0-9a-f]{12}" + re.escape(ending) + "$", key)


@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        pytest.param({}, "2010/12/01/12/out-1-", id="default"),
        pytest.param({"Prefix": "raw/"}, "raw/2010/12/01/12/out-1-", id="plain prefix keeps the time folders"),
        pytest.param(
            {
                "Prefix": "raw/year=!{timestamp:yyyy}/month=!{timestamp:MM}/day=!{timestamp:dd}/hour=!{timestamp:HH}/",
                "ErrorOutputPrefix": "errors/!{firehose:error-output-type}/",
            },
            "raw/year=2010/month=12/day=01/hour=12/out-1-",
            id="expressions",
        ),
        pytest.param(
            {"Prefix": "!{timestamp:'day='yyyyDDD'/'}", "ErrorOutputPrefix": "e/!{firehose:error-output-type}"},
            "day=2010335/out-1-",
            id="quoted literal and day of year",
        ),
        pytest.param(
            {"Prefix": "a/", "CustomTimeZone": "Asia/Tokyo"}, "a/2010/12/01/21/out-1-2010-12-01-21", id="zone"
        ),
    ],
)
def test_prefix_of_an_object(
    firehose: Any, create: Any, objects: Any, clock: Any, destination: dict[str, str], expected: str
) -> None:
    create(**destination)
    put(firehose, b"a")
    clock.set(NOON + timedelta(days=1))
    [key] = objects()
    assert key.startswith(expected)


def test_random_string_differs_between_objects(firehose: Any, create: Any, objects: Any, clock: Any) -> None:
    create(Prefix="!{firehose:random-string}/", ErrorOutputPrefix="e/!{firehose:error-output-type}")
    for day in (1, 2):
        put(firehose, b"a")
        clock.set(NOON + timedelta(days=day))
    folders = [key.split("/")[0] for key in objects()]
    assert [len(folder) for folder in folders] == [11, 11] and len(set(folders)) == 2


def test_records_of_two_days_never_share_an_object(firehose: Any, create: Any, objects: Any, clock: Any) -> None:
    create(ProcessingConfiguration=NEWLINE)
    for day in range(3):
        clock.set(NOON + timedelta(days=day))
        put(firehose, f"day {day}".encode())
    clock.set(NOON - timedelta(days=300))
    put(firehose, b"earlier")
    clock.set(NOON)
    found = {key[:13]: body for key, body in objects().items()}
    assert found == {
        "2010/12/01/12": b"day 0\n",
        "2010/12/02/12": b"day 1\n",
        "2010/12/03/12": b"day 2\n",
        "2010/02/04/12": b"earlier\n",
    }


def test_object_over_the_turn_of_an_hour_lies_in_the_hour_of_its_oldest_record(
    firehose: Any, create: Any, objects: Any, clock: Any
) -> None:
    create(BufferingHints={"IntervalInSeconds": 60, "SizeInMBs": 64})
    clock.set(datetime(2010, 12, 1, 12, 59, 50, tzinfo=UTC))
    put(firehose, b"a")
    clock.set(datetime(2010, 12, 1, 13, 0, 10, tzinfo=UTC))
    put(firehose, b"b")
    clock.set(datetime(2010, 12, 1, 13, 1, 0, tzinfo=UTC))
    assert {key[:13]: body for key, body in objects().items()} == {"2010/12/01/12": b"ab"}


def test_kinesis_stream_is_delivered_exactly_once_from_the_tip_on(
    client: Callable[..., Any], create: Any, objects: Any, clock: Any
) -> None:
    kinesis = client("kinesis")
    kinesis.create_stream(StreamName="orders", ShardCount=4)
    kinesis.put_record(StreamName="orders", Data=b"before", PartitionKey="k")
    create(source="orders", ProcessingConfiguration=NEWLINE, CompressionFormat="GZIP")
    sent = [f"order {number}".encode() for number in range(1200)]
    for start in range(0, 1200, 400):
        entries = [{"Data": each, "PartitionKey": each.decode()} for each in sent[start : start + 400]]
        kinesis.put_records(StreamName="orders", Records=entries)
    clock.set(NOON + timedelta(minutes=5, seconds=20))
    [body] = objects().values()
    assert sorted(gzip.decompress(body).splitlines()) == sorted(sent)


def _aggregated(*records: bytes) -> bytes:
    """As a Kinesis Producer Library packs records: magic number, protocol buffers, MD5."""
    body = b"\x0a\x01k"  # partition_key_table: k
    for record in records:
        inner = b"\x08\x00\x1a" + bytes([len(record)]) + record  # partition_key_index: 0, data
        body += b"\x1a" + bytes([len(inner)]) + inner
    return b"\xf3\x89\x9a\xc2" + body + hashlib.md5(body, usedforsecurity=False).digest()


def test_records_aggregated_by_the_producer_library_are_delivered_one_by_one(
    client: Callable[..., Any], create: Any, objects: Any, clock: Any
) -> None:
    kinesis = client("kinesis")
    kinesis.create_stream(StreamName="orders", ShardCount=1)
    create(source="orders", ProcessingConfiguration=NEWLINE)
    damaged = _aggregated(b"c")[:-1] + b"?"
    for data in (_aggregated(b"a", b"b"), b"plain", damaged):
        kinesis.put_record(StreamName="orders", Data=data, PartitionKey="k")
    clock.set(NOON + timedelta(minutes=5, seconds=20))
    assert list(objects().values()) == [b"a\nb\nplain\n" + damaged + b"\n"]


def test_direct_put_into_a_kinesis_sourced_stream_is_refused(
    client: Callable[..., Any], create: Any, firehose: Any
) -> None:
    client("kinesis").create_stream(StreamName="orders", ShardCount=1)
    create(source="orders")
    with pytest.raises(ClientError, match="not permitted on KinesisStreamAsSource"):
        put(firehose, b"a")
    described = firehose.describe_delivery_stream(DeliveryStreamName="out")["DeliveryStreamDescription"]
    assert described["Source"]["KinesisStreamSourceDescription"]["KinesisStreamARN"].endswith(":stream/orders")


def test_missing_bucket_loses_nothing(
    client: Callable[..., Any], firehose: Any, account_id: str, create: Any, clock: Any
) -> None:
    late = f"late-{account_id}"
    create(BucketARN=f"arn:aws:s3:::{late}", ProcessingConfiguration=NEWLINE)
    for day in (1, 2):
        put(firehose, f"day {day}".encode())
        clock.set(NOON + timedelta(days=day))
    s3 = client("s3")
    s3.create_bucket(Bucket=late)
    clock.set(NOON + timedelta(days=3))
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=late)["Contents"]]
    assert [key[:10] for key in keys] == ["2010/12/01", "2010/12/02"]
    bodies = [s3.get_object(Bucket=late, Key=key)["Body"].read() for key in keys]
    assert bodies == [b"day 1\n", b"day 2\n"]


def test_failed_delivery_is_in_the_log(client: Callable[..., Any], firehose: Any, create: Any) -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    options = {"Enabled": True, "LogGroupName": "g", "LogStreamName": "s"}
    hints = {"IntervalInSeconds": 0, "SizeInMBs": 1}
    create(BucketARN="arn:aws:s3:::not-there", CloudWatchLoggingOptions=options, BufferingHints=hints)
    put(firehose, b"a")
    deadline = time.monotonic() + 10
    while not (events := logs.get_log_events(logGroupName="g", logStreamName="s")["events"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    [entry] = [json.loads(event["message"]) for event in events]
    assert entry["errorCode"] == "S3.NoSuchBucket" and entry["destination"] == "arn:aws:s3:::not-there"
