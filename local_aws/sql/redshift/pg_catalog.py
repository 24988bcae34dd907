"""PostgreSQL's catalog, users and the svv_redshift views, as far as clients join them to browse a warehouse.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/c_intro_catalog_views.html and
https://docs.aws.amazon.com/redshift/latest/dg/svv_views.html. Deviates: numbers of objects are their places in the
catalog, so they last only until the next DDL; system relations are not in pg_class.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from local_aws.sql.redshift.types import TYPE_NUMBERS, ColumnType

if TYPE_CHECKING:
    from local_aws.sql.redshift.resolve import Scope

Row = tuple[Any, ...]
FIRST_SCHEMA, FIRST_TABLE, OWNER = 11, 100_000, 100
_LENGTHS = {
    "bool": 1,
    "int2": 2,
    "int4": 4,
    "int8": 8,
    "float4": 4,
    "float8": 8,
    "date": 4,
    "timestamp": 8,
    "time": 8,
    "timetz": 8,
}
ENCODINGS = (
    *("none", "raw", "bytedict", "delta", "delta32k", "text255", "text32k", "mostly8", "mostly16", "mostly32"),
    *("runlength", "lzo", "zstd", "az64", "auto"),
)
"""Encodings by their number in pg_attribute. Deviates: Redshift's numbers are not documented."""
_KINDS = {"TABLE": "r", "VIEW": "v", "MATERIALIZED VIEW": "v", "TEMPORARY": "r"}


def schema_names(scope: Scope) -> tuple[str, ...]:
    return ("information_schema", "pg_catalog", *scope.catalog.schemas())


def modifier(kind: ColumnType) -> int:
    """`atttypmod`: the length of a text, precision and scale of a number, as PostgreSQL packs them."""
    if kind.name == "numeric":
        return ((kind.precision or 0) << 16 | (kind.scale or 0)) + 4
    return kind.length + 4 if kind.is_text and kind.length is not None else -1


def _classes(scope: Scope) -> Iterator[Row]:
    schemas = {name: number for number, name in enumerate(schema_names(scope), FIRST_SCHEMA)}
    for number, each in enumerate(scope.catalog.relations(), FIRST_TABLE):
        style = {"EVEN": 0, "KEY": 1, "ALL": 8}.get(str(each.options.get("diststyle")), 9)
        yield number, each.name, schemas[each.schema], OWNER, _KINDS[each.kind], len(each.columns), style, None


def _attributes(scope: Scope) -> Iterator[Row]:
    for number, each in enumerate(scope.catalog.relations(), FIRST_TABLE):
        for position, column in enumerate(each.columns, 1):
            kind = column.type
            numbers = (TYPE_NUMBERS[kind.name], _LENGTHS.get(kind.name, -1), position, modifier(kind))
            flags = (not column.nullable, column.default is not None, False, column.distkey, column.sortkey)
            encoding = column.encoding or "none"
            yield number, column.name, *numbers, *flags, ENCODINGS.index(encoding) if encoding in ENCODINGS else 0


def _types(scope: Scope) -> Iterator[Row]:
    for name, number in TYPE_NUMBERS.items():
        yield number, name, FIRST_SCHEMA + 1, _LENGTHS.get(name, -1), "b"


def _users(scope: Scope) -> Iterator[Row]:
    yield "rdsdb", 1, True, True, True, "********"
    yield "awsuser", OWNER, True, True, False, "********"
    for number, (name, options) in enumerate(scope.catalog.principals("USER"), OWNER + 1):
        yield name, number, "CREATEDB" in options, "CREATEUSER" in options, False, "********"


def identities(scope: Scope) -> dict[str, int]:
    """The numbers of users, roles and groups, by name."""
    found = {name: number for name, number, *_ in _roles_and_groups(scope)}
    return {**found, **{name: number for name, number, *_ in _users(scope)}}


def _roles_and_groups(scope: Scope) -> Iterator[Row]:
    yield from ((name, number) for number, name, _ in _roles(scope))
    yield from ((name, number) for name, number, _ in _groups(scope))


def _svv_users(scope: Scope) -> Iterator[Row]:
    for name, number, creates, super_user, *_ in _users(scope):
        yield number, name, creates, super_user


def _groups(scope: Scope) -> Iterator[Row]:
    users = {name: number for name, number, *_ in _users(scope)}
    for number, (name, members) in enumerate(scope.catalog.principals("GROUP"), OWNER):
        listed = ",".join(str(users[each]) for each in members if each in users)
        yield name, number, "{" + listed + "}"


def _roles(scope: Scope) -> Iterator[Row]:
    for number, (name, _) in enumerate(scope.catalog.principals("ROLE"), OWNER):
        yield number, name, "awsuser"


def _databases(scope: Scope) -> Iterator[Row]:
    for name in scope.databases():
        yield name, OWNER, "local", None, None


def _schemas(scope: Scope) -> Iterator[Row]:
    for name, external in scope.catalog.schemas().items():
        yield scope.database, name, OWNER, "external" if external else "local", None, None


def _tables(scope: Scope) -> Iterator[Row]:
    for each in scope.catalog.relations():
        yield scope.database, each.schema, each.name, "TABLE" if each.is_table else "VIEW", None, None


def _columns(scope: Scope) -> Iterator[Row]:
    for each in scope.catalog.relations():
        for position, column in enumerate(each.columns, 1):
            place = (scope.database, each.schema, each.name, column.name, position)
            keys = (column.encoding or "none", column.distkey, column.sortkey)
            yield *place, column.type.text, column.default, "YES" if column.nullable else "NO", *keys, None, None


def _all_columns(scope: Scope) -> Iterator[Row]:
    for each in scope.catalog.relations():
        for position, column in enumerate(each.columns, 1):
            kind = column.type
            numbers = (kind.precision, kind.scale) if kind.name == "numeric" else (None, None)
            place = (scope.database, each.schema, each.name, column.name, position, column.default)
            nullable = "YES" if column.nullable else "NO"
            yield *place, nullable, kind.standard, kind.length if kind.is_text else None, *numbers, None


def _definitions(scope: Scope) -> Iterator[Row]:
    for number, each in enumerate(scope.catalog.relations(), FIRST_TABLE):
        if each.sql is not None:
            yield number, each.sql


def _views(scope: Scope) -> Iterator[Row]:
    for each in scope.catalog.relations():
        if each.sql is not None:
            yield scope.database, each.schema, each.name, each.sql, "NONE", "NO"


VIEWS: dict[str, tuple[str, Callable[[Scope], Iterator[Row]]]] = {
    "pg_get_viewdef": ("oid:i definition:t", _definitions),
    "pg_class": ("oid:i relname relnamespace:i relowner:i relkind relnatts:i reldiststyle:i relacl:t", _classes),
    "pg_attribute": (
        "attrelid:i attname atttypid:i attlen:i attnum:i atttypmod:i attnotnull:b atthasdef:b attisdropped:b "
        "attisdistkey:b attsortkeyord:i attencodingtype:i",
        _attributes,
    ),
    "pg_type": ("oid:i typname typnamespace:i typlen:i typtype", _types),
    "pg_user": ("usename usesysid:i usecreatedb:b usesuper:b usecatupd:b passwd", _users),
    "pg_group": ("groname grosysid:i grolist:t", _groups),
    "svv_users": ("user_id:i user_name createdb:b superuser:b", _svv_users),
    "svv_roles": ("role_id:i role_name role_owner", _roles),
    "svv_redshift_databases": (
        "database_name database_owner:i database_type database_acl database_options",
        _databases,
    ),
    "svv_redshift_schemas": (
        "database_name schema_name schema_owner:i schema_type schema_acl:t schema_option",
        _schemas,
    ),
    "svv_redshift_tables": ("database_name schema_name table_name table_type table_acl:t remarks:t", _tables),
    "svv_redshift_columns": (
        "database_name schema_name table_name column_name ordinal_position:i data_type column_default:t is_nullable "
        "encoding distkey:b sortkey:i column_acl:t remarks:t",
        _columns,
    ),
    "svv_all_columns": (
        "database_name schema_name table_name column_name ordinal_position:i column_default:t is_nullable data_type "
        "character_maximum_length:i numeric_precision:i numeric_scale:i remarks:t",
        _all_columns,
    ),
    "information_schema.views": (
        "table_catalog table_schema table_name view_definition:t check_option is_updatable",
        _views,
    ),
}
