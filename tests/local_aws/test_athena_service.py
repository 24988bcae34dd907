"""Athena's API: executions and their life, results and their files, workgroups, saved queries, metadata."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import botocore.exceptions
import pytest

from local_aws.server import LocalAws
from tests.local_aws.athena_client import Athena

Client = Callable[..., Any]


def code(call: Callable[[], Any]) -> str:
    with pytest.raises(botocore.exceptions.ClientError) as found:
        call()
    return f"{found.value.response['Error']['Code']}: {found.value.response['Error']['Message']}"


def test_execution_tells_what_it_was_and_what_it_took(athena: Athena) -> None:
    found = athena.execute("SELECT 1 AS n")
    assert (found["StatementType"], found["SubstatementType"], found["WorkGroup"]) == ("DML", "SELECT", "primary")
    assert found["QueryExecutionContext"] == {"Catalog": "awsdatacatalog", "Database": "shop"}
    assert found["ResultConfiguration"]["OutputLocation"] == f"{athena.output}{found['QueryExecutionId']}.csv"
    assert found["Status"]["CompletionDateTime"] >= found["Status"]["SubmissionDateTime"]
    assert found["Statistics"]["DataScannedInBytes"] == 0
    assert found["Statistics"]["TotalExecutionTimeInMillis"] >= found["Statistics"]["EngineExecutionTimeInMillis"] >= 0


def test_result_csv_quotes_values_and_leaves_null_bare(athena: Athena, client: Client, bucket: str) -> None:
    found = athena.execute("""SELECT 'a "b"' AS "X y", null AS n, '' AS e, 'two\nlines' AS t""")
    key = f"results/{found['QueryExecutionId']}.csv"
    body = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode()
    assert body == '"X y","n","e","t"\n"a ""b""",,"","two\nlines"\n'
    client("s3").head_object(Bucket=bucket, Key=f"{key}.metadata")
    answer = athena.client.get_query_results(QueryExecutionId=found["QueryExecutionId"])["ResultSet"]
    assert answer["Rows"][1]["Data"] == [
        {"VarCharValue": 'a "b"'},
        {},
        {"VarCharValue": ""},
        {"VarCharValue": "two\nlines"},
    ]


def test_columns_are_described_with_their_types(athena: Athena) -> None:
    made = athena.execute("SELECT decimal '1.50' AS d, 'x' AS t, 1 AS i, array[1] AS a, now() AS z")["QueryExecutionId"]
    columns = athena.client.get_query_results(QueryExecutionId=made)["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [(each["Name"], each["Type"], each["Precision"], each["Scale"]) for each in columns] == [
        ("d", "decimal", 3, 2),
        ("t", "varchar", 1, 0),
        ("i", "integer", 10, 0),
        ("a", "array", 0, 0),
        ("z", "timestamp with time zone", 3, 0),
    ]


def test_results_come_in_pages_with_the_header_first(athena: Athena) -> None:
    made = athena.execute("SELECT n FROM UNNEST(sequence(1, 2500)) AS t(n)")["QueryExecutionId"]
    pages = athena.client.get_paginator("get_query_results").paginate(QueryExecutionId=made)
    rows = [[row["Data"][0]["VarCharValue"] for row in page["ResultSet"]["Rows"]] for page in pages]
    assert [len(page) for page in rows] == [1000, 1000, 501]
    assert [each for page in rows for each in page] == ["n", *map(str, range(1, 2501))]
    first = athena.client.get_query_results(QueryExecutionId=made, MaxResults=2)
    assert [row["Data"][0]["VarCharValue"] for row in first["ResultSet"]["Rows"]] == ["n", "1"]
    too_many = code(lambda: athena.client.get_query_results(QueryExecutionId=made, MaxResults=1001))
    assert too_many.startswith("InvalidRequestException")


def test_same_token_is_the_same_execution(athena: Athena) -> None:
    token = uuid.uuid4().hex
    first = athena.start("SELECT 1", ClientRequestToken=token)
    assert athena.start("SELECT 1", ClientRequestToken=token) == first
    assert "Idempotent parameters do not match" in code(lambda: athena.start("SELECT 2", ClientRequestToken=token))


def test_text_that_is_no_sql_is_refused_at_once(athena: Athena) -> None:
    refusal = code(lambda: athena.start("SELEC 1"))
    assert refusal.startswith("InvalidRequestException: line 1:1: mismatched input 'SELEC'. Expecting: ")


def test_failed_query_has_a_reason_and_no_results(athena: Athena) -> None:
    made = athena.start("SELECT 1 / 0")
    status = athena.wait(made)["Status"]
    assert status["State"] == "FAILED"
    assert status["AthenaError"] == {
        "ErrorCategory": 2,
        "ErrorType": 9999,
        "Retryable": False,
        "ErrorMessage": "DIVISION_BY_ZERO: Division by zero",
    }
    assert "Final query state: FAILED" in code(lambda: athena.client.get_query_results(QueryExecutionId=made))


def test_running_query_can_be_stopped(athena: Athena) -> None:
    numbers = "(SELECT n FROM UNNEST(sequence(1, 100000)) AS t(n))"
    made = athena.start(
        f"SELECT count(*) FROM {numbers} a CROSS JOIN {numbers} b CROSS JOIN {numbers} c WHERE a.n + b.n = c.n"
    )
    athena.client.stop_query_execution(QueryExecutionId=made)
    assert athena.wait(made)["Status"]["State"] == "CANCELLED"


def test_query_without_output_location_is_refused(athena: Athena) -> None:
    assert "No output location provided" in code(lambda: athena.start("SELECT 1", ResultConfiguration={}))


def test_current_date_is_the_clocks(athena: Athena, local_aws: LocalAws) -> None:
    from datetime import UTC, datetime

    try:
        local_aws.clock.set(datetime(2010, 12, 1, 8, 26, tzinfo=UTC))
        assert athena.value("current_date") == "2010-12-01"
        assert str(athena.value("now()")).startswith("2010-12-01 08:2")
    finally:
        local_aws.clock.set(datetime.now(UTC))


def test_enforced_workgroup_decides_where_results_go(athena: Athena, bucket: str) -> None:
    configuration = {
        "ResultConfiguration": {"OutputLocation": f"s3://{bucket}/enforced/"},
        "EnforceWorkGroupConfiguration": True,
    }
    athena.client.create_work_group(Name="orders", Configuration=configuration)
    found = athena.execute("SELECT 1", WorkGroup="orders")
    assert found["ResultConfiguration"]["OutputLocation"].startswith(f"s3://{bucket}/enforced/")
    assert athena.client.list_query_executions(WorkGroup="orders")["QueryExecutionIds"] == [found["QueryExecutionId"]]
    updates = {"EnforceWorkGroupConfiguration": False, "BytesScannedCutoffPerQuery": 10_000_000}
    athena.client.update_work_group(WorkGroup="orders", ConfigurationUpdates=updates)
    found = athena.execute("SELECT 1", WorkGroup="orders")
    assert found["ResultConfiguration"]["OutputLocation"].startswith(athena.output)
    athena.client.update_work_group(WorkGroup="orders", State="DISABLED")
    assert "WorkGroup orders is disabled" in code(lambda: athena.start("SELECT 1", WorkGroup="orders"))
    assert "is not empty" in code(lambda: athena.client.delete_work_group(WorkGroup="orders"))
    athena.client.delete_work_group(WorkGroup="orders", RecursiveDeleteOption=True)
    assert [each["Name"] for each in athena.client.list_work_groups()["WorkGroups"]] == ["primary"]
    assert "WorkGroup orders is not found" in code(lambda: athena.start("SELECT 1", WorkGroup="orders"))


def test_query_over_the_limit_of_its_workgroup_is_cancelled(athena: Athena, client: Client, bucket: str) -> None:
    client("s3").put_object(Bucket=bucket, Key="big/a", Body=b"x" * 10_000_001)
    athena.client.create_work_group(Name="small", Configuration={"BytesScannedCutoffPerQuery": 10_000_000})
    athena.execute(f"CREATE EXTERNAL TABLE big (line string) LOCATION 's3://{bucket}/big/'")
    status = athena.wait(athena.start("SELECT count(*) FROM big", WorkGroup="small"))["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Bytes scanned limit was exceeded")


def test_tags_of_a_workgroup(athena: Athena, account_id: str) -> None:
    athena.client.create_work_group(Name="tagged", Tags=[{"Key": "a", "Value": "1"}])
    arn = f"arn:aws:athena:us-east-1:{account_id}:workgroup/tagged"
    athena.client.tag_resource(ResourceARN=arn, Tags=[{"Key": "b", "Value": "2"}])
    athena.client.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert athena.client.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": "2"}]


def test_prepared_statement_is_executed_with_values(athena: Athena) -> None:
    athena.client.create_prepared_statement(StatementName="concat", WorkGroup="primary", QueryStatement="SELECT ? || ?")
    assert athena.rows("EXECUTE concat USING 'a', 'b'") == [("ab",)]
    athena.execute("PREPARE twice FROM SELECT ? * 2")
    assert athena.rows("EXECUTE twice USING 4") == [("8",)]
    athena.execute("DEALLOCATE PREPARE twice")
    missing = code(lambda: athena.client.get_prepared_statement(StatementName="twice", WorkGroup="primary"))
    assert missing.startswith("ResourceNotFoundException")


def test_named_query_is_kept(athena: Athena) -> None:
    made = athena.client.create_named_query(Name="n", Database="shop", QueryString="SELECT 1")["NamedQueryId"]
    assert athena.client.get_named_query(NamedQueryId=made)["NamedQuery"]["QueryString"] == "SELECT 1"
    assert athena.client.list_named_queries()["NamedQueryIds"] == [made]
    athena.client.delete_named_query(NamedQueryId=made)
    assert athena.client.list_named_queries()["NamedQueryIds"] == []


def test_metadata_of_the_catalog(athena: Athena, bucket: str) -> None:
    athena.execute(f"CREATE EXTERNAL TABLE t (a int) PARTITIONED BY (d date) LOCATION 's3://{bucket}/t/'")
    [catalog] = athena.client.list_data_catalogs()["DataCatalogsSummary"]
    assert catalog["CatalogName"] == "AwsDataCatalog"
    names = athena.client.list_databases(CatalogName="AwsDataCatalog")["DatabaseList"]
    assert [each["Name"] for each in names] == ["shop"]
    table = athena.client.get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="shop", TableName="t")
    assert table["TableMetadata"]["Columns"] == [{"Name": "a", "Type": "int"}]
    assert table["TableMetadata"]["PartitionKeys"] == [{"Name": "d", "Type": "date"}]
    missing = code(lambda: athena.client.get_database(CatalogName="AwsDataCatalog", DatabaseName="nope"))
    assert missing.startswith("MetadataException")
    assert "Error Code: EntityNotFoundException;" in missing, "clients look for the catalog's code in the text"


def test_quicksight_reads_typed_rows(athena: Athena, local_aws: LocalAws, account_id: str) -> None:
    engine = local_aws.app.account(account_id, "us-east-1").lake.engines["ATHENA"]
    found = engine.fetch("SELECT 1 AS n, decimal '1.50' AS d, date '2010-12-01' AS \"Day\"", {"WorkGroup": "primary"})
    assert json.loads(json.dumps(found.to_pylist(), default=str)) == [{"n": 1, "d": "1.50", "Day": "2010-12-01"}]
    assert [str(each) for each in found.schema.types] == ["int32", "decimal128(3, 2)", "date32[day]"]


def keys(client: Client, bucket: str, prefix: str = "results/") -> set[str]:
    found = client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return {each["Key"].removeprefix(prefix) for each in found}


def test_result_of_ddl_is_text_with_a_description_beside_it(athena: Athena, client: Client, bucket: str) -> None:
    athena.execute(f"CREATE EXTERNAL TABLE t (a int COMMENT 'x') LOCATION 's3://{bucket}/t/'")
    made = athena.execute("DESCRIBE t")
    name = made["QueryExecutionId"]
    assert (made["StatementType"], made["SubstatementType"]) == ("UTILITY", "DESCRIBE_TABLE")
    assert made["ResultConfiguration"]["OutputLocation"] == f"{athena.output}{name}.txt"
    assert {f"{name}.txt", f"{name}.txt.metadata"} <= keys(client, bucket)
    answer = athena.client.get_query_results(QueryExecutionId=name)
    columns = answer["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [(each["Name"], each["Type"], each["CaseSensitive"]) for each in columns] == [
        ("col_name", "string", False),
        ("data_type", "string", False),
        ("comment", "string", False),
    ]
    [row] = answer["ResultSet"]["Rows"]
    assert [each["VarCharValue"].split() for each in row["Data"]] == [["a", "int", "x"]]
    assert answer["UpdateCount"] == 0


def test_table_made_by_a_query_lies_under_the_querys_id(athena: Athena, client: Client, bucket: str) -> None:
    made = athena.execute("CREATE TABLE made AS SELECT * FROM (VALUES 1, 2) t(n)")
    name = made["QueryExecutionId"]
    assert (made["StatementType"], made["SubstatementType"]) == ("DDL", "CREATE_TABLE_AS_SELECT")
    assert made["ResultConfiguration"]["OutputLocation"] == f"{athena.output}tables/{name}"
    manifest = made["Statistics"]["DataManifestLocation"]
    assert manifest == f"{athena.output}tables/{name}-manifest.csv"
    key = manifest.removeprefix(f"s3://{bucket}/")
    listed = client("s3").get_object(Bucket=bucket, Key=key)["Body"].read().decode().split()
    assert [each.rpartition("/")[0] for each in listed] == [f"{athena.output}tables/{name}"]
    found = client("glue").get_table(DatabaseName="shop", Name="made")["Table"]["StorageDescriptor"]["Location"]
    assert found.rstrip("/") == f"{athena.output}tables/{name}"
    answer = athena.client.get_query_results(QueryExecutionId=name)
    assert (answer["UpdateCount"], answer["ResultSet"]["Rows"]) == (2, [])


@pytest.mark.parametrize(
    ("sql", "kind", "verb", "count"),
    [
        ("SELECT n FROM t", "DML", "SELECT", 0),
        ("INSERT INTO t VALUES 3, 4", "DML", "INSERT", 2),
        ("UPDATE t SET n = 5 WHERE n = 1", "DML", "UPDATE", 1),
        ("DELETE FROM t WHERE n = 2", "DML", "DELETE", 1),
        ("MERGE INTO t USING (SELECT 1 AS n) s ON t.n = s.n WHEN MATCHED THEN DELETE", "DML", "MERGE", 1),
        ("SHOW TABLES", "UTILITY", "SHOW_TABLES", 0),
        ("ALTER TABLE t ADD COLUMNS (m int)", "DDL", "ALTER_TABLE", 0),
    ],
    ids=lambda value: str(value)[:12],
)
def test_statements_tell_their_kind_and_how_many_rows_they_changed(
    athena: Athena, bucket: str, sql: str, kind: str, verb: str, count: int
) -> None:
    athena.execute(f"CREATE TABLE t (n int) LOCATION 's3://{bucket}/i/' TBLPROPERTIES ('table_type' = 'ICEBERG')")
    athena.execute("INSERT INTO t VALUES 1, 2")
    found = athena.execute(sql)
    answer = athena.client.get_query_results(QueryExecutionId=found["QueryExecutionId"])
    assert (found["StatementType"], found["SubstatementType"], answer["UpdateCount"]) == (kind, verb, count)


def test_scan_limit_holds_for_the_target_of_a_change(athena: Athena, bucket: str) -> None:
    athena.execute(f"CREATE TABLE big (t string) LOCATION 's3://{bucket}/i/' TBLPROPERTIES ('table_type' = 'ICEBERG')")
    athena.execute(  # more than the least limit there is: hashes do not compress below half
        """INSERT INTO big SELECT to_hex(sha256(to_utf8(cast(a.n * 1000 + b.n AS varchar))))
        FROM UNNEST(sequence(1, 400)) a(n) CROSS JOIN UNNEST(sequence(1, 1000)) b(n)"""
    )
    settings = {"BytesScannedCutoffPerQuery": 10_000_000, "EnforceWorkGroupConfiguration": False}
    athena.client.create_work_group(Name="small", Configuration=settings)
    for sql in (
        "UPDATE big SET t = '' WHERE length(t) > 1",
        "DELETE FROM big WHERE length(t) > 1",
        "MERGE INTO big USING (SELECT '0' AS t) s ON big.t >= s.t WHEN MATCHED THEN DELETE",
    ):
        found = athena.wait(athena.start(sql, WorkGroup="small"))
        assert found["Status"]["State"] == "CANCELLED", found["Status"]
        assert "Bytes scanned limit was exceeded" in found["Status"]["StateChangeReason"]
    assert athena.rows("SELECT count(*) FROM big WHERE length(t) > 1") == [("400000",)]


def test_quoted_database_of_a_request_is_found(athena: Athena, bucket: str) -> None:
    athena.execute(f"CREATE EXTERNAL TABLE t (a int) LOCATION 's3://{bucket}/t/'")
    athena.database = "`shop`"
    assert athena.lines("DESCRIBE `t`;")[0].split() == ["a", "int"]
