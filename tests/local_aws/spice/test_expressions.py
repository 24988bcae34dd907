"""Calculated fields: what each expression gives, run as SQL on DuckDB over three rows."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws.spice.expressions.compiler import Scope, compile_expression
from local_aws.spice.expressions.syntax import ExpressionError, parse
from local_aws.spice.expressions.windows import Windows
from local_aws.spice.types import Column

ROWS = """(VALUES
    ('536365', 'WHITE LANTERN', 6, 3.39::DECIMAL(18,4), TIMESTAMP '2010-12-01 08:26:00', 0),
    ('C53637', NULL, -1, 0.29::DECIMAL(18,4), TIMESTAMP '2010-12-05 23:59:59', 1),
    ('536365', 'tea, coffee', 0, 0.10::DECIMAL(18,4), TIMESTAMP '2011-01-02 10:00:00', 0)
) AS t(invoice, title, quantity, price, sold, "is cancelled")"""
COLUMNS = {
    "invoice": "STRING",
    "title": "STRING",
    "quantity": "INTEGER",
    "price": "DECIMAL",
    "sold": "DATETIME",
    "is cancelled": "INTEGER",
}
SCOPE = Scope(
    {name: Column(name, kind) for name, kind in COLUMNS.items()},
    {
        "Orders": "distinct_countIf({invoice}, {is cancelled} = 0)",
        "Value": "{quantity} * {price}",
        "A": "{B} + 1",
        "B": "{A} + 1",
    },
    now=datetime(2011, 1, 3, 12, tzinfo=UTC),
)


def values(expression: str) -> list[Any]:
    """The expression's value in each row; one value if it aggregates."""
    found = compile_expression(expression, SCOPE)
    rows = duckdb.sql(f"SELECT {found.text} FROM {ROWS}").fetchall()
    return [row[0] for row in rows]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("1 + 2 * 3", [7] * 3),
        ("(1 + 2) * 3", [9] * 3),
        ("7 - 2 - 1", [4] * 3),
        ("-{quantity}", [-6, 1, 0]),
        ("{quantity} / 4", [1.5, -0.25, 0.0]),
        ("1 / {quantity}", [1 / 6, -1.0, None]),
        ("{Value}", [Decimal("20.34"), Decimal("-0.29"), Decimal("0")]),
        ("quantity > 0", [True, False, False]),
        ("quantity < 0 OR price < 1 AND quantity > 0", [False, True, False]),
        ("(quantity < 0 or price < 1) and quantity > 0", [False, False, False]),
        ("NOT quantity > 0", [False, True, True]),
        ("quantity <> 0", [True, True, False]),
        ("ifelse({quantity} > 0, 'sold', {quantity} < 0, \"back\", 'none')", ["sold", "back", "none"]),
        ("switch({quantity}, 6, 'six', 0, 'zero', '-')", ["six", "-", "zero"]),
        ("isNull({title})", [False, True, False]),
        ("isNotNull({title})", [True, False, True]),
        ("coalesce({title}, 'unknown')", ["WHITE LANTERN", "unknown", "tea, coffee"]),
        ("nullIf({quantity}, 0)", [6, -1, None]),
        ("in({invoice}, ['536365', 'x'])", [True, False, True]),
        ("notIn({invoice}, ['536365'])", [False, True, False]),
        ("concat({invoice}, '-', toString({quantity}))", ["536365-6", "C53637--1", "536365-0"]),
        ("contains({title}, 'tea')", [False, None, True]),
        ("contains({title}, 'LANTERN', 'CASE_INSENSITIVE')", [True, None, False]),
        ("startsWith({invoice}, 'C')", [False, True, False]),
        ("left({invoice}, 1)", ["5", "C", "5"]),
        ("substring({invoice}, 2, 3)", ["363", "536", "363"]),
        ("locate({title}, 'e')", [0, None, 2]),
        ("split({title}, ', ', 2)", [None, None, "coffee"]),
        ("toUpper({title})", ["WHITE LANTERN", None, "TEA, COFFEE"]),
        ("strlen({invoice})", [6, 6, 6]),
        ("parseInt({invoice})", [536365, None, 536365]),
        ("round({price}, 1)", [Decimal("3.4"), Decimal("0.3"), Decimal("0.1")]),
        ("floor({price})", [3, 0, 0]),
        ("abs({quantity})", [6, 1, 0]),
        ("truncDate('MM', {sold})", [datetime(2010, 12, 1), datetime(2010, 12, 1), datetime(2011, 1, 1)]),
        ("truncDate('WK', {sold})", [datetime(2010, 11, 28), datetime(2010, 12, 5), datetime(2011, 1, 2)]),
        ("extract('YYYY', {sold})", [2010, 2010, 2011]),
        ("extract('WD', {sold})", [4, 1, 1]),
        ("dateDiff({sold}, now(), 'DD')", [33, 29, 1]),
        ("dateDiff({sold}, now(), 'WK')", [5, 4, 0]),
        (
            "addDateTime(-1, 'DD', {sold})",
            [datetime(2010, 11, 30, 8, 26), datetime(2010, 12, 4, 23, 59, 59), datetime(2011, 1, 1, 10)],
        ),
        ("formatDate({sold}, 'yyyy-MM-dd')", ["2010-12-01", "2010-12-05", "2011-01-02"]),
        ("/* a comment */ {quantity}", [6, -1, 0]),
        ("// to the end of the line ${gone}\n{quantity} // and here", [6, -1, 0]),
        ("'it\\'s'", ["it's"] * 3),
        ("replace({title}, '\\n', ' ')", ["WHITE LANTERN", None, "tea, coffee"]),
        ("ifelse({quantity} < 0, NULL, {quantity}) + 1", [7, None, 1]),
        ("coalesce(NULL, {quantity}) * 2", [12, -2, 0]),
        ("in({invoice}, ['536365'])", [True, False, True]),
        ("in({invoice}, ${none})", [False] * 3),
        ("formatDate({sold})", ["2010-12-01T08:26:00:000", "2010-12-05T23:59:59:000", "2011-01-02T10:00:00:000"]),
        ("isWorkDay({sold})", [1, 0, 0]),
        ("netWorkDays({sold}, now())", [24, 21, 1]),
        ("netWorkDays(now(), {sold})", [-24, -21, -1]),
        ("formatDate(addWorkDays({sold}, 3), 'yyyy-MM-dd')", ["2010-12-06", "2010-12-08", "2011-01-05"]),
        ("formatDate(addWorkDays({sold}, -3), 'yyyy-MM-dd')", ["2010-11-26", "2010-12-01", "2010-12-29"]),
        ('parseJson(\'{"at": {"city": "Leeds"}}\', \'$.at.city\')', ["Leeds"] * 3),
        ("contains({title}, 'TEA', CASE_INSENSITIVE)", [False, None, True]),
        ("contains({title}, 'TEA', CASE_SENSITIVE)", [False, None, False]),
        ("epochDate(1291161600)", [datetime(2010, 12, 1)] * 3),
        ("parseJson({title}, '$.city')", [None] * 3),
    ],
)
def test_row_expression_gives(expression: str, expected: list[Any]) -> None:
    assert values(expression) == expected


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("sum({quantity})", 5),
        ("sum({price})", Decimal("3.7800")),
        ("sum({Value})", Decimal("20.05")),
        ("avg({quantity})", 5 / 3),
        ("count({title})", 2),
        ("distinct_count({invoice})", 2),
        ("{Orders}", 1),
        ("sumIf({quantity}, {is cancelled} = 0)", 6),
        ("sumIf({Value}, {is cancelled} = 0) / {Orders}", 20.34),
        ("countIf({invoice}, quantity <= 0)", 2),
        ("max({sold})", datetime(2011, 1, 2, 10)),
        ("min({price}) + 1", Decimal("1.1000")),
        ("ifelse(sum({quantity}) > 3, 'many', 'few')", "many"),
        ("percentile({quantity}, 50)", 0),
        ("percentile({quantity}, 70)", 6),
        ("percentileCont({quantity}, 75)", 3.0),
        ("sum(ifelse({is cancelled} = 1, 0, 2.5))", Decimal("5.0")),
        ("sum(ifelse({is cancelled} = 1, NULL, {quantity}))", 6),
    ],
)
def test_aggregation_gives(expression: str, expected: Any) -> None:
    [row] = duckdb.sql(f"SELECT {compile_expression(expression, SCOPE).text} FROM {ROWS}").fetchall()
    assert row[0] == (pytest.approx(expected) if isinstance(expected, float) else expected)


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        pytest.param("stringAgg({price})", "stringAgg is not supported", id="unknown function"),
        pytest.param("sum({price}, [{invoice}])", "level-aware", id="level-aware aggregation"),
        pytest.param("sum({price}) + {price}", "mismatched aggregation", id="aggregate and row"),
        pytest.param("sum({title})", "sum takes numbers", id="sum of a text"),
        pytest.param("sum(sum({price}))", "nested aggregation", id="nested aggregation"),
        pytest.param("{nothing}", "no field 'nothing'", id="unknown field"),
        pytest.param("{A}", "refers to itself: A → B → A", id="circle"),
        pytest.param("({price}", "ends too early", id="unclosed bracket"),
        pytest.param("{price} {price}", "unexpected 'price' at character 9", id="two fields"),
        pytest.param("'abc", "unreadable at character 1", id="unclosed string"),
        pytest.param("'a' + 1", "takes numbers", id="text in arithmetic"),
        pytest.param("ifelse(1 = 1, 2)", "3 arguments or more", id="too few arguments"),
        pytest.param("truncDate('XX', {sold})", "YYYY, Q, MM", id="unknown period"),
    ],
)
def test_what_means_nothing_is_refused_by_name(expression: str, says: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(expression, SCOPE)
    assert says in str(caught.value)


@given(st.text(alphabet="(){}[]'\"+-*/=<>,. abc1", max_size=30))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    with contextlib.suppress(ExpressionError):
        parse(text)


@given(st.text(max_size=20).filter(lambda text: "\\" not in text and "\0" not in text))
def test_text_literal_is_never_sql(text: str) -> None:
    quote = "'" if "'" not in text else '"'
    if quote in text:
        return
    [row] = duckdb.sql(f"SELECT {compile_expression(quote + text + quote, SCOPE).text}").fetchall()
    assert row[0] == text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("sum({amount}, [${visualDimensions}, {name}, !{day}])", "not both", id="added and taken away"),
        pytest.param("sum({amount}, [!{name}])", "which the level does not name", id="taken away from nothing"),
        pytest.param("${visualDimensions}", "stands in the level", id="no level"),
        pytest.param("ifelse(in({name}, [!'a']), 1, 0)", "only a level", id="no list of values"),
        pytest.param("formatDate({day}, {name})", "a date format is a text", id="format of a field"),
    ],
)
def test_level_of_the_visual_stands_in_an_aggregation_alone(text: str, says: str) -> None:
    columns = {each: Column.of({"Name": each, "Type": kind}) for each, kind in
               {"amount": "DECIMAL", "name": "STRING", "day": "DATETIME"}.items()}  # fmt: skip
    with pytest.raises(ExpressionError, match=says):
        compile_expression(text, Scope(columns, windows=Windows(), dimensions=(("name", '"name"'),)))
