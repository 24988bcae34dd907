"""What clients of the Data API browse: databases, schemas, tables, columns.

Evidence: https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_ListTables.html. Deviates: system views are
listed if the schema pattern names their schema.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from local_aws.errors import AwsError
from local_aws.sql.redshift import errors, spectrum, system
from local_aws.sql.redshift.catalog import Catalog, Column
from local_aws.sql.redshift.query import ResultColumn
from local_aws.sql.redshift.results import metadata

if TYPE_CHECKING:
    from local_aws.sql.redshift.engine import RedshiftEngine, Warehouse

SYSTEM_SCHEMAS = ("information_schema", "pg_catalog")


def _like(pattern: str | None, text: str) -> bool:
    """SQL's LIKE: `%` any text, `_` any character."""
    if pattern is None:
        return True
    expression = "".join({"%": ".*", "_": "."}.get(each, re.escape(each)) for each in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None


class Listings:
    def __init__(self, engine: RedshiftEngine) -> None:
        self._engine = engine

    @contextmanager
    def _catalog(self, warehouse: Warehouse, database: str) -> Iterator[Catalog]:
        """:raises AwsError: `DatabaseConnectionException` for a database that is not there."""
        try:
            cursor = self._engine.database(warehouse, database).cursor()
        except errors.SqlError as problem:
            raise AwsError("DatabaseConnectionException", str(problem)) from problem
        try:
            yield Catalog(cursor)
        finally:
            cursor.close()

    def databases(self, warehouse: Warehouse, connected: str | None) -> list[str]:
        if connected is not None:
            with self._catalog(warehouse, connected):
                pass
        return self._engine.databases(warehouse)

    def schemas(self, warehouse: Warehouse, database: str, pattern: str | None) -> list[str]:
        with self._catalog(warehouse, database) as catalog:
            return sorted(name for name in (*SYSTEM_SCHEMAS, *catalog.schemas()) if _like(pattern, name))

    def tables(
        self, warehouse: Warehouse, database: str, schema: str | None, table: str | None
    ) -> list[dict[str, str]]:
        found: list[tuple[str, str, str]] = []
        with self._catalog(warehouse, database) as catalog:
            kinds = {"MATERIALIZED VIEW": "VIEW"}
            found.extend((each.schema, each.name, kinds.get(each.kind, each.kind)) for each in catalog.relations())
            for name, external in catalog.schemas().items():
                if external is not None:
                    tables = spectrum.tables_of(self._engine.lake, external)
                    found.extend((name, each["Name"], "EXTERNAL TABLE") for each in tables)
        if schema in SYSTEM_SCHEMAS:
            for name in system.VIEWS:
                place, _, bare = name.rpartition(".")
                found.append((place or "pg_catalog", bare, "SYSTEM VIEW"))
        chosen = sorted(each for each in found if _like(schema, each[0]) and _like(table, each[1]))
        return [{"schema": place, "name": name, "type": kind} for place, name, kind in chosen]

    def columns(self, warehouse: Warehouse, database: str, schema: str, table: str) -> list[dict[str, Any]]:
        """:raises AwsError: `ResourceNotFoundException` for a table that is not there."""
        view = system.find(schema, table) if schema in SYSTEM_SCHEMAS else None
        if view is not None:
            return [_described(Column(name, kind), schema, table) for name, kind in view.columns.items()]
        with self._catalog(warehouse, database) as catalog:
            external = catalog.schemas().get(schema)
            relation = catalog.relation(schema, table)
        if external is not None:
            try:
                kinds = spectrum.columns_of(self._engine.lake, external, table)
            except errors.SqlError as problem:
                raise AwsError("ResourceNotFoundException", str(problem), ResourceId=table) from problem
            return [_described(Column(name, kind), schema, table) for name, kind in kinds.items()]
        if relation is None:
            message = f'relation "{schema}.{table}" does not exist'
            raise AwsError("ResourceNotFoundException", message, ResourceId=table)
        return [_described(each, schema, table) for each in relation.columns]

    def all_columns(self, warehouse: Warehouse, database: str, schema: str | None) -> list[dict[str, Any]]:
        """The columns of every table of a schema, or of all schemas of the user."""
        places = [(each["schema"], each["name"]) for each in self.tables(warehouse, database, schema, None)]
        return [one for place, name in places for one in self.columns(warehouse, database, place, name)]


def _described(column: Column, schema: str, table: str) -> dict[str, Any]:
    shape = metadata(ResultColumn(column.name, column.type, table, schema, column.nullable))
    return {**shape, "columnDefault": column.default, "length": column.type.digits}
