"""Examples of the Developer Guide's pages, and what their pages say of the borders, against what comes out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local_aws.redshift_client import SqlFailedError, Warehouse, warehouse

__all__ = ["warehouse"]

DATEDIFFS: list[tuple[str, str, str, int]] = [
    ("week", "2009-01-01", "2009-12-31", 52),  # the page's
    ("qtr", "1998-07-01", "2008-07-01", 40),  # the page's
    ("week", "2024-01-07", "2024-01-08", 1),
    ("week", "2024-01-08", "2024-01-14", 0),
    ("week", "2019-12-31", "2019-12-27", -1),
    ("week", "2019-12-31 00:00", "2020-01-06 02:00", 1),
    ("millennium", "2000-12-31", "2001-01-01", 1),
    ("century", "2000-12-31", "2001-01-01", 1),
    ("decade", "2009-12-31", "2010-01-01", 1),
    ("year", "2001-01-01", "2000-12-31", -1),
    ("quarter", "2000-12-31", "2001-01-01", 1),
    ("month", "2024-01-31", "2024-02-01", 1),
    ("day", "2000-12-31 23:00", "2001-01-01", 1),
    ("hour", "2009-12-31 23:59:59", "2010-01-01 00:00:01", 1),
    ("minute", "2009-12-31 23:59:59", "2010-01-01", 1),
    ("second", "2024-01-01 00:00:00.9", "2024-01-01 00:00:01.1", 1),
    ("millisecond", "2024-01-01 00:00:00.001", "2024-01-01 00:00:00.0019", 0),
    ("microsecond", "2024-01-01 00:00:00.001", "2024-01-01 00:00:00.0019", 900),
]


@pytest.mark.parametrize(("part", "first", "last", "expected"), DATEDIFFS)
def test_datediff_counts_the_boundaries_crossed(
    warehouse: Warehouse, part: str, first: str, last: str, expected: int
) -> None:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_DATEDIFF_function.html"""
    assert warehouse.run(f"select datediff({part}, '{first}'::timestamp, '{last}'::timestamp)") == [[expected]]


EXAMPLES: dict[str, Any] = {
    "log(100)": 2.0,  # r_LOG.html
    "log(2, 8)": 3.0,
    "'tomorrow'::date - 'yesterday'::date": 2,  # r_Date_and_time_literals.html
    "'today'::date = current_date": True,
    "'now'::timestamp > 'today'::timestamp": True,
    "len(12345)": 5,  # c_Supported_data_types.html, implicit conversion to texts
    "upper(1)": "1",
    "left(12345, 2)": "12",
    "replace(123, 2, 'x')": "1x3",
    "trim(5)": "5",
    "substring(12345, 2, 2)": "23",
    "left('2020-01-31'::date, 7)": "2020-01",
    "split_part(10.25, '.', 2)": "25",
}


@pytest.mark.parametrize(("expression", "expected"), EXAMPLES.items())
def test_example_of_a_page(warehouse: Warehouse, expression: str, expected: Any) -> None:
    assert warehouse.run(f"select {expression}") == [[expected]]


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select sqrt(-1)", "cannot take square root of a negative number"),
        ("select ln(0)", "cannot take logarithm of zero"),
        ("select log(-1)", "cannot take logarithm of a negative number"),
        ("select 'infinity'::timestamp", 'invalid input syntax for type timestamp: "infinity"'),
        ("select '-infinity'::date", 'invalid input syntax for type date: "-infinity"'),
        ("select 1 except all select 1", "EXCEPT ALL is not supported"),
        ("select 1 intersect all select 1", "INTERSECT ALL is not supported"),
        ("select 1 as a sort by a", 'syntax error at or near "sort"'),
        ("select 1 as a connect by a = 1", "does not support CONNECT BY"),
        ("select top 1 percent 1", 'syntax error at or near "percent"'),
        ("select 1 from (select 1 x) a, (select 1 x) a", 'table name "a" specified more than once'),
        ("with x as (select 1 as n) insert into t select n from x", 'syntax error at or near "insert"'),
    ],
)
def test_what_redshift_refuses_is_refused(warehouse: Warehouse, sql: str, words: str) -> None:
    with pytest.raises(SqlFailedError, match=words):
        warehouse.run(sql)


def test_with_stands_before_update_and_delete(warehouse: Warehouse) -> None:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_DELETE.html, r_UPDATE.html"""
    warehouse.run("create table named (a int, b varchar(5))")
    warehouse.run("insert into named values (1, 'x'), (2, 'y'), (3, 'z')")
    assert warehouse.run("with x as (select 1 as a) delete from named using x where named.a = x.a") == 1
    assert warehouse.run("with x as (select 2 as a) update named set b = 'q' from x where named.a = x.a") == 1
    assert warehouse.run("with x as (select 3 as a) update named set b = 'r' where a in (select a from x)") == 1
    assert warehouse.run("select * from named order by a") == [[2, "q"], [3, "r"]]
    with pytest.raises(SqlFailedError, match="INSERT has more target columns than expressions"):
        warehouse.run("insert into named (a, b) values (1)")


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("delete from kept where a = 1 limit 1", "limit"),
        ("delete from kept where a = 1 order by a", "order"),
        ("delete from kept returning a", "returning"),
        ("update kept set a = 2 returning a", "returning"),
        ("update kept set a = 2 limit 1", "limit"),
        ("truncate kept restart identity", "restart"),
    ],
)
def test_clause_of_another_dialect_changes_nothing(warehouse: Warehouse, sql: str, word: str) -> None:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_DELETE.html, r_UPDATE.html, r_TRUNCATE.html"""
    warehouse.run("drop table if exists kept")
    warehouse.run("create table kept as select 1 as a union all select 1")
    with pytest.raises(SqlFailedError, match=f'syntax error at or near "{word}"'):
        warehouse.run(sql)
    assert warehouse.run("select count(*) from kept where a = 1") == [[2]]


def test_overload_by_types_is_refused_by_name(warehouse: Warehouse) -> None:
    warehouse.run("create function twofold(int) returns int stable as $$ select $1 + 1 $$ language sql")
    with pytest.raises(SqlFailedError, match="differ in the types of their arguments alone"):
        warehouse.run("create function twofold(varchar) returns varchar stable as $$ select $1 $$ language sql")
    with pytest.raises(SqlFailedError, match="already exists with same argument types"):
        warehouse.run("create function twofold(int) returns int stable as $$ select $1 $$ language sql")
    warehouse.run("create function twofold(int, int) returns int stable as $$ select $1 * $2 $$ language sql")
    assert warehouse.run("select twofold(3), twofold(3, 4)") == [[4, 12]]


def test_name_with_a_hash_is_a_temporary_table(warehouse: Warehouse) -> None:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_TABLE_NEW.html (table_name)"""
    found = warehouse.batch(["create table #kept (a int)", "insert into #kept values (1)", "select a from #kept"])
    assert found["Status"] == "FINISHED", found["Error"]
    with pytest.raises(SqlFailedError, match="does not exist"):
        warehouse.run("select * from #kept")
