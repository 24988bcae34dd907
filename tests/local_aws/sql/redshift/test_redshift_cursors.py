"""Cursors, over a batch and over a session. https://docs.aws.amazon.com/redshift/latest/dg/declare.html"""

from __future__ import annotations

from typing import Any

import pytest

from tests.local_aws.redshift_client import SqlFailedError, Warehouse, warehouse

__all__ = ["warehouse"]


@pytest.fixture(scope="module")
def numbers(warehouse: Warehouse) -> Warehouse:
    warehouse.run("create table numbers as select 1 as n union all select 2 union all select 3 union all select 4")
    return warehouse


def fetched(warehouse: Warehouse, *statements: str) -> list[Any]:
    """The rows of each FETCH of a batch."""
    found = warehouse.batch(statements)
    assert found["Status"] == "FINISHED", found["Error"]
    return [warehouse.rows(part["Id"]) for part in found["SubStatements"] if part["HasResultSet"]]


def test_rows_are_fetched_in_order_until_none_is_left(numbers: Warehouse) -> None:
    assert fetched(
        numbers,
        "declare c cursor for select n, 'x' as t from numbers order by n desc",
        "fetch next from c",
        "fetch forward 2 from c",
        "fetch from c",
        "fetch all from c",
        "close c",
    ) == [[[4, "x"]], [[3, "x"], [2, "x"]], [[1, "x"]], []]


def test_cursor_shows_the_rows_of_its_declaration(numbers: Warehouse) -> None:
    rows = fetched(
        numbers,
        "create temp table seen as select * from numbers",
        "declare c cursor for select count(*) from seen",
        "delete from seen",
        "fetch all from c",
    )
    assert rows == [[[4]]]


def test_session_fetches_between_begin_and_commit(numbers: Warehouse) -> None:
    begun = numbers.data.execute_statement(Sql="begin", SessionKeepAliveSeconds=60, **numbers.place)
    numbers.ended(begun["Id"])
    session = {"SessionId": begun["SessionId"]}
    numbers.run("declare c cursor for select n from numbers order by n", **session)
    assert numbers.run("fetch forward 3 from c", **session) == [[1], [2], [3]]
    numbers.run("commit", **session)
    with pytest.raises(SqlFailedError, match='cursor "c" does not exist'):
        numbers.run("fetch next from c", **session)


@pytest.mark.parametrize(
    ("statements", "words"),
    [
        (["declare c cursor for select 1", "fetch all from d"], 'cursor "d" does not exist'),
        (["declare c cursor for select 1", "declare c cursor for select 1"], 'cursor "c" already exists'),
        (["declare c cursor for select 1", "close c", "fetch all from c"], 'cursor "c" does not exist'),
        (["declare c cursor for select 1 from nosuch"], 'relation "nosuch" does not exist'),
        (["declare c cursor for delete from numbers"], 'syntax error at or near "delete"'),
    ],
)
def test_wrong_use_is_named(numbers: Warehouse, statements: list[str], words: str) -> None:
    assert words in numbers.batch(statements)["Error"]


def test_cursor_needs_a_transaction(numbers: Warehouse) -> None:
    with pytest.raises(SqlFailedError, match="DECLARE CURSOR may only be used in transaction blocks"):
        numbers.run("declare c cursor for select 1")
