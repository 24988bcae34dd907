"""The system views of what was declared besides tables and columns: keys, defaults, comments, privileges, refreshes.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/c_intro_catalog_views.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_RELATION_PRIVILEGES.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_SVV_SCHEMA_PRIVILEGES.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_STV_MV_INFO.html and PostgreSQL 8.0's catalogs
(https://www.postgresql.org/docs/8.0/catalogs.html). Deviates: a materialized view is stale if its rows differ from its
query's; it is never refreshed by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from local_aws.sql.redshift.catalog import Relation

if TYPE_CHECKING:
    from local_aws.sql.redshift.resolve import Scope

Row = tuple[Any, ...]
FIRST_TABLE, FIRST_KEY, OWNER = 100_000, 200_000, 100
_KEYS = {"PRIMARY KEY": "p", "UNIQUE": "u", "FOREIGN KEY": "f"}


def _keys(scope: Scope) -> Iterator[tuple[int, Relation, dict[str, Any]]]:
    """(number of the table, the table, the key) of each key."""
    for number, each in enumerate(scope.catalog.relations(), FIRST_TABLE):
        for key in each.options.get("constraints", []):
            yield number, each, key


def _positions(relation: Relation | None, names: list[str]) -> str | None:
    if relation is None:
        return None
    places = {each.name: str(n) for n, each in enumerate(relation.columns, 1)}
    return "{" + ",".join(places[each] for each in names if each in places) + "}"


def _pg_constraint(scope: Scope) -> Iterator[Row]:
    numbers = {(r.schema, r.name): (n, r) for n, r in enumerate(scope.catalog.relations(), FIRST_TABLE)}
    namespaces = {name: n for n, name in enumerate(("information_schema", "pg_catalog", *scope.catalog.schemas()), 11)}
    for oid, (number, relation, key) in enumerate(_keys(scope), FIRST_KEY):
        target, other = numbers.get(tuple(key.get("references", ())), (0, None))
        columns = (_positions(relation, key["columns"]), _positions(other, key.get("referenced", [])))
        yield oid, key["name"], namespaces[relation.schema], _KEYS[key["type"]], False, False, number, target, *columns


def _constraint_definitions(scope: Scope) -> Iterator[Row]:
    for oid, (_, _, key) in enumerate(_keys(scope), FIRST_KEY):
        text = f"{key['type']} ({', '.join(key['columns'])})"
        if "references" in key:
            text += f" REFERENCES {'.'.join(key['references'])}({', '.join(key['referenced'])})"
        yield oid, text


def _table_constraints(scope: Scope) -> Iterator[Row]:
    for _, relation, key in _keys(scope):
        place = (scope.database, relation.schema, key["name"], scope.database, relation.schema, relation.name)
        yield *place, key["type"], "NO", "NO"


def _key_column_usage(scope: Scope) -> Iterator[Row]:
    for _, relation, key in _keys(scope):
        place = (scope.database, relation.schema, key["name"], scope.database, relation.schema, relation.name)
        for position, column in enumerate(key["columns"], 1):
            yield *place, column, position


def _pg_attrdef(scope: Scope) -> Iterator[Row]:
    for number, each in enumerate(scope.catalog.relations(), FIRST_TABLE):
        for position, column in enumerate(each.columns, 1):
            if column.identity:
                seed, step, given = column.identity
                name = "default_identity" if given else "identity"
                yield number, position, *2 * (f"\"{name}\"({number}, {position - 1}, '{seed},{step}'::text)",)
            elif column.default is not None:
                yield number, position, column.default, column.default


def _pg_description(scope: Scope) -> Iterator[Row]:
    comments = dict(scope.catalog.comments())
    for number, each in enumerate(scope.catalog.relations(), FIRST_TABLE):
        label = f"{each.schema}.{each.name}"
        if label in comments:
            yield number, 1259, 0, comments[label]
        for position, column in enumerate(each.columns, 1):
            if f"{label}.{column.name}" in comments:
                yield number, 1259, position, comments[f"{label}.{column.name}"]


def grantee_of(name: str) -> tuple[str, str]:
    """(name, type) of who was granted something."""
    kind, _, bare = name.partition(" ")
    if name == "public":
        return "public", "public"
    return (bare, kind) if bare and kind in {"group", "role"} else (name, "user")


def _relation_privileges(scope: Scope) -> Iterator[Row]:
    for objects, privilege, grantee in scope.catalog.grants():
        if " " in objects or not objects:
            continue
        schema, _, name = objects.rpartition(".")
        who, kind = grantee_of(grantee)
        yield schema or "public", name, privilege, OWNER, who, kind, False


def _table_privileges(scope: Scope) -> Iterator[Row]:
    for schema, name, privilege, _, who, _, _ in _relation_privileges(scope):
        yield "awsuser", who, scope.database, schema, name, privilege, "NO"


def _referential_constraints(scope: Scope) -> Iterator[Row]:
    keys = {(relation.schema, relation.name): key for _, relation, key in _keys(scope) if key["type"] == "PRIMARY KEY"}
    for _, relation, key in _keys(scope):
        if "references" in key:
            target = keys.get(tuple(key["references"]), {}).get("name")
            place = (scope.database, relation.schema, key["name"])
            yield *place, scope.database, key["references"][0], target, "NONE", "NO ACTION", "NO ACTION"


def _functions(scope: Scope) -> Iterator[Row]:
    for each in scope.catalog.functions():
        yield scope.database, each.schema, each.name, "REGULAR FUNCTION", ", ".join(each.arguments), each.returns


def _schema_privileges(scope: Scope) -> Iterator[Row]:
    for objects, privilege, grantee in scope.catalog.grants():
        if objects.startswith("schema "):
            who, kind = grantee_of(grantee)
            yield objects.removeprefix("schema "), privilege, OWNER, who, kind, False


def _refreshed(scope: Scope) -> Iterator[tuple[Relation, str, int]]:
    for each in scope.catalog.relations():
        if each.kind == "MATERIALIZED VIEW":
            yield each, "t" if scope.is_stale(each) else "f", int(bool(each.options.get("autorefresh")))


def _stv_mv_info(scope: Scope) -> Iterator[Row]:
    for each, stale, auto in _refreshed(scope):
        yield scope.database, each.schema, each.name, 0, stale, "awsuser", 1, "t" if auto else "f", "f"


def _svv_mv_info(scope: Scope) -> Iterator[Row]:
    for each, stale, auto in _refreshed(scope):
        yield scope.database, each.schema, "awsuser", each.name, stale, 1, "t" if auto else "f", "f"


def _none(scope: Scope) -> Iterator[Row]:
    return iter(())


_USAGE = "constraint_catalog constraint_schema constraint_name table_catalog table_schema table_name"
VIEWS: dict[str, tuple[str, Callable[[Scope], Iterator[Row]]]] = {
    "pg_constraint": (
        "oid:i conname connamespace:i contype condeferrable:b condeferred:b conrelid:i confrelid:i conkey:t confkey:t",
        _pg_constraint,
    ),
    "pg_get_constraintdef": ("oid:i definition:t", _constraint_definitions),
    "pg_index": ("indexrelid:i indrelid:i indkey:t indisunique:b indisprimary:b", _none),
    "pg_attrdef": ("adrelid:i adnum:i adsrc:t adbin:t", _pg_attrdef),
    "pg_description": ("objoid:i classoid:i objsubid:i description:t", _pg_description),
    "information_schema.table_constraints": (
        f"{_USAGE} constraint_type is_deferrable initially_deferred",
        _table_constraints,
    ),
    "information_schema.key_column_usage": (f"{_USAGE} column_name ordinal_position:i", _key_column_usage),
    "svv_relation_privileges": (
        "namespace_name relation_name privilege_type identity_id:i identity_name identity_type admin_option:b",
        _relation_privileges,
    ),
    "information_schema.table_privileges": (
        "grantor grantee table_catalog table_schema table_name privilege_type is_grantable",
        _table_privileges,
    ),
    "information_schema.referential_constraints": (
        "constraint_catalog constraint_schema constraint_name unique_constraint_catalog unique_constraint_schema "
        "unique_constraint_name match_option update_rule delete_rule",
        _referential_constraints,
    ),
    "svv_redshift_functions": (
        "database_name schema_name function_name function_type argument_type:t result_type",
        _functions,
    ),
    "svv_schema_privileges": (
        "namespace_name privilege_type identity_id:i identity_name identity_type admin_option:b",
        _schema_privileges,
    ),
    "stv_mv_info": (
        "db_name schema name updated_upto_xid:l is_stale owner_user_name state:i autorefresh autorewrite",
        _stv_mv_info,
    ),
    "svv_mv_info": ("database_name schema_name user_name name is_stale state:i autorefresh autorewrite", _svv_mv_info),
}
