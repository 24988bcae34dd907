"""SUPER values through the Data API: navigation, unnesting, what values are, dynamic typing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local_aws.redshift_client import SqlFailedError, Warehouse, warehouse

__all__ = ["warehouse"]

_ORDERS = '[{"p": 1, "q": "x"}, {"p": 2, "q": "y", "n": [5, 6]}]'


@pytest.fixture(scope="module", autouse=True)
def customers(warehouse: Warehouse) -> None:
    warehouse.run("create table customers (a int, s super, o super)")
    warehouse.run(
        "insert into customers select 1, json_parse(:s), json_parse(:o) union all select 2, null, null",
        {"s": '{"x": [1, 2, {"y": "z"}], "k": "v"}', "o": _ORDERS},
    )


CASES: dict[str, tuple[str, list[list[Any]]]] = {
    "path": ("select s.x[0], s.k from customers where a = 1", [["1", '"v"']]),
    "path behind an alias": ("select c.s.x[2].y from customers c where a = 1", [['"z"']]),
    "path that leads nowhere": ("select s.nope.x[9] from customers where a = 1", [[None]]),
    "path out of a derived table": ("select q.s.k from (select s, a from customers) q where a = 1", [['"v"']]),
    "cast": ("select s.x[0]::int + 1, s.k::varchar from customers where a = 1", [[2, "v"]]),
    "comparison with a text": ("select a from customers where s.k = 'v'", [[1]]),
    "comparison with a number": ("select a from customers where s.x[1] > 1", [[1]]),
    "text is no number": ("select a from customers where s.k > 1", []),
    "unnested": (
        "select c.a, o.p, o.q from customers c, c.o o order by o.p::int",
        [[1, "1", '"x"'], [1, "2", '"y"']],
    ),
    "unnested with index": (
        "select o.p, i from customers c, c.o as o at i order by i",
        [["1", 0], ["2", 1]],
    ),
    "unnested twice": ("select o.p, n from customers c, c.o o, o.n n where o.q = 'y' and n > 5", [["2", "6"]]),
    "grouped by a path": (
        "select o.q::varchar q, count(*) from customers c, c.o o group by 1 order by 1",
        [["x", 1], ["y", 1]],
    ),
    "types": (
        "select json_typeof(s.x), is_array(s.x), is_object(s), get_array_length(s.x) from customers where a = 1",
        [["array", True, True, 3]],
    ),
    "arrays": (
        "select array(1, 'x'), array_concat(array(1), array(2)), subarray(array(1,2,3), 1, 2)",
        [['[1,"x"]', "[1,2]", "[2,3]"]],
    ),
    "flattened": ("select array_flatten(array(array(1), array(2)))", [["[1,2]"]]),
    "split": ("select split_to_array('a|b', '|'), object('k', 1)", [['["a","b"]', '{"k":1}']]),
}


@pytest.mark.parametrize(("sql", "expected"), CASES.values(), ids=CASES.keys())
def test_super_is_read(warehouse: Warehouse, sql: str, expected: list[list[Any]]) -> None:
    assert warehouse.run(sql) == expected


def test_select_into_makes_a_table(warehouse: Warehouse) -> None:
    assert warehouse.run("select a into chosen from customers") == 2
    assert warehouse.run("select * from chosen order by 1") == [[1], [2]]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("select x.* from customers", 'missing FROM-clause entry for table "x"'),
        ("select sum('a'::varchar)", "function sum"),
    ],
)
def test_failures_are_in_redshifts_words(warehouse: Warehouse, sql: str, message: str) -> None:
    with pytest.raises(SqlFailedError, match=message):
        warehouse.run(sql)


PATHS: list[tuple[str, list[list[Any]]]] = [
    (
        "select o.n, o.p, i from people c, c.s.orders as o at i where id = 1 order by 1",
        [["1", "2.5", 0], ["2", "3", 1]],
    ),
    ("select attr, val from people c, unpivot c.s.addr as val at attr order by 1", [["city", '"X"'], ["zip", '"01"']]),
    (
        "select id, count(o) from people c left join c.s.orders o on true group by id order by 1",
        [[1, 2], [2, 0], [3, 0]],
    ),
    ("select c.id, (select count(*) from c.s.orders o) from people c order by 1", [[1, 2], [2, 0], [3, 0]]),
    ("select t from people c, c.s.orders o, o.tags t order by 1", [['"a"'], ['"b"']]),
    ("select s.name || '!' from people where id = 1", [["Ann!"]]),
    ("select id from people where s.addr is null order by 1", [[2], [3]]),
    ("select sum(o.p::decimal(10,2)) from people c, c.s.orders o", [["5.50"]]),
]


@pytest.mark.parametrize(("sql", "rows"), PATHS, ids=[sql for sql, _ in PATHS])
def test_paths_lead_into_values_from_every_clause(warehouse: Warehouse, sql: str, rows: list[list[Any]]) -> None:
    warehouse.run("create table if not exists people (id int, s super)")
    warehouse.run("truncate people")
    ann = '{"name":"Ann","orders":[{"n":1,"p":2.5,"tags":["a","b"]},{"n":2,"p":3}],"addr":{"city":"X","zip":"01"}}'
    warehouse.run(
        f"insert into people values (1, json_parse('{ann}')), (2, json_parse('{{\"addr\":null}}')), (3, null)"
    )
    assert warehouse.run(sql) == rows


@pytest.mark.parametrize(
    ("sql", "words"),
    [
        ("select upper(json_parse('\"a\"'))", r"function upper\(super\) does not exist"),
        ("select sum(json_parse('1'))", r"does not support sum\(\) of SUPER values without a cast"),
    ],
)
def test_what_needs_a_cast_says_so(warehouse: Warehouse, sql: str, words: str) -> None:
    with pytest.raises(SqlFailedError, match=words):
        warehouse.run(sql)
