"""CHAR: blanks at the end count neither in comparisons nor for lengths."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local_aws.redshift_client import Warehouse, warehouse

__all__ = ["warehouse"]


@pytest.fixture(scope="module", autouse=True)
def tables(warehouse: Warehouse) -> None:
    for sql in (
        "create table coded (code char(5), name varchar(10))",
        "insert into coded values ('ab  ', 'ab  '), ('b', 'x')",
        "insert into coded select 'cd'::varchar || '   ', 'cd '",
        "update coded set code = 'b  ' where name = 'x'",
    ):
        warehouse.run(sql)


CONDITIONS: dict[str, tuple[str, list[str]]] = {
    "literal with blanks": ("code = 'ab   '", ["ab"]),
    "literal without blanks": ("code = 'ab'", ["ab"]),
    "literal on the left": ("'ab  ' = code", ["ab"]),
    "unequal": ("code <> 'ab  '", ["b", "cd"]),
    "less": ("code < 'b  '", ["ab"]),
    "between": ("code between 'ab ' and 'b '", ["ab", "b"]),
    "in a list": ("code in ('ab ', 'cd  ')", ["ab", "cd"]),
    "with a varchar column": ("code = name", ["ab", "cd"]),
    "with an expression": ("code = 'a' || 'b '", ["ab"]),
    "simple case": ("case code when 'ab ' then 1 else 0 end = 1", ["ab"]),
    "varchar keeps its blanks in lengths": ("len(name) = 4", ["ab"]),
    "leading blanks count": ("code = ' ab'", []),
}


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS.values(), ids=CONDITIONS)
def test_char_is_compared_without_blanks_at_the_end(warehouse: Warehouse, condition: str, expected: list[str]) -> None:
    assert warehouse.run(f"select code from coded where {condition} order by code") == [[each] for each in expected]


def test_blanks_beyond_the_length_are_cut(warehouse: Warehouse) -> None:
    warehouse.run("create table short (c char(2))")
    warehouse.run("insert into short values ('ab      ')")
    warehouse.run("create table copied as select c from short")
    assert warehouse.run("select c, len(c) from copied") == [["ab", 2]]


def test_groups_and_joins_take_no_notice_of_blanks(warehouse: Warehouse) -> None:
    assert warehouse.run("select count(*) from coded a join coded b on a.code = b.name") == [[2]]
    assert warehouse.run("select count(distinct code) from coded") == [[3]]


GROUPED: dict[str, tuple[str, list[list[Any]]]] = {
    "group": ("select rtrim(v), count(*) from blank group by v order by v", [["a", 3], ["b", 1]]),
    "group by name": (
        "select v as k, count(*) from blank where n not in (2, 3) group by k order by 1",
        [["a", 1], ["b", 1]],
    ),
    "group by position": (
        "select upper(v), count(*) from blank where n > 2 group by 1 order by 1",
        [["A ", 1], ["B", 1]],
    ),
    "shown as it is": ("select v, max(n) over (partition by v) from blank where n = 2 group by v, n", [["a  ", 2]]),
    "group by all": ("select v, count(*) from blank group by all order by 1", [["a", 3], ["b", 1]]),
    "rollup": (
        "select v, count(*) from blank group by rollup(v) order by 2, 1",
        [["b", 1], ["a", 3], [None, 4]],
    ),
    "aggregates see the blanks": (
        "select v, listagg(len(v), ',') within group (order by n) from blank group by v having v <> 'b'",
        [["a", "1,3,2"]],
    ),
    "distinct": ("select distinct v from blank order by v", [["a"], ["b"]]),
    "count distinct": ("select count(distinct v) from blank", [[2]]),
    "union": ("select v from blank union select 'a ' order by 1", [["a"], ["b"]]),
    "intersect": ("select v from blank intersect select 'a   '", [["a"]]),
    "except": ("select v from blank except select 'a   '", [["b"]]),
    "window": (
        "select n, row_number() over (partition by v order by n) from blank order by n",
        [[1, 1], [2, 2], [3, 3], [4, 1]],
    ),
    "rows as they are": ("select len(v) from blank order by n", [[1], [3], [2], [1]]),
}


@pytest.mark.parametrize(("sql", "expected"), GROUPED.values(), ids=GROUPED)
def test_varchar_is_grouped_without_blanks_at_the_end(
    warehouse: Warehouse, sql: str, expected: list[list[Any]]
) -> None:
    warehouse.run("create table if not exists blank (v varchar(10), n int)")
    warehouse.run("truncate blank")
    warehouse.run("insert into blank values ('a', 1), ('a  ', 2), ('a ', 3), ('b', 4)")
    assert warehouse.run(sql) == expected
