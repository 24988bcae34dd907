"""Redshift Spectrum: the Data Catalog's tables under an external schema."""

from __future__ import annotations

import gzip
import json
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from local_aws import iceberg
from local_aws.sql import scan
from local_aws.sql.redshift import spectrum
from tests.local_aws.redshift_client import SqlFailedError, Warehouse, warehouse

__all__ = ["warehouse"]

BUCKET = "spectrum-tests"
JSON_SERDE = "org.openx.data.jsonserde.JsonSerDe"


@pytest.fixture(scope="module")
def lake(warehouse: Warehouse) -> Warehouse:
    """Hive table `raw` (partitions day=01, 02, 03) and Iceberg table `lines` (three order days), as schema `ext`."""
    s3, glue = warehouse.client("s3"), warehouse.client("glue")
    s3.create_bucket(Bucket=BUCKET)
    glue.create_database(DatabaseInput={"Name": "orderlogs"})
    table = {"Name": "raw", "TableType": "EXTERNAL_TABLE", "PartitionKeys": [{"Name": "day", "Type": "string"}]}
    glue.create_table(DatabaseName="orderlogs", TableInput={**table, "StorageDescriptor": storage("raw/")})
    for day in ("01", "02", "03"):
        lines = [json.dumps({"invoiceno": f"i{n}", "quantity": n, "price": 1.5}) for n in range(3)]
        s3.put_object(Bucket=BUCKET, Key=f"raw/day={day}/x.gz", Body=gzip.compress("\n".join(lines).encode()))
        partition = {"Values": [day], "StorageDescriptor": storage(f"raw/day={day}/")}
        glue.create_partition(DatabaseName="orderlogs", TableName="raw", PartitionInput=partition)
    columns = [
        ("event_id", "string", ""),
        ("order_day", "date", ""),
        ("quantity", "bigint", ""),
        ("revenue", "decimal(18,4)", ""),
    ]
    iceberg.create(warehouse.lake, "orderlogs", "lines", columns, ["order_day"], f"s3://{BUCKET}/lines")
    days = [date(2010, 12, 1), date(2010, 12, 2), date(2011, 1, 1)]
    amounts = pa.array([Decimal("1.5000"), Decimal("2.5000"), Decimal("4.0000")], pa.decimal128(18, 4))
    rows = pa.table({"event_id": ["a", "b", "c"], "order_day": days, "quantity": [1, 2, 3], "revenue": amounts})
    iceberg.append(warehouse.lake, "orderlogs", "lines", rows)
    warehouse.run("create external schema if not exists ext from data catalog database 'orderlogs' iam_role default")
    warehouse.run("create schema sales")
    return warehouse


def storage(prefix: str) -> dict[str, Any]:
    columns = [("invoiceno", "string"), ("quantity", "int"), ("price", "double")]
    return {
        "Columns": [{"Name": name, "Type": kind} for name, kind in columns],
        "Location": f"s3://{BUCKET}/{prefix}",
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {"SerializationLibrary": JSON_SERDE},
    }


@pytest.fixture
def files_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many files each read of an external table took, in order."""
    counts: list[int] = []

    def counting(read: Any) -> Any:
        def counted(*args: Any, **named: Any) -> Any:
            found = read(*args, **named)
            counts.append(len(found.files))
            return found

        return counted

    monkeypatch.setattr(spectrum.iceberg, "plan", counting(iceberg.plan))
    monkeypatch.setattr(spectrum.scan, "relation", counting(scan.relation))
    return counts


PRUNED = [
    ("select count(*) from ext.raw where day = '02'", 3, [1]),
    ("select count(*) from ext.raw r where r.day in ('01', '03') and quantity >= 0", 6, [2]),
    ("select count(*) from ext.raw where day between :low and :high", 6, [2]),
    ("select count(*) from ext.raw", 9, [3]),
    ("select count(*) from ext.lines where order_day between '2010-12-01' and '2010-12-31'", 2, [2]),
    ("select count(*) from ext.lines where order_day > dateadd(day, 20, '2010-12-05')", 1, [1]),
    ("select count(*) from ext.lines where order_day = '2010-12-01'::date or order_day = '2011-01-01'", 2, [2]),
    ("select count(*) from (select * from ext.lines) as v where v.order_day = '2010-12-01'", 1, [1]),
    ("select count(*) from (values (1)) as o(n) left join ext.raw r on r.day = '01'", 3, [1]),
    ("select count(*) from (values (1)) as o(n) left join ext.raw r on r.quantity > 100 where r.day is null", 1, [3]),
]


@pytest.mark.parametrize(("sql", "expected", "files"), PRUNED, ids=[sql for sql, _, _ in PRUNED])
def test_only_files_that_may_count_are_read(
    lake: Warehouse, files_read: list[int], sql: str, expected: int, files: list[int]
) -> None:
    named = {"low": "01", "high": "02"} if ":low" in sql else None
    sql = sql.replace("(values (1)) as o(n)", "(select 1 as n) as o")
    assert lake.run(sql, named) == [[expected]]
    assert files_read == files


def test_external_columns_have_the_types_that_glue_declares(lake: Warehouse) -> None:
    columns = lake.data.describe_table(Schema="ext", Table="lines", **lake.place)["ColumnList"]
    assert [(each["name"], each["typeName"]) for each in columns] == [
        ("event_id", "varchar"),
        ("order_day", "date"),
        ("quantity", "int8"),
        ("revenue", "numeric"),
    ]
    assert lake.run("select * from ext.lines where event_id = 'a'") == [["a", "2010-12-01", 1, "1.5000"]]
    assert lake.run("select invoiceno, quantity, price, day from ext.raw where day = '01' order by 2 limit 1") == [
        ["i0", 0, 1.5, "01"]
    ]


def test_pseudo_columns_tell_the_object(lake: Warehouse) -> None:
    [[path, size]] = lake.run('select distinct "$path", "$size" from ext.raw where day = \'03\'')
    assert path == f"s3://{BUCKET}/raw/day=03/x.gz"
    assert size == lake.client("s3").head_object(Bucket=BUCKET, Key="raw/day=03/x.gz")["ContentLength"]


def test_external_and_own_tables_join(lake: Warehouse) -> None:
    lake.run("create table sales.names (event_id varchar(9), name varchar(9))")
    lake.run("insert into sales.names values ('a', 'first'), ('c', 'third')")
    sql = "select n.name, sum(l.revenue) from ext.lines l join sales.names n using (event_id) group by 1 order by 1"
    assert lake.run(sql) == [["first", "1.5000"], ["third", "4.0000"]]


LOAD = [
    "delete from sales.fact where order_day between :first_day and :last_day",
    "insert into sales.fact select event_id, order_day, quantity, revenue from ext.lines "
    "where order_day between :first_day and :last_day",
    "create temp table stage as select order_day, sum(revenue) as revenue from sales.fact "
    "where order_day between :first_day and :last_day group by order_day",
    "merge into sales.by_day using stage s on by_day.order_day = s.order_day "
    "when matched then update set revenue = s.revenue "
    "when not matched then insert (order_day, revenue) values (s.order_day, s.revenue)",
]


def test_load_of_a_period_is_one_transaction_and_may_run_twice(lake: Warehouse, files_read: list[int]) -> None:
    lake.run("create table sales.fact (event_id varchar(64), order_day date, quantity bigint, revenue decimal(18,4))")
    lake.run("create table sales.by_day (order_day date, revenue decimal(38,4))")
    period = {"first_day": "2010-12-01", "last_day": "2010-12-31"}
    for _ in range(2):
        done = lake.batch(LOAD, period)
        assert (done["Status"], done.get("Error")) == ("FINISHED", None)
        assert done["SubStatements"][1]["ResultRows"] == 2
        assert lake.run("select * from sales.by_day order by 1") == [["2010-12-01", "1.5000"], ["2010-12-02", "2.5000"]]
    assert files_read == [2, 2]
    failed = lake.batch([*LOAD[:2], "select * from nowhere"], period)
    assert failed["Status"] == "FAILED"
    assert lake.run("select count(*), sum(revenue) from sales.fact") == [[2, "4.0000"]]


def test_external_schema_is_recorded_shown_and_dropped(lake: Warehouse) -> None:
    lake.run(
        "create external schema other from data catalog database 'fresh' "
        "iam_role 'arn:aws:iam::123456789012:role/r' region 'us-east-1' create external database if not exists"
    )
    assert lake.client("glue").get_database(Name="fresh")["Database"]["Name"] == "fresh"
    shown = "select schemaname, databasename, esoptions from svv_external_schemas where schemaname = 'other'"
    [[name, database, options]] = lake.run(shown)
    assert (name, database) == ("other", "fresh")
    assert json.loads(options) == {"REGION": "us-east-1", "IAM_ROLE": "arn:aws:iam::123456789012:role/r"}
    tables = "select tablename, location from svv_external_tables where schemaname = 'ext' order by 1"
    assert lake.run(tables) == [["lines", f"s3://{BUCKET}/lines"], ["raw", f"s3://{BUCKET}/raw/"]]
    lake.run("drop schema other drop external database")
    assert lake.run(shown) == []
    assert [each["Name"] for each in lake.client("glue").get_databases()["DatabaseList"]] == ["orderlogs"]


def test_late_binding_view_over_external_table_prunes(lake: Warehouse, files_read: list[int]) -> None:
    lake.run("create view sales.december as select event_id, order_day as day from ext.lines with no schema binding")
    assert lake.run("select event_id from sales.december where day = '2010-12-02'") == [["b"]]
    assert files_read == [1]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("select * from ext.nowhere", 'relation "ext.nowhere" does not exist'),
        ("insert into ext.lines select * from ext.lines", "INSERT into external tables of the format ICEBERG"),
        ("create table ext.t (a int)", "does not support CREATE EXTERNAL TABLE"),
        (
            "create external schema k from kafka iam_role default",
            "does not support CREATE EXTERNAL SCHEMA … FROM KAFKA",
        ),
    ],
)
def test_what_spectrum_lacks_is_refused_by_name(lake: Warehouse, sql: str, message: str) -> None:
    with pytest.raises(SqlFailedError) as failed:
        lake.run(sql)
    assert message in str(failed.value)


def test_scan_figures_tell_what_was_read(lake: Warehouse) -> None:
    identifier = lake.submit("select sum(quantity) from ext.raw where day = '02'")
    number = lake.ended(identifier)["RedshiftQueryId"]
    size = lake.client("s3").head_object(Bucket=BUCKET, Key="raw/day=02/x.gz")["ContentLength"]
    summary = "select external_table_name, file_format, is_partitioned, s3_scanned_bytes, files"
    assert lake.run(f"{summary} from svl_s3query_summary where query = {number}") == [
        ["S3 Scan ext_raw", "JSON", "t", size, 1]
    ]
    chosen = f"select total_partitions, qualified_partitions from svl_s3partition where query = {number}"
    assert lake.run(chosen) == [[3, 1]]
    detail = "select source_type, scanned_files, file_location from sys_external_query_detail"
    assert lake.run(f"{detail} where query_id = {number}") == [["S3", 1, f"s3://{BUCKET}/raw/"]]
