"""The views that clients ask what there is: svv_…, pg_… and information_schema, computed from the catalog.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_system-tables.html. A view that is not here does not
exist, as Redshift says of a relation that it lacks.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_aws.sql.redshift import catalog_functions, declared_views, history, pg_catalog, scans, types
from local_aws.sql.redshift.load import views as loads
from local_aws.sql.redshift.types import ColumnType

if TYPE_CHECKING:
    from local_aws.sql.redshift.resolve import Scope

Row = tuple[Any, ...]
FIRST_DATABASE = 100
TEXT, INT, BOOL = ColumnType("varchar", length=256), ColumnType("int4"), ColumnType("bool")
LONG_TEXT = ColumnType("varchar", length=types.MAX_LENGTH)
_KINDS = {"TABLE": "BASE TABLE", "VIEW": "VIEW", "MATERIALIZED VIEW": "VIEW", "TEMPORARY": "LOCAL TEMPORARY"}


@dataclass(frozen=True)
class SystemView:
    columns: dict[str, ColumnType]
    rows: Callable[[Scope], Iterator[Row]]


def is_reserved(name: str) -> bool:
    """Whether a name is one that Redshift keeps for its system views.

    https://docs.aws.amazon.com/redshift/latest/dg/cm_chap_system-tables.html
    """
    return name.startswith(("stl_", "stv_", "svl_", "svv_", "svcs_", "sys_", "pg_"))


def find(schema: str, name: str) -> SystemView | None:
    """The view of that name; `schema` is empty if the query names none."""
    if schema not in {"", "pg_catalog", "information_schema"}:
        return None
    key = f"information_schema.{name}" if schema == "information_schema" else name
    return VIEWS.get(key)


def _view(columns: str, rows: Callable[[Scope], Iterator[Row]]) -> SystemView:
    kinds = {"i": INT, "b": BOOL, "t": LONG_TEXT, "l": ColumnType("int8"), "s": ColumnType("timestamp")}
    names = [each.partition(":") for each in columns.split()]
    return SystemView({name: kinds.get(kind, TEXT) for name, _, kind in names}, rows)


def _tables(scope: Scope) -> Iterator[Row]:
    for each in (*scope.catalog.relations(), *scope.temporary.values()):
        yield scope.database, each.schema, each.name, _KINDS[each.kind]


def _columns(scope: Scope) -> Iterator[Row]:
    for each in scope.catalog.relations():
        for position, column in enumerate(each.columns, 1):
            kind = column.type
            length = kind.length if kind.is_text else None
            nullable = "YES" if column.nullable else "NO"
            numbers = (kind.precision, kind.scale) if kind.name == "numeric" else (None, None)
            place = (scope.database, each.schema, each.name, column.name, position)
            yield *place, column.default, nullable, kind.standard, length, *numbers


def _schemata(scope: Scope) -> Iterator[Row]:
    for name in ("information_schema", "pg_catalog", *scope.catalog.schemas()):
        yield scope.database, name, "rdsdb" if name in {"information_schema", "pg_catalog"} else "awsuser"


def _table_def(scope: Scope) -> Iterator[Row]:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_PG_TABLE_DEF.html: only of schemas in the search path."""
    for each in scope.catalog.relations():
        if each.schema not in scope.search_path or not each.is_table:
            continue
        for column in each.columns:
            encoding = column.encoding or "none"
            shown = (column.type.text, encoding, column.distkey, column.sortkey, not column.nullable)
            yield each.schema, each.name, column.name, *shown


def _pg_tables(scope: Scope) -> Iterator[Row]:
    for each in scope.catalog.relations():
        if each.is_table:
            yield each.schema, each.name, "awsuser", None, False, False, False


def _pg_views(scope: Scope) -> Iterator[Row]:
    for each in scope.catalog.relations():
        if not each.is_table:
            yield each.schema, each.name, "awsuser", each.sql


def _namespaces(scope: Scope) -> Iterator[Row]:
    for number, (_, name, _) in enumerate(_schemata(scope), 11):
        yield number, name, 1 if name in {"information_schema", "pg_catalog"} else 100, None


def _external_schemas(scope: Scope) -> Iterator[Row]:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_EXTERNAL_SCHEMAS.html; 1 is the Data Catalog."""
    for number, (name, external) in enumerate(scope.catalog.schemas().items(), 100):
        if external is not None:
            yield number, 1, name, 100, external.database, external.options


def _external_databases(scope: Scope) -> Iterator[Row]:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_EXTERNAL_DATABASES.html, as external schemas name them."""
    found = {each.database: each.options for each in scope.catalog.schemas().values() if each is not None}
    for name, options in found.items():
        yield 1, options, name


def _external_tables(scope: Scope) -> Iterator[Row]:
    for name, external in scope.catalog.schemas().items():
        for table in scope.external_tables(external) if external is not None else ():
            storage, serde = table["StorageDescriptor"], table["StorageDescriptor"].get("SerdeInfo", {})
            formats = (storage.get("InputFormat", ""), storage.get("OutputFormat", ""))
            yield name, table["Name"], storage.get("Location", ""), *formats, serde.get("SerializationLibrary", "")


def _external_partitions(scope: Scope) -> Iterator[Row]:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_EXTERNAL_PARTITIONS.html: `values` is a JSON array."""
    for name, external in scope.catalog.schemas().items():
        for table in scope.external_tables(external) if external is not None else ():
            if external is None or not table.get("PartitionKeys"):
                continue
            for part in scope.external_partitions(external, table["Name"]):
                storage, serde = part["StorageDescriptor"], part["StorageDescriptor"].get("SerdeInfo", {})
                formats = (storage.get("InputFormat", ""), storage.get("OutputFormat", ""))
                library = (serde.get("SerializationLibrary", ""), json.dumps(serde.get("Parameters", {})))
                values = json.dumps(part["Values"], separators=(",", ":"))
                place = (name, table["Name"], values, storage.get("Location", ""))
                yield (
                    *place,
                    *formats,
                    *library,
                    int(storage.get("Compressed", False)),
                    json.dumps(part.get("Parameters", {})),
                )


def _external_columns(scope: Scope) -> Iterator[Row]:
    for name, external in scope.catalog.schemas().items():
        for table in scope.external_tables(external) if external is not None else ():
            keys = table.get("PartitionKeys", [])
            columns = table["StorageDescriptor"].get("Columns", [])
            for position, column in enumerate([*columns, *keys], 1):
                part = position - len(columns) if position > len(columns) else 0
                yield name, table["Name"], column["Name"], column.get("Type", "string"), position, part


def _table_info(scope: Scope) -> Iterator[Row]:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_TABLE_INFO.html, as far as local_aws knows it."""
    for number, each in enumerate(scope.catalog.relations(), 100_000):
        if each.is_table:
            sortkeys = sorted((column for column in each.columns if column.sortkey), key=lambda column: column.sortkey)
            style = each.options.get("diststyle") or "AUTO(ALL)"
            rows = scope.evaluate(f"(SELECT count(*) FROM {each.storage})") if scope.evaluate else None
            encoded = "Y" if any(column.encoding not in {None, "none", "raw"} for column in each.columns) else "N"
            longest = max((column.type.length or 0 for column in each.columns if column.type.is_text), default=0)
            keys = (sortkeys[0].name if sortkeys else "", len(sortkeys))
            what = (scope.database, each.schema, number, each.name, encoded, style)
            yield *what, keys[0], longest, keys[1], rows, rows


def _databases(scope: Scope) -> Iterator[Row]:
    for number, name in enumerate(scope.databases(), FIRST_DATABASE):
        yield number, name, 100, 6, False, True, "awsuser"


_COLUMNS = _view(
    "table_catalog table_schema table_name column_name ordinal_position:i column_default:t is_nullable data_type "
    "character_maximum_length:i numeric_precision:i numeric_scale:i",
    _columns,
)
_TABLES = _view("table_catalog table_schema table_name table_type", _tables)

VIEWS: dict[str, SystemView] = {
    "information_schema.tables": _TABLES,
    "information_schema.columns": _COLUMNS,
    "information_schema.schemata": _view("catalog_name schema_name schema_owner", _schemata),
    "svv_tables": _TABLES,
    "svv_columns": _COLUMNS,
    "svv_all_tables": _view("database_name schema_name table_name table_type", _tables),
    "svv_all_schemas": _view("database_name schema_name schema_owner", _schemata),
    "svv_table_info": _view(
        "database schema table_id:i table encoded diststyle sortkey1 max_varchar:i sortkey_num:i tbl_rows:l "
        "estimated_visible_rows:l",
        _table_info,
    ),
    "svv_external_schemas": _view("esoid:i eskind:i schemaname esowner:i databasename esoptions:t", _external_schemas),
    "svv_external_databases": _view("eskind:i esoptions:t databasename", _external_databases),
    "svv_external_tables": _view(
        "schemaname tablename location:t input_format output_format serialization_lib", _external_tables
    ),
    "svv_external_partitions": _view(
        "schemaname tablename values:t location:t input_format output_format serialization_lib serde_parameters:t "
        "compressed:i parameters:t",
        _external_partitions,
    ),
    "svv_external_columns": _view(
        "schemaname tablename columnname external_type columnnum:i part_key:i", _external_columns
    ),
    catalog_functions.LATE_BINDING: _view(
        "view_schema view_name col_name col_type col_num:i", catalog_functions.late_binding_columns
    ),
    "pg_table_def": _view("schemaname tablename column type encoding distkey:b sortkey:i notnull:b", _table_def),
    "pg_tables": _view("schemaname tablename tableowner tablespace hasindexes:b hasrules:b hastriggers:b", _pg_tables),
    "pg_views": _view("schemaname viewname viewowner definition:t", _pg_views),
    "pg_namespace": _view("oid:i nspname nspowner:i nspacl:t", _namespaces),
    "pg_database": _view("oid:i datname datdba:i encoding:i datistemplate:b datallowconn:b owner", _databases),
} | {
    name: _view(*made)
    for name, made in (loads.VIEWS | pg_catalog.VIEWS | history.VIEWS | declared_views.VIEWS | scans.VIEWS).items()
}
