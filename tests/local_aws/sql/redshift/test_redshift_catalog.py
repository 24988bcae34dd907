"""What clients browse: PostgreSQL's catalog, svv views, SHOW, users, groups and roles."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local_aws.redshift_client import SqlFailedError, Warehouse, warehouse

__all__ = ["warehouse"]


@pytest.fixture(scope="module", autouse=True)
def tables(warehouse: Warehouse) -> None:
    for sql in (
        "create schema shop",
        "create table shop.orders (id int not null encode raw, name varchar(20), price decimal(10,2)) distkey(id)",
        "create view shop.names as select name from shop.orders",
        "alter table shop.orders owner to analyst",
        "alter table shop.orders alter column name encode zstd",
        "create user analyst password 'Passw0rd1' createdb",
        "create group readers with user analyst",
        "create role loader",
        "create table shop.lines (id int, order_id int references shop.orders(id), n int default 7, primary key (id))"
        " sortkey (id)",
        "comment on table shop.orders is 'all of them'",
        "comment on column shop.orders.name is 'who'",
        "insert into shop.orders values (1, 'a', 2)",
    ):
        warehouse.run(sql)


CASES: dict[str, tuple[str, list[list[Any]]]] = {
    "relations by schema": (
        "select n.nspname, c.relname, c.relkind from pg_catalog.pg_class c join pg_catalog.pg_namespace n"
        " on n.oid = c.relnamespace where n.nspname = 'shop' order by 2",
        [["shop", "lines", "r"], ["shop", "names", "v"], ["shop", "orders", "r"]],
    ),
    "attributes": (
        "select a.attname, t.typname, a.atttypmod, a.attnotnull, a.attisdistkey from pg_attribute a"
        " join pg_class c on c.oid = a.attrelid join pg_type t on t.oid = a.atttypid"
        " where c.relname = 'orders' order by a.attnum",
        [
            ["id", "int4", -1, True, True],
            ["name", "varchar", 24, False, False],
            ["price", "numeric", 655366, False, False],
        ],
    ),
    "types by number": (
        "select a.attname, format_type(a.atttypid, a.atttypmod) from pg_attribute a join pg_class c"
        " on c.oid = a.attrelid where c.relname = 'orders' order by a.attnum",
        [["id", "integer"], ["name", "character varying(20)"], ["price", "numeric(10,2)"]],
    ),
    "encodings": (
        "select column_name, encoding from svv_redshift_columns where table_name = 'orders' order by ordinal_position",
        [["id", "raw"], ["name", "zstd"], ["price", "none"]],
    ),
    "users": ("select usename, usecreatedb from pg_user where usename = 'analyst'", [["analyst", True]]),
    "groups": ("select groname from pg_group", [["readers"]]),
    "roles": ("select role_name from svv_roles", [["loader"]]),
    "views": (
        "select table_name from information_schema.views where table_schema = 'shop'",
        [["names"]],
    ),
    "comments": (
        "select c.relname, d.objsubid, d.description from pg_description d join pg_class c on c.oid = d.objoid"
        " order by 2",
        [["orders", 0, "all of them"], ["orders", 2, "who"]],
    ),
    "defaults": (
        "select a.attname, d.adsrc from pg_attrdef d join pg_attribute a on a.attrelid = d.adrelid"
        " and a.attnum = d.adnum order by 1",
        [["n", "7"]],
    ),
    "keys": (
        "select con.conname, con.contype, con.conkey, c.relname, f.relname, con.confkey from pg_constraint con"
        " join pg_class c on c.oid = con.conrelid left join pg_class f on f.oid = con.confrelid order by 1",
        [
            ["lines_order_id_fkey", "f", "{2}", "lines", "orders", "{1}"],
            ["lines_pkey", "p", "{1}", "lines", None, None],
        ],
    ),
    "key columns": (
        "select constraint_name, column_name, ordinal_position from information_schema.key_column_usage order by 1",
        [["lines_order_id_fkey", "order_id", 1], ["lines_pkey", "id", 1]],
    ),
    "table info": (
        'select "table", diststyle, max_varchar, tbl_rows from svv_table_info where "table" = \'orders\'',
        [["orders", "AUTO(ALL)", 20, 1]],
    ),
    "show table": (
        "show table shop.lines",
        [
            [
                "CREATE TABLE shop.lines (\n    id integer NOT NULL,\n    order_id integer,\n"
                "    n integer DEFAULT 7,\n    FOREIGN KEY (order_id) REFERENCES shop.orders(id),\n"
                "    PRIMARY KEY (id)\n)\nDISTSTYLE AUTO\nSORTKEY (id);"
            ]
        ],
    ),
    "show view": ("show view shop.names", [['SELECT "name" FROM "shop"."orders";']]),
    "show databases": ("show databases", [["dev", 100, "local", None, None]]),
    "show schemas": ("show schemas from database dev like 'sh%'", [["dev", "shop", 100, "local", None, None]]),
    "show tables": (
        "show tables from schema dev.shop",
        [
            ["dev", "shop", "lines", "TABLE", None, None],
            ["dev", "shop", "names", "VIEW", None, None],
            ["dev", "shop", "orders", "TABLE", None, None],
        ],
    ),
    "show columns": (
        "show columns from table shop.orders like 'n%'",
        [["dev", "shop", "orders", "name", 2, None, "YES", "character varying", 20, None, None, None]],
    ),
}


@pytest.mark.parametrize(("sql", "expected"), CASES.values(), ids=CASES.keys())
def test_catalog_answers(warehouse: Warehouse, sql: str, expected: list[list[Any]]) -> None:
    assert warehouse.run(sql) == expected


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("create user analyst password 'x'", 'user "analyst" already exists'),
        ("drop group nobody", 'group "nobody" does not exist'),
        ("alter group readers rename", "does not support ALTER GROUP … RENAME"),
        ("show tables from schema nowhere", 'schema "nowhere" does not exist'),
        ("show columns from table shop.nope", 'relation "nope" does not exist'),
        ("select * from information_schema.nope", 'relation "information_schema.nope" does not exist'),
        ("alter table shop.orders append from shop.orders", "the same table"),
        ("comment on column shop.orders.nope is 'x'", 'column "nope" of relation "orders" does not exist'),
        ("show view shop.orders", '"orders" is not a view'),
    ],
)
def test_what_is_not_there_is_said(warehouse: Warehouse, sql: str, message: str) -> None:
    with pytest.raises(SqlFailedError, match=message):
        warehouse.run(sql)


def test_principals_change_and_go_and_roll_back(warehouse: Warehouse) -> None:
    warehouse.run("create user brief password disable")
    warehouse.run("alter user brief createdb")
    assert warehouse.run("select usecreatedb from pg_user where usename = 'brief'") == [[True]]
    warehouse.run("alter user brief nocreatedb")
    assert warehouse.run("select usecreatedb from pg_user where usename = 'brief'") == [[False]]
    assert warehouse.batch(["drop user brief", "select 1/0"])["Status"] == "FAILED"
    assert warehouse.run("select usename from pg_user where usename = 'brief'") == [["brief"]]
    warehouse.run("drop user brief")
    warehouse.run("drop user if exists brief")
    assert warehouse.run("select usename from pg_user where usename = 'brief'") == []


def test_a_user_who_goes_leaves_the_groups(warehouse: Warehouse) -> None:
    for sql in ("create user leaver password disable", "create group left_behind with user leaver", "drop user leaver"):
        warehouse.run(sql)
    warehouse.run("create user leaver password disable")
    assert warehouse.run("select grolist from pg_group where groname = 'left_behind'") == [["{}"]]


@pytest.mark.parametrize(("kind", "grantee"), [("user", "holder"), ("group", "group holder")])
@pytest.mark.parametrize(
    "release",
    [
        "revoke all on held from {}",
        "revoke all on all tables in schema public from {}",
        "drop table held",
    ],
)
def test_who_has_privileges_cannot_be_dropped(warehouse: Warehouse, kind: str, grantee: str, release: str) -> None:
    warehouse.run(f"create {kind} holder{' password disable' if kind == 'user' else ''}")
    warehouse.run("drop table if exists held")
    warehouse.run("create table held (a int)")
    warehouse.run(f"grant select on table held to {grantee}")
    message = f'{kind} "holder" can\'t be dropped because the {kind} has a privilege on some object'
    with pytest.raises(SqlFailedError, match=message):
        warehouse.run(f"drop {kind} holder")
    warehouse.run(release.format(grantee))
    warehouse.run(f"drop {kind} holder")


def test_materialized_view_is_stale_until_it_is_refreshed(warehouse: Warehouse) -> None:
    stale = "select is_stale, autorefresh from stv_mv_info where name = 'totals'"
    warehouse.run("create table sold (n int)")
    warehouse.run("create materialized view totals auto refresh yes as select sum(n) as n from sold")
    assert warehouse.run(stale) == [["f", "t"]]
    warehouse.run("insert into sold values (3)")
    assert warehouse.run(stale) == [["t", "t"]]
    assert warehouse.run("select n from totals") == [[None]]
    warehouse.run("refresh materialized view totals")
    assert warehouse.run(stale) == [["f", "t"]]
    assert warehouse.run("select n from totals") == [[3]]


def test_history_tells_the_text_and_the_files_of_statements(warehouse: Warehouse) -> None:
    bucket = f"history-{warehouse.account_id}"
    warehouse.client("s3").create_bucket(Bucket=bucket)
    sql = f"unload ('select id, name from shop.orders') to 's3://{bucket}/out/' iam_role default csv"
    number = warehouse.ended(warehouse.submit(sql))["RedshiftQueryId"]
    assert warehouse.run(f"select text from stl_querytext where query = {number}") == [[sql]]
    logged = warehouse.run(f"select path, line_count from stl_unload_log where query = {number}")
    assert logged == [[f"s3://{bucket}/out/0000_part_00", 1]]
    history = "select status, unloaded_rows, unloaded_files_count from sys_unload_history"
    assert warehouse.run(f"{history} where query_id = {number}") == [["success", 1, 1]]


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select * from stv_slices", "does not support the system view stv_slices"),
        ("alter default privileges grant select on tables to x", "does not support ALTER DEFAULT PRIVILEGES"),
        ("set session authorization 'x'", "does not support SET SESSION AUTHORIZATION"),
    ],
)
def test_what_is_not_emulated_is_named(warehouse: Warehouse, sql: str, words: str) -> None:
    with pytest.raises(SqlFailedError, match=words):
        warehouse.run(sql)


@pytest.mark.parametrize(
    "sql",
    ["grant execute on function f(int, varchar) to public", "start transaction", "abort", "show query_group"],
)
def test_statement_is_read(warehouse: Warehouse, sql: str) -> None:
    warehouse.run(sql)
