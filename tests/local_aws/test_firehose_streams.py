"""Delivery streams as they are configured, changed, described, backed up, encrypted and metered."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import timedelta
from typing import Any

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
    clock.set(NOON + timedelta(seconds=80))
    s3 = client("s3")
    [found] = s3.list_objects_v2(Bucket=f"backup-{bucket}")["Contents"]
    assert found["Key"].startswith("source/2010/12/01/12/out-1-") and found["Key"].endswith(".gz")
    body = s3.get_object(Bucket=f"backup-{bucket}", Key=found["Key"])["Body"].read()
    assert gzip.decompress(body) == b"ab" and objects() == {}
    clock.set(NOON + timedelta(seconds=320))
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
