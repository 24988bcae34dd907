"""DDL of Spectrum's tables: created, partitioned, read and dropped through the Data API."""

from __future__ import annotations

import pytest

from tests.local_aws.redshift_client import SqlFailedError, Warehouse, warehouse

__all__ = ["warehouse"]


@pytest.fixture(scope="module", autouse=True)
def lake(warehouse: Warehouse) -> str:
    """The external schema `lake` over a new Glue database; objects of two days."""
    bucket = f"lake-{warehouse.account_id}"
    s3 = warehouse.client("s3")
    s3.create_bucket(Bucket=bucket)
    for day in (1, 2):
        body = f"a|b|c\n{day}|first|1.5\n{day}|second|2.5\n".encode()
        s3.put_object(Bucket=bucket, Key=f"sales/day=2010-12-0{day}/part.txt", Body=body)
    warehouse.run(
        "create external schema lake from data catalog database 'sales'"
        f" iam_role 'arn:aws:iam::{warehouse.account_id}:role/spectrum' create external database if not exists"
    )
    return f"s3://{bucket}/sales/"


def test_partitioned_text_table_from_creation_to_drop(warehouse: Warehouse, lake: str) -> None:
    warehouse.run(
        "create external table lake.sales (a integer, b character varying(10), c double precision)"
        " partitioned by (day date) row format delimited fields terminated by '|' stored as textfile"
        f" location '{lake}' table properties ('skip.header.line.count'='1', 'numRows'='4')"
    )
    assert warehouse.run("select count(*) from lake.sales") == [[0]]
    for day in ("2010-12-01", "2010-12-02"):
        warehouse.run(f"alter table lake.sales add partition (day='{day}') location '{lake}day={day}/'")
    warehouse.run(f"alter table lake.sales add if not exists partition (day='2010-12-02') location '{lake}'")
    assert warehouse.run("select a, b, c from lake.sales where day = '2010-12-02' order by c") == [
        [2, "first", 1.5],
        [2, "second", 2.5],
    ]
    warehouse.run("alter table lake.sales drop partition (day='2010-12-01')")
    assert warehouse.run("select count(*) from lake.sales") == [[2]]
    parameters = warehouse.client("glue").get_table(DatabaseName="sales", Name="sales")["Table"]["Parameters"]
    assert parameters["numRows"] == "4"
    warehouse.run("drop table lake.sales")
    with pytest.raises(SqlFailedError, match=r'relation "lake\.sales" does not exist'):
        warehouse.run("select * from lake.sales")


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("create external table lake.x (a int) stored as rcfile location 's3://b/x/'", "not support STORED AS RCFILE"),
        ("create external table lake.x (a int", "syntax error at or near"),
        ("create external table public.x (a int) stored as parquet location 's3://b/x/'", "not an external schema"),
        (
            "create external table lake.x partitioned by (a) stored as parquet location 's3://b/x/'"
            " as select 1 as a, 2 as b",
            "partition columns must be the last columns",
        ),
        ("create external table lake.x stored as orc location 's3://b/x/' as select 1 as a", "of the format ORC"),
        ("insert into lake.nowhere select 1", 'relation "lake.nowhere" does not exist'),
        ("drop table lake.nowhere", 'relation "lake.nowhere" does not exist'),
        ("alter table lake.nowhere add partition (p='1')", 'relation "lake.nowhere" does not exist'),
    ],
)
def test_what_cannot_be_done_is_said(warehouse: Warehouse, sql: str, message: str) -> None:
    with pytest.raises(SqlFailedError, match=message):
        warehouse.run(sql)


def test_external_ddl_is_refused_in_a_batch(warehouse: Warehouse) -> None:
    sql = "create external table lake.x (a int) stored as parquet location 's3://b/x/'"
    failed = warehouse.batch([sql, "select 1"])
    assert "cannot run inside a transaction block" in failed["Error"]


def test_table_made_of_a_query_is_inserted_into(warehouse: Warehouse, lake: str) -> None:
    warehouse.run("create table own (a int, b varchar(10), d date)")
    warehouse.run("insert into own values (1, 'x', '2010-12-01'), (2, 'y|z', '2010-12-02'), (3, null, '2010-12-02')")
    made = "row format delimited fields terminated by ',' stored as textfile"
    place = lake.replace("/sales/", "/made/")
    warehouse.run(
        f"create external table lake.made partitioned by (d) {made} location '{place}' as select a, b, d from own"
    )
    second = [[2, "y|z", "2010-12-02"], [3, None, "2010-12-02"]]
    assert warehouse.run("select a, b, d from lake.made where d = '2010-12-02' order by a") == second
    assert warehouse.run("insert into lake.made select a + 10, b, '2010-12-03' from own") == 3
    assert warehouse.run("select d, max(a) from lake.made group by d order by d desc limit 1") == [["2010-12-03", 13]]
    values = warehouse.client("glue").get_partitions(DatabaseName="sales", TableName="made")["Partitions"]
    assert sorted(each["Values"][0] for each in values) == ["2010-12-01", "2010-12-02", "2010-12-03"]


def test_insert_that_does_not_fit_writes_nothing(warehouse: Warehouse, lake: str) -> None:
    place = lake.replace("/sales/", "/narrow/")
    warehouse.run(f"create external table lake.narrow stored as parquet location '{place}' as select 1 as a, 'x' as b")
    for sql, words in (
        ("insert into lake.narrow select 1", "INSERT has 1 columns, the external table narrow has 2"),
        ("insert into lake.narrow select 'x', 'y'", "invalid input syntax for integer"),
        ("insert into lake.narrow select 1, 'y' limit 1", "Limit clause is not supported"),
        ("insert into lake.narrow values (1, 'y')", "needs a SELECT statement"),
    ):
        with pytest.raises(SqlFailedError, match=words):
            warehouse.run(sql)
    assert warehouse.run("select a, b from lake.narrow") == [[1, "x"]]
