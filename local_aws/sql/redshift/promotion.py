"""What type an operation on several types has.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from local_aws.sql.redshift.types import ColumnType

_DIGITS = {"int2": 5, "int4": 10, "int8": 19}
_RANK = ("int2", "int4", "int8", "numeric", "float4", "float8")


def as_numeric(kind: ColumnType) -> ColumnType:
    """An integer as the NUMERIC that arithmetic takes it for."""
    return kind if kind.name == "numeric" else ColumnType("numeric", precision=_DIGITS[kind.name], scale=0)


def _digits(kind: ColumnType) -> tuple[int, int]:
    found = as_numeric(kind)
    return found.precision or 0, found.scale or 0


def combined(kinds: Iterable[ColumnType | None]) -> ColumnType | None:
    """The type that CASE, COALESCE and UNION give values of several types."""
    found: ColumnType | None = None
    for kind in kinds:
        if kind is None or kind == found:
            continue
        if found is None:
            found = kind
        elif found.name in _RANK and kind.name in _RANK:
            found = _combined_numbers(found, kind)
        elif found.is_text and kind.is_text:
            found = ColumnType("varchar", length=max(found.length or 0, kind.length or 0))
        elif {found.name, kind.name} == {"date", "timestamp"}:
            found = ColumnType("timestamp")
        elif found.is_text:  # a literal takes the type of what it stands beside
            found = kind
    return found


def _combined_numbers(left: ColumnType, right: ColumnType) -> ColumnType:
    wider = max(left, right, key=lambda kind: _RANK.index(kind.name))
    if wider.name != "numeric":
        return wider
    (p1, s1), (p2, s2) = _digits(left), _digits(right)
    scale = max(s1, s2)
    return ColumnType("numeric", precision=min(38, max(p1 - s1, p2 - s2) + scale), scale=scale)


def arithmetic(operator: type[exp.Expr], left: ColumnType | None, right: ColumnType | None) -> ColumnType | None:
    """The type of `left operator right`, by the tables of the page above."""
    if any(kind is not None and kind.name == "super" for kind in (left, right)):
        return ColumnType("super")
    if left is None or right is None:
        return None
    if left.is_text and not right.is_text:
        left = right if right.name in _RANK else left
    if right.is_text and not left.is_text:
        right = left if left.name in _RANK else right
    if left.name not in _RANK or right.name not in _RANK:
        return _temporal(operator, left, right)
    if "float4" in {left.name, right.name} or "float8" in {left.name, right.name}:
        return left if left == right else ColumnType("float8")
    if left.is_integer and right.is_integer:
        return max(left, right, key=lambda kind: _RANK.index(kind.name))
    (p1, s1), (p2, s2) = _digits(left), _digits(right)
    return _decimal(operator, p1, s1, p2, s2)


def _decimal(operator: type[exp.Expr], p1: int, s1: int, p2: int, s2: int) -> ColumnType:
    if operator is exp.Mul:
        scale, precision = s1 + s2, p1 + p2 + 1
        scale = min(scale, 38)
    elif operator is exp.Div:
        scale = max(4, s1 + p2 - s2 + 1)
        precision = p1 - s1 + s2 + scale
        if precision > 38:
            scale = max(38 + scale - precision, 4)
    elif operator is exp.Mod:
        scale = max(s1, s2)
        precision = max(p1 - s1, p2 - s2) + scale
    else:
        scale = max(s1, s2)
        precision = max(p1 - s1, p2 - s2) + 1 + scale
    return ColumnType("numeric", precision=min(precision, 38), scale=scale)


def _temporal(operator: type[exp.Expr], left: ColumnType, right: ColumnType) -> ColumnType | None:
    if left.name == "date" and right.name == "date" and operator is exp.Sub:
        return ColumnType("int8")
    if left.name == "date" and right.is_integer:
        return left
    if right.name == "date" and left.is_integer:
        return right
    if "interval" in {left.name, right.name}:
        other = right if left.name == "interval" else left
        return ColumnType("timestamp") if other.name == "date" else other
    if left.name == right.name and operator is exp.Sub:
        return ColumnType("interval")
    return None
