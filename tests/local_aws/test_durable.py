"""What was acknowledged is there after the process was killed, and what ran then has ended as failed."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local_aws.durable import DirectoryRefused, Journal

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

    def client(self, service: str, **options: Any) -> Any:
        keys = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "x", **options}
        return boto3.client(service, endpoint_url=self.url, region_name=REGION, **keys)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def _records(kinesis: Any, stream: str) -> list[bytes]:
    """All records of a stream."""
    found: list[bytes] = []
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        place = {"StreamName": stream, "ShardId": shard["ShardId"]}
        at = kinesis.get_shard_iterator(**place, ShardIteratorType="TRIM_HORIZON")["ShardIterator"]
        found += [each["Data"] for each in kinesis.get_records(ShardIterator=at)["Records"]]
    return found


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
    redshift = aws.client("redshift")
    admin = {"MasterUsername": "admin", "MasterUserPassword": "Passw0rd1"}
    redshift.create_cluster(ClusterIdentifier="cluster", NodeType="ra3.large", **admin)
    redshift.create_cluster_snapshot(ClusterIdentifier="cluster", SnapshotIdentifier="snapshot")
    redshift.pause_cluster(ClusterIdentifier="cluster")
    user = {"IdentityType": "IAM", "IamArn": "arn:aws:iam::1:user/me", "Email": "me@example.com", "UserRole": "ADMIN"}
    aws.client("quicksight").register_user(AwsAccountId=ACCOUNT, Namespace="default", **user)
    template = '{"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "made-by-stack"}}}}'
    aws.client("cloudformation").create_stack(StackName="st", TemplateBody=template)


def _tags_and_partitions(aws: Child) -> None:
    """What changes in place: tags and partitions."""
    s3, glue = aws.client("s3"), aws.client("glue")
    s3.put_object(Bucket="kept", Key="tagged", Body=b"1", Tagging="old=1")
    s3.put_object_tagging(Bucket="kept", Key="tagged", Tagging={"TagSet": [{"Key": "new", "Value": "2"}]})
    s3.put_object(Bucket="kept", Key="bare", Body=b"1", Tagging="old=1")
    s3.delete_object_tagging(Bucket="kept", Key="bare")
    s3.put_bucket_tagging(Bucket="kept", Tagging={"TagSet": [{"Key": "team", "Value": "sales"}]})
    place = {"DatabaseName": "shop", "TableName": "t"}
    glue.batch_create_partition(**place, PartitionInputList=[{"Values": [each]} for each in "234"])
    glue.update_partition(**place, PartitionValueList=["2"], PartitionInput={"Values": ["two"]})
    glue.batch_delete_partition(**place, PartitionsToDelete=[{"Values": ["3"]}])


def _check_tags_and_partitions(aws: Child) -> None:
    s3, glue = aws.client("s3"), aws.client("glue")
    assert s3.get_object_tagging(Bucket="kept", Key="tagged")["TagSet"] == [{"Key": "new", "Value": "2"}]
    assert s3.get_object_tagging(Bucket="kept", Key="bare")["TagSet"] == []
    assert s3.get_bucket_tagging(Bucket="kept")["TagSet"] == [{"Key": "team", "Value": "sales"}]
    there = glue.get_partitions(DatabaseName="shop", TableName="t")["Partitions"]
    assert sorted(each["Values"][0] for each in there) == ["1", "4", "two"]


def test_one_thing_of_everything_survives_a_kill(tmp_path: Path) -> None:
    with child(tmp_path) as aws:
        _build(aws)
        _tags_and_partitions(aws)
        aws.client("kinesis").put_record(StreamName="orders", Data=b"first", PartitionKey="k")
        aws.client("firehose").put_record(DeliveryStreamName="hose", Record={"Data": b"buffered"})
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
        _check_tags_and_partitions(aws)
        assert _records(aws.client("kinesis"), "orders") == [b"first"]
        aws.client("firehose").delete_delivery_stream(DeliveryStreamName="hose")  # delivers what is buffered
        bodies = [
            s3.get_object(Bucket="kept", Key=each["Key"])["Body"].read()
            for each in s3.list_objects_v2(Bucket="kept", Prefix="20")["Contents"]
        ]
        assert bodies == [b"buffered"]
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
        data = aws.client("redshift-data")
        assert data.get_statement_result(Id=rows)["Records"] == [[{"longValue": 5}]]
        assert data.get_statement_result(Id=_statement(data, "SELECT x FROM t"))["Records"] == [[{"longValue": 5}]]
        redshift = aws.client("redshift")
        assert redshift.describe_clusters()["Clusters"][0]["ClusterStatus"] == "paused"
        redshift.restore_from_cluster_snapshot(ClusterIdentifier="again", SnapshotIdentifier="snapshot")
        assert len(aws.client("quicksight").list_users(AwsAccountId=ACCOUNT, Namespace="default")["UserList"]) == 1
        stacks = aws.client("cloudformation")
        assert stacks.describe_stacks(StackName="st")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
        stacks.delete_stack(StackName="st")
        with pytest.raises(ClientError):
            s3.head_bucket(Bucket="made-by-stack")


class Writer(threading.Thread):
    """Writes until the process dies; knows what was acknowledged, and what was asked but never answered."""

    def __init__(self, aws: Child, seed: int) -> None:
        super().__init__()
        self.aws, self.pick, self.seed = aws, random.Random(seed), seed
        self.objects: dict[str, set[str | None]] = {}
        self.partitions: set[str] = set()
        self.saved: set[str] = set()

    def run(self) -> None:
        options = Config(retries={"total_max_attempts": 1})
        s3, glue, athena = (self.aws.client(each, config=options) for each in ("s3", "glue", "athena"))
        with contextlib.suppress(BotoCoreError):
            for step in itertools.count():
                what, key = self.pick.randrange(4), f"{self.seed}/k{self.pick.randrange(12)}"
                before = self.objects.get(key, {None})
                if what == 0:
                    self.objects[key] = before | {None}
                    s3.delete_object(Bucket="kept", Key=key)
                    self.objects[key] = {None}
                elif what == 1:
                    name = f"{self.seed}-{step}"
                    glue.create_partition(DatabaseName="shop", TableName="t", PartitionInput={"Values": [name]})
                    self.partitions.add(name)
                elif what == 2:
                    made = athena.create_named_query(Name="q", Database="shop", QueryString="SELECT 1")
                    self.saved.add(made["NamedQueryId"])
                else:
                    body = self.pick.randbytes(self.pick.randrange(1, 5000))
                    etag = hashlib.md5(body, usedforsecurity=False).hexdigest()
                    self.objects[key] = before | {etag}
                    s3.put_object(Bucket="kept", Key=key, Body=body)
                    self.objects[key] = {etag}


def _slow_query(athena: Any) -> str:
    long = ", ".join(f"UNNEST(sequence(1, 9000)) {name}(x_{name})" for name in "abc")
    slow = f"SELECT count(*) FROM {long} WHERE x_a * x_b % 7 = x_c % 5"
    to = {"OutputLocation": "s3://kept/results/"}
    return str(athena.start_query_execution(QueryString=slow, ResultConfiguration=to)["QueryExecutionId"])


@pytest.mark.parametrize("seed", SEEDS)
def test_every_acknowledged_write_and_removal_stands_after_a_kill_amid_calls(tmp_path: Path, seed: int) -> None:
    """Four clients write while the process is killed: each object is what was acknowledged last, or what was asked.

    A query that ran then has failed. While a process has the directory, another one is refused it.
    """
    with child(tmp_path) as aws:
        with pytest.raises(DirectoryRefused, match="in use by another local_aws"):
            Journal(tmp_path / "data")
        aws.client("s3").create_bucket(Bucket="kept")
        aws.client("glue").create_database(DatabaseInput={"Name": "shop"})
        keys = [{"Name": "d", "Type": "string"}]
        aws.client("glue").create_table(DatabaseName="shop", TableInput={"Name": "t", "PartitionKeys": keys})
        writers = [Writer(aws, seed * 10 + number) for number in range(4)]
        for each in writers:
            each.start()
        while min(len(each.saved) + len(each.partitions) for each in writers) < STEPS // 4:
            time.sleep(0.01)
        query = _slow_query(aws.client("athena"))
        aws.kill()
        for each in writers:
            each.join()
    with child(tmp_path) as aws:
        s3, glue, athena = aws.client("s3"), aws.client("glue"), aws.client("athena")
        status = athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"]
        assert (status["State"], "stopped while this ran" in status["StateChangeReason"]) == ("FAILED", True)
        listed = {each["Key"] for each in s3.list_objects_v2(Bucket="kept").get("Contents", [])}
        for writer in writers:
            for key, allowed in writer.objects.items():
                body = s3.get_object(Bucket="kept", Key=key)["Body"].read() if key in listed else None
                etag = None if body is None else hashlib.md5(body, usedforsecurity=False).hexdigest()
                assert etag in allowed, key
        there = glue.get_partitions(DatabaseName="shop", TableName="t")["Partitions"]
        assert {each["Values"][0] for each in there} >= set().union(*(each.partitions for each in writers))
        pages = athena.get_paginator("list_named_queries").paginate()
        saved = {each for page in pages for each in page["NamedQueryIds"]}
        assert saved >= set().union(*(each.saved for each in writers))
