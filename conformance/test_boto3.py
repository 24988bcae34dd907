"""boto3's waiters and paginators, service by service: what they look for in answers is what programs wait on."""

from __future__ import annotations

import json
import time
from typing import Any

import boto3
import pytest

PACKAGES = ("boto3",)
QUICK = {"Delay": 1, "MaxAttempts": 30}


def collected(service: str, operation: str, member: str, page: int, **params: Any) -> list[list[Any]]:
    """The items of each page."""
    pages = boto3.client(service).get_paginator(operation).paginate(**params, PaginationConfig={"PageSize": page})
    return [found[member] for found in pages]


def sizes(pages: list[list[Any]]) -> list[int]:
    return [len(page) for page in pages]


# waiters
def test_s3_waiters(bucket: str) -> None:
    s3 = boto3.client("s3")
    s3.get_waiter("bucket_exists").wait(Bucket=bucket, WaiterConfig=QUICK)
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    s3.get_waiter("object_exists").wait(Bucket=bucket, Key="a", WaiterConfig=QUICK)
    s3.delete_object(Bucket=bucket, Key="a")
    s3.get_waiter("object_not_exists").wait(Bucket=bucket, Key="a", WaiterConfig=QUICK)


def test_kinesis_waiters() -> None:
    kinesis = boto3.client("kinesis")
    kinesis.create_stream(StreamName="waited", ShardCount=1)
    kinesis.get_waiter("stream_exists").wait(StreamName="waited", WaiterConfig=QUICK)
    kinesis.delete_stream(StreamName="waited")
    kinesis.get_waiter("stream_not_exists").wait(StreamName="waited", WaiterConfig=QUICK)


def test_cloudformation_waiters() -> None:
    cloudformation = boto3.client("cloudformation")

    def template(description: str) -> str:
        made = {"Name": "waited", "Description": description}
        properties = {"CatalogId": {"Ref": "AWS::AccountId"}, "DatabaseInput": made}
        return json.dumps({"Resources": {"Database": {"Type": "AWS::Glue::Database", "Properties": properties}}})

    cloudformation.create_stack(StackName="waited", TemplateBody=template("one"))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="waited", WaiterConfig=QUICK)
    cloudformation.update_stack(StackName="waited", TemplateBody=template("two"))
    cloudformation.get_waiter("stack_update_complete").wait(StackName="waited", WaiterConfig=QUICK)
    cloudformation.delete_stack(StackName="waited")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="waited", WaiterConfig=QUICK)


def test_redshift_waiters() -> None:
    redshift = boto3.client("redshift")
    made = {"NodeType": "ra3.large", "MasterUsername": "admin", "MasterUserPassword": "Passw0rd1"}
    redshift.create_cluster(ClusterIdentifier="waited", **made)
    redshift.get_waiter("cluster_available").wait(ClusterIdentifier="waited", WaiterConfig=QUICK)
    redshift.create_cluster_snapshot(SnapshotIdentifier="waited", ClusterIdentifier="waited")
    redshift.get_waiter("snapshot_available").wait(SnapshotIdentifier="waited", WaiterConfig=QUICK)
    redshift.delete_cluster(ClusterIdentifier="waited", SkipFinalClusterSnapshot=True)
    redshift.get_waiter("cluster_deleted").wait(ClusterIdentifier="waited", WaiterConfig=QUICK)
    redshift.restore_from_cluster_snapshot(ClusterIdentifier="again", SnapshotIdentifier="waited")
    redshift.get_waiter("cluster_restored").wait(ClusterIdentifier="again", WaiterConfig=QUICK)


def test_iam_waiters() -> None:
    iam = boto3.client("iam")
    iam.create_role(RoleName="waited", AssumeRolePolicyDocument="{}")
    iam.get_waiter("role_exists").wait(RoleName="waited", WaiterConfig=QUICK)


def test_cloudwatch_alarm_waiter() -> None:
    cloudwatch = boto3.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="waited", MetricName="m", Namespace="n", Period=60, EvaluationPeriods=1, Statistic="Sum",
        Threshold=1.0, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    cloudwatch.get_waiter("alarm_exists").wait(AlarmNames=["waited"], WaiterConfig=QUICK)


# paginators
@pytest.mark.parametrize("operation", ["list_objects_v2", "list_objects", "list_object_versions"])
def test_s3_pages(bucket: str, operation: str) -> None:
    for number in range(5):
        boto3.client("s3").put_object(Bucket=bucket, Key=f"pages/{number}", Body=b"")
    member = "Versions" if operation == "list_object_versions" else "Contents"
    pages = collected("s3", operation, member, 2, Bucket=bucket, Prefix="pages/")
    assert [each["Key"][-1] for page in pages for each in page] == list("01234")
    assert sizes(pages) == [2, 2, 1]


def test_s3_pages_of_folders(bucket: str) -> None:
    for number in range(3):
        boto3.client("s3").put_object(Bucket=bucket, Key=f"folders/{number}/x", Body=b"")
    pages = collected("s3", "list_objects_v2", "CommonPrefixes", 2, Bucket=bucket, Prefix="folders/", Delimiter="/")
    assert [each["Prefix"] for page in pages for each in page] == [f"folders/{number}/" for number in range(3)]


@pytest.fixture(scope="module")
def catalog(bucket: str, database: str) -> str:
    """A database with five tables; the first has five partitions."""
    glue = boto3.client("glue")
    storage = {
        "Columns": [{"Name": "a", "Type": "int"}],
        "Location": f"s3://{bucket}/t/",
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"},
    }
    for number in range(5):
        keys = [{"Name": "p", "Type": "int"}]
        given = {"Name": f"t{number}", "StorageDescriptor": storage, "PartitionKeys": keys}
        glue.create_table(DatabaseName=database, TableInput=given)
        partition = {"Values": [str(number)], "StorageDescriptor": storage}
        glue.create_partition(DatabaseName=database, TableName="t0", PartitionInput=partition)
        targets = {"S3Targets": [{"Path": f"s3://{bucket}/t/"}]}
        glue.create_crawler(Name=f"paged{number}", Role="r", DatabaseName=database, Targets=targets)
    return database


@pytest.mark.parametrize(
    ("operation", "member", "params"),
    [
        ("get_tables", "TableList", {"DatabaseName": True}),
        ("get_partitions", "Partitions", {"DatabaseName": True, "TableName": "t0"}),
        ("get_crawlers", "Crawlers", {}),
        ("get_crawler_metrics", "CrawlerMetricsList", {}),
    ],
)
def test_glue_pages(catalog: str, operation: str, member: str, params: dict[str, Any]) -> None:
    given = {name: catalog if value is True else value for name, value in params.items()}
    assert sizes(collected("glue", operation, member, 2, **given)) == [2, 2, 1]


def test_glue_pages_of_databases() -> None:
    for number in range(3):
        boto3.client("glue").create_database(DatabaseInput={"Name": f"paged{number}"})
    pages = collected("glue", "get_databases", "DatabaseList", 2)
    assert {"paged0", "paged1", "paged2"} <= {each["Name"] for page in pages for each in page}
    assert max(sizes(pages)) == 2


@pytest.fixture(scope="module")
def query(bucket: str) -> str:
    athena = boto3.client("athena")
    for _ in range(3):
        sql = "SELECT n FROM UNNEST(sequence(1, 2500)) AS t(n) ORDER BY n"
        started = athena.start_query_execution(
            QueryString=sql, ResultConfiguration={"OutputLocation": f"s3://{bucket}/results/"}
        )["QueryExecutionId"]
        while athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]["State"] != "SUCCEEDED":
            time.sleep(0.05)
    return str(started)


def test_athena_pages_of_results(query: str) -> None:
    paginator = boto3.client("athena").get_paginator("get_query_results")
    pages = [page["ResultSet"]["Rows"] for page in paginator.paginate(QueryExecutionId=query)]
    rows = [row["Data"][0]["VarCharValue"] for page in pages for row in page]
    assert rows == ["n", *(str(number) for number in range(1, 2501))]
    assert len(pages) == 3


@pytest.mark.parametrize(
    ("operation", "member"),
    [("list_query_executions", "QueryExecutionIds"), ("list_data_catalogs", "DataCatalogsSummary")],
)
def test_athena_pages(query: str, operation: str, member: str) -> None:
    assert any(collected("athena", operation, member, 2))


def test_athena_pages_of_named_queries_databases_and_tables(catalog: str) -> None:
    athena = boto3.client("athena")
    for number in range(3):
        athena.create_named_query(Name=f"q{number}", Database=catalog, QueryString="SELECT 1")
    assert sizes(collected("athena", "list_named_queries", "NamedQueryIds", 2)) == [2, 1]
    place = {"CatalogName": "AwsDataCatalog"}
    listed = collected("athena", "list_databases", "DatabaseList", 2, **place)
    assert catalog in {each["Name"] for page in listed for each in page}
    assert sizes(collected("athena", "list_table_metadata", "TableMetadataList", 2, DatabaseName=catalog, **place)) == [
        2,
        2,
        1,
    ]


def test_kinesis_pages_of_streams() -> None:
    kinesis = boto3.client("kinesis")
    for number in range(3):
        kinesis.create_stream(StreamName=f"paged{number}", ShardCount=3)
    pages = kinesis.get_paginator("list_streams").paginate(PaginationConfig={"PageSize": 2})
    assert {"paged0", "paged1", "paged2"} <= {name for page in pages for name in page["StreamNames"]}
    described = kinesis.get_paginator("describe_stream").paginate(StreamName="paged0", PaginationConfig={"PageSize": 2})
    assert [len(page["StreamDescription"]["Shards"]) for page in described] == [2, 1]


@pytest.fixture(scope="module")
def workgroup() -> str:
    serverless = boto3.client("redshift-serverless")
    for name in ("one", "two", "three"):
        serverless.create_namespace(namespaceName=name, dbName="dev")
        serverless.create_workgroup(workgroupName=name, namespaceName=name)
    return "one"


@pytest.mark.parametrize(
    ("operation", "member"), [("list_namespaces", "namespaces"), ("list_workgroups", "workgroups")]
)
def test_redshift_serverless_pages(workgroup: str, operation: str, member: str) -> None:
    assert sizes(collected("redshift-serverless", operation, member, 2)) == [2, 1]


def test_redshift_data_pages(workgroup: str) -> None:
    data = boto3.client("redshift-data")
    place = {"WorkgroupName": workgroup, "Database": "dev"}
    sql = (
        "create table paged as select a.a * 100 + b.a as n from (select 1 as a union all select 2) a, (select 3 as a) b"
    )
    for text in (sql, "select n from paged"):
        started = data.execute_statement(Sql=text, **place)["Id"]
        while data.describe_statement(Id=started)["Status"] not in {"FINISHED", "FAILED"}:
            time.sleep(0.05)
    rows = [row for page in data.get_paginator("get_statement_result").paginate(Id=started) for row in page["Records"]]
    assert len(rows) == 2
    assert sizes(collected("redshift-data", "list_statements", "Statements", 1)) == [1, 1]
    named = [each["name"] for page in collected("redshift-data", "list_tables", "Tables", 1, **place) for each in page]
    assert "paged" in named
    described = data.get_paginator("describe_table").paginate(Table="paged", **place)
    assert [each["name"] for page in described for each in page["ColumnList"]] == ["n"]
    assert any("public" in page for page in collected("redshift-data", "list_schemas", "Schemas", 1, **place))
    assert collected("redshift-data", "list_databases", "Databases", 1, **place) == [["dev"]]


def test_quicksight_pages(account: str) -> None:
    quicksight = boto3.client("quicksight")
    manifest = {"S3Parameters": {"ManifestFileLocation": {"Bucket": "b", "Key": "k"}}}
    own = {"AwsAccountId": account}
    for number in range(3):
        name = f"paged{number}"
        quicksight.create_data_source(DataSourceId=name, Name=name, Type="S3", DataSourceParameters=manifest, **own)
    pages = collected("quicksight", "list_data_sources", "DataSources", 2, **own)
    assert sizes(pages) == [2, 1]


def test_logs_pages() -> None:
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="paged")
    for number in range(3):
        logs.create_log_stream(logGroupName="paged", logStreamName=str(number))
        events = [{"timestamp": int(time.time() * 1000), "message": f"m{number}"}]
        logs.put_log_events(logGroupName="paged", logStreamName=str(number), logEvents=events)
    assert sizes(collected("logs", "describe_log_streams", "logStreams", 2, logGroupName="paged")) == [2, 1]
    found = collected("logs", "filter_log_events", "events", 2, logGroupName="paged")
    assert sorted(each["message"] for page in found for each in page) == ["m0", "m1", "m2"]


def test_cloudwatch_pages() -> None:
    cloudwatch = boto3.client("cloudwatch")
    for number in range(3):
        data = [{"MetricName": f"m{number}", "Value": 1.0}]
        cloudwatch.put_metric_data(Namespace="paged", MetricData=data)
    pages = cloudwatch.get_paginator("list_metrics").paginate(Namespace="paged")
    assert sorted(each["MetricName"] for page in pages for each in page["Metrics"]) == ["m0", "m1", "m2"]


def test_firehose_lists_streams(bucket: str) -> None:
    """It has no paginator: its own members do."""
    firehose = boto3.client("firehose")
    for number in range(3):
        where = {"RoleARN": "arn:aws:iam::111122223333:role/r", "BucketARN": f"arn:aws:s3:::{bucket}"}
        firehose.create_delivery_stream(DeliveryStreamName=f"paged{number}", ExtendedS3DestinationConfiguration=where)
    first = firehose.list_delivery_streams(Limit=2)
    assert (first["DeliveryStreamNames"], first["HasMoreDeliveryStreams"]) == (["paged0", "paged1"], True)
    rest = firehose.list_delivery_streams(ExclusiveStartDeliveryStreamName="paged1")
    assert (rest["DeliveryStreamNames"], rest["HasMoreDeliveryStreams"]) == (["paged2"], False)
