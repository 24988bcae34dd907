"""Queries that nobody thought of, against values computed here, by the rules of Redshift's SQL reference."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.local_aws.redshift_client import SqlFailedError, Warehouse, warehouse

__all__ = ["warehouse"]

Row = dict[str, Any]
ROWS: list[Row] = [
    {"id": 1, "i": 7, "j": -3, "d": Decimal("12.50"), "t": "Ab c", "u": "xyz ", "day": date(2010, 12, 31)},
    {"id": 2, "i": 0, "j": 5, "d": Decimal("-0.07"), "t": "", "u": "é", "day": date(2012, 2, 29)},
    {"id": 3, "i": None, "j": 2, "d": None, "t": None, "u": "q", "day": None},
    {"id": 4, "i": -9, "j": None, "d": Decimal("999.99"), "t": "zz", "u": None, "day": date(2011, 3, 1)},
]


@dataclass(frozen=True)
class Expr:
    """A Redshift expression, and its value for a row; of decimals also precision and scale."""

    sql: str
    value: Callable[[Row], Any]
    digits: tuple[int, int] = (0, 0)


def strict(function: Callable[..., Any]) -> Callable[..., Callable[[Row], Any]]:
    """A function of values that is NULL if one of them is."""

    def over(*parts: Expr) -> Callable[[Row], Any]:
        def value(row: Row) -> Any:
            found = [each.value(row) for each in parts]
            return None if None in found else function(*found)

        return value

    return over


def cut(left: int, right: int) -> int:
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def column(name: str, digits: tuple[int, int] = (0, 0)) -> Expr:
    return Expr(name, lambda row: row[name], digits)


def integers(depth: int) -> st.SearchStrategy[Expr]:
    leaves = st.one_of(
        st.sampled_from(["i", "j"]).map(column),
        st.integers(-20, 20).map(lambda n: Expr(f"({n})", lambda row, n=n: n)),
    )
    if depth == 0:
        return leaves
    inner, text, test = integers(depth - 1), texts(depth - 1), conditions(depth - 1)
    return st.one_of(
        leaves,
        st.tuples(inner, inner).map(lambda p: Expr(f"({p[0].sql} + {p[1].sql})", strict(lambda a, b: a + b)(*p))),
        st.tuples(inner, inner).map(lambda p: Expr(f"({p[0].sql} - {p[1].sql})", strict(lambda a, b: a - b)(*p))),
        st.tuples(inner, inner).map(_divided),
        st.tuples(inner, inner).map(_remainder),
        inner.map(lambda p: Expr(f"abs({p.sql})", strict(abs)(p))),
        inner.map(lambda p: Expr(f"(-{p.sql})", strict(lambda a: -a)(p))),
        text.map(lambda p: Expr(f"len({p.sql})", strict(len)(p))),
        text.map(lambda p: Expr(f"octet_length({p.sql})", strict(lambda a: len(a.encode()))(p))),
        st.tuples(text, text).map(
            lambda p: Expr(f"strpos({p[0].sql}, {p[1].sql})", strict(lambda a, b: a.find(b) + 1)(*p))
        ),
        st.tuples(test, inner, inner).map(_case),
        st.tuples(inner, inner).map(_coalesced),
        st.tuples(inner, inner).map(_greatest),
        days(depth - 1).map(lambda p: Expr(f"extract(doy from {p.sql})", strict(lambda a: a.timetuple().tm_yday)(p))),
        st.tuples(days(depth - 1), days(depth - 1)).map(
            lambda p: Expr(f"datediff(day, {p[0].sql}, {p[1].sql})", strict(lambda a, b: (b - a).days)(*p))
        ),
    )


def _divided(p: tuple[Expr, Expr]) -> Expr:
    left, right = p
    whole = strict(lambda a, b: None if b == 0 else cut(a, b))(left, right)
    return Expr(f"({left.sql} / nullif({right.sql}, 0))", whole)


def _remainder(p: tuple[Expr, Expr]) -> Expr:
    left, right = p
    rest = strict(lambda a, b: None if b == 0 else a - b * cut(a, b))(left, right)
    return Expr(f"mod({left.sql}, nullif({right.sql}, 0))", rest)


def _case(p: tuple[Expr, Expr, Expr]) -> Expr:
    test, then, other = p
    value = lambda row: then.value(row) if test.value(row) is True else other.value(row)  # noqa: E731
    return Expr(f"case when {test.sql} then {then.sql} else {other.sql} end", value)


def _coalesced(p: tuple[Expr, Expr]) -> Expr:
    value = lambda row: p[1].value(row) if p[0].value(row) is None else p[0].value(row)  # noqa: E731
    return Expr(f"nvl({p[0].sql}, {p[1].sql})", value)


def _greatest(p: tuple[Expr, Expr]) -> Expr:
    """GREATEST leaves NULLs out. https://docs.aws.amazon.com/redshift/latest/dg/r_GREATEST_LEAST.html"""
    value = lambda row: max((v for e in p if (v := e.value(row)) is not None), default=None)  # noqa: E731
    return Expr(f"greatest({p[0].sql}, {p[1].sql})", value)


def decimals(depth: int) -> st.SearchStrategy[Expr]:
    """Scales by https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html."""
    leaves = st.one_of(
        st.just(column("d", (8, 2))),
        st.sampled_from(["1.5", "0.25", "10.0"]).map(
            lambda n: Expr(n, lambda row, n=n: Decimal(n), (len(n.replace(".", "").lstrip("0")), len(n.split(".")[1])))
        ),
    )
    if depth == 0:
        return leaves
    inner = decimals(depth - 1)
    return st.one_of(leaves, st.tuples(inner, inner).map(_sum), st.tuples(inner, inner).map(_product), inner.map(_half))


def _sum(p: tuple[Expr, Expr]) -> Expr:
    (p1, s1), (p2, s2) = (each.digits for each in p)
    scale = max(s1, s2)
    digits = (max(p1 - s1, p2 - s2) + 1 + scale, scale)
    return Expr(f"({p[0].sql} + {p[1].sql})", strict(lambda a, b: a + b)(*p), digits)


def _product(p: tuple[Expr, Expr]) -> Expr:
    (p1, s1), (p2, s2) = (each.digits for each in p)
    return Expr(f"({p[0].sql} * {p[1].sql})", strict(lambda a, b: a * b)(*p), (p1 + p2 + 1, s1 + s2))


def _half(p: Expr) -> Expr:
    """Divided by the decimal 2.0: precision 2, scale 1."""
    p1, s1 = p.digits
    scale = max(4, s1 + 2 - 1 + 1)
    unit = Decimal(1).scaleb(-scale)
    quotient = strict(lambda a: (a / 2).quantize(unit, ROUND_DOWN))(p)
    return Expr(f"({p.sql} / 2.0)", quotient, (p1 - s1 + 1 + scale, scale))


def texts(depth: int) -> st.SearchStrategy[Expr]:
    leaves = st.one_of(
        st.sampled_from(["t", "u"]).map(column),
        st.sampled_from(["", "a", "b c", "é", "it's"]).map(
            lambda s: Expr("'" + s.replace("'", "''") + "'", lambda row, s=s: s)
        ),
    )
    if depth == 0:
        return leaves
    inner, sizes = texts(depth - 1), st.integers(0, 4)
    return st.one_of(
        leaves,
        st.tuples(inner, inner).map(lambda p: Expr(f"({p[0].sql} || {p[1].sql})", strict(lambda a, b: a + b)(*p))),
        inner.map(lambda p: Expr(f"upper({p.sql})", strict(str.upper)(p))),
        inner.map(lambda p: Expr(f"reverse({p.sql})", strict(lambda a: a[::-1])(p))),
        inner.map(lambda p: Expr(f"rtrim({p.sql})", strict(lambda a: a.rstrip(" "))(p))),
        st.tuples(inner, sizes).map(lambda p: Expr(f"left({p[0].sql}, {p[1]})", strict(lambda a, n=p[1]: a[:n])(p[0]))),
        st.tuples(inner, st.integers(-2, 3), sizes).map(_substring),
        st.tuples(inner, inner).map(
            lambda p: Expr(f"replace({p[0].sql}, 'a', {p[1].sql})", strict(lambda a, b: a.replace("a", b))(*p))
        ),
        st.tuples(conditions(depth - 1), inner, inner).map(_case),
        st.tuples(inner, inner).map(_coalesced),
        integers(depth - 1).map(lambda p: Expr(f"({p.sql})::varchar", strict(str)(p))),
    )


def _substring(p: tuple[Expr, int, int]) -> Expr:
    text, start, size = p
    first, end = max(start, 1), max(start + size, 1)
    return Expr(f"substring({text.sql}, {start}, {size})", strict(lambda a: a[first - 1 : end - 1])(text))


def days(depth: int) -> st.SearchStrategy[Expr]:
    leaves = st.one_of(
        st.just(column("day")),
        st.dates(date(2009, 1, 1), date(2013, 12, 31)).map(lambda d: Expr(f"date '{d}'", lambda row, d=d: d)),
    )
    if depth == 0:
        return leaves
    inner = days(depth - 1)
    return st.one_of(
        leaves,
        st.tuples(inner, st.integers(-400, 400)).map(
            lambda p: Expr(f"({p[0].sql} + ({p[1]}))", strict(lambda a, n=p[1]: a + timedelta(days=n))(p[0]))
        ),
        inner.map(lambda p: Expr(f"last_day({p.sql})", strict(_last_day)(p))),
        inner.map(
            lambda p: Expr(f"date_trunc('week', {p.sql})::date", strict(lambda a: a - timedelta(a.weekday()))(p))
        ),
    )


def _last_day(day: date) -> date:
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return following - timedelta(days=1)


def conditions(depth: int) -> st.SearchStrategy[Expr]:
    number, text = integers(max(depth - 1, 0)), texts(max(depth - 1, 0))
    compared = st.one_of(
        st.tuples(number, number).map(lambda p: Expr(f"({p[0].sql} < {p[1].sql})", strict(lambda a, b: a < b)(*p))),
        st.tuples(text, text).map(
            lambda p: Expr(f"({p[0].sql} = {p[1].sql})", strict(lambda a, b: a.rstrip(" ") == b.rstrip(" "))(*p))
        ),
        number.map(lambda p: Expr(f"({p.sql} is null)", lambda row: p.value(row) is None)),
        st.tuples(number, number, number).map(
            lambda p: Expr(
                f"({p[0].sql} between {p[1].sql} and {p[2].sql})", _both(_at_least(p[0], p[1]), _at_least(p[2], p[0]))
            )
        ),
        text.map(lambda p: Expr(f"({p.sql} like 'a%')", strict(lambda a: a.startswith("a"))(p))),
    )
    if depth == 0:
        return compared
    inner = conditions(depth - 1)
    return st.one_of(
        compared,
        st.tuples(inner, inner).map(lambda p: Expr(f"({p[0].sql} and {p[1].sql})", _both(p[0].value, p[1].value))),
        inner.map(lambda p: Expr(f"(not {p.sql})", strict(lambda a: not a)(p))),
    )


def _at_least(left: Expr, right: Expr) -> Callable[[Row], Any]:
    return strict(lambda a, b: a >= b)(left, right)


def _both(left: Callable[[Row], Any], right: Callable[[Row], Any]) -> Callable[[Row], Any]:
    def value(row: Row) -> Any:
        found = (left(row), right(row))
        return False if False in found else None if None in found else True

    return value


def shown(expression: Expr, row: Row) -> Any:
    """The value as the API gives it: decimals and dates are texts."""
    value = expression.value(row)
    if isinstance(value, Decimal):
        return f"{value:.{expression.digits[1]}f}"
    return value.isoformat() if isinstance(value, date) else value


@pytest.fixture(scope="module")
def rows(warehouse: Warehouse) -> Warehouse:
    warehouse.run("create table fuzzed (id int, i int, j int, d decimal(8,2), t varchar(10), u varchar(10), day date)")
    for row in ROWS:
        values = ", ".join("null" if v is None else f"'{v}'" for v in row.values())
        warehouse.run(f"insert into fuzzed values ({values})")
    return warehouse


EXPRESSIONS = st.one_of(integers(3), decimals(2), texts(3), days(2), conditions(2))
SETTINGS = settings(
    max_examples=15, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)


@SETTINGS
@given(expressions=st.lists(EXPRESSIONS, min_size=8, max_size=12))
def test_expressions_over_rows_have_the_values_computed_here(rows: Warehouse, expressions: list[Expr]) -> None:
    outputs = ", ".join(f"{each.sql} as c{n}" for n, each in enumerate(expressions))
    found = rows.run(f"select {outputs} from fuzzed order by id")
    for row, values in zip(ROWS, found, strict=True):
        for expression, value in zip(expressions, values, strict=True):
            assert value == shown(expression, row), f"{expression.sql} for id {row['id']}"


@SETTINGS
@given(test=conditions(3), key=integers(1), measure=integers(2))
def test_filters_and_groups_have_the_rows_computed_here(rows: Warehouse, test: Expr, key: Expr, measure: Expr) -> None:
    found = rows.run(
        f"select {key.sql} as k, count(*) as n, sum({measure.sql}) as s, avg({measure.sql}) as a from fuzzed"
        f" where {test.sql} group by 1 order by 1"
    )
    groups: dict[Any, list[int | None]] = {}
    for row in ROWS:
        if test.value(row) is True:
            groups.setdefault(key.value(row), []).append(measure.value(row))
    expected = []
    for value in sorted(groups, key=lambda each: (each is None, each)):
        kept = [each for each in groups[value] if each is not None]
        total = sum(kept) if kept else None
        expected.append([value, len(groups[value]), total, cut(total, len(kept)) if total is not None else None])
    assert [[k, n, None if s is None else int(s), a] for k, n, s, a in found] == expected


STATEMENTS = [
    "select i, sum(j) over (partition by t order by id rows unbounded preceding) from fuzzed where d > 1.5 order by 1",
    "with q as (select i, d from fuzzed) select q.i, avg(q.d) from q join fuzzed f using (i) group by 1 having 1 < 2",
    "select * from (select t, i from fuzzed) pivot (sum(i) for t in ('zz', 'q'))",
    "insert into fuzzed (id, t) select 9, 'x' from fuzzed where false",
    "create table if not exists other (a int encode az64, b varchar(5) default 'x') diststyle even sortkey (a)",
    "merge into fuzzed using other on fuzzed.id = other.a when matched then update set t = b when not matched then"
    " insert (id) values (other.a)",
    "copy fuzzed from 's3://bucket/key' iam_role default csv ignoreheader 1 maxerror 5",
    "unload ('select 1') to 's3://bucket/out' iam_role default parquet partition by (a) include",
    "alter table other add column c decimal(10,2) default 1.5",
    "grant select on table other to group readers",
    "select listagg(t, ',') within group (order by id), json_parse('{\"a\":[1]}').a[0] from fuzzed",
]


@SETTINGS
@given(statement=st.sampled_from(STATEMENTS), data=st.data())
def test_malformed_statement_fails_in_redshifts_words(rows: Warehouse, statement: str, data: st.DataObject) -> None:
    words = re.findall(r"'[^']*'|\w+|\S", statement)
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(words) - 1))
        change = data.draw(st.sampled_from(["drop", "double", "swap", "other"]))
        if change == "drop" and len(words) > 1:
            del words[place]
        elif change == "double":
            words.insert(place, words[place])
        elif change == "swap":
            other = data.draw(st.integers(0, len(words) - 1))
            words[place], words[other] = words[other], words[place]
        else:
            words[place] = data.draw(
                st.sampled_from(["(", ")", ",", "select", "'", "null", "1", "$1", "::", "from", ";", "*"])
            )
    try:
        rows.run(" ".join(words))
    except SqlFailedError as failed:
        assert re.match(r"(ERROR|FATAL): ", str(failed)), str(failed)
        assert "defect in local_aws" not in str(failed), f"{' '.join(words)}: {failed}"
