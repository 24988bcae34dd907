"""SUPER values in expressions: by the type that each has when the query runs.

The rules are those of https://docs.aws.amazon.com/redshift/latest/dg/operators-functions.html and
https://docs.aws.amazon.com/redshift/latest/dg/super-configurations.html.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.local_aws.redshift_client import SqlFailedError, Warehouse, warehouse

__all__ = ["warehouse"]

ROWS = (
    '{"a":1,"b":[10,20,{"z":3}],"n":null,"t":"abc","d":1.5,"o":[{"k":9},{"k":10}]}',
    '{"a":"1","b":[],"t":"12","d":10}',
    '{"a":9,"b":7,"t":"zz","d":1e2}',
)

CASES: dict[str, tuple[str, list[list[Any]]]] = {
    "text beside number is NULL": ("select c.a + 1 from v order by id", [["2"], [None], ["10"]]),
    "texts are joined by +": ("select c.t + c.t from v where id = 1", [['"abcabc"']]),
    "texts are not subtracted": ("select c.t - c.t from v where id = 1", [[None]]),
    "decimals keep their digits": ("select c.d * 2 from v where id = 1", [["3.0"]]),
    "integers divide to an integer": ("select c.d / 3 from v where id = 2", [["3"]]),
    "floating-point numbers stay so": ("select c.d + 0.5 from v where id = 3", [["100.5"]]),
    "scale of a division": (
        "select (c.k + 0.5) * c.k / 10 from (select json_parse('{\"k\":4192984}') as c)",
        [["1758111692074.8000"]],
    ),
    "sign": ("select -c.d, -c.t from v where id = 1", [["-1.5", None]]),
    "functions of numbers": (
        "select floor(c.d), ceil(c.d), round(c.d), trunc(c.d), abs(c.d), floor(c.t) from v where id = 1",
        [["1", "2", "2", "1", "1.5", None]],
    ),
    "text is no number in a comparison": ("select id from v where c.a = 1 or c.a <> 1 order by 1", [[1], [3]]),
    "numbers in a list": ("select id from v where c.a in (1, 9) order by 1", [[1], [3]]),
    "numbers of a subquery": (
        "select id from v where c.a in (select 9) or c.a = any (select 1) order by 1",
        [[1], [3]],
    ),
    "texts of a subquery": ("select id from v where c.t in (select 'abc')", [[1]]),
    "texts not of a subquery": ("select id from v where c.t not in (select 'abc') order by 1", [[2], [3]]),
    "more than all": ("select id from v where c.a > all (select 5)", [[3]]),
    "numbers between": ("select id from v where c.a between 0 and 5", [[1]]),
    "two values as numbers": ("select id from v where c.d > c.a order by 1", [[1], [3]]),
    "joined by value": ("select l.id from v l join v r on l.c.d = r.c.d order by 1", [[1], [2], [3]]),
    "pattern": ("select id from v where c.t like 'a%'", [[1]]),
    "ordered as numbers": ("select c.d from v order by c.d", [["1.5"], ["10"], ["100.0"]]),
    "ordered by name": ("select c.d as x from v order by x desc", [["100.0"], ["10"], ["1.5"]]),
    "ordered by position": ("select c.d from v order by 1", [["1.5"], ["10"], ["100.0"]]),
    "windows order them": (
        "select id, rank() over (order by c.d desc) from v order by 1",
        [[1, 3], [2, 2], [3, 1]],
    ),
    "extremes": ("select min(c.d), max(c.d) from v", [["1.5", "100.0"]]),
    "computed index": ("select c.b[id] from v order by id", [["20"], [None], [None]]),
    "computed name": ("select c[lower('T')] from v where id = 2", [['"12"']]),
    "cast gives NULL for what cannot be cast": (
        "select c.b::int, c.t::int from v order by id",
        [[None, None], [None, 12], [7, None]],
    ),
    "cast rounds": ("select c.d::int from v where id = 1", [[2]]),
    "arrays are no text": ("select c.b::varchar from v order by id", [[None], [None], ["7"]]),
    "whole numbers are truth values": ("select 5::super::bool, 5.0::super::bool", [[True, None]]),
}


@pytest.fixture(scope="module")
def values(warehouse: Warehouse) -> Warehouse:
    warehouse.run("create table v (id int, c super)")
    for number, text in enumerate(ROWS, 1):
        warehouse.run(f"insert into v select {number}, json_parse('{text}')")
    return warehouse


@pytest.mark.parametrize(("sql", "expected"), CASES.values(), ids=CASES.keys())
def test_value_counts_by_its_own_type(values: Warehouse, sql: str, expected: list[list[Any]]) -> None:
    assert values.run(sql) == expected


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select c.a + 9223372036854775807 from v where id = 1", "bigint out of range"),
        ("select c.a / 0 from v where id = 1", "division by zero"),
        ("select c.d from v union all select c.d from v order by d", "ORDER BY of SUPER values over a UNION"),
        ("select x[1] from (select 'ab'::varchar as x)", "cannot subscript type character varying"),
        ("select upper(c.t) from v", r"function upper\(super\) does not exist"),
        ("select sum(c.d) from v", r"does not support sum\(\) of SUPER values without a cast"),
    ],
)
def test_what_has_no_value_says_so(values: Warehouse, sql: str, words: str) -> None:
    with pytest.raises(SqlFailedError, match=words):
        values.run(sql)


def test_column_of_a_path_is_named_for_the_attribute(values: Warehouse) -> None:
    found = values.ended(values.submit("select c.d, c.b[0], c.o[0].k from v"))
    described = values.data.get_statement_result(Id=found["Id"])["ColumnMetadata"]
    assert [each["label"] for each in described] == ["d", "b", "k"]
