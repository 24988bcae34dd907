"""What a column makes of the values that are put into it, by whichever statement."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local_aws.redshift_client import SqlFailedError, Warehouse, warehouse

__all__ = ["warehouse"]

TAKEN: list[tuple[str, str, Any]] = [
    ("varchar(3)", "'abc   '", "abc"),
    ("varchar(3)", "'a   '", "a  "),
    ("varchar(4)", "'é   '", "é  "),
    ("char(3)", "'ab   '", "ab"),
    ("varchar(10)", "1.5::float8", "1.5"),
    ("varchar(10)", "3::float8", "3"),
    ("date", "'02/01/2023'", "2023-02-01"),
    ("date", "'20230102'", "2023-01-02"),
    ("timestamp", "'Jan 5, 2011 10:00'", "2011-01-05 10:00:00"),
    ("timestamp", "'2011-01-01 10:00:00+05'", "2011-01-01 10:00:00"),
    ("timestamp", "date '2011-01-01'", "2011-01-01 00:00:00"),
    ("timestamptz", "'2011-01-01 10:00:00+05'", "2011-01-01 05:00:00+00"),
    ("decimal(5,2)", "1.005", "1.01"),
    ("decimal(5,2)", "'12.345'", "12.35"),
    ("smallint", "1.5", 2),
    ("int", "' 7 '", 7),
    ("super", "'[1]'", '"[1]"'),
    ("super", "json_parse('[1]')", "[1]"),
    ("super", "1.5", "1.5"),
    ("boolean", "'t'", True),
]


@pytest.mark.parametrize(("kind", "value", "expected"), TAKEN, ids=[f"{kind} {value}" for kind, value, _ in TAKEN])
def test_every_writing_statement_makes_the_same_of_a_value(
    warehouse: Warehouse, kind: str, value: str, expected: Any
) -> None:
    warehouse.run("drop table if exists held")
    warehouse.run(f"create table held (how varchar(10), v {kind})")
    warehouse.run(f"insert into held values ('values', {value}), ('set', null)")
    warehouse.run(f"insert into held select 'select', {value}")
    warehouse.run(f"update held set v = {value} where how = 'set'")
    found = dict(warehouse.run("select how, v from held"))
    assert found == {"values": expected, "select": expected, "set": expected}


REFUSED = [
    ("varchar(3)", "'abcd'", "Value too long for type character varying(3)"),
    ("varchar(3)", "'éé'", "Value too long for type character varying(3)"),
    ("char(3)", "'abcd'", "Value too long for type character(3)"),
    ("char(3)", "'é'", "Multibyte character not supported for CHAR"),
    ("decimal(5,2)", "1000", "Numeric data overflow"),
    ("smallint", "40000", "Value out of range for 2 bytes"),
    ("int", "'1.5'", 'invalid input syntax for integer: "1.5"'),
    ("int", "'x'", 'invalid input syntax for integer: "x"'),
    ("date", "'nonsense'", 'invalid input syntax for type date: "nonsense"'),
    ("boolean", "'maybe'", 'invalid input syntax for type boolean: "maybe"'),
]


@pytest.mark.parametrize(("kind", "value", "words"), REFUSED, ids=[f"{kind} {value}" for kind, value, _ in REFUSED])
def test_value_that_does_not_fit_is_an_error(warehouse: Warehouse, kind: str, value: str, words: str) -> None:
    warehouse.run("drop table if exists refused")
    warehouse.run(f"create table refused (v {kind})")
    for sql in (f"insert into refused values ({value})", f"insert into refused select {value}"):
        with pytest.raises(SqlFailedError) as caught:
            warehouse.run(sql)
        assert words in str(caught.value)
    assert warehouse.run("select count(*) from refused") == [[0]]


def test_types_survive_every_way_through_a_query(warehouse: Warehouse) -> None:
    """Division and averages depend on types: these must be known wherever a column comes from."""
    warehouse.run("create table typed_rows (i int, n decimal(12,2))")
    warehouse.run("insert into typed_rows values (7, 1.00), (8, 2.01), (9, 2.00)")
    for source in (
        "typed_rows",
        "(select i, n from typed_rows)",
        "(select i, n from typed_rows) as v(i, n)",
        "(select * from (select i, n from typed_rows))",
        "(select i, n from typed_rows union all select i, n from typed_rows where false)",
        "(select distinct i, n from typed_rows order by 1 limit 10)",
    ):
        assert warehouse.run(f"select avg(i), avg(n), max(i) / 2, max(n) / 3 from {source}") == [
            [8, "1.67", 4, "0.6700000000000"]
        ], source
    sql = (
        "with a(x, y) as (select i, n from typed_rows), b as (select * from a) select avg(x), avg(y), max(x) / 2 from b"
    )
    assert warehouse.run(sql) == [[8, "1.67", 4]]


def test_functions_of_sql_are_put_in_place_of_their_calls(warehouse: Warehouse) -> None:
    body = "$$ select case when $1 > $2 then $1 else $2 end $$"
    warehouse.run(f"create function f_greater (float, float) returns float stable as {body} language sql")
    warehouse.run("create function f_more (float) returns float stable as $$ select f_greater($1, 4) $$ language sql")
    warehouse.run(
        "create or replace function public.f_half (int) returns int immutable as $$ select $1 / 2 $$ language sql"
    )
    assert warehouse.run("select f_more(f_greater(3, 9)), f_more(1), public.f_half(9), f_half(9) / 3") == [
        [9.0, 4.0, 4, 1]
    ]
    warehouse.run("create view halves as select f_half(7) as h")
    assert warehouse.run("select h from halves") == [[3]]
    warehouse.run("drop function f_half (int)")
    with pytest.raises(SqlFailedError, match=r"function f_half\(integer\) does not exist"):
        warehouse.run("select f_half(1)")


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("create function f_w (int) returns int stable as $$ select $2 $$ language sql", r"there is no parameter \$2"),
        ("create function f_w (int) returns int stable as $$ select 1 from t $$ language sql", "without FROM"),
        ("create function f_w (int) returns int stable as $$ return 1 $$ language plpythonu", "LANGUAGE PLPYTHONU"),
        ("create function f_w (int) returns int as $$ select 1 $$ language sql", 'syntax error at or near "as"'),
        ("create procedure p() as $$ begin end $$ language plpgsql", "does not support CREATE PROCEDURE"),
        ("selct 1", 'syntax error at or near "selct"'),
        ("select 1 +", "syntax error at end of input"),
        ("select 'abc", 'unterminated quoted string at or near "\'abc"'),
        ("select distinct on (1) 1", "SELECT DISTINCT ON is not supported"),
        ("analyze compression t", "does not support ANALYZE COMPRESSION"),
        ("cancel 5", "does not support CANCEL statements"),
        ("select 1 union select 'x'", 'invalid input syntax for integer: "x"'),
    ],
)
def test_what_is_wrong_is_said_in_redshifts_words(warehouse: Warehouse, sql: str, words: str) -> None:
    with pytest.raises(SqlFailedError, match=words):
        warehouse.run(sql)


PARTS = """
insert into part values ('prop', 'local', 2, 10.00), ('prop', 'big', null, 9.00), ('prop', 'small', 1, 12.00),
('rudder', 'local', 1, 2.50), ('rudder', 'big', 2, 3.75), ('rudder', 'small', null, 1.90),
('wing', 'local', null, 7.50), ('wing', 'big', 1, 15.20), ('wing', 'small', null, 11.80)
"""
PIVOTS = [
    (
        "select * from (select partname, price from part) pivot (avg(price) for partname in"
        " ('prop', 'rudder', 'wing'))",
        ["prop", "rudder", "wing"],
        [["10.33", "2.71", "11.50"]],
    ),
    (
        "select * from (select quality, maker from part) pivot (count(*) for quality in (1, 2, null)) order by maker",
        ["maker", "1", "2", "null"],
        [["big", 1, 1, 1], ["local", 1, 1, 1], ["small", 1, 0, 2]],
    ),
    (
        "select * from (select quality, maker from part) pivot (count(*) as n for quality in (1 as high, null as na))"
        " order by maker",
        ["maker", "high_n", "na_n"],
        [["big", 1, 1], ["local", 1, 1], ["small", 1, 2]],
    ),
    (
        "select * from colors unpivot (cnt for color in (red, green as g)) order by quality, color",
        ["quality", "color", "cnt"],
        [["high", "g", 20], ["high", "red", 15], ["normal", "red", 35]],
    ),
    (
        "select * from colors unpivot include nulls (cnt for color in (red, green)) order by quality, color",
        ["quality", "color", "cnt"],
        [["high", "green", 20], ["high", "red", 15], ["normal", "green", None], ["normal", "red", 35]],
    ),
]


@pytest.mark.parametrize(("sql", "names", "rows"), PIVOTS, ids=[str(n) for n in range(len(PIVOTS))])
def test_pivot_and_unpivot_give_the_documented_rows(
    warehouse: Warehouse, sql: str, names: list[str], rows: list[list[Any]]
) -> None:
    warehouse.run("drop table if exists part")
    warehouse.run("drop table if exists colors")
    warehouse.run("create table part (partname varchar, maker varchar, quality int, price decimal(12,2))")
    warehouse.run(PARTS)
    warehouse.run("create table colors (quality varchar, red int, green int)")
    warehouse.run("insert into colors values ('high', 15, 20), ('normal', 35, null)")
    identifier = warehouse.submit(sql)
    assert warehouse.ended(identifier)["Status"] == "FINISHED"
    assert warehouse.rows(identifier) == rows
    columns = warehouse.data.get_statement_result(Id=identifier)["ColumnMetadata"]
    assert [each["name"] for each in columns] == names


def test_session_functions_tell_of_the_connection(warehouse: Warehouse) -> None:
    sql = "select current_user_id, pg_backend_pid() > 0, current_schemas(true), has_schema_privilege('public', 'usage')"
    assert warehouse.run(sql) == [[100, True, "{pg_catalog,public}", True]]
    with pytest.raises(SqlFailedError, match='unrecognized privilege type: "fly"'):
        warehouse.run("select has_table_privilege('pg_class', 'fly')")


def test_value_of_an_assignment_may_be_a_query(warehouse: Warehouse) -> None:
    warehouse.run("create table assigned_to (id int, t varchar(5))")
    warehouse.run("insert into assigned_to values (1, 'a'), (2, 'b')")
    warehouse.run("update assigned_to set t = (select max(t) from assigned_to), id = (select 5) where id = 1")
    assert warehouse.run("select id, t from assigned_to order by 1") == [[2, "b"], [5, "b"]]
