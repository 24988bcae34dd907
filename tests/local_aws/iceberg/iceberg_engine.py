"""The least engine that statements need: DuckDB over planned scans, in Athena's place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlglot
from sqlglot import exp

from local_aws import iceberg
from local_aws.iceberg import Outcome
from local_aws.lake import Lake

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
