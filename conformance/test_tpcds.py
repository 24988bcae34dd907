"""TPC-DS's 99 queries, through Athena and through Redshift's own tables, against DuckDB's answers.

Data, queries and answers are those of DuckDB's extension `tpcds`. What a query has to say otherwise is said in
`WRITTEN`: both divide whole numbers and decimals, and take their mean, in a scale of their own. Trino, besides, compares
no date with a text.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import boto3
import duckdb
import duckdb_extension_tpcds
import pytest

PACKAGES = ("duckdb",)
SCALE = float(os.environ.get("TPCDS_SCALE", "0.1"))
WRITTEN: dict[str, dict[int, tuple[str, str]]] = {
    "athena": {
        53: ("avg(sum(ss_sales_price))", "avg(cast(sum(ss_sales_price) AS double))"),
        61: ("decimal(15,4)", "double"),
        72: ("d1.d_date + 5", "d1.d_date + INTERVAL '5' DAY"),
        75: ("DECIMAL(17,2)", "double"),
    },
    "redshift": {
        22: ("avg(inv_quantity_on_hand)", "avg(inv_quantity_on_hand::float8)"),
        39: ("avg(inv_quantity_on_hand)", "avg(inv_quantity_on_hand::float8)"),
        66: ("_sales/w_warehouse_sq_ft", "_sales::float8/w_warehouse_sq_ft"),
    },
}
Rows = list[list[str | None]]


@pytest.fixture(scope="module")
def reference() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"allow_unsigned_extensions": True})
    [extension] = Path(duckdb_extension_tpcds.__file__).parent.rglob("tpcds.duckdb_extension")
    connection.execute(f"LOAD '{extension}'")
    connection.execute(f"CALL dsdgen(sf = {SCALE})")
    return connection


@pytest.fixture(scope="module")
def crawled(reference: duckdb.DuckDBPyConnection, bucket: str, database: str, tmp_path_factory: Any) -> list[str]:
    """The tables, as a crawler finds them."""
    place, s3, glue = tmp_path_factory.mktemp("tpcds"), boto3.client("s3"), boto3.client("glue")
    names = [name for (name,) in reference.execute("SHOW TABLES").fetchall()]
    for name in names:
        reference.execute(f"COPY {name} TO '{place}/{name}.parquet'")
        s3.upload_file(str(place / f"{name}.parquet"), bucket, f"tpcds/{name}/{name}.parquet")
    target = {"S3Targets": [{"Path": f"s3://{bucket}/tpcds/"}]}
    glue.create_crawler(Name=database, Role=role(), DatabaseName=database, Targets=target)
    glue.start_crawler(Name=database)
    until(lambda: glue.get_crawler(Name=database)["Crawler"]["State"] == "READY")
    assert sorted(each["Name"] for each in glue.get_tables(DatabaseName=database)["TableList"]) == sorted(names)
    return names


@pytest.fixture(scope="module")
def athena(crawled: list[str], bucket: str, database: str) -> Callable[[str], Rows]:
    client = boto3.client("athena")

    def ask(sql: str) -> Rows:
        place = {"OutputLocation": f"s3://{bucket}/results/"}
        started = client.start_query_execution(
            QueryString=sql, QueryExecutionContext={"Database": database}, ResultConfiguration=place
        )
        found = {"QueryExecutionId": started["QueryExecutionId"]}

        def status() -> Any:
            return client.get_query_execution(**found)["QueryExecution"]["Status"]

        until(lambda: status()["State"] not in {"QUEUED", "RUNNING"})
        assert status()["State"] == "SUCCEEDED", status().get("StateChangeReason")
        pages = client.get_paginator("get_query_results").paginate(**found)
        rows = [row["Data"] for page in pages for row in page["ResultSet"]["Rows"]]
        return [[cell.get("VarCharValue") for cell in row] for row in rows[1:]]

    return ask


@pytest.fixture(scope="module")
def redshift(crawled: list[str], database: str) -> Callable[[str], Rows]:
    client, serverless = boto3.client("redshift-data"), boto3.client("redshift-serverless")
    name = f"tpcds-{database[3:]}"
    serverless.create_namespace(namespaceName=name)
    serverless.create_workgroup(workgroupName=name, namespaceName=name)

    def ask(sql: str) -> Rows:
        started = client.execute_statement(Sql=sql, WorkgroupName=name, Database="dev")["Id"]
        until(lambda: client.describe_statement(Id=started)["Status"] in {"FINISHED", "FAILED", "ABORTED"})
        found = client.describe_statement(Id=started)
        assert found["Status"] == "FINISHED", found.get("Error")
        if not found["HasResultSet"]:
            return []
        pages = client.get_paginator("get_statement_result").paginate(Id=started)
        return [[value(cell) for cell in row] for page in pages for row in page["Records"]]

    ask(f"CREATE EXTERNAL SCHEMA lake FROM DATA CATALOG DATABASE '{database}' IAM_ROLE '{role()}'")
    for table in crawled:
        ask(f"CREATE TABLE {table} AS SELECT * FROM lake.{table}")
    return ask


@pytest.mark.parametrize("engine", ["athena", "redshift"])
@pytest.mark.parametrize("number", range(1, 100))
def test_query(reference: duckdb.DuckDBPyConnection, engine: str, number: int, request: pytest.FixtureRequest) -> None:
    [[sql]] = reference.execute(f"SELECT query FROM tpcds_queries() WHERE query_nr = {number}").fetchall()
    expected = [[None if cell is None else str(cell) for cell in row] for row in reference.execute(sql).fetchall()]
    said, instead = WRITTEN[engine].get(number, ("", ""))
    assert said in sql
    sql = sql.strip().rstrip(";").replace(said, instead) if said else sql.strip().rstrip(";")
    if engine == "athena":
        sql = re.sub(r"INTERVAL\s+'?(\d+)\s+days?'?", r"INTERVAL '\1' DAY", sql, flags=re.IGNORECASE)
        sql = re.sub(r"'(\d{4}-\d\d-\d\d)'", r"DATE '\1'", sql)
    found = request.getfixturevalue(engine)(sql)
    assert len(found) == len(expected)
    for mine, theirs in zip(sorted(found, key=plain), sorted(expected, key=plain), strict=True):
        assert len(mine) == len(theirs)
        assert all(map(same, mine, theirs)), (mine, theirs)


def plain(row: list[str | None]) -> list[str]:
    """What rows are sorted by: ties may come in any order, and a number may be printed in several ways."""
    return ["" if cell is None else f"{number(cell):+025.1f}" if number(cell) is not None else cell for cell in row]


def same(found: str | None, expected: str | None) -> bool:
    """Whether both say the same: a fraction to the last digit that was printed of it, all else exactly."""
    if found is None or expected is None:
        return found == expected
    mine, theirs = number(found), number(expected)
    if mine is None or theirs is None:
        return found.strip() == expected.strip()
    unit = Decimal(0) if theirs == theirs.to_integral() else Decimal(1).scaleb(min(0, int(mine.as_tuple().exponent)))
    return abs(mine - theirs) <= max(unit, abs(theirs) * Decimal("1e-9"))


def number(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def value(cell: dict[str, Any]) -> str | None:
    return None if cell.get("isNull") else str(next(iter(cell.values())))


def role() -> str:
    iam = boto3.client("iam")
    try:
        return str(iam.get_role(RoleName="tpcds")["Role"]["Arn"])
    except iam.exceptions.NoSuchEntityException:
        return str(iam.create_role(RoleName="tpcds", AssumeRolePolicyDocument="{}")["Role"]["Arn"])


def until(done: Callable[[], bool]) -> None:
    for _ in range(6000):
        if done():
            return
        time.sleep(0.02)
    raise TimeoutError
