"""TPC-H: Athena, Redshift's own tables and Spectrum answer its 22 queries as DuckDB does on the same Parquet files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from benchmarks import tpch
from local_aws.server import LocalAws
from tests.local_aws.redshift_client import Warehouse

SCALE = 0.01
QUERIES = [pytest.param(sql, id=name) for name, sql in tpch.QUERIES.items()]


@dataclass
class World:
    """The files, and what answers a query of them."""

    place: Path
    plain: duckdb.DuckDBPyConnection
    local_aws: LocalAws

    def columns(self, table: str) -> str:
        """A table's columns as Redshift declares them."""
        described = self.plain.execute(f"DESCRIBE {table}").fetchall()
        return ", ".join(f"{name} {kind.replace('VARCHAR', 'VARCHAR(200)')}" for name, kind, *_ in described)


@pytest.fixture(scope="module")
def world(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> World:
    place = tmp_path_factory.mktemp("tpch")
    tpch.generate(SCALE, place)
    return World(place, tpch.plain(place), local_aws)


@pytest.fixture(scope="module")
def athena(world: World) -> tpch.Athena:
    return tpch.Athena(world.local_aws.url, world.place, world.plain)


@pytest.fixture(scope="module")
def redshift(world: World) -> Warehouse:
    """The files as tables of its own, by COPY, and as the external schema `lake`."""
    warehouse = Warehouse(world.local_aws)
    s3, bucket = warehouse.client("s3"), f"tpch-{warehouse.account_id}"
    s3.create_bucket(Bucket=bucket)
    warehouse.run(
        "CREATE EXTERNAL SCHEMA lake FROM DATA CATALOG DATABASE 'tpch' IAM_ROLE default"
        " CREATE EXTERNAL DATABASE IF NOT EXISTS"
    )
    for table in tpch.TABLES:
        s3.upload_file(str(world.place / f"{table}.parquet"), bucket, f"{table}/{table}.parquet")
        columns, folder = world.columns(table), f"s3://{bucket}/{table}/"
        warehouse.run(f"CREATE TABLE {table} ({columns})")
        warehouse.run(f"COPY {table} FROM '{folder}' IAM_ROLE default FORMAT AS PARQUET")
        warehouse.run(f"CREATE EXTERNAL TABLE lake.{table} ({columns}) STORED AS PARQUET LOCATION '{folder}'")
    return warehouse


def external(sql: str) -> str:
    """The query of the external tables: the search path does not lead to them."""
    query = sqlglot.parse_one(sql, read="redshift")
    for table in query.find_all(exp.Table):
        if table.name in tpch.TABLES:
            table.set("db", exp.to_identifier("lake"))
    return query.sql("redshift")


@pytest.mark.parametrize("sql", QUERIES)
def test_athena_answers_tpch(world: World, athena: tpch.Athena, sql: str) -> None:
    assert tpch.same(world.plain.execute(sql).fetchall(), athena.rows(sql))


@pytest.mark.parametrize("tables", [str, external], ids=["own", "spectrum"])
@pytest.mark.parametrize("sql", QUERIES)
def test_redshift_answers_tpch(world: World, redshift: Warehouse, sql: str, tables: Callable[[str], str]) -> None:
    """Redshift's average of decimals has their scale and is cut."""
    found = [["" if value is None else str(value) for value in row] for row in redshift.run(tables(sql))]
    assert tpch.same(world.plain.execute(sql).fetchall(), found, units=1)
