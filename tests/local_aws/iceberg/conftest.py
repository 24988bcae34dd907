"""A lake of its own for each test, and the least engine that statements need: DuckDB over planned scans."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

from local_aws import iceberg
from local_aws.iceberg import Outcome
from local_aws.lake import Lake
from local_aws.server import LocalAws

DATABASE = "orderlogs"


class Engine:
    """Athena's stand-in: runs Trino's dialect over the lake's Iceberg tables and over the relations given."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake

    def run(self, query: exp.Expression, relations: Mapping[str, Any]) -> Any:
        query = query.copy()
        hidden = "" if any(each.name == "$path" for each in query.find_all(exp.Column)) else 'EXCLUDE ("$path")'
        with self.lake.connect() as connection:
            for name, rows in relations.items():
                connection.register(name, rows)
            for table in list(query.find_all(exp.Table)):
                if table.name not in relations:
                    scan = iceberg.plan(self.lake, table.db or DATABASE, table.name)
                    planned = sqlglot.parse_one(f"SELECT * {hidden} FROM ({scan.sql})", dialect="duckdb")
                    table.replace(
                        exp.Subquery(this=planned, alias=exp.TableAlias(this=exp.to_identifier(table.alias_or_name)))
                    )
            return connection.sql(query.sql(dialect="duckdb")).to_arrow_table()

    def execute(self, sql: str) -> Outcome:
        return iceberg.execute(self.lake, sqlglot.parse_one(sql, dialect="athena"), self.run, DATABASE)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        table = self.run(sqlglot.parse_one(sql, dialect="athena"), {})
        return [tuple(row.values()) for row in table.to_pylist()]


@pytest.fixture
def lake(local_aws: LocalAws, account_id: str, bucket: str) -> Lake:
    lake = local_aws.app.account(account_id, "us-east-1").lake
    lake.catalog.create_database({"Name": DATABASE})
    return lake


@pytest.fixture
def engine(lake: Lake) -> Engine:
    return Engine(lake)


@pytest.fixture
def create(lake: Lake, bucket: str) -> Callable[..., str]:
    """`create("t", {"id": "bigint"}, ["id"])`: an empty table; returns its location."""

    def make(name: str, columns: dict[str, str], partitioning: tuple[str, ...] = (), **properties: str) -> str:
        location = f"s3://{bucket}/lake/{name}"
        named = [(column, kind, None) for column, kind in columns.items()]
        iceberg.create(lake, DATABASE, name, named, partitioning, location, {"table_type": "ICEBERG", **properties})
        return location

    return make


def as_arrow(**columns: list[Any]) -> pa.Table:
    return pa.table(columns)
