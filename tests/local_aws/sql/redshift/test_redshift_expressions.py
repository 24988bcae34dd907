"""Redshift's functions, operators and types, each as the documentation gives it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local_aws.redshift_client import SqlFailedError, Warehouse, warehouse

__all__ = ["warehouse"]

VALUES: list[tuple[str, Any]] = [
    # https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html
    ("7 / 2", 3),
    ("-7 / 2", -3),
    ("7 / 2.0", "3.5000"),
    ("cast(10 as decimal(8,2)) / cast(3 as decimal(8,2))", "3.333333333"),
    ("cast(1.5 as decimal(18,4)) * cast(2 as decimal(18,4))", "3.00000000"),
    ("cast(3 as bigint) * cast(1.5 as decimal(18,4))", "4.5000"),
    ("99999999999999.9999::decimal(18,4) + 0.0001::decimal(18,4)", "100000000000000.0000"),
    ("1::float8 / 4", 0.25),
    ("5 % 3", 2),
    ("'1' + 1", 2),
    ("'2.25' * 1.5", "3.375"),
    ("1.5::decimal(3,1) < '1.54'", True),
    ("cast('12.345' as decimal(5,1))", "12.3"),
    ("12.7::int", 13),
    ("trunc(1.567, 1)", "1.5"),
    ("round(2.567, 2)", "2.57"),
    ("ceil(1.2)", "2"),
    # text
    ("'a' || null", None),
    ("'a' || 1", "a1"),
    ("'abcdef'::varchar(3)", "abc"),
    ("len('häuser')", 6),
    ("octet_length('ä')", 2),
    ("charindex('b', 'abc')", 2),
    ("strpos('abc', 'c')", 3),
    ("left('abc', 2) || right('abc', 1)", "abc"),
    ("split_part('a,b,c', ',', 2)", "b"),
    ("substring('abcdef', 2, 3)", "bcd"),
    ("trim(both 'x' from 'xax')", "a"),
    ("lpad('7', 3, '0')", "007"),
    ("initcap('hello big world')", "Hello Big World"),
    ("regexp_substr('abc123', '[0-9]+')", "123"),
    ("regexp_substr('abc', '[0-9]+')", ""),
    ("regexp_replace('a1b2', '[0-9]', '')", "ab"),
    ("regexp_count('abab', 'b')", 2),
    ("md5('a')", "0cc175b9c0f1b6a831c399e269772661"),
    ("sha2('a', 256)", "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb"),
    ("json_extract_path_text('{\"a\":{\"b\":\"c\"}}', 'a', 'b')", "c"),
    ("json_extract_path_text('{\"a\":1}', 'z')", None),
    ("'ABC' ilike 'a%'", True),
    ("'abc' similar to '(a|b)%'", True),
    ("'abc' ~ '^a'", True),
    # NULLs and choices
    ("nvl(null, 2)", 2),
    ("isnull(null, 2)", 2),
    ("nvl2(null, 'set', 'unset')", "unset"),
    ("decode(2, 1, 'one', 2, 'two', 'many')", "two"),
    ("decode(null, null, 'same', 'other')", "same"),
    ("coalesce(null, 1.25)", "1.25"),
    ("case when 1 = 1 then 1 else 2.5 end", "1.0"),
    # dates
    ("dateadd(month, 1, '2010-01-31')", "2010-02-28 00:00:00"),
    ("dateadd(day, -1, '2010-12-01'::date)", "2010-11-30 00:00:00"),
    ("datediff(day, '2010-01-01', '2010-02-01')", 31),
    ("datediff(month, '2010-01-31', '2010-02-01')", 1),
    ("date_part(dow, '2010-12-01'::date)", 3.0),
    ("extract(year from '2010-12-01'::date)", 2010),
    ("date_trunc('week', '2010-12-01'::timestamp)", "2010-11-29 00:00:00"),
    ("last_day('2012-02-10'::date)", "2012-02-29"),
    ("add_months('2010-02-28', 1)", "2010-03-31 00:00:00"),
    ("next_day('2010-12-01', 'Monday')", "2010-12-06"),
    ("trunc('2010-12-01 08:26:00'::timestamp)", "2010-12-01"),
    ("to_char('2010-12-01 08:26:05'::timestamp, 'YYYY-MM-DD HH24:MI:SS')", "2010-12-01 08:26:05"),
    ("to_char('2010-12-01'::date, 'Mon \"of\" YY')", "Dec of 10"),
    ("to_date('01.12.2010', 'DD.MM.YYYY')", "2010-12-01"),
    ("to_timestamp('2010-12-01 08', 'YYYY-MM-DD HH24')", "2010-12-01 08:00:00+00"),
    ("convert_timezone('America/New_York', '2010-12-01 12:00:00')", "2010-12-01 07:00:00"),
    ("'2010-12-02'::date - '2010-12-01'::date", 1),
    ("'2010-12-01'::date + 1", "2010-12-02"),
    ("interval '1 day' + '2010-01-01'::timestamp", "2010-01-02 00:00:00"),
    ("interval '1 day' + interval '2 hours' + '2010-01-01'::timestamp", "2010-01-02 02:00:00"),
    ("interval '1' day + '2010-01-01'::timestamp", "2010-01-02 00:00:00"),
    ("'2010-12-01 08:26:00.250'::timestamp", "2010-12-01 08:26:00.25"),
]


@pytest.mark.parametrize(("sql", "expected"), VALUES, ids=[sql for sql, _ in VALUES])
def test_expression_has_the_documented_value(warehouse: Warehouse, sql: str, expected: Any) -> None:
    [[found]] = warehouse.run(f"select {sql}")
    assert found == expected
    assert type(found) is type(expected)


AGGREGATES: list[tuple[str, Any]] = [
    ("sum(i)", 6),
    ("sum(b)", "6"),
    ("avg(i)", 2),
    ("avg(i * i)", 4),
    ("sum(d)", "4.5000"),
    ("avg(d)", "1.5000"),
    ("count(*)", 3),
    ("count(distinct t)", 2),
    ("approximate count(distinct t)", 2),
    ("min(t) || max(t)", "ab"),
    ("median(i)", 2.0),
    ("percentile_cont(0.5) within group (order by i)", 2.0),
    ("listagg(t, ',') within group (order by i desc)", "b,a,a"),
    ("listagg(distinct t, '|') within group (order by t)", "a|b"),
    ("stddev_pop(i)", pytest.approx(0.816496, abs=1e-6)),
]


@pytest.mark.parametrize(("sql", "expected"), AGGREGATES, ids=[sql for sql, _ in AGGREGATES])
def test_aggregate_has_the_documented_value_and_type(warehouse: Warehouse, sql: str, expected: Any) -> None:
    first = "select 1 as i, 1::bigint as b, 0.5::decimal(18,4) as d, 'a' as t"
    rows = f"{first} union all select 2, 2, 1.5, 'a' union all select 3, 3, 2.5, 'b'"
    [[found]] = warehouse.run(f"select {sql} from ({rows}) as q")
    assert found == expected


WINDOWS: list[tuple[str, list[Any]]] = [
    ("row_number() over (order by i)", [1, 2, 3]),
    ("lag(i) over (order by i)", [None, 1, 2]),
    ("sum(i) over (order by i rows unbounded preceding)", [1, 3, 6]),
    ("avg(i) over ()", [2, 2, 2]),
    ("ratio_to_report(i) over ()", [pytest.approx(1 / 6), pytest.approx(2 / 6), 0.5]),
    (
        "first_value(i ignore nulls) over (order by i rows between unbounded preceding and unbounded following)",
        [1, 1, 1],
    ),
    ("listagg(i::varchar, ',') within group (order by i) over ()", ["1,2,3"] * 3),
]


@pytest.mark.parametrize(("sql", "expected"), WINDOWS, ids=[sql for sql, _ in WINDOWS])
def test_window_function_has_the_documented_values(warehouse: Warehouse, sql: str, expected: list[Any]) -> None:
    found = warehouse.run(
        f"select {sql} as v from (select 1 as i union all select 2 union all select 3) as q order by i"
    )
    assert [row[0] for row in found] == expected


ERRORS = [
    ("select nosuch(1, 'a')", "function nosuch(integer, character varying) does not exist"),
    ("select left('a')", "function left(character varying) does not exist"),
    ("select * from nosuch", 'relation "nosuch" does not exist'),
    ("select * from nosuch.t", 'schema "nosuch" does not exist'),
    ("select nosuch from (select 1 as a) as q", 'column "nosuch" does not exist'),
    ("select count(*) filter (where true) from (select 1) as q", "syntax error"),
    ("select 1 / 0", "division by zero"),
    ("select 'x'::int", 'invalid input syntax for integer: "x"'),
    ("select 99999::decimal(3,0)", "Numeric data overflow"),
    ("select sum('a') from (select 1) as q", 'function sum("unknown") does not exist'),
    ("select true + 1", "function +(boolean, integer) does not exist"),
    (
        "select n from (select 1 as n) as q where n in (select 'x')",
        "operator does not exist: integer = character varying",
    ),
    ("select 1 as a union select 2, 3", "must have the same columns"),
    ("select (select 1, 2)", "subquery must return only one column"),
    ("select a from (select 1 as a) as q order by 5", "position 5 is not in select list"),
    ("selec 1", "syntax error"),
    ("select a from (select 1 as a, 2 as b) as q group by b", 'column "a" must appear in the GROUP BY clause'),
    ("create procedure p() as $$ begin end $$ language plpgsql", "local_aws does not support CREATE PROCEDURE"),
]


@pytest.mark.parametrize(("sql", "message"), ERRORS, ids=[sql for sql, _ in ERRORS])
def test_error_is_in_redshifts_words(warehouse: Warehouse, sql: str, message: str) -> None:
    with pytest.raises(SqlFailedError) as failed:
        warehouse.run(sql)
    assert str(failed.value).startswith("ERROR: ")
    assert message in str(failed.value)


ESCAPES = [
    "select * from read_csv('/etc/passwd')",
    "select * from '/etc/passwd'",
    'select * from "/etc/passwd"',
    "select read_text('/etc/passwd')",
    "select getenv('HOME')",
    "select getvariable('now')",
    "select * from duckdb_settings()",
    "select * from duckdb_tables",
    "select * from _local_aws.relations",
    "select * from sqlite_master",
    "select * from pragma_version()",
    "attach '/tmp/x.db' as x",
    "pragma version",
    "install httpfs",
    "load httpfs",
    "set memory_limit = '1GB'",
    "set enable_external_access to true",
    "copy (select 1) to '/tmp/x.csv'",
    "export database '/tmp/x'",
    "call pragma_version()",
    "create table x as select * from read_parquet('/tmp/x')",
    "insert into nosuch select * from glob('/*')",
    "select current_setting('temp_directory')",
    "create macro m() as 1",
    "checkpoint",
    "describe select 1",
    "from range(3)",
]


@pytest.mark.parametrize("sql", ESCAPES)
def test_no_sql_reaches_files_or_settings_of_the_engine(warehouse: Warehouse, sql: str) -> None:
    with pytest.raises(SqlFailedError, match=r"^ERROR: "):
        warehouse.run(sql)


def test_names_fold_to_lower_case_quoted_or_not(warehouse: Warehouse) -> None:
    identifier = warehouse.submit('select 1 as "Mixed", 2 as UPPER, count(*), 3')
    warehouse.ended(identifier)
    columns = warehouse.data.get_statement_result(Id=identifier)["ColumnMetadata"]
    assert [each["name"] for each in columns] == ["mixed", "upper", "count", "?column?"]


def test_time_follows_the_clock(warehouse: Warehouse, local_aws: Any) -> None:
    from datetime import UTC, datetime

    try:
        local_aws.clock.set(datetime(2010, 12, 1, 8, 26, tzinfo=UTC))
        [[day, instant]] = warehouse.run("select current_date, getdate()")
    finally:
        local_aws.clock.set(datetime.now(UTC))
    assert (day, instant[:16]) == ("2010-12-01", "2010-12-01 08:26")


def test_an_alias_is_usable_in_the_same_select(warehouse: Warehouse) -> None:
    assert warehouse.run("select sum(a) as total, total / 2 as half from (select 5 as a) as q") == [[5, 2]]


def test_a_column_named_like_a_date_part_is_no_date_part(warehouse: Warehouse) -> None:
    sql = "select dateadd(day, 1, d) from (select '2010-12-01'::date as d, 7 as day) as q"
    assert warehouse.run(sql) == [["2010-12-02 00:00:00"]]


def test_nulls_sort_last_ascending_and_first_descending(warehouse: Warehouse) -> None:
    source = "(select 1 as a union all select null union all select 2) as q"
    assert warehouse.run(f"select a from {source} order by a") == [[1], [2], [None]]
    assert warehouse.run(f"select a from {source} order by a desc") == [[None], [2], [1]]


def test_grouping_tells_the_rows_of_totals(warehouse: Warehouse) -> None:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_GROUP_BY_aggregation-extensions.html"""
    sql = "select a, sum(1), grouping(a), grouping(a, b) from (select 1 as a, 2 as b) as q group by rollup(a, b)"
    assert warehouse.run(f"{sql} order by 4") == [[1, 1, 0, 0], [1, 1, 0, 1], [None, 1, 1, 3]]
