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


def test_quicksight_ingests_files(account: str, bucket: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("id,name\n1,x\n2,y\n")
    manifest = {"fileLocations": [{"URIPrefixes": [f"s3://{bucket}/quick/"]}]}
    (tmp_path / "m.json").write_text(json.dumps(manifest))
    aws("s3", "cp", str(tmp_path / "a.csv"), f"s3://{bucket}/quick/a.csv")
    aws("s3", "cp", str(tmp_path / "m.json"), f"s3://{bucket}/m.json")
    own = ("--aws-account-id", account)
    source = aws("quicksight", "create-data-source", *own, "--data-source-id", "cli", "--name", "cli", "--type", "S3",
                 "--data-source-parameters", f"S3Parameters={{ManifestFileLocation={{Bucket={bucket},Key=m.json}}}}")  # fmt: skip
    columns = [{"Name": name, "Type": "STRING"} for name in ("id", "name")]
    table = {"t": {"S3Source": {"DataSourceArn": source["Arn"], "InputColumns": columns}}}
    made = aws("quicksight", "create-data-set", *own, "--data-set-id", "cli", "--name", "cli", "--import-mode", "SPICE",
               "--physical-table-map", json.dumps(table))  # fmt: skip
    found = ended(lambda: aws("quicksight", "describe-ingestion", *own, "--data-set-id", "cli", "--ingestion-id",
                              made["IngestionId"])["Ingestion"], "IngestionStatus", "COMPLETED")  # fmt: skip
    assert found["RowInfo"]["RowsIngested"] == 2
    assert aws("quicksight", "list-data-sets", *own, "--query", "DataSetSummaries[].Name") == ["cli"]


def ended(describe: Any, member: str, wanted: str) -> Any:
    """What is described, once its state is the wanted one."""
    for _ in range(100):
        found = describe()
        if found[member] == wanted:
            return found
        time.sleep(0.1)
    raise TimeoutError(found)


def test_athena_workgroups_parameters_and_names(bucket: str) -> None:
    aws("athena", "create-work-group", "--name", "cli", "--configuration",
        f"ResultConfiguration={{OutputLocation=s3://{bucket}/wg/}},EnforceWorkGroupConfiguration=true,BytesScannedCutoffPerQuery=10000000")  # fmt: skip
    assert aws("athena", "list-work-groups", "--query", "WorkGroups[].Name", "--output", "text").split() == [
        "cli",
        "primary",
    ]
    aws(
        "athena",
        "create-prepared-statement",
        "--work-group",
        "cli",
        "--statement-name",
        "one",
        "--query-statement",
        "SELECT ? + 1",
    )
    started = aws("athena", "start-query-execution", "--work-group", "cli", "--query-string", "EXECUTE one",
                  "--execution-parameters", "41")["QueryExecutionId"]  # fmt: skip
    ended(lambda: aws("athena", "get-query-execution", "--query-execution-id", started)["QueryExecution"]["Status"],
          "State", "SUCCEEDED")  # fmt: skip
    rows = aws(
        "athena",
        "get-query-results",
        "--query-execution-id",
        started,
        "--query",
        "ResultSet.Rows[].Data[].VarCharValue",
    )
    assert rows == ["_col0", "42"]
    assert aws("s3", "ls", f"s3://{bucket}/wg/").split()[3] == f"{started}.csv"
    named = aws(
        "athena",
        "create-named-query",
        "--work-group",
        "cli",
        "--name",
        "q",
        "--database",
        "d",
        "--query-string",
        "SELECT 1",
    )
    assert aws("athena", "list-named-queries", "--work-group", "cli")["NamedQueryIds"] == [named["NamedQueryId"]]
    aws("athena", "delete-work-group", "--work-group", "cli", "--recursive-delete-option")


def test_glue_takes_json_files_and_filters_partitions(bucket: str, database: str, tmp_path: Path) -> None:
    storage = {"Columns": [{"Name": "a", "Type": "int"}], "Location": f"s3://{bucket}/t/"}
    table = {"DatabaseName": database, "TableInput": {
        "Name": "t", "StorageDescriptor": storage, "PartitionKeys": [{"Name": "day", "Type": "string"}]}}  # fmt: skip
    (tmp_path / "table.json").write_text(json.dumps(table))
    aws("glue", "create-table", "--cli-input-json", f"file://{tmp_path}/table.json")
    inputs = [{"Values": [f"2024-01-0{day}"], "StorageDescriptor": storage} for day in (1, 2, 3)]
    place = ("--database-name", database, "--table-name", "t")
    aws("glue", "batch-create-partition", *place, "--partition-input-list", json.dumps(inputs))
    kept = aws(
        "glue", "get-partitions", *place, "--expression", "day > '2024-01-01'", "--query", "Partitions[].Values[]"
    )
    assert kept == ["2024-01-02", "2024-01-03"]
    paged = aws("glue", "get-partitions", *place, "--max-items", "2", "--page-size", "1")
    assert (len(paged["Partitions"]), bool(paged["NextToken"])) == (2, True)
    with pytest.raises(CliError, match="EntityNotFoundException"):
        aws("glue", "get-table", "--database-name", database, "--name", "gone")


def test_redshift_cluster_is_waited_for_queried_and_snapshot(bucket: str) -> None:
    own = ("--cluster-identifier", "cli")
    aws("redshift", "create-cluster", *own, "--node-type", "ra3.large", "--master-username", "admin",
        "--master-user-password", "Passw0rd1", "--cluster-type", "single-node")  # fmt: skip
    aws("redshift", "wait", "cluster-available", *own)
    place = (*own, "--database", "dev", "--db-user", "admin")
    found = aws(
        "redshift-data",
        "batch-execute-statement",
        *place,
        "--sqls",
        "create table t (a int)",
        "insert into t values (1), (2)",
    )
    ended(lambda: aws("redshift-data", "describe-statement", "--id", found["Id"]), "Status", "FINISHED")
    assert aws("redshift-data", "list-tables", *place, "--schema-pattern", "public", "--query", "Tables[].name") == [
        "t"
    ]
    assert aws("redshift-data", "describe-table", *place, "--table", "t", "--query", "ColumnList[].typeName") == [
        "int4"
    ]
    aws("redshift", "create-cluster-snapshot", *own, "--snapshot-identifier", "cli")
    aws("redshift", "wait", "snapshot-available", "--snapshot-identifier", "cli")
    aws("redshift", "pause-cluster", *own)
    states = aws("redshift", "describe-clusters", *own, "--query", "Clusters[].ClusterStatus", "--output", "text")
    assert states.strip() == "paused"
    aws("redshift", "delete-cluster", *own, "--skip-final-cluster-snapshot")
    aws("redshift", "wait", "cluster-deleted", *own)


def test_kinesis_batches_shards_and_resharding() -> None:
    aws("kinesis", "create-stream", "--stream-name", "cli2", "--shard-count", "2")
    records = [{"Data": "aGk=", "PartitionKey": str(number)} for number in range(4)]
    put = aws("kinesis", "put-records", "--stream-name", "cli2", "--records", json.dumps(records))
    assert (put["FailedRecordCount"], len(put["Records"])) == (0, 4)
    assert len(aws("kinesis", "list-shards", "--stream-name", "cli2")["Shards"]) == 2
    aws(
        "kinesis",
        "update-shard-count",
        "--stream-name",
        "cli2",
        "--target-shard-count",
        "4",
        "--scaling-type",
        "UNIFORM_SCALING",
    )
    summary = aws("kinesis", "describe-stream-summary", "--stream-name", "cli2")["StreamDescriptionSummary"]
    assert summary["OpenShardCount"] == 4


def test_firehose_batches_and_describes(bucket: str) -> None:
    where = {"RoleARN": "arn:aws:iam::111122223333:role/r", "BucketARN": f"arn:aws:s3:::{bucket}"}
    aws(
        "firehose",
        "create-delivery-stream",
        "--delivery-stream-name",
        "cli2",
        "--extended-s3-destination-configuration",
        json.dumps(where),
    )
    put = aws("firehose", "put-record-batch", "--delivery-stream-name", "cli2", "--records", "Data=aGk=", "Data=aG8=")
    assert put["FailedPutCount"] == 0
    found = aws("firehose", "describe-delivery-stream", "--delivery-stream-name", "cli2")["DeliveryStreamDescription"]
    assert found["DeliveryStreamStatus"] == "ACTIVE"


def test_logs_are_put_and_filtered() -> None:
    aws("logs", "create-log-group", "--log-group-name", "cli")
    aws("logs", "create-log-stream", "--log-group-name", "cli", "--log-stream-name", "s")
    now = int(time.time() * 1000)
    aws("logs", "put-log-events", "--log-group-name", "cli", "--log-stream-name", "s", "--log-events",
        f"timestamp={now},message=good", f"timestamp={now},message=bad")  # fmt: skip
    found = aws("logs", "filter-log-events", "--log-group-name", "cli", "--query", "events[].message")
    assert sorted(found) == ["bad", "good"]
    aws("logs", "put-retention-policy", "--log-group-name", "cli", "--retention-in-days", "7")
    assert aws("logs", "describe-log-groups", "--query", "logGroups[?logGroupName=='cli'].retentionInDays") == [7]


def test_cloudwatch_metrics_are_put_and_summed() -> None:
    for value in ("1", "2"):
        aws("cloudwatch", "put-metric-data", "--namespace", "cli", "--metric-name", "m", "--value", value)
    assert aws("cloudwatch", "list-metrics", "--namespace", "cli", "--query", "Metrics[].MetricName") == ["m"]
    now = time.time()
    span = [time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now + shift)) for shift in (-3600, 3600)]
    found = aws("cloudwatch", "get-metric-statistics", "--namespace", "cli", "--metric-name", "m", "--start-time", span[0],
                "--end-time", span[1], "--period", "7200", "--statistics", "Sum", "--query", "Datapoints[].Sum")  # fmt: skip
    assert sum(found) == 3.0


def test_s3api_pages_heads_and_tags(bucket: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("x")
    for number in range(3):
        aws(
            "s3api",
            "put-object",
            "--bucket",
            bucket,
            "--key",
            f"api/{number}",
            "--body",
            str(tmp_path / "x"),
            "--metadata",
            "k=v",
        )
    first = aws("s3api", "list-objects-v2", "--bucket", bucket, "--prefix", "api/", "--max-items", "2")
    rest = aws(
        "s3api", "list-objects-v2", "--bucket", bucket, "--prefix", "api/", "--starting-token", first["NextToken"]
    )
    assert [each["Key"] for each in first["Contents"] + rest["Contents"]] == ["api/0", "api/1", "api/2"]
    assert aws("s3api", "head-object", "--bucket", bucket, "--key", "api/0")["Metadata"] == {"k": "v"}
    aws("s3api", "put-object-tagging", "--bucket", bucket, "--key", "api/0", "--tagging", "TagSet=[{Key=a,Value=b}]")
    assert aws("s3api", "get-object-tagging", "--bucket", bucket, "--key", "api/0")["TagSet"] == [
        {"Key": "a", "Value": "b"}
    ]
    with pytest.raises(CliError, match="404"):
        aws("s3api", "head-object", "--bucket", bucket, "--key", "gone")


def test_caller_identity() -> None:
    account = os.environ["AWS_ACCESS_KEY_ID"]
    found = aws("sts", "get-caller-identity")
    assert (found["Account"], found["Arn"]) == (account, f"arn:aws:iam::{account}:root")


@pytest.mark.refused("StartSession")
def test_athena_spark_is_refused() -> None:
    aws("athena", "start-session", "--work-group", "primary", "--engine-configuration", "MaxConcurrentDpus=2")


def test_s3_moves_and_syncs_whole_folders(bucket: str, tmp_path: Path) -> None:
    for name in ("a.csv", "b.json", "sub folder/ü c.csv"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    aws("s3", "cp", "--recursive", str(tmp_path / "in"), f"s3://{bucket}/from/")
    moved = ["--recursive", "--exclude", "*", "--include", "*.csv"]
    aws("s3", "mv", *moved, f"s3://{bucket}/from/", f"s3://{bucket}/to/")
    listed = ["--query", "Contents[].Key"]
    assert aws("s3api", "list-objects-v2", "--bucket", bucket, "--prefix", "from/", *listed) == ["from/b.json"]
    (tmp_path / "in" / "a.csv").unlink()
    aws("s3", "sync", "--delete", "--exclude", "*.json", str(tmp_path / "in"), f"s3://{bucket}/to/")
    assert aws("s3api", "list-objects-v2", "--bucket", bucket, "--prefix", "to/", *listed) == ["to/sub folder/ü c.csv"]
    aws("s3", "sync", f"s3://{bucket}/to/", str(tmp_path / "out"))
    assert (tmp_path / "out" / "sub folder" / "ü c.csv").read_text() == "sub folder/ü c.csv"
    assert "Total Objects: 1" in aws("s3", "ls", "--recursive", "--summarize", f"s3://{bucket}/to/")


def test_answers_are_laid_out_and_picked(bucket: str, database: str) -> None:
    assert (
        query(bucket, f"CREATE TABLE {database}.laid_out AS SELECT 1 AS n, 'x' AS s")["Status"]["State"] == "SUCCEEDED"
    )
    state = query(bucket, f"SELECT s, n FROM {database}.laid_out")
    asked = ["athena", "get-query-results", "--query-execution-id", state["QueryExecutionId"]]
    assert "VarCharValue" in aws(*asked, "--output", "table")
    assert aws(*asked, "--output", "text", "--query", "ResultSet.Rows[].Data[].VarCharValue").split() == list("snx1")
    picked = "TableList[].{name: Name, columns: StorageDescriptor.Columns[].Name}"
    of = ["--database-name", database, "--expression", "laid_*"]
    assert aws("glue", "get-tables", *of, "--query", picked) == [{"name": "laid_out", "columns": ["n", "s"]}]
    assert aws("glue", "get-tables", *of, "--max-items", "1", "--page-size", "1")["TableList"]


def test_requests_are_read_from_files(bucket: str, tmp_path: Path) -> None:
    where = {"RoleARN": "arn:aws:iam::111122223333:role/r", "BucketARN": f"arn:aws:s3:::{bucket}"}
    made = {"DeliveryStreamName": "cli3", "ExtendedS3DestinationConfiguration": {**where, "Prefix": "cli3/"}}
    put = {"DeliveryStreamName": "cli3", "Records": [{"Data": "b25lCg=="}, {"Data": "dHdvCg=="}]}
    for name, request in (("create-delivery-stream", made), ("put-record-batch", put)):
        (tmp_path / name).write_text(json.dumps(request))
        answer = aws("firehose", name, "--cli-input-json", f"file://{tmp_path / name}")
    assert answer["FailedPutCount"] == 0
    assert all(each["RecordId"] for each in answer["RequestResponses"])


def test_a_part_of_an_object_is_fetched(bucket: str, tmp_path: Path) -> None:
    data = bytes(range(256)) * 40_000
    (tmp_path / "large").write_bytes(data)
    aws("s3", "cp", str(tmp_path / "large"), f"s3://{bucket}/parts")
    place = ["--bucket", bucket, "--key", "parts"]
    told = aws("s3api", "get-object-attributes", *place, "--object-attributes", "ObjectParts", "ObjectSize")
    assert told["ObjectSize"] == len(data)
    assert told["ObjectParts"]["TotalPartsCount"] == 2
    aws("s3api", "get-object", *place, "--part-number", "2", str(tmp_path / "second"))
    assert (tmp_path / "second").read_bytes() == data[8 << 20 :]
