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


@pytest.mark.parametrize("key", ["a/at=10%3A30/x", "a b/c+d", "São/%", "a/%2F/b"])
def test_key_with_a_percent_sign_stays_as_it_is(
    client: Callable[..., Any], account_id: str, bucket: str, key: str
) -> None:
    s3 = client("s3")
    s3.put_object(Bucket=bucket, Key=key, Body=b"x")
    assert ObjectStore(account_id, "us-east-1").names(bucket) == [key]
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == [key]
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"x"
    s3.copy_object(Bucket=bucket, Key=f"copy/{key}", CopySource={"Bucket": bucket, "Key": key})
    assert s3.get_object(Bucket=bucket, Key=f"copy/{key}")["Body"].read() == b"x"
    s3.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": key}, {"Key": f"copy/{key}"}]})
    assert "Contents" not in s3.list_objects_v2(Bucket=bucket)


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


def test_missing_table_is_never_a_variable_of_the_process(local_aws: LocalAws, account_id: str) -> None:
    import duckdb
    import pyarrow as pa

    orders = pa.table({"id": [1]})
    lake = local_aws.app.account(account_id, "us-east-1").lake
    for connection in (lake.connect(), lake.cursor()):
        with connection, pytest.raises(duckdb.CatalogException):
            connection.execute("SELECT * FROM orders")
    assert orders.num_rows == 1


def test_metrics_are_listed_once_each(client: Callable[..., Any]) -> None:
    cloudwatch = client("cloudwatch")
    by_table = [{"Name": "table", "Value": "t"}]
    for value in (1.0, 2.0):
        data = [{"MetricName": "m", "Value": value}, {"MetricName": "m", "Value": value, "Dimensions": by_table}]
        cloudwatch.put_metric_data(Namespace="once", MetricData=data)
    found = cloudwatch.list_metrics(Namespace="once")["Metrics"]
    assert sorted(each["Dimensions"] for each in found) == [[], by_table]
    assert len(cloudwatch.list_metrics(Namespace="once", Dimensions=by_table)["Metrics"]) == 1
