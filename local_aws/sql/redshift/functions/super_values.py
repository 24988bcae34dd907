"""Arithmetic on SUPER values, by the type that each has when the query runs.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/operators-functions.html: what is no number gives NULL, `+`
joins two texts, decimals keep their digits, a floating-point number makes the result one, overflows are errors.
Values are JSON; a number with an exponent is a floating-point one.
"""

from __future__ import annotations

import json
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, DecimalException

from local_aws.sql.python_functions import PythonFunction

_CONTEXT = Context(prec=38 + 38, rounding=ROUND_DOWN)
_MOST = 10**38


def _number(text: str) -> int | float | Decimal | None:
    """The number that a JSON text is."""
    if not (text[:1].isdigit() or text[:1] == "-"):
        return None
    if "e" in text or "E" in text:
        return float(text)
    return Decimal(text) if "." in text else int(text)


def _shown(value: float | Decimal) -> str:
    if isinstance(value, Decimal):
        if abs(value) >= _MOST:
            raise ValueError("ERROR: Numeric data overflow (result precision)")
        return f"{value:f}"
    if isinstance(value, float):
        return f"{value:e}" if value == value and abs(value) != float("inf") else "null"
    if not -(2**63) <= value < 2**63:
        raise ValueError("ERROR: bigint out of range")
    return str(value)


def _digits(value: int | Decimal) -> tuple[int, int]:
    """(precision, scale) of a decimal or whole number."""
    _, digits, exponent = Decimal(value).as_tuple()
    scale = max(0, -int(exponent))
    return max(len(digits), scale), scale


def arithmetic(operator: str, left: str, right: str) -> str | None:
    """`left operator right` of two JSON texts, as a JSON text. :raises ValueError: in Redshift's words."""
    if operator == "+" and left[:1] == '"' and right[:1] == '"':
        return json.dumps(json.loads(left) + json.loads(right), ensure_ascii=False)
    one, other = _number(left), _number(right)
    if one is None or other is None:
        return None
    if operator in {"/", "%"} and not other:
        raise ValueError("ERROR: division by zero")
    if isinstance(one, float) or isinstance(other, float):
        return _shown(_floats(operator, float(one), float(other)))
    if isinstance(one, int) and isinstance(other, int):
        return _shown(_integers(operator, one, other))
    return _shown(_decimals(operator, one, other))


def _floats(operator: str, left: float, right: float) -> float:
    if operator == "%":
        return left - right * int(left / right)
    return {"+": left + right, "-": left - right, "*": left * right}[operator] if operator != "/" else left / right


def _integers(operator: str, left: int, right: int) -> int:
    if operator in {"/", "%"}:
        quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1)
        return quotient if operator == "/" else left - quotient * right
    return {"+": left + right, "-": left - right, "*": left * right}[operator]


def _decimals(operator: str, left: int | Decimal, right: int | Decimal) -> Decimal:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_numeric_computations201.html, with the digits of the values."""
    one, other = Decimal(left), Decimal(right)
    (_, s1), (p2, s2) = _digits(left), _digits(right)
    if operator == "/":
        scale = max(4, s1 + p2 - s2 + 1)
        return _CONTEXT.divide(one, other).quantize(Decimal(1).scaleb(-scale), context=_CONTEXT)
    if operator == "%":
        return _CONTEXT.remainder(one, other)
    return {"+": _CONTEXT.add, "-": _CONTEXT.subtract, "*": _CONTEXT.multiply}[operator](one, other)


_ROUNDINGS = {"floor": ROUND_FLOOR, "ceil": ROUND_CEILING, "round": ROUND_HALF_UP, "trunc": ROUND_DOWN}


def computed(name: str, text: str, places: int) -> str | None:
    """ABS, FLOOR, CEIL, ROUND or TRUNC of a JSON text, NULL if it is no number.

    https://docs.aws.amazon.com/redshift/latest/dg/operators-functions.html#arithmetic-functions
    """
    value = _number(text)
    if value is None:
        return None
    if name == "abs":
        return _shown(value if not text.startswith("-") else -value)
    try:
        found = Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=_ROUNDINGS[name], context=_CONTEXT)
    except DecimalException as problem:
        raise ValueError("ERROR: Numeric data overflow (result precision)") from problem
    if isinstance(value, float):
        return _shown(float(found))
    return _shown(int(found) if places <= 0 else found)


FUNCTIONS = {
    "py_super_arithmetic": PythonFunction(arithmetic, ("VARCHAR", "VARCHAR", "VARCHAR"), "VARCHAR"),
    "py_super_computed": PythonFunction(computed, ("VARCHAR", "VARCHAR", "BIGINT"), "VARCHAR"),
}
