"""The AWS CLI, as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

PACKAGES = ("awscli",)

AWS = Path(sys.executable).parent / "aws"


class CliError(Exception):
    """What the CLI printed when it failed."""


def aws(*words: str) -> Any:
    """The answer of `aws …`, read if it is JSON."""
    ended = subprocess.run([sys.executable, AWS, *words], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise CliError(ended.stderr)
    return json.loads(ended.stdout) if ended.stdout.lstrip().startswith(("{", "[")) else ended.stdout


def query(bucket: str, text: str) -> dict[str, Any]:
    found = aws("athena", "start-query-execution", "--query-string", text, "--result-configuration",
                f"OutputLocation=s3://{bucket}/results/")  # fmt: skip
    for _ in range(200):
        state = aws("athena", "get-query-execution", "--query-execution-id", found["QueryExecutionId"])[
            "QueryExecution"
        ]
        if state["Status"]["State"] not in {"QUEUED", "RUNNING"}:
            return state
        time.sleep(0.1)
    raise TimeoutError(text)


def test_s3_copies_lists_syncs_moves_removes(bucket: str, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.txt", "b.txt"):
        (tmp_path / "in" / name).write_text(name)
    aws("s3", "sync", str(tmp_path / "in"), f"s3://{bucket}/sync/")
    assert aws("s3", "ls", f"s3://{bucket}/sync/").split()[3::4] == ["a.txt", "b.txt"]
    aws("s3", "cp", f"s3://{bucket}/sync/a.txt", f"s3://{bucket}/sync/c.txt")
    aws("s3", "mv", f"s3://{bucket}/sync/b.txt", str(tmp_path / "b"))
    assert (tmp_path / "b").read_text() == "b.txt"
    aws("s3", "rm", "--recursive", f"s3://{bucket}/sync/")
    with pytest.raises(CliError):
        aws("s3", "ls", f"s3://{bucket}/sync/")


def test_s3_copies_a_large_file_in_parts(bucket: str, tmp_path: Path) -> None:
    data = bytes(range(256)) * 100_000
    (tmp_path / "large").write_bytes(data)
    aws("s3", "cp", str(tmp_path / "large"), f"s3://{bucket}/large")
    aws("s3", "cp", f"s3://{bucket}/large", str(tmp_path / "back"))
    assert (tmp_path / "back").read_bytes() == data


def test_presigned_address_is_made(bucket: str) -> None:
    assert f"{bucket}/x" in aws("s3", "presign", f"s3://{bucket}/x")


def test_athena_runs_and_pages(bucket: str) -> None:
    state = query(bucket, "SELECT n, 'x' AS x FROM UNNEST(sequence(1, 1200)) AS t(n) ORDER BY n")
    assert state["Status"]["State"] == "SUCCEEDED"
    found = aws("athena", "get-query-results", "--query-execution-id", state["QueryExecutionId"])
    assert len(found["ResultSet"]["Rows"]) == 1201


def test_athena_tells_why_a_query_failed(bucket: str) -> None:
    assert "SCHEMA_NOT_FOUND" in query(bucket, "SELECT * FROM nowhere.at_all")["Status"]["StateChangeReason"]


def test_glue_crawls(bucket: str, database: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text('{"a": 1, "b": "x"}\n')
    aws("s3", "cp", str(tmp_path / "x.json"), f"s3://{bucket}/things/x.json")
    targets = json.dumps({"S3Targets": [{"Path": f"s3://{bucket}/things/"}]})
    aws("glue", "create-crawler", "--name", "cli", "--role", "r", "--database-name", database, "--targets", targets)
    aws("glue", "start-crawler", "--name", "cli")
    for _ in range(100):
        if aws("glue", "get-crawler", "--name", "cli")["Crawler"]["State"] == "READY":
            break
    columns = aws("glue", "get-table", "--database-name", database, "--name", "things")["Table"]["StorageDescriptor"][
        "Columns"
    ]
    assert [(each["Name"], each["Type"]) for each in columns] == [("a", "int"), ("b", "string")]


def test_redshift_data_runs(bucket: str) -> None:
    aws("redshift-serverless", "create-namespace", "--namespace-name", "cli", "--db-name", "dev")
    aws("redshift-serverless", "create-workgroup", "--workgroup-name", "cli", "--namespace-name", "cli")
    found = aws(
        "redshift-data", "execute-statement", "--workgroup-name", "cli", "--database", "dev", "--sql", "SELECT 1 AS one"
    )
    for _ in range(100):
        if aws("redshift-data", "describe-statement", "--id", found["Id"])["Status"] == "FINISHED":
            break
    assert aws("redshift-data", "get-statement-result", "--id", found["Id"])["Records"] == [[{"longValue": 1}]]


def test_kinesis_puts_and_gets() -> None:
    aws("kinesis", "create-stream", "--stream-name", "cli", "--shard-count", "1")
    aws("kinesis", "wait", "stream-exists", "--stream-name", "cli")
    put = aws("kinesis", "put-record", "--stream-name", "cli", "--partition-key", "k", "--data", "hi")
    iterator = aws(
        "kinesis",
        "get-shard-iterator",
        "--stream-name",
        "cli",
        "--shard-id",
        put["ShardId"],
        "--shard-iterator-type",
        "TRIM_HORIZON",
    )
    assert aws("kinesis", "get-records", "--shard-iterator", iterator["ShardIterator"])["Records"][0]["Data"] == "aGk="


def test_firehose_delivers(bucket: str) -> None:
    where = f"RoleARN=arn:aws:iam::111122223333:role/r,BucketARN=arn:aws:s3:::{bucket},Prefix=fire/,BufferingHints={{SizeInMBs=1,IntervalInSeconds=0}}"
    aws(
        "firehose",
        "create-delivery-stream",
        "--delivery-stream-name",
        "cli",
        "--extended-s3-destination-configuration",
        where,
    )
    aws("firehose", "put-record", "--delivery-stream-name", "cli", "--record", "Data=aGk=")
    for _ in range(50):
        found = aws("s3api", "list-objects-v2", "--bucket", bucket, "--prefix", "fire/")
        if found and found.get("Contents"):
            return
    raise AssertionError("nothing was delivered")


def test_cloudformation_deploys(bucket: str, tmp_path: Path) -> None:
    template = {"Resources": {"Database": {"Type": "AWS::Glue::Database", "Properties": {
        "CatalogId": {"Ref": "AWS::AccountId"}, "DatabaseInput": {"Name": "from_stack"}}}}}  # fmt: skip
    (tmp_path / "template.json").write_text(json.dumps(template))
    aws("cloudformation", "deploy", "--stack-name", "cli", "--template-file", str(tmp_path / "template.json"))
    assert aws("glue", "get-database", "--name", "from_stack")["Database"]["Name"] == "from_stack"


def test_quicksight_lists_data_sets(account: str) -> None:
    assert aws("quicksight", "list-data-sets", "--aws-account-id", account)["DataSetSummaries"] == []


def test_caller_identity() -> None:
    assert aws("sts", "get-caller-identity")["Account"] == os.environ["AWS_ACCESS_KEY_ID"]


@pytest.mark.refused("StartSession")
def test_athena_spark_is_refused() -> None:
    aws("athena", "start-session", "--work-group", "primary", "--engine-configuration", "MaxConcurrentDpus=2")
