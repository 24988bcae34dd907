"""What dbt-redshift, sqlalchemy-redshift and database browsers ask of the catalog, sent through the Data API."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local_aws.redshift_client import SqlFailedError, Warehouse, warehouse

__all__ = ["warehouse"]


@pytest.fixture(scope="module", autouse=True)
def catalog(warehouse: Warehouse) -> None:
    for sql in (
        "create table base (a int primary key, b varchar(5) default 'q')",
        "create table refs (a int references base(a), c numeric(10,2))",
        "create view bound as select a from base",
        "create view late as select b, 1.5::decimal(6,3) as n from public.base with no schema binding",
        "create view broken as select x from public.nowhere with no schema binding",
        "comment on column base.b is 'the text'",
        "create user bob password 'Abcdef12'",
        "grant select, insert on base to bob",
        "grant usage on schema public to public",
        "grant create on database dev to bob",
    ):
        warehouse.run(sql)


LATE = (
    "pg_get_late_binding_view_cols() cols(view_schema name, view_name name, col_name name, col_type varchar, "
    "ordinal_position int)"
)
CASES: dict[str, tuple[str, list[list[Any]]]] = {
    "dbt: columns of a late binding view": (
        "with unbound_views as (select ordinal_position, view_schema, col_name, case when col_type ilike"
        " 'character varying%' then 'character varying' when col_type ilike 'numeric%' then 'numeric' else col_type"
        " end as col_type, case when col_type like 'character%' then nullif(regexp_substr(col_type, '[0-9]+'), '')::int"
        " else null end as length, case when col_type like 'numeric%' then nullif(split_part(regexp_substr(col_type,"
        f" '[0-9,]+'), ',', 2), '')::int else null end as scale from {LATE} where view_name = 'late')"
        " select col_name, col_type, length, scale from unbound_views order by ordinal_position",
        [["b", "character varying", 5, None], ["n", "numeric", None, 3]],
    ),
    "late binding view over a missing table": (f"select count(*) from {LATE} where view_name = 'broken'", [[0]]),
    "sqlalchemy: relations": (
        "SELECT c.relkind, c.relname, u.usename, TRIM(TRAILING ';' FROM pg_catalog.pg_get_viewdef(c.oid, true))"
        " AS view_definition, pg_catalog.array_to_string(c.relacl, '\\n') AS privileges FROM pg_catalog.pg_class c"
        " LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace JOIN pg_catalog.pg_user u ON"
        " u.usesysid = c.relowner WHERE c.relkind IN ('r', 'v', 'm', 'S', 'f') AND n.nspname !~ '^pg_'"
        " AND c.relname IN ('base', 'bound') ORDER BY 2",
        [
            ["r", "base", "awsuser", None, None],
            ["v", "bound", "awsuser", 'SELECT "a" FROM "public"."base"', None],
        ],
    ),
    "sqlalchemy: columns": (
        "SELECT att.attname AS name, format_encoding(att.attencodingtype::integer) AS encode,"
        " format_type(att.atttypid, att.atttypmod) AS type, att.attnotnull, pg_catalog.col_description(att.attrelid,"
        " att.attnum) AS comment, adsrc, pg_catalog.pg_get_expr(ad.adbin, ad.adrelid) AS DEFAULT FROM"
        " pg_catalog.pg_class c JOIN pg_catalog.pg_attribute att ON att.attrelid = c.oid LEFT JOIN"
        " pg_catalog.pg_attrdef ad ON (att.attrelid, att.attnum) = (ad.adrelid, ad.adnum)"
        " WHERE c.relname = 'base' AND att.attnum > 0 AND NOT att.attisdropped ORDER BY att.attnum",
        [
            ["a", "none", "integer", True, None, None, None],
            ["b", "none", "character varying(5)", False, "the text", "'q'", "'q'"],
        ],
    ),
    "sqlalchemy: keys": (
        "SELECT c.relname, t.contype, a.attname, pg_catalog.pg_get_constraintdef(t.oid, true)::varchar(512) AS condef"
        " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_constraint t ON t.conrelid = c.oid JOIN"
        " pg_catalog.pg_attribute a ON t.conrelid = a.attrelid AND a.attnum = ANY(t.conkey) ORDER BY c.relname",
        [["base", "p", "a", "PRIMARY KEY (a)"], ["refs", "f", "a", "FOREIGN KEY (a) REFERENCES public.base(a)"]],
    ),
    "setting": ("select current_setting('search_path')", [["public"]]),
    "privilege": ("select has_table_privilege('public.base', 'select')", [[True]]),
    "grants on a table": (
        "show grants on table public.base",
        [
            ["dev", "public", "base", "TABLE", privilege, 101, "bob", "user", False, "TABLE"]
            for privilege in ("INSERT", "SELECT")
        ],
    ),
    "grants on a schema": (
        "show grants on schema public",
        [["dev", "public", None, "SCHEMA", "USAGE", None, "public", "public", False, "SCHEMA"]],
    ),
    "grants on a database": ("show grants on database dev", [["dev", "CREATE", 101, "bob", "user", False, "DATABASE"]]),
    "grants for a user, limited": (
        "show grants on table public.base for bob limit 1",
        [["dev", "public", "base", "TABLE", "INSERT", 101, "bob", "user", False, "TABLE"]],
    ),
    "grants of nobody": ("show grants for nobody", []),
}


@pytest.mark.parametrize(("sql", "expected"), CASES.values(), ids=CASES.keys())
def test_client_is_answered(warehouse: Warehouse, sql: str, expected: list[list[Any]]) -> None:
    assert warehouse.run(sql) == expected


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select has_table_privilege('nosuch', 'select')", 'relation "nosuch" does not exist'),
        ("select current_setting('nosuch')", 'unrecognized configuration parameter "nosuch"'),
        ("show grants on table public.nosuch", "does not exist"),
        ("show grants on function f(int)", "does not support SHOW GRANTS ON FUNCTION"),
    ],
)
def test_what_is_not_there_is_said(warehouse: Warehouse, sql: str, words: str) -> None:
    with pytest.raises(SqlFailedError, match=words):
        warehouse.run(sql)


def test_cast_cuts_what_a_subquery_gives(warehouse: Warehouse) -> None:
    assert warehouse.run("select (select 'äbc')::varchar(3)") == [["äb"]]
