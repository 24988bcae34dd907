"""JSON as `json_parse` keeps it, and numbers as Java writes them.

Evidence: https://trino.io/docs/current/functions/json.html#json_parse
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


class _Number(str):
    """A number by its text."""


def canonical(document: str) -> str | None:
    """No spaces, members in the order of their names, of equal names the last; None for what is no JSON."""
    try:
        read = json.loads(document, parse_float=lambda text: _Number(java_double(float(text))), parse_constant=_refused)
    except (ValueError, RecursionError):
        return None
    return _written(read)


def _refused(constant: str) -> None:
    raise ValueError(constant)


def _written(value: Any) -> str:
    if isinstance(value, dict):
        members = (f"{json.dumps(key, ensure_ascii=False)}:{_written(value[key])}" for key in sorted(value))
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_written, value)) + "]"
    return str(value) if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)


def java_double(value: float) -> str:
    """As Double.toString writes it."""
    plain = repr(value)
    if plain in {"nan", "inf", "-inf"}:
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[plain]
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return plain
    sign, digits, power = Decimal(plain).normalize().as_tuple()
    shown = "".join(map(str, digits))
    return f"{'-' * sign}{shown[0]}.{shown[1:] or '0'}E{int(power) + len(shown) - 1}"
