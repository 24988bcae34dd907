"""AWS SDK for pandas: S3, the catalog, Athena, Iceberg, the Redshift Data API, QuickSight."""

from __future__ import annotations

import os
import time
from typing import Any

import awswrangler as wr
import boto3
import pandas as pd
import pytest

PACKAGES = ("awswrangler",)

FRAME = pd.DataFrame({"id": [1, 2, 3], "name": ["a", "b", None], "day": ["x", "x", "y"]})


def read(sql: str, database: str, bucket: str, **options: Any) -> pd.DataFrame:
    return wr.athena.read_sql_query(sql, database, s3_output=f"s3://{bucket}/results/", **options)


@pytest.fixture(scope="module")
def table(bucket: str, database: str) -> str:
    wr.s3.to_parquet(
        FRAME, f"s3://{bucket}/parted/", dataset=True, database=database, table="parted", partition_cols=["day"]
    )
    return "parted"


@pytest.mark.parametrize("form", ["parquet", "csv", "json", "orc"])
def test_files_come_back_as_written(bucket: str, form: str) -> None:
    path = f"s3://{bucket}/files/one.{form}"
    options: dict[str, Any] = {"orient": "records", "lines": True} if form == "json" else {}
    extra = {"index": False} if form != "json" else {}
    getattr(wr.s3, f"to_{form}")(FRAME, path, **options, **extra)
    back = getattr(wr.s3, f"read_{form}")(path, **options)
    assert back["id"].tolist() == [1, 2, 3]
    assert back["name"].isna().tolist() == [False, False, True]


def test_s3_lists_copies_describes_deletes(bucket: str) -> None:
    root = f"s3://{bucket}/walk/"
    for name in ("a", "b"):
        wr.s3.to_csv(FRAME, f"{root}{name}.csv", index=False)
    assert wr.s3.list_objects(root) == [f"{root}a.csv", f"{root}b.csv"]
    assert wr.s3.does_object_exist(f"{root}a.csv")
    assert set(wr.s3.size_objects(root).values()) == {len("id,name,day\n1,a,x\n2,b,x\n3,,y\n")}
    wr.s3.copy_objects([f"{root}a.csv"], root, f"s3://{bucket}/walk2/")
    wr.s3.wait_objects_exist([f"s3://{bucket}/walk2/a.csv"])
    wr.s3.delete_objects(root)
    assert wr.s3.list_objects(root) == []
    assert f"s3://{bucket}/walk2/" in wr.s3.list_directories(f"s3://{bucket}/")


@pytest.mark.parametrize(
    "options",
    [{"ctas_approach": True}, {"ctas_approach": False}, {"ctas_approach": False, "unload_approach": True}],
    ids=["ctas", "plain", "unload"],
)
def test_query_by_each_approach(bucket: str, database: str, table: str, options: dict[str, Any]) -> None:
    out = f"s3://{bucket}/approach/{'-'.join(options)}/"
    found = wr.athena.read_sql_query(
        f"SELECT id, name, day FROM {table} ORDER BY id", database, s3_output=out, **options
    )
    found = found.sort_values("id")
    assert found["id"].tolist() == [1, 2, 3]
    assert found["day"].tolist() == ["x", "x", "y"]


def test_query_in_chunks(bucket: str, database: str, table: str) -> None:
    for options in ({"ctas_approach": True}, {"ctas_approach": False}):
        frames = list(read(f"SELECT * FROM {table}", database, bucket, chunksize=2, **options))
        assert sum(map(len, frames)) == 3


@pytest.mark.parametrize("style", ["named", "qmark"])
def test_query_with_parameters(bucket: str, database: str, table: str, style: str) -> None:
    mark, params = (":name", {"name": "a"}) if style == "named" else ("?", ["a"])
    found = read(
        f"SELECT id FROM {table} WHERE name = {mark}",
        database,
        bucket,
        params=params,
        paramstyle=style,
        ctas_approach=False,
    )
    assert found["id"].tolist() == [1]


def test_read_sql_table(bucket: str, database: str, table: str) -> None:
    assert len(wr.athena.read_sql_table(table, database, s3_output=f"s3://{bucket}/results/")) == 3


def test_query_cache_answers_the_second_time(bucket: str, database: str, table: str) -> None:
    for _ in range(2):
        found = read(
            f"SELECT max(id) AS most FROM {table}",
            database,
            bucket,
            ctas_approach=False,
            athena_cache_settings={"max_cache_seconds": 900},
        )
    assert found.query_metadata["Query"]
    assert found["most"].tolist() == [3]


def test_start_wait_stop_and_statistics(bucket: str, database: str) -> None:
    started = wr.athena.start_query_execution("SELECT 1", database, s3_output=f"s3://{bucket}/results/")
    assert wr.athena.wait_query(started)["Status"]["State"] == "SUCCEEDED"
    assert wr.athena.get_query_execution(started)["Query"] == "SELECT 1"
    assert started in wr.athena.list_query_executions()
    assert wr.athena.get_query_columns_types(started) == {"_col0": "integer"}


def test_athena_describes_shows_repairs(bucket: str, database: str, table: str) -> None:
    out = {"database": database, "s3_output": f"s3://{bucket}/results/"}
    assert "id" in wr.athena.describe_table(table, **out)["Column Name"].str.strip().tolist()
    assert "CREATE EXTERNAL TABLE" in wr.athena.show_create_table(table, **out)
    assert wr.athena.repair_table(table, **out) == "SUCCEEDED"


def test_create_ctas_table(bucket: str, database: str, table: str) -> None:
    made = wr.athena.create_ctas_table(
        f"SELECT * FROM {table}", database=database, ctas_table="made", s3_output=f"s3://{bucket}/made/",
        storage_format="parquet", write_compression="snappy", partitioning_info=["day"], wait=True,
    )  # fmt: skip
    assert made["ctas_query_metadata"].raw_payload["Status"]["State"] == "SUCCEEDED"
    assert wr.catalog.does_table_exist(database, "made")


def test_unload_writes_files(bucket: str, database: str, table: str) -> None:
    wr.athena.unload(f"SELECT * FROM {table}", f"s3://{bucket}/unloaded/rows/", database)
    files = [
        each for each in wr.s3.list_objects(f"s3://{bucket}/unloaded/rows/") if not each.endswith((".csv", ".metadata"))
    ]
    assert len(wr.s3.read_parquet(files)) == 3


def test_prepared_statements(bucket: str, database: str, table: str) -> None:
    wr.athena.create_prepared_statement(f"SELECT id FROM {table} WHERE id = ?", "one_of_them")
    assert [each["StatementName"] for each in wr.athena.list_prepared_statements()] == ["one_of_them"]
    assert read("EXECUTE one_of_them USING 2", database, bucket, ctas_approach=False)["id"].tolist() == [2]
    wr.athena.delete_prepared_statement("one_of_them")


@pytest.mark.parametrize("mode", ["append", "overwrite", "overwrite_partitions"])
def test_to_parquet_modes(bucket: str, database: str, mode: str) -> None:
    name = f"mode_{mode}"
    where = {
        "path": f"s3://{bucket}/{name}/",
        "dataset": True,
        "database": database,
        "table": name,
        "partition_cols": ["day"],
    }
    wr.s3.to_parquet(FRAME, **where)
    wr.s3.to_parquet(FRAME[FRAME.day == "y"], mode=mode, **where)
    counted = read(f"SELECT count(*) AS n FROM {name}", database, bucket, ctas_approach=False)["n"][0]
    assert counted == {"append": 4, "overwrite": 1, "overwrite_partitions": 3}[mode]


def test_to_parquet_adds_a_column_to_the_table(bucket: str, database: str) -> None:
    where = {"path": f"s3://{bucket}/wider/", "dataset": True, "database": database, "table": "wider"}
    wr.s3.to_parquet(FRAME, **where)
    wr.s3.to_parquet(FRAME.assign(extra=1.5), mode="append", **where)
    assert read("SELECT count(extra) AS n FROM wider", database, bucket, ctas_approach=False)["n"][0] == 3


@pytest.mark.parametrize("form", ["csv", "json", "orc"])
def test_other_formats_as_tables(bucket: str, database: str, form: str) -> None:
    options: dict[str, Any] = {"orient": "records", "lines": True} if form == "json" else {"index": False}
    options |= {"index": None} if form == "json" else {}
    getattr(wr.s3, f"to_{form}")(
        FRAME, path=f"s3://{bucket}/as_{form}/", dataset=True, database=database, table=f"as_{form}", **options
    )
    found = read(f"SELECT id, name FROM as_{form} ORDER BY id", database, bucket, ctas_approach=False)
    assert found["id"].tolist() == [1, 2, 3]


def test_partition_projection(bucket: str, database: str) -> None:
    frame = pd.DataFrame({"v": [1, 2], "year": [2020, 2021]})
    wr.s3.to_parquet(
        frame, f"s3://{bucket}/projected/", dataset=True, database=database, table="projected", partition_cols=["year"],
        athena_partition_projection_settings={"projection_types": {"year": "integer"}, "projection_ranges": {"year": "2015,2025"}},
        glue_table_settings={"regular_partitions": False},
    )  # fmt: skip
    assert read("SELECT v FROM projected WHERE year = 2021", database, bucket, ctas_approach=False)["v"].tolist() == [2]


def test_catalog_walks(bucket: str, database: str, table: str) -> None:
    assert database in wr.catalog.databases()["Database"].tolist()
    assert table in wr.catalog.tables(database=database)["Table"].tolist()
    assert wr.catalog.get_table_types(database, table) == {"id": "bigint", "name": "string", "day": "string"}
    assert wr.catalog.get_table_location(database, table) == f"s3://{bucket}/parted/"
    assert len(wr.catalog.get_partitions(database, table)) == 2
    assert "id" in wr.catalog.table(database=database, table=table)["Column Name"].tolist()
    wr.catalog.add_column(
        database, table, "later", "int", column_comment="of the next order"
    )  # without: no valid request
    wr.catalog.delete_column(database, table, "later")
    wr.catalog.upsert_table_parameters({"owner": "me"}, database, table)
    assert wr.catalog.get_table_parameters(database, table)["owner"] == "me"
    wr.catalog.add_parquet_partitions(database, table, {f"s3://{bucket}/parted/day=z/": ["z"]})
    wr.catalog.delete_partitions(table, database, [["z"]])
    assert len(wr.catalog.get_partitions(database, table)) == 2


def test_catalog_searches_tables(table: str) -> None:
    assert table in [each["Name"] for each in wr.catalog.search_tables(text=table)]


def test_catalog_creates_and_deletes(bucket: str) -> None:
    wr.catalog.create_database("by_wrangler", exist_ok=True)
    wr.catalog.create_csv_table("by_wrangler", "t", f"s3://{bucket}/none/", {"a": "int"}, skip_header_line_count=1)
    assert wr.catalog.delete_table_if_exists("by_wrangler", "t")
    wr.catalog.delete_database("by_wrangler")


def test_store_parquet_metadata(bucket: str, database: str) -> None:
    wr.s3.to_parquet(FRAME, f"s3://{bucket}/stored/", dataset=True, partition_cols=["day"])
    types, keys, _ = wr.s3.store_parquet_metadata(f"s3://{bucket}/stored/", database, "stored", dataset=True)
    assert (types["id"], keys) == ("bigint", {"day": "string"})
    assert read("SELECT count(*) AS n FROM stored", database, bucket, ctas_approach=False)["n"][0] == 3


def test_merge_datasets(bucket: str) -> None:
    for name in ("from", "into"):
        wr.s3.to_parquet(FRAME, f"s3://{bucket}/merge_{name}/", dataset=True)
    wr.s3.merge_datasets(f"s3://{bucket}/merge_from/", f"s3://{bucket}/merge_into/", mode="append")
    assert len(wr.s3.read_parquet(f"s3://{bucket}/merge_into/", dataset=True)) == 6


def iceberg(frame: pd.DataFrame, bucket: str, database: str, name: str, **options: Any) -> None:
    wr.athena.to_iceberg(frame, database, name, temp_path=f"s3://{bucket}/tmp/{name}/", table_location=f"s3://{bucket}/{name}/",
                         s3_output=f"s3://{bucket}/results/", keep_files=False, **options)  # fmt: skip


def test_to_iceberg_appends_merges_overwrites_deletes(bucket: str, database: str) -> None:
    count = "SELECT count(*) AS n FROM ice"
    iceberg(FRAME, bucket, database, "ice", partition_cols=["day"])
    iceberg(
        pd.DataFrame({"id": [3, 4], "name": ["c", "d"], "day": ["y", "y"]}), bucket, database, "ice", merge_cols=["id"]
    )
    assert read(count, database, bucket, ctas_approach=False)["n"][0] == 4
    wr.athena.delete_from_iceberg_table(pd.DataFrame({"id": [1]}), database, "ice", merge_cols=["id"], temp_path=f"s3://{bucket}/tmp/d/",
                                        s3_output=f"s3://{bucket}/results/")  # fmt: skip
    assert read(count, database, bucket, ctas_approach=False)["n"][0] == 3
    iceberg(FRAME.assign(extra=1), bucket, database, "ice", schema_evolution=True)
    assert read("SELECT count(extra) AS n FROM ice", database, bucket, ctas_approach=False)["n"][0] == 3
    iceberg(FRAME.assign(extra=2), bucket, database, "ice", mode="overwrite_partitions", partition_cols=["day"])
    iceberg(FRAME.assign(extra=2), bucket, database, "ice", mode="overwrite")
    assert read(count, database, bucket, ctas_approach=False)["n"][0] == 3


def test_redshift_data_api(bucket: str) -> None:
    serverless = boto3.client("redshift-serverless")
    serverless.create_namespace(namespaceName="wrangler", dbName="dev")
    serverless.create_workgroup(workgroupName="wrangler", namespaceName="wrangler")
    connection = wr.data_api.redshift.connect(workgroup_name="wrangler", database="dev")
    for sql in ("CREATE TABLE t (a int, b varchar)", "INSERT INTO t VALUES (1, 'x'), (2, NULL)"):
        wr.data_api.redshift.read_sql_query(sql, con=connection)
    found = wr.data_api.redshift.read_sql_query("SELECT a, b FROM t ORDER BY a", con=connection)
    assert found["a"].tolist() == [1, 2]


def test_quicksight(database: str, table: str, account: str) -> None:
    boto3.client("quicksight").register_user(
        AwsAccountId=account, Namespace="default", IdentityType="IAM", UserRole="ADMIN", Email="me@example.com",
        IamArn=f"arn:aws:iam::{account}:user/me",
    )  # fmt: skip
    wr.quicksight.create_athena_data_source("lake", workgroup="primary", allowed_to_manage=["me"])
    wr.quicksight.create_athena_dataset(
        "orders", database=database, table=table, data_source_name="lake", import_mode="SPICE", allowed_to_use=["me"]
    )
    started = wr.quicksight.create_ingestion("orders")
    for _ in range(100):
        status = wr.quicksight.describe_ingestion(started, "orders")["IngestionStatus"]
        if status not in {"INITIALIZED", "QUEUED", "RUNNING"}:
            break
        time.sleep(0.1)
    assert status == "COMPLETED"
    assert [each["Name"] for each in wr.quicksight.list_datasets()] == ["orders"]
    assert len(wr.quicksight.list_ingestions("orders")) == 2
    assert wr.quicksight.get_dataset_ids("orders") == [wr.quicksight.get_dataset_id("orders")]
    assert wr.quicksight.describe_data_source("lake")["Type"] == "ATHENA"
    wr.quicksight.delete_dataset("orders")
    wr.quicksight.delete_data_source("lake")
    assert wr.quicksight.list_data_sources() == []


def test_logs_are_read_by_a_filter() -> None:
    logs = boto3.client("logs")
    logs.create_log_group(logGroupName="wr")
    logs.create_log_stream(logGroupName="wr", logStreamName="s")
    events = [{"timestamp": int(time.time() * 1000), "message": word} for word in ("one", "two")]
    logs.put_log_events(logGroupName="wr", logStreamName="s", logEvents=events)
    assert sorted(wr.cloudwatch.filter_log_events("wr")["message"]) == ["one", "two"]


@pytest.mark.refused("StartQuery")
def test_logs_insights_are_refused() -> None:
    wr.cloudwatch.read_logs("fields @message", ["wr"])


def test_sts_and_secrets() -> None:
    assert wr.sts.get_account_id() == os.environ["AWS_ACCESS_KEY_ID"]
    boto3.client("secretsmanager").create_secret(Name="wr", SecretString='{"a": 1}')
    assert wr.secretsmanager.get_secret_json("wr") == {"a": 1}


@pytest.mark.refused("SelectObjectContent")
def test_s3_select(bucket: str) -> None:
    wr.s3.to_csv(FRAME, f"s3://{bucket}/select.csv", index=False)
    found = wr.s3.select_query(
        "SELECT * FROM s3object", f"s3://{bucket}/select.csv", "CSV", {"FileHeaderInfo": "USE", "RecordDelimiter": "\n"}
    )
    assert found["id"].astype(int).tolist() == [1, 2, 3]
