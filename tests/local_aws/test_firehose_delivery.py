"""Firehose through boto3: every record lands in S3 exactly once, in the object and under the name that AWS gives."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.exceptions
import cramjam
import pytest

from local_aws.server import LocalAws

ClientError = botocore.exceptions.ClientError
MIB = 1024 * 1024
NOON = datetime(2010, 12, 1, 12, 0, 30, tzinfo=UTC)
NEWLINE = {
    "Enabled": True,
    "Processors": [
        {
            "Type": "AppendDelimiterToRecord",
            "Parameters": [{"ParameterName": "Delimiter", "ParameterValue": "\\n"}],
        }
    ],
}


@pytest.fixture
def clock(local_aws: LocalAws) -> Iterator[Any]:
    local_aws.clock.set(NOON)
    yield local_aws.clock
    local_aws.clock.set(datetime.now(UTC))


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


def test_interval_on_the_clock_delivers_before_the_set_returns(
    firehose: Any, create: Any, objects: Any, clock: Any
) -> None:
    create(BufferingHints={"IntervalInSeconds": 60, "SizeInMBs": 64})
    put(firehose, b"a", b"b")
    firehose.put_record(DeliveryStreamName="out", Record={"Data": b"c"})
    clock.set(NOON + timedelta(seconds=50))
    assert objects() == {}
    clock.set(NOON + timedelta(seconds=61))
    [(key, body)] = objects().items()
    assert body == b"abc"
    uuid = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    assert re.fullmatch(rf"2010/12/01/12/out-1-2010-12-01-12-00-3\d-{uuid}", key)


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
    clock.set(NOON + timedelta(minutes=5, seconds=1))
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
    clock.set(NOON + timedelta(minutes=5, seconds=1))
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


def test_update_delivers_what_was_before_to_the_old_destination(
    firehose: Any, create: Any, objects: Any, clock: Any
) -> None:
    create(Prefix="old/")
    put(firehose, b"a")
    change = {"DestinationId": "destinationId-000000000001", "ExtendedS3DestinationUpdate": {"Prefix": "new/"}}
    firehose.update_destination(DeliveryStreamName="out", CurrentDeliveryStreamVersionId="1", **change)
    put(firehose, b"b")
    with pytest.raises(ClientError, match="ConcurrentModificationException"):
        firehose.update_destination(DeliveryStreamName="out", CurrentDeliveryStreamVersionId="1", **change)
    firehose.delete_delivery_stream(DeliveryStreamName="out")
    assert {key.split("-2010")[0]: body for key, body in objects().items()} == {
        "new/2010/12/01/12/out-2": b"b",
        "old/2010/12/01/12/out-1": b"a",
    }


@pytest.mark.parametrize(
    ("destination", "message"),
    [
        pytest.param({"Prefix": "a/!{timestamp:yyyy}/"}, "ErrorOutputPrefix cannot be null", id="no error prefix"),
        pytest.param(
            {"Prefix": "a/!{firehose:error-output-type}/", "ErrorOutputPrefix": "e/"}, "Prefix cannot", id="type"
        ),
        pytest.param({"ErrorOutputPrefix": "e/!{timestamp:yyyy}/"}, "at least one instance", id="error without type"),
        pytest.param({"Prefix": "!{time:yyyy}/", "ErrorOutputPrefix": "e/"}, "Unknown expression", id="namespace"),
        pytest.param({"Prefix": "!{timestamp:yyyy/", "ErrorOutputPrefix": "e/"}, "not of the form", id="open brace"),
        pytest.param({"Prefix": "!{timestamp:rr}/", "ErrorOutputPrefix": "e/"}, "pattern letter", id="letter"),
        pytest.param({"S3BackupMode": "Enabled"}, "S3BackupConfiguration is required", id="backup"),
        pytest.param({"CustomTimeZone": "Nowhere/Land"}, "not supported", id="zone"),
        pytest.param(
            {"ProcessingConfiguration": {"Enabled": True, "Processors": [{"Type": "Lambda"}]}}, "Lambda", id="lambda"
        ),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(create: Any, destination: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match=message) as refused:
        create(**destination)
    assert refused.value.response["Error"]["Code"] == "InvalidArgumentException"


def test_delivery_streams_are_listed_tagged_and_described(firehose: Any, create: Any, account_id: str) -> None:
    create(Prefix="raw/")
    assert firehose.list_delivery_streams()["DeliveryStreamNames"] == ["out"]
    firehose.tag_delivery_stream(
        DeliveryStreamName="out", Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    )
    firehose.untag_delivery_stream(DeliveryStreamName="out", TagKeys=["a"])
    assert firehose.list_tags_for_delivery_stream(DeliveryStreamName="out")["Tags"] == [{"Key": "b", "Value": "2"}]
    described = firehose.describe_delivery_stream(DeliveryStreamName="out")["DeliveryStreamDescription"]
    assert described["DeliveryStreamStatus"] == "ACTIVE"
    assert described["DeliveryStreamARN"] == f"arn:aws:firehose:us-east-1:{account_id}:deliverystream/out"
    [destination] = described["Destinations"]
    assert destination["ExtendedS3DestinationDescription"]["BufferingHints"] == {
        "SizeInMBs": 5,
        "IntervalInSeconds": 300,
    }
    with pytest.raises(ClientError, match="ResourceInUseException"):
        create()
    firehose.delete_delivery_stream(DeliveryStreamName="out")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        firehose.describe_delivery_stream(DeliveryStreamName="out")


def test_untransformed_records_are_backed_up_by_their_own_hints(
    client: Callable[..., Any], firehose: Any, create: Any, objects: Any, bucket: str, account_id: str, clock: Any
) -> None:
    client("s3").create_bucket(Bucket=f"backup-{bucket}")
    backup = {
        "RoleARN": f"arn:aws:iam::{account_id}:role/firehose",
        "BucketARN": f"arn:aws:s3:::backup-{bucket}",
        "Prefix": "source/",
        "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60},
        "CompressionFormat": "GZIP",
    }
    create(ProcessingConfiguration=NEWLINE, S3BackupMode="Enabled", S3BackupConfiguration=backup)
    put(firehose, b"a", b"b")
    clock.set(NOON + timedelta(seconds=61))
    s3 = client("s3")
    [found] = s3.list_objects_v2(Bucket=f"backup-{bucket}")["Contents"]
    assert found["Key"].startswith("source/2010/12/01/12/out-1-") and found["Key"].endswith(".gz")
    body = s3.get_object(Bucket=f"backup-{bucket}", Key=found["Key"])["Body"].read()
    assert gzip.decompress(body) == b"ab" and objects() == {}
    clock.set(NOON + timedelta(seconds=301))
    assert list(objects().values()) == [b"a\nb\n"]
    described = firehose.describe_delivery_stream(DeliveryStreamName="out")["DeliveryStreamDescription"]
    shape = described["Destinations"][0]["ExtendedS3DestinationDescription"]
    assert shape["S3BackupMode"] == "Enabled" and shape["S3BackupDescription"]["Prefix"] == "source/"
    assert total(client("cloudwatch"), "BackupToS3.Records") == total(client("cloudwatch"), "DeliveryToS3.Records") == 2
    assert total(client("cloudwatch"), "BackupToS3.Success") == 1

    def update(**change: Any) -> None:
        firehose.update_destination(
            DeliveryStreamName="out",
            DestinationId="destinationId-000000000001",
            CurrentDeliveryStreamVersionId="1",
            ExtendedS3DestinationUpdate=change,
        )

    with pytest.raises(ClientError, match="cannot be disabled"):
        update(S3BackupMode="Disabled")
    update(S3BackupUpdate={"Prefix": "new/"})
    put(firehose, b"c")
    clock.set(NOON + timedelta(seconds=400))
    keys = [each["Key"] for each in s3.list_objects_v2(Bucket=f"backup-{bucket}")["Contents"]]
    assert keys[0].startswith("new/2010/12/01/12/out-2-") and len(keys) == 2


def total(cloudwatch: Any, name: str) -> float:
    metric = {"Namespace": "AWS/Firehose", "MetricName": name}
    metric["Dimensions"] = [{"Name": "DeliveryStreamName", "Value": "out"}]  # type: ignore[assignment]
    answer = cloudwatch.get_metric_data(
        MetricDataQueries=[{"Id": "x", "MetricStat": {"Metric": metric, "Period": 3600, "Stat": "Sum"}}],
        StartTime=NOON - timedelta(hours=1),
        EndTime=NOON + timedelta(hours=1),
    )
    return sum(answer["MetricDataResults"][0]["Values"])


KEY = "arn:aws:kms:us-east-1:123456789012:key/k"


def test_encryption_is_a_state_that_puts_tell(firehose: Any, create: Any, account_id: str) -> None:
    def state() -> dict[str, Any]:
        described = firehose.describe_delivery_stream(DeliveryStreamName="out")["DeliveryStreamDescription"]
        found: dict[str, Any] = described["DeliveryStreamEncryptionConfiguration"]
        return found

    create()
    assert state() == {"Status": "DISABLED"}
    assert not firehose.put_record(DeliveryStreamName="out", Record={"Data": b"a"})["Encrypted"]
    firehose.start_delivery_stream_encryption(DeliveryStreamName="out")
    assert state() == {"KeyType": "AWS_OWNED_CMK", "Status": "ENABLED"}
    assert firehose.put_record_batch(DeliveryStreamName="out", Records=[{"Data": b"b"}])["Encrypted"]
    given = {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": KEY}
    firehose.start_delivery_stream_encryption(
        DeliveryStreamName="out", DeliveryStreamEncryptionConfigurationInput=given
    )
    assert state() == {**given, "Status": "ENABLED"}
    firehose.stop_delivery_stream_encryption(DeliveryStreamName="out")
    assert state()["Status"] == "DISABLED"
    with pytest.raises(ClientError, match="KeyARN"):
        firehose.start_delivery_stream_encryption(
            DeliveryStreamName="out",
            DeliveryStreamEncryptionConfigurationInput={"KeyType": "CUSTOMER_MANAGED_CMK"},
        )


def test_metrics_tell_what_came_in_and_how_fresh_s3_is(
    client: Callable[..., Any], firehose: Any, create: Any, clock: Any
) -> None:
    create(BufferingHints={"IntervalInSeconds": 120, "SizeInMBs": 64})
    put(firehose, b"abc", b"de")
    put(firehose, b"f")
    clock.set(NOON + timedelta(seconds=90))
    clock.set(NOON + timedelta(seconds=150))
    cloudwatch = client("cloudwatch")

    def statistic(name: str, kind: str) -> list[float]:
        answer = cloudwatch.get_metric_statistics(
            Namespace="AWS/Firehose",
            MetricName=name,
            Dimensions=[{"Name": "DeliveryStreamName", "Value": "out"}],
            StartTime=NOON - timedelta(minutes=5),
            EndTime=NOON + timedelta(minutes=10),
            Period=60,
            Statistics=[kind],
        )
        return [point[kind] for point in sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])]

    assert statistic("IncomingRecords", "Sum") == [3.0]
    assert statistic("IncomingBytes", "Sum") == [6.0]
    assert statistic("DeliveryToS3.Records", "Sum") == [3.0]
    assert statistic("DeliveryToS3.Success", "Average") == [1.0]
    waiting, delivered = statistic("DeliveryToS3.DataFreshness", "Minimum")[-2:]
    assert 89 <= waiting <= 95 and delivered == 0

    query = {"Metric": {"Namespace": "AWS/Firehose", "MetricName": "DeliveryToS3.DataFreshness"}, "Period": 60}
    query["Metric"]["Dimensions"] = [{"Name": "DeliveryStreamName", "Value": "out"}]  # type: ignore[index]
    data = cloudwatch.get_metric_data(
        MetricDataQueries=[{"Id": "age", "MetricStat": {**query, "Stat": "Maximum"}}],
        StartTime=NOON - timedelta(minutes=5),
        EndTime=NOON + timedelta(minutes=10),
    )
    assert data["MetricDataResults"][0]["Values"][0] == 0  # newest first
