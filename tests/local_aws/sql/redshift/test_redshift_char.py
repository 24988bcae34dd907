"""CHAR: blanks at the end count neither in comparisons nor for lengths."""

from __future__ import annotations

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
