"""Arithmetic and comparison with Trino's result types: whole-number division, decimal precision, no mixed compares.

Evidence: https://trino.io/docs/current/functions/decimal.html and https://trino.io/docs/current/functions/math.html
"""

from __future__ import annotations

import re
from dataclasses import replace

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed
from local_aws.sql.trino import zones
from local_aws.sql.trino.typed import At, Typed, coerce, common, is_of_row
from local_aws.sql.types import Type

_NESTED = {"array", "map", "row"}
SYMBOLS = {"=", "<>", "<", "<=", ">", ">="}
_PLAIN = re.compile(
    r'r\d+\."[^"]+"|CAST\([-\d.eE]+ AS (DOUBLE|FLOAT)\)|CAST\(CAST\([-\d.]+ AS DECIMAL\(\d+,\d+\)\) AS DOUBLE\)'
)
_MOMENTS = {"date", "timestamp", "timestamp with time zone", "time"}


def mismatch(symbol: str, left: Type, right: Type, at: At) -> QueryFailed:
    return QueryFailed("TYPE_MISMATCH", f"Cannot apply operator: {left.trino} {symbol} {right.trino}", at)


def compare(symbol: str, left: Typed, right: Typed, at: At) -> Typed:
    """A comparison; both sides are read as their common type."""
    kind = common(left.type, right.type)
    if kind is None or (not kind.is_orderable and symbol in {"<", ">", "<=", ">="}):
        raise mismatch({"<>": "<>"}.get(symbol, symbol), left.type, right.type, at)
    a, b = (compared(each, kind, padded(left.type, right.type)) for each in (left, right))
    if kind.name in _NESTED and symbol in {"=", "<>"}:
        same = _same(a, b, kind)
        return Typed(same if symbol == "=" else f"(NOT {same})", types.BOOLEAN)
    if kind.name in {"double", "real"} and symbol in SYMBOLS:
        return Typed(_with_nan(symbol, a, b), types.BOOLEAN)
    return Typed(f"({a} {symbol} {b})", types.BOOLEAN)


def _same(a: str, b: str, kind: Type, depth: int = 0) -> str:
    """Whether two arrays, maps or rows are equal: NULL where that depends on a NULL inside, unlike in DuckDB."""
    one = f"s{depth}"
    if kind.name == "row":
        pairs = [
            _same(f"struct_extract_at({a}, {n})", f"struct_extract_at({b}, {n})", each, depth)
            for n, (_, each) in enumerate(kind.fields, 1)
        ]
        return f"({' AND '.join(pairs)})"
    if kind.name == "array":
        element = _same(f"{one}[1]", f"{one}[2]", kind.element, depth + 1)
        return f"(len({a}) = len({b}) AND all_true(list_transform(list_zip({a}, {b}), lambda {one}: {element})))"
    if kind.name == "map":
        value = _same(f"{one}.value", f"({b})[{one}.key]", kind.args[1], depth + 1)
        values = f"all_true(list_transform(map_entries({a}), lambda {one}: {value}))"
        keys = f"list_has_all(map_keys({a}), map_keys({b}))"
        return f"(cardinality({a}) = cardinality({b}) AND {keys} AND {values})"
    return f"({a} = {b})"


def _with_nan(symbol: str, a: str, b: str) -> str:
    """A comparison of doubles: NaN equals nothing and is no less than anything, where DuckDB has it the greatest.

    What is a column of a table or a literal is taken for a number: Deviates for NaN that a file holds.
    """
    computed = [each for each in (a, b) if not _PLAIN.fullmatch(each)]
    if symbol == "<>":
        return f"({' OR '.join([f'{a} <> {b}', *(f'isnan({each})' for each in computed)])})"
    return f"({' AND '.join([f'{a} {symbol} {b}', *(f'NOT isnan({each})' for each in computed)])})"


def padded(*kinds: Type) -> bool:
    """Whether texts of a fixed length are compared: without their padding."""
    return any(each.name == "char" for each in kinds)


def compared(value: Typed, kind: Type, without_padding: bool) -> str:
    if is_of_row(value.type):  # instants are compared
        value = replace(value, type=replace(value.type, zone=kind.zone))
    sql = coerce(value, kind).sql
    return f"rtrim({sql}, ' ')" if without_padding else sql


def arithmetic(symbol: str, left: Typed, right: Typed, at: At, *, exact: bool = True) -> Typed:
    """`+ - * / %` on numbers, moments and intervals.

    :param exact: whether decimals must not fail for being computed in fewer digits than Trino's.
    """
    names = (left.type.name, right.type.name)
    if any(each.startswith("interval") or each in _MOMENTS for each in names):
        return _moments(symbol, left, right, at)
    unknown = "unknown" in names
    if not unknown and not (left.type.is_number and right.type.is_number):
        raise mismatch(symbol, left.type, right.type, at)
    kind = common(left.type, right.type)
    if kind is None or not kind.is_number:
        kind = types.INTEGER
    left, right = (coerce(each, kind) if each.type.name == "unknown" else each for each in (left, right))
    if kind.name == "decimal":
        found = _decimals(symbol, left, right)
        return found if exact else _narrowed(symbol, left, right, found)
    a, b = coerce(left, kind).sql, coerce(right, kind).sql
    if kind.is_integer:
        if symbol == "/":
            symbol = "//"
        wide = {"tinyint", "smallint"} & {kind.name}  # DuckDB would take a small literal for a small type
        made = f"({a} {symbol} {b})"
        return Typed(f"CAST({made} AS {kind.duckdb})" if wide else made, kind)
    return Typed(f"({a} {symbol} {b})", kind)


def _decimals(symbol: str, left: Typed, right: Typed) -> Typed:
    (p1, s1), (p2, s2) = left.type.as_decimal.args, right.type.as_decimal.args
    scale = max(s1, s2)
    a, b = (coerce(each, each.type.as_decimal).sql for each in (left, right))
    if symbol in {"+", "-"}:
        kind = types.decimal(max(p1 - s1, p2 - s2) + scale + 1, scale)
        return Typed(f"CAST(CAST({a} AS {kind.duckdb}) {symbol} CAST({b} AS {kind.duckdb}) AS {kind.duckdb})", kind)
    if symbol == "*":
        if s1 + s2 > 38:
            raise QueryFailed("INVALID_FUNCTION_ARGUMENT", "DECIMAL scale must be in range [0, precision (38)]")
        kind = types.decimal(p1 + p2, s1 + s2)
        wide = f"CAST({a} AS DECIMAL(38,{s1}))" if p1 + p2 > 18 else a
        return Typed(f"CAST({wide} * {b} AS {kind.duckdb})", kind)
    if symbol == "%":
        kind = types.decimal(min(p1 - s1, p2 - s2) + scale, scale)
        whole = f"(unscaled({a}) * {_power(scale - s1)}) % (unscaled({b}) * {_power(scale - s2)})"
        return scaled(f"({whole})", kind)
    kind = types.decimal(p1 + s2 + max(0, s2 - s1), scale)
    return scaled(f"decimal_quotient({a}, {b}, {_power(scale - s1 + s2)})", kind)


def _narrowed(symbol: str, left: Typed, right: Typed, found: Typed) -> Typed:
    """A sum or product that Trino types in more than 18 digits, computed in 18 where both sides have no more."""
    scale = found.type.args[1]
    sides = [_in_18_digits(each) for each in (left, right)]
    if symbol not in {"+", "-", "*"} or found.type.args[0] <= 18 or scale >= 18 or None in sides:
        return found
    a, b = sides if symbol == "*" else (f"CAST({each} AS DECIMAL(18,{scale}))" for each in sides)
    narrow = f"({a} {symbol} {b})"
    return Typed(f"CAST({narrow} AS {found.type.duckdb})", found.type, narrow=narrow)


def _in_18_digits(value: Typed) -> str | None:
    kind = value.type.as_decimal
    return value.narrow or (coerce(value, kind).sql if kind.args[0] <= 18 else None)


def _power(exponent: int) -> str:
    return f"CAST(1{'0' * exponent} AS HUGEINT)"


def scaled(whole: str, kind: Type) -> Typed:
    """A decimal from its digits."""
    scale = kind.args[1]
    unit = f" * 0.{'0' * (scale - 1)}1" if scale else ""
    return Typed(f"CAST(CAST({whole} AS DECIMAL(38,0)){unit} AS {kind.duckdb})", kind)


def _whole_days(interval: Typed) -> Typed:
    """What may be added to a date."""
    literal = re.fullmatch(r"to_milliseconds\((-?\d+)\)", interval.sql)
    if literal is not None and int(literal[1]) % 86_400_000 == 0:
        return interval
    return Typed(f"of_days({interval.sql})", interval.type)


def _moments(symbol: str, left: Typed, right: Typed, at: At) -> Typed:
    a, b = left.type, right.type
    if a.name == "interval year to month" and symbol == "+" and b.zone:
        left, right, a, b = right, left, b, a
    if symbol in {"+", "-"} and a.zone and b.name == "interval year to month":  # months are those of the zone
        return Typed(zones.instant(f"{zones.local(left.sql, a)} {symbol} {right.sql}", a.zone), a)
    if "date" in {a.name, b.name} and types.INTERVAL_DAY in {a, b}:
        left, right = (_whole_days(each) if each.type == types.INTERVAL_DAY else each for each in (left, right))
    if symbol in {"+", "-"} and a.name in _MOMENTS and b.name.startswith("interval"):
        return Typed(f"CAST({left.sql} {symbol} {right.sql} AS {a.duckdb})", a)
    if symbol == "+" and b.name in _MOMENTS and a.name.startswith("interval"):
        return Typed(f"CAST({right.sql} + {left.sql} AS {b.duckdb})", b)
    if symbol == "-" and a.name in _MOMENTS and b.name in _MOMENTS and (kind := common(a, b)) is not None:
        sides = [f"CAST({each.sql} AS TIMESTAMP)" for each in (coerce(left, kind), coerce(right, kind))]
        return Typed(f"({sides[0]} - {sides[1]})", types.INTERVAL_DAY)
    if a.name == b.name and a.name.startswith("interval") and symbol in {"+", "-"}:
        return Typed(f"({left.sql} {symbol} {right.sql})", a)
    if a.name.startswith("interval") and b.is_number and symbol in {"*", "/"}:
        return Typed(f"({left.sql} {symbol} {right.sql})", a)
    if symbol == "*" and a.is_number and b.name.startswith("interval"):
        return Typed(f"({right.sql} * {left.sql})", b)
    raise mismatch(symbol, a, b, at)
