"""What we rely on in the base: objects as files, one clock, accounts apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import botocore.exceptions
import pytest

from local_aws.objects import ObjectStore
from local_aws.server import LocalAws


def test_object_written_over_http_is_one_file_that_engines_read(
    client: Callable[..., Any], account_id: str, bucket: str
) -> None:
    s3 = client("s3")
    s3.put_object(Bucket=bucket, Key="raw/a.json", Body=b"first")
    s3.put_object(Bucket=bucket, Key="raw/a.json", Body=b"second, longer")
    [stored] = ObjectStore(account_id, "us-east-1").listing(bucket, "raw/")
    assert stored.path.read_bytes() == b"second, longer"
    assert (stored.size, stored.uri) == (14, f"s3://{bucket}/raw/a.json")


def test_multipart_upload_ends_as_one_file(client: Callable[..., Any], account_id: str, bucket: str) -> None:
    s3 = client("s3")
    upload = s3.create_multipart_upload(Bucket=bucket, Key="big")["UploadId"]
    bodies = [b"a" * 5 * 1024 * 1024, b"tail"]
    tags = [
        s3.upload_part(Bucket=bucket, Key="big", UploadId=upload, PartNumber=n, Body=body)["ETag"]
        for n, body in enumerate(bodies, 1)
    ]
    parts = [{"PartNumber": n, "ETag": tag} for n, tag in enumerate(tags, 1)]
    s3.complete_multipart_upload(Bucket=bucket, Key="big", UploadId=upload, MultipartUpload={"Parts": parts})
    assert ObjectStore(account_id, "us-east-1").read(bucket, "big") == b"".join(bodies)
    assert s3.get_object(Bucket=bucket, Key="big", Range="bytes=-4")["Body"].read() == b"tail"


def test_object_written_inside_is_seen_over_http(client: Callable[..., Any], account_id: str, bucket: str) -> None:
    s3 = client("s3")
    ObjectStore(account_id, "us-east-1").put(bucket, "results/1.csv", b"x\n")
    assert s3.get_object(Bucket=bucket, Key="results/1.csv")["Body"].read() == b"x\n"


def test_accounts_do_not_see_each_other(client: Callable[..., Any], local_aws: LocalAws) -> None:
    import boto3

    client("glue").create_database(DatabaseInput={"Name": "mine"})
    other = boto3.client(
        "glue",
        endpoint_url=local_aws.url,
        region_name="us-east-1",
        aws_access_key_id="999999999999",
        aws_secret_access_key="x",
    )
    assert other.get_databases()["DatabaseList"] == []


def test_set_clock_stamps_objects_and_answers(client: Callable[..., Any], local_aws: LocalAws, bucket: str) -> None:
    s3 = client("s3")
    try:
        local_aws.clock.set(datetime(2010, 12, 1, 8, 26, tzinfo=UTC))
        answer = s3.put_object(Bucket=bucket, Key="a", Body=b"x")
        assert "01 Dec 2010 08:26" in answer["ResponseMetadata"]["HTTPHeaders"]["date"]
        assert s3.head_object(Bucket=bucket, Key="a")["LastModified"].date() == datetime(2010, 12, 1).date()
    finally:
        local_aws.clock.set(datetime.now(UTC))


def test_missing_bucket_is_a_typed_error(client: Callable[..., Any]) -> None:
    with pytest.raises(botocore.exceptions.ClientError, match="NoSuchBucket"):
        client("s3").list_objects_v2(Bucket="nowhere")


def test_policy_against_unencrypted_transport_does_not_shut_the_bucket(client: Callable[..., Any], bucket: str) -> None:
    s3 = client("s3")
    resource = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": resource}
    condition = {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Statement": [statement | condition]}))
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    assert s3.get_object(Bucket=bucket, Key="a")["Body"].read() == b"x"
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Statement": [statement]}))
    with pytest.raises(botocore.exceptions.ClientError, match="403"):
        s3.put_object(Bucket=bucket, Key="b", Body=b"x")


UNDONE = [
    ("glue", "list_blueprints", {}, "Glue's ListBlueprints"),
    ("kinesis", "describe_account_settings", {}, "Kinesis's DescribeAccountSettings"),
    ("sts", "get_delegated_access_token", {"TradeInToken": "x"}, "STS's GetDelegatedAccessToken"),
    ("cloudwatch", "list_metric_streams", {}, "CloudWatch's ListMetricStreams"),
]


@pytest.mark.parametrize(("service", "operation", "params", "feature"), UNDONE, ids=[each[1] for each in UNDONE])
def test_what_the_base_cannot_do_is_refused_by_name(
    client: Callable[..., Any], service: str, operation: str, params: dict[str, Any], feature: str
) -> None:
    with pytest.raises(botocore.exceptions.ClientError, match=f"does not support {feature}") as caught:
        getattr(client(service), operation)(**params)
    assert caught.value.response["Error"]["Code"] == "NotImplemented"
