"""The tables that an Athena query may name: those of the Data Catalog, its views, and `information_schema`."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from local_aws import iceberg
from local_aws.errors import AwsError
from local_aws.sql import arrow_types, scan, types
from local_aws.sql.errors import QueryFailed
from local_aws.sql.file_rows import HIDDEN, PATH
from local_aws.sql.partition_rows import PartitionRows
from local_aws.sql.partitions import key_types
from local_aws.sql.scan import TableScan
from local_aws.sql.trino.named import Source
from local_aws.sql.trino.typed import Version, View
from local_aws.sql.types import Type

if TYPE_CHECKING:
    from local_aws.lake import Lake

CATALOG = "awsdatacatalog"
Shape = dict[str, Any]
At = tuple[int, int] | None
_PREFIX, _SUFFIX = "/* Presto View: ", " */"


@dataclass
class LakeTables:
    """The tables of one lake, for one statement; it keeps what was scanned."""

    lake: Lake
    scanned: list[tuple[TableScan, list[str]]] = field(default_factory=list)
    own: dict[str, Source] = field(default_factory=dict)
    """Relations that go before the catalog's, by their unqualified name."""
    met: list[Rows] = field(default_factory=list)
    """Metadata tables that the statement named."""

    def find(self, parts: list[str], database: str, at: At, version: Version | None = None) -> Source | View:
        found = self._found(parts, database, at)
        if version is None:
            return found
        if not isinstance(found, _CatalogTable) or not iceberg.is_iceberg(found.shape):
            raise QueryFailed("NOT_SUPPORTED", "This connector does not support versioned tables", at)
        return replace(found, version=version)

    def _found(self, parts: list[str], database: str, at: At) -> Source | View:
        if len(parts) == 1 and parts[0] in self.own:
            return self.own[parts[0]]
        catalog, schema, name = located(parts, database, at)
        if schema == "information_schema":
            return _InformationSchema(self.lake, name, (catalog, schema, name), at)
        base, dollar, kind = name.partition("$")
        shape = self.shape(schema, base if dollar and base else name, at)
        if dollar and iceberg.is_iceberg(shape):
            self.met.append(Rows(iceberg.metadata_table(self.lake, schema, base, kind), (catalog, schema, name)))
            return self.met[-1]
        if dollar and base and shape["Name"] == base:
            if kind != "partitions" or not shape.get("PartitionKeys"):
                raise QueryFailed("TABLE_NOT_FOUND", f"Table '{CATALOG}.{schema}.{name}' does not exist", at)
            return PartitionRows(self.lake, schema, shape, (catalog, schema, name))
        if shape.get("TableType") == "VIRTUAL_VIEW":
            return view_of(shape, (catalog, schema, name))
        return _CatalogTable(self, schema, shape, (catalog, schema, name))

    def shape(self, schema: str, name: str, at: At) -> Shape:
        """A table of the catalog. :raises QueryFailed: with Athena's words if it is not there."""
        try:
            found = self.lake.catalog.find_table(schema, name)
        except AwsError as error:
            raise QueryFailed("SCHEMA_NOT_FOUND", f"Schema '{schema}' does not exist", at) from error
        if found is None:
            raise QueryFailed("TABLE_NOT_FOUND", f"Table '{CATALOG}.{schema}.{name}' does not exist", at)
        return found

    def bytes_scanned(self) -> int:
        return sum(found.bytes_scanned(columns) for found, columns in self.scanned)


def located(parts: list[str], database: str, at: At) -> tuple[str, str, str]:
    """Catalog, database and table of a name of one to three parts."""
    if len(parts) > 3:
        raise QueryFailed("SYNTAX_ERROR", f"Too many dots in table name: {'.'.join(parts)}", at)
    catalog, schema, name = (["", "", *parts])[-3:]
    if catalog not in {"", CATALOG}:
        raise QueryFailed("CATALOG_NOT_FOUND", f"Catalog '{catalog}' not found", at)
    return CATALOG, schema or database, name


@dataclass
class _CatalogTable:
    tables: LakeTables
    database: str
    shape: Shape
    path: tuple[str, ...]
    version: Version = field(default_factory=Version)

    @property
    def fields(self) -> Sequence[tuple[str, Type, bool]]:
        if iceberg.is_iceberg(self.shape):
            columns = scan.iceberg_columns(self.tables.lake, self.database, self.shape["Name"], self.version)
        else:
            columns = columns_of(self.shape)
        own = [(name, kind, False) for name, kind in columns]
        return [*own, *((name, HIDDEN[name], True) for name in self._hidden)]

    @property
    def _hidden(self) -> list[str]:
        return [PATH] if iceberg.is_iceberg(self.shape) else list(HIDDEN)

    @property
    def partition_columns(self) -> set[str]:
        if not iceberg.is_iceberg(self.shape):
            return {name for name, _ in key_types(self.shape)}
        return set(iceberg.describe(self.tables.lake, self.database, self.shape["Name"]).partitioning)

    def sql(self, predicate: exp.Expr | None, columns: list[str]) -> str:
        found = scan.relation(
            self.tables.lake,
            self.database,
            self.shape,
            predicate=predicate,
            columns=[each for each in columns if each not in HIDDEN],
            version=self.version,
            hidden=[each for each in self._hidden if each in columns],
        )
        self.tables.scanned.append((found, columns))
        return found.sql


@dataclass
class Rows:
    """Rows that are at hand, as a table; whoever runs the query registers them under `handle`."""

    rows: Any
    path: tuple[str, ...]
    handle: str = field(default_factory=lambda: f"rows_{uuid.uuid4().hex}")

    @property
    def fields(self) -> Sequence[tuple[str, Type, bool]]:
        return [(each.name.lower(), arrow_types.from_arrow(each.type), False) for each in self.rows.schema]

    @property
    def partition_columns(self) -> set[str]:
        return set()

    def sql(self, predicate: exp.Expr | None, columns: list[str]) -> str:
        return f'SELECT * FROM "{self.handle}"'


def columns_of(shape: Shape) -> list[tuple[str, Type]]:
    """The columns of a table with its partition keys; those of an Iceberg table include what it is partitioned by."""
    return [*scan.declared_columns(shape), *key_types(shape)]


@dataclass
class _InformationSchema:
    """`information_schema.tables`, `.columns`, `.schemata`, `.views`, made from the catalog when asked for."""

    lake: Lake
    name: str
    path: tuple[str, ...]
    at: At

    @property
    def fields(self) -> Sequence[tuple[str, Type, bool]]:
        columns = {
            "schemata": ("catalog_name", "schema_name"),
            "tables": ("table_catalog", "table_schema", "table_name", "table_type"),
            "views": ("table_catalog", "table_schema", "table_name", "view_definition"),
            "columns": (
                *("table_catalog", "table_schema", "table_name", "column_name", "ordinal_position"),
                *("column_default", "is_nullable", "data_type", "comment", "extra_info"),
            ),
        }.get(self.name)
        if columns is None:
            message = f"Table '{CATALOG}.information_schema.{self.name}' does not exist"
            raise QueryFailed("TABLE_NOT_FOUND", message, self.at)
        return [(each, types.BIGINT if each == "ordinal_position" else types.VARCHAR, False) for each in columns]

    @property
    def partition_columns(self) -> set[str]:
        return set()

    def sql(self, predicate: exp.Expr | None, columns: list[str]) -> str:
        rows = [list[Any](row) for row in self._rows()]
        names = ", ".join(f'"{name}"' for name, _, _ in self.fields)
        kinds = ", ".join(f'"{name}"::{kind.duckdb} AS "{name}"' for name, kind, _ in self.fields)
        listed = ", ".join(f"({', '.join(map(_literal, row))})" for row in rows)
        if not rows:
            listed = f"({', '.join(['NULL'] * len(self.fields))})"
        condition = "" if rows else " WHERE FALSE"
        return f"SELECT {kinds} FROM (VALUES {listed}) AS i({names}){condition}"

    def _rows(self) -> list[tuple[Any, ...]]:
        databases = [each["Name"] for each in self.lake.catalog.databases()]
        if self.name == "schemata":
            return [(CATALOG, each) for each in [*databases, "information_schema"]]
        tables = [(database, table) for database in databases for table in self.lake.catalog.tables(database)]
        views = {id(table) for _, table in tables if table.get("TableType") == "VIRTUAL_VIEW"}
        if self.name == "tables":
            kinds = {True: "VIEW", False: "BASE TABLE"}
            return [(CATALOG, database, table["Name"], kinds[id(table) in views]) for database, table in tables]
        if self.name == "views":
            made = [(database, table) for database, table in tables if id(table) in views]
            return [(CATALOG, database, table["Name"], view_of(table, ()).text) for database, table in made]
        rows = []
        for database, table in tables:
            keys = {name for name, _ in key_types(table)}
            comments = {each["Name"]: each.get("Comment") for each in table["StorageDescriptor"].get("Columns", [])}
            for n, (name, kind) in enumerate(columns_of(table), 1):
                extra = "partition key" if name in keys else None
                rows.append(
                    (CATALOG, database, table["Name"], name, n, None, "YES", kind.trino, comments.get(name), extra)
                )
        return rows


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else "'" + str(value).replace("'", "''") + "'"


# views
def view_of(shape: Shape, path: tuple[str, ...]) -> View:
    """What Athena keeps of a view: its text and columns, as JSON in base 64.

    Evidence: https://docs.aws.amazon.com/athena/latest/ug/views-glue.html
    """
    written = str(shape.get("ViewOriginalText", ""))
    if not written.startswith(_PREFIX):
        raise QueryFailed("INVALID_VIEW", f"View '{'.'.join(path)}' was not made by Athena")
    try:
        kept = json.loads(base64.b64decode(written.removeprefix(_PREFIX).removesuffix(_SUFFIX)))
        columns = [(each["name"].lower(), types.parse(each["type"])) for each in kept["columns"]]
        return View(kept["originalSql"], kept.get("schema", ""), columns, path)
    except (ValueError, KeyError, TypeError) as error:
        raise QueryFailed("INVALID_VIEW", f"View '{'.'.join(path)}' cannot be read: {error}") from error


def view_input(name: str, text: str, database: str, columns: list[tuple[str, Type]]) -> Shape:
    """The catalog's shape of a view."""
    listed = [{"name": label, "type": kind.trino} for label, kind in columns]
    kept = {"originalSql": text, "catalog": CATALOG, "schema": database, "columns": listed}
    encoded = base64.b64encode(json.dumps(kept).encode()).decode()
    return {
        "Name": name,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "PartitionKeys": [],
        "ViewOriginalText": f"{_PREFIX}{encoded}{_SUFFIX}",
        "ViewExpandedText": "/* Presto View */",
        "StorageDescriptor": {
            "Columns": [{"Name": label, "Type": kind.hive} for label, kind in columns],
            "Location": "",
            "SerdeInfo": {},
        },
    }
