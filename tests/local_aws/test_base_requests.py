"""What AWS would refuse is refused by the base's services too, each in its own words and its protocol."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local_aws.server import LocalAws

Client = Callable[..., Any]
LENIENT = Config(parameter_validation=False, retries={"total_max_attempts": 1})
TRUST = '{"Version": "2012-10-17", "Statement": []}'
ROLE = {"AssumeRolePolicyDocument": TRUST}
REFUSED = [
    ("iam", "create_role", {"RoleName": "a b", **ROLE}, "ValidationError", "at 'roleName'.* regular expression"),
    ("iam", "create_role", {"RoleName": "a" * 65, **ROLE}, "ValidationError", "at 'roleName'.* or equal to 64"),
    ("iam", "create_user", {"UserName": "a" * 65}, "ValidationError", "at 'userName'.* or equal to 64"),
    ("iam", "create_user", {}, "ValidationError", "Value null at 'userName'"),
    ("iam", "list_users", {"MaxItems": 1001}, "ValidationError", "at 'maxItems'.* or equal to 1000"),
    (
        "sts",
        "assume_role",
        {"RoleArn": "x", "RoleSessionName": "session"},
        "ValidationError",
        "at 'roleArn'.* or equal to 20",
    ),
    (
        "sts",
        "assume_role",
        {"RoleArn": "arn:aws:iam::123456789012:role/r", "RoleSessionName": "session", "DurationSeconds": 1},
        "ValidationError",
        "at 'durationSeconds'",
    ),
    ("secretsmanager", "create_secret", {"Name": ""}, "ValidationException", "at 'name'.* or equal to 1"),
    ("secretsmanager", "get_secret_value", {}, "ValidationException", "Value null at 'secretId'"),
    ("logs", "create_log_group", {"logGroupName": "a b"}, "InvalidParameterException", "at 'logGroupName'.*pattern"),
    ("logs", "describe_log_groups", {"limit": 51}, "InvalidParameterException", "at 'limit'.* or equal to 50"),
    ("cloudwatch", "put_metric_data", {"Namespace": ":"}, "ValidationError", "at 'namespace'.*pattern"),
    (
        "cloudwatch",
        "get_metric_statistics",
        {"Namespace": "a", "MetricName": "b", "StartTime": 0, "EndTime": 60, "Period": 60, "Statistics": ["Median"]},
        "ValidationError",
        "enum value set",
    ),
    ("sns", "publish", {"TopicArn": "arn:aws:sns:us-east-1:1:t"}, "ValidationError", "Value null at 'message'"),
    ("sqs", "send_message", {"QueueUrl": "http://q"}, "InvalidParameterValue", "Value null at 'messageBody'"),
    ("kinesis", "create_stream", {"StreamName": "a b"}, "ValidationException", "at 'streamName'"),
    ("glue", "create_registry", {"RegistryName": "a b"}, "InvalidInputException", "at 'registryName'"),
]


@pytest.mark.parametrize(
    ("service", "operation", "params", "code", "said"), REFUSED, ids=[f"{each[0]}: {each[4]}" for each in REFUSED]
)
def test_a_constraint_of_the_model_is_kept(
    client: Client, service: str, operation: str, params: dict[str, Any], code: str, said: str
) -> None:
    with pytest.raises(ClientError, match=said) as caught:
        getattr(client(service, config=LENIENT), operation)(**params)
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, 400)
    assert "1 validation error detected: Value " in answer["Error"]["Message"]


NAMES = [
    ("ab", "too short"),
    ("a" * 64, "too long"),
    ("Shop", "a capital letter"),
    ("shop_1", "an underscore"),
    ("shop..1", "two periods"),
    ("-shop", "begins with a hyphen"),
    ("shop-", "ends with a hyphen"),
    ("192.168.5.4", "an address"),
    ("xn--shop", "a prefix of domain names"),
    ("sthree-shop", "a reserved prefix"),
    ("amzn-s3-demo-shop", "a prefix of the documentation"),
    ("shop-s3alias", "a suffix of access points"),
    ("shop--ol-s3", "a suffix of Object Lambda"),
    ("shop.mrap", "a suffix of access points in many regions"),
    ("shop--x-s3", "a suffix of directory buckets"),
    ("shop--table-s3", "a suffix of table buckets"),
]


@pytest.mark.parametrize("name", [name for name, _ in NAMES], ids=[why for _, why in NAMES])
def test_a_bucket_is_not_named_against_the_rules(local_aws: LocalAws, account_id: str, name: str) -> None:
    """Clients check some of the rules themselves, so the request is made by hand."""
    connection = HTTPConnection("127.0.0.1", local_aws.port, timeout=20)
    scope = f"AWS4-HMAC-SHA256 Credential={account_id}/20240101/us-east-1/s3/aws4_request, Signature=0"
    connection.request("PUT", f"/{name}", b"", {"Authorization": scope})
    answer = connection.getresponse()
    assert (answer.status, b"<Code>InvalidBucketName</Code>" in answer.read()) == (400, True)


@pytest.mark.parametrize("name", ["a.b-c", "123", "my.192.168.5.4", "a" * 63])
def test_a_bucket_is_named_by_the_rules(client: Client, account_id: str, name: str) -> None:
    full = f"{name}-{account_id}" if len(name) < 50 else name
    client("s3").create_bucket(Bucket=full)
    assert [each["Name"] for each in client("s3").list_buckets()["Buckets"]] == [full]


KEYS = ["two\nlines", "a\r\nb", "tab\there", "\n", "trailing\n", "a//b", "./a", "a/../b", "ü" * 512, "a&b<c>", "🙂"]


@pytest.mark.parametrize("key", KEYS, ids=[ascii(key)[:20] for key in KEYS])
def test_a_key_is_any_text_of_1024_bytes(client: Client, bucket: str, key: str) -> None:
    s3 = client("s3")
    s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"x"
    s3.copy_object(Bucket=bucket, Key="copy", CopySource={"Bucket": bucket, "Key": key})
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key}]})
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["copy"]
    s3.put_object(Bucket=bucket, Key=key, Body=b"y")
    s3.delete_object(Bucket=bucket, Key=key)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


OF_S3 = [
    ("put_object", {"Key": "a" * 1025}, "KeyTooLongError"),
    ("put_object", {"Key": "ü" * 513}, "KeyTooLongError"),
    ("put_object", {"Key": "a", "StorageClass": "COLD"}, "InvalidStorageClass"),
    ("put_object", {"Key": "a", "ServerSideEncryption": "ROT13"}, "InvalidEncryptionAlgorithmError"),
    ("put_object", {"Key": "a", "ACL": "mine"}, "InvalidArgument"),
    ("list_objects_v2", {"MaxKeys": -1}, "InvalidArgument"),
    ("list_objects_v2", {"EncodingType": "base64"}, "InvalidArgument"),
    ("delete_objects", {"Delete": {"Objects": [{"Key": str(n)} for n in range(1001)]}}, "MalformedXML"),
    ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "On"}}, "MalformedXML"),
    ("put_bucket_tagging", {"Tagging": {"TagSet": [{"Key": "a"}]}}, "MalformedXML"),
    (
        "put_bucket_lifecycle_configuration",
        {"LifecycleConfiguration": {"Rules": [{"Status": "Sometimes", "Prefix": ""}]}},
        "MalformedXML",
    ),
]


@pytest.mark.parametrize(
    ("operation", "params", "code"), OF_S3, ids=[f"{each[0]}: {each[2]} {number}" for number, each in enumerate(OF_S3)]
)
def test_s3_refuses_what_it_does_not_know(
    client: Client, bucket: str, operation: str, params: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(client("s3", config=LENIENT), operation)(Bucket=bucket, **params)
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (code, 400)


def test_a_bucket_is_not_made_where_no_region_is(client: Client, account_id: str) -> None:
    with pytest.raises(ClientError, match="InvalidLocationConstraint"):
        client("s3").create_bucket(Bucket=f"b-{account_id}", CreateBucketConfiguration={"LocationConstraint": "moon-1"})


PERCENTILE = {"Namespace": "AWS/Kinesis", "MetricName": "GetRecords.IteratorAgeMilliseconds"}
SPAN = {"StartTime": 0, "EndTime": 60}
PERCENTILES = [
    ("get_metric_statistics", {**PERCENTILE, **SPAN, "Period": 60, "ExtendedStatistics": ["p99"]}),
    (
        "get_metric_data",
        {**SPAN, "MetricDataQueries": [{"Id": "a", "MetricStat": {"Metric": PERCENTILE, "Period": 60, "Stat": "p99"}}]},
    ),
]


@pytest.mark.parametrize(("operation", "params"), PERCENTILES, ids=[each[0] for each in PERCENTILES])
def test_percentiles_are_refused_by_name(client: Client, operation: str, params: dict[str, Any]) -> None:
    with pytest.raises(ClientError, match="local_aws does not support cloudwatch: the statistic p99"):
        getattr(client("cloudwatch"), operation)(**params)


def test_a_data_point_without_a_time_has_the_clocks(client: Client, local_aws: LocalAws) -> None:
    cloudwatch, noon = client("cloudwatch"), datetime(2010, 12, 1, 12, tzinfo=UTC)
    try:
        local_aws.clock.set(noon)
        cloudwatch.put_metric_data(Namespace="shop", MetricData=[{"MetricName": "orders", "Value": 5}])
        found = cloudwatch.get_metric_statistics(
            Namespace="shop",
            MetricName="orders",
            StartTime=noon - timedelta(minutes=1),
            EndTime=noon + timedelta(minutes=5),
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
    finally:
        local_aws.clock.set(datetime.now(UTC))
    assert [each["Sum"] for each in found] == [5]
