"""SQL text between the file and AWS: split, counted, bound; never changed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from aws_warehouse.sql import Statement, bind, deal, literal, statements


def texts(sql: str, dialect: str = "redshift") -> list[str]:
    return [statement.text for statement in statements(sql, ["x.sql"], dialect)]


@pytest.mark.parametrize("dialect", ["redshift", "athena"])
@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        pytest.param("SELECT 1; SELECT 2;", ["SELECT 1", "SELECT 2"], id="two"),
        pytest.param("SELECT ';' AS a;\n", ["SELECT ';' AS a"], id="semicolon in text"),
        pytest.param("SELECT 'it''s; so'; SELECT 2", ["SELECT 'it''s; so'", "SELECT 2"], id="doubled quote"),
        pytest.param('SELECT 1 AS "a;b"; SELECT 2', ['SELECT 1 AS "a;b"', "SELECT 2"], id="semicolon in a name"),
        pytest.param("-- first; not the end\nSELECT 1;", ["-- first; not the end\nSELECT 1"], id="in a line comment"),
        pytest.param("SELECT /* a; b */ 1; SELECT 2", ["SELECT /* a; b */ 1", "SELECT 2"], id="in a block comment"),
        pytest.param("SELECT 1;;\n;-- the end\n", ["SELECT 1"], id="empty statements and a last comment"),
    ],
)
def test_statements_end_at_semicolons_outside_text_and_comments(sql: str, expected: list[str], dialect: str) -> None:
    assert texts(sql, dialect) == expected


def test_dollar_quoted_body_is_one_statement() -> None:
    sql = "CREATE PROCEDURE p() AS $$ BEGIN SELECT 1; END; $$ LANGUAGE plpgsql; SELECT 2"
    assert len(texts(sql)) == 2


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT :day, :country", ("country", "day")),
        ("SELECT ':no', '12:30' -- :no\n", ()),
        ("SELECT a::date, b::varchar(9)", ()),
        ("SELECT :day::date", ("day",)),
        ("DELETE FROM f WHERE d IN (:a,:b)", ("a", "b")),
    ],
)
def test_named_parameters_are_found_where_redshift_finds_them(sql: str, names: tuple[str, ...]) -> None:
    [statement] = statements(sql, ["x.sql"], "redshift")
    assert statement.names == names


def test_names_of_statements_say_the_file_and_the_position() -> None:
    found = statements(["SELECT 1; SELECT 2", "SELECT 3"], ["load.sql", "SELECT 3"], "redshift")
    assert [statement.name for statement in found] == ["load.sql, statement 1", "load.sql, statement 2", "SQL 2"]


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("merge.sql", "merge.sql was not found in the DAG's template_searchpath"),
        ("-- nothing here;", "no SQL statement in x.sql"),
        ("SELECT 'open", "x.sql cannot be read"),
    ],
)
def test_text_that_is_no_sql_is_refused_before_it_is_sent(sql: str, message: str) -> None:
    with pytest.raises(AirflowFailException, match=message):
        statements(sql, ["x.sql"], "athena")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("it's", "'it''s'"),
        ("", "''"),
        ("'; DROP TABLE x --", "'''; DROP TABLE x --'"),
        (5, "5"),
        (True, "TRUE"),
        (None, "NULL"),
        (Decimal("12.50"), "12.50"),
        (date(2010, 12, 1), "DATE '2010-12-01'"),
        (datetime(2010, 12, 1, 8, 26, tzinfo=UTC), "TIMESTAMP '2010-12-01 08:26:00.000'"),
    ],
)
def test_values_become_literals(value: Any, expected: str) -> None:
    assert literal(value) == expected


def test_execution_parameters_are_dealt_in_order_and_must_come_out_even() -> None:
    found = statements("SELECT ? WHERE a = '?'; SELECT 1; SELECT ?, ?", ["x.sql"], "athena")
    assert deal(found, [1, "b", 3]) == [["1"], [], ["'b'", "3"]]
    with pytest.raises(AirflowFailException, match="2 execution_parameters for 3 placeholders"):
        deal(found, [1, 2])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"a": 1}, "x has no value for :b"),
        ({"a": 1, "b": 2, "c": 3}, "no statement uses the parameter c"),
        ({"a": 1, "b": None}, "cannot bind NULL"),
    ],
)
def test_named_parameters_that_redshift_would_refuse_are_refused_here(values: dict[str, Any], message: str) -> None:
    with pytest.raises(AirflowFailException, match=message):
        bind([Statement("…", "x", 0, ("a", "b"))], values)
    assert bind([Statement("…", "x", 0, ("a", "b"))], {"b": date(2010, 1, 2), "a": 1}) == [
        {"name": "a", "value": "1"},
        {"name": "b", "value": "2010-01-02"},
    ]
