"""Values with the SQL that makes them, and as Athena prints them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

EXACT = Context(prec=200)


@dataclass(frozen=True)
class Made:
    """An expression and what Trino answers.

    :param shape: `(precision, scale)` of a decimal.
    """

    sql: str
    value: Any
    shape: tuple[int, int] = (0, 0)


def printed(value: Any, scale: int = 0) -> str | None:
    """As a result's CSV shows it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        digits = f"{value.quantize(Decimal(1).scaleb(-scale), context=EXACT):f}"
        return digits if value else digits.lstrip("-")
    if isinstance(value, datetime):
        return value.isoformat(" ", "milliseconds")
    if isinstance(value, list):
        return f"[{', '.join('null' if each is None else str(printed(each)) for each in value)}]"
    if isinstance(value, dict):
        shown = (f"{key}={'null' if each is None else printed(each)}" for key, each in value.items())
        return f"{{{', '.join(shown)}}}"
    return str(value)


def literal(value: Any, kind: str) -> str:
    """A value of a column."""
    if value is None:
        return f"CAST(NULL AS {kind})"
    if isinstance(value, str):
        return f"CAST('{value.replace(chr(39), chr(39) * 2)}' AS {kind})"
    if isinstance(value, datetime):
        return f"CAST('{value.isoformat(' ', 'milliseconds')}' AS {kind})"
    if isinstance(value, date):
        return f"DATE '{value}'"
    if isinstance(value, list):
        return f"CAST(ARRAY[{', '.join('NULL' if each is None else str(each) for each in value)}] AS {kind})"
    return f"CAST({value} AS {kind})"


def rounded(value: Decimal, scale: int) -> Decimal:
    """Half up, away from zero."""
    return value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP, context=EXACT)


def quotient(a: int, b: int) -> int:
    """Whole, toward zero."""
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)
