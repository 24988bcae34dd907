"""What was acknowledged is there after the process was killed, and what ran then has ended as failed."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

ACCOUNT, REGION = "188888888888", "us-east-1"
SEEDS = [int(each) for each in os.environ.get("LOCAL_AWS_KILL_SEEDS", "1").split(",")]
STEPS = 40


class Child:
    """A local_aws in a process of its own, which can be killed."""

    def __init__(self, directory: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "local_aws",
            "--port",
            "0",
            "--data-dir",
            str(directory),
            "--log-level",
            "ERROR",
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[-1]

    def client(self, service: str) -> Any:
        keys = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "x"}
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, **keys)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextlib.contextmanager
def child(directory: Path) -> Iterator[Child]:
    made = Child(directory)
    try:
        yield made
    finally:
        made.kill()


def _query(client: Any, sql: str) -> str:
    made: str = client.start_query_execution(
        QueryString=sql, ResultConfiguration={"OutputLocation": "s3://kept/results/"}
    )["QueryExecutionId"]
    while True:
        status = client.get_query_execution(QueryExecutionId=made)["QueryExecution"]["Status"]
        if status["State"] in {"SUCCEEDED", "FAILED", "CANCELLED"}:
            assert status["State"] == "SUCCEEDED", status
            return made
        time.sleep(0.02)


def _statement(client: Any, sql: str) -> str:
    place = {"WorkgroupName": "warehouse", "Database": "dev"}
    made: str = client.execute_statement(Sql=sql, WaitTimeSeconds=10, **place)["Id"]
    assert client.describe_statement(Id=made)["Status"] == "FINISHED"
    return made


def _build(aws: Child) -> None:
    """One thing of everything."""
    aws.client("s3").create_bucket(Bucket="kept")
    aws.client("s3").put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
    aws.client("s3").put_object(Bucket="kept", Key="a+b c", Body=b"1", Metadata={"m": "1"}, Tagging="t=1")
    aws.client("s3").put_object(Bucket="kept", Key="a+b c", Body=b"22", Metadata={"m": "2"})
    glue = aws.client("glue")
    glue.create_database(DatabaseInput={"Name": "shop"})
    keys = {"PartitionKeys": [{"Name": "d", "Type": "string"}]}
    glue.create_table(DatabaseName="shop", TableInput={"Name": "t", **keys})
    glue.create_partition(DatabaseName="shop", TableName="t", PartitionInput={"Values": ["1"]})
    glue.create_crawler(
        Name="c", Role="r", DatabaseName="shop", Targets={"S3Targets": [{"Path": "s3://kept/x"}]}, Tags={"k": "v"}
    )
    athena = aws.client("athena")
    athena.create_work_group(Name="analysts", Tags=[{"Key": "k", "Value": "v"}])
    athena.create_prepared_statement(StatementName="one", WorkGroup="primary", QueryStatement="SELECT 1")
    aws.client("kinesis").create_stream(StreamName="orders", ShardCount=2)
    aws.client("iam").create_role(RoleName="loader", AssumeRolePolicyDocument="{}")
    aws.client("secretsmanager").create_secret(Name="password", SecretString="pw")
    to = {"RoleARN": f"arn:aws:iam::{ACCOUNT}:role/loader", "BucketARN": "arn:aws:s3:::kept"}
    aws.client("firehose").create_delivery_stream(DeliveryStreamName="hose", S3DestinationConfiguration=to)
    serverless = aws.client("redshift-serverless")
    serverless.create_namespace(namespaceName="warehouse")
    serverless.create_workgroup(workgroupName="warehouse", namespaceName="warehouse")
    template = '{"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "made-by-stack"}}}}'
    aws.client("cloudformation").create_stack(StackName="st", TemplateBody=template)


def test_one_thing_of_everything_survives_a_kill(tmp_path: Path) -> None:
    with child(tmp_path) as aws:
        _build(aws)
        query = _query(aws.client("athena"), "SELECT 41 + 1 AS answer")
        iceberg = "CREATE TABLE shop.i (x int) LOCATION 's3://kept/i/' TBLPROPERTIES ('table_type' = 'ICEBERG')"
        _query(aws.client("athena"), iceberg)
        _query(aws.client("athena"), "INSERT INTO shop.i VALUES (7)")
        data = aws.client("redshift-data")
        _statement(data, "CREATE TABLE t (x int)")
        _statement(data, "INSERT INTO t VALUES (5)")
        rows = _statement(data, "SELECT x FROM t")
    with child(tmp_path) as aws:
        s3, glue, athena = aws.client("s3"), aws.client("glue"), aws.client("athena")
        found = s3.get_object(Bucket="kept", Key="a+b c")
        assert (found["Body"].read(), found["Metadata"]) == (b"22", {"m": "2"})
        versions = s3.list_object_versions(Bucket="kept", Prefix="a")["Versions"]
        assert [each["Size"] for each in versions] == [2, 1]
        tags = s3.get_object_tagging(Bucket="kept", Key="a+b c", VersionId=versions[1]["VersionId"])["TagSet"]
        assert tags == [{"Key": "t", "Value": "1"}]
        assert s3.head_bucket(Bucket="made-by-stack")
        assert glue.get_partition(DatabaseName="shop", TableName="t", PartitionValues=["1"])
        assert glue.get_crawler(Name="c")["Crawler"]["State"] == "READY"
        assert glue.get_tags(ResourceArn=f"arn:aws:glue:{REGION}:{ACCOUNT}:crawler/c")["Tags"] == {"k": "v"}
        answer = athena.get_query_results(QueryExecutionId=query)["ResultSet"]["Rows"]
        assert answer[1]["Data"] == [{"VarCharValue": "42"}]
        again = _query(athena, "SELECT x FROM shop.i")
        assert athena.get_query_results(QueryExecutionId=again)["ResultSet"]["Rows"][1]["Data"][0] == {
            "VarCharValue": "7"
        }
        assert athena.get_work_group(WorkGroup="analysts")
        assert athena.get_prepared_statement(StatementName="one", WorkGroup="primary")
        assert aws.client("kinesis").describe_stream_summary(StreamName="orders")
        assert aws.client("kinesis").put_record(StreamName="orders", Data=b"x", PartitionKey="k")["ShardId"]
        assert aws.client("iam").get_role(RoleName="loader")
        assert aws.client("secretsmanager").get_secret_value(SecretId="password")["SecretString"] == "pw"
        assert aws.client("firehose").describe_delivery_stream(DeliveryStreamName="hose")
        data = aws.client("redshift-data")
        assert data.get_statement_result(Id=rows)["Records"] == [[{"longValue": 5}]]
        assert data.get_statement_result(Id=_statement(data, "SELECT x FROM t"))["Records"] == [[{"longValue": 5}]]
        stacks = aws.client("cloudformation")
        assert stacks.describe_stacks(StackName="st")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
        stacks.delete_stack(StackName="st")
        with pytest.raises(ClientError):
            s3.head_bucket(Bucket="made-by-stack")


@pytest.mark.parametrize("seed", SEEDS)
def test_every_acknowledged_write_and_removal_stands(tmp_path: Path, seed: int) -> None:
    """Puts, overwrites, deletes, partitions and named queries in an order of the seed's, over two kills."""
    pick, objects, partitions, saved = random.Random(seed), {}, set(), set()
    for life in range(3):
        with child(tmp_path) as aws:
            s3, glue, athena = aws.client("s3"), aws.client("glue"), aws.client("athena")
            if life == 0:
                s3.create_bucket(Bucket="kept")
                glue.create_database(DatabaseInput={"Name": "shop"})
                keys = [{"Name": "d", "Type": "string"}]
                glue.create_table(DatabaseName="shop", TableInput={"Name": "t", "PartitionKeys": keys})
            listed = s3.list_objects_v2(Bucket="kept").get("Contents", [])
            assert {each["Key"]: each["ETag"].strip('"') for each in listed} == objects
            for key, etag in objects.items():
                body = s3.get_object(Bucket="kept", Key=key)["Body"].read()
                assert hashlib.md5(body, usedforsecurity=False).hexdigest() == etag
            there = glue.get_partitions(DatabaseName="shop", TableName="t")["Partitions"]
            assert {each["Values"][0] for each in there} == partitions
            assert set(athena.list_named_queries()["NamedQueryIds"]) == saved
            for step in range(pick.randrange(STEPS // 2, STEPS)):
                what, key = pick.randrange(4), f"k{pick.randrange(12)}"
                if what == 0 and objects:
                    s3.delete_object(Bucket="kept", Key=key)
                    objects.pop(key, None)
                elif what == 1:
                    name = f"{life}-{step}"
                    glue.create_partition(DatabaseName="shop", TableName="t", PartitionInput={"Values": [name]})
                    partitions.add(name)
                elif what == 2:
                    saved.add(
                        athena.create_named_query(Name="q", Database="shop", QueryString="SELECT 1")["NamedQueryId"]
                    )
                else:
                    body = pick.randbytes(pick.randrange(1, 5000))
                    objects[key] = s3.put_object(Bucket="kept", Key=key, Body=body)["ETag"].strip('"')


def test_a_query_that_ran_at_the_kill_has_failed(tmp_path: Path) -> None:
    with child(tmp_path) as aws:
        aws.client("s3").create_bucket(Bucket="kept")
        long = ", ".join(f"UNNEST(sequence(1, 9000)) {name}(x_{name})" for name in "abc")
        slow = f"SELECT count(*) FROM {long} WHERE x_a * x_b % 7 = x_c % 5"
        query = aws.client("athena").start_query_execution(
            QueryString=slow, ResultConfiguration={"OutputLocation": "s3://kept/results/"}
        )["QueryExecutionId"]
    with child(tmp_path) as aws:
        status = aws.client("athena").get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
        assert status["State"] == "FAILED"
        assert "stopped while this ran" in status["StateChangeReason"]


def test_a_directory_has_one_writer(tmp_path: Path) -> None:
    with child(tmp_path):
        command = [sys.executable, "-m", "local_aws", "--port", "0", "--data-dir", str(tmp_path)]
        second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert second.returncode == 2
        assert second.stderr.count("\n") == 1
        assert "in use by another local_aws" in second.stderr
