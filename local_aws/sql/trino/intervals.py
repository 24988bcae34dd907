"""INTERVAL literals: `'1' DAY`, `'1 02:03:04.5' DAY TO SECOND`, `'1-2' YEAR TO MONTH`.

Evidence: https://trino.io/docs/current/language/types.html#interval-day-to-second
"""

from __future__ import annotations

import re

from sqlglot import exp

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.trino.typed import At, Typed

_MILLIS = {"DAY": 86_400_000, "HOUR": 3_600_000, "MINUTE": 60_000, "SECOND": 1_000}
_MONTHS = {"YEAR": 12, "MONTH": 1}
_WHOLE = r"(\d+)"
_SHAPES = {"SECOND": r"(\d+)(?:\.(\d{1,3}))?"}


def literal(node: exp.Expr, at: At) -> Typed:
    """:raises QueryFailed: `INVALID_LITERAL`, for a text that does not have the fields that the units ask for."""
    negated = isinstance(node.this, exp.Neg)
    if negated and isinstance(node.this.this, exp.Literal):
        node = exp.Interval(this=node.this.this, unit=node.args.get("unit"))
    if not isinstance(node.this, exp.Literal) or node.args.get("unit") is None:
        raise unsupported(f"the interval {node.sql('trino')!r}", at)
    written, unit = str(node.this.this), node.args["unit"]
    names = [each.upper() for each in re.findall(r"[A-Za-z]+", unit.sql()) if each.upper() != "TO"]
    for sizes, kind, scale in ((_MILLIS, types.INTERVAL_DAY, "MILLISECOND"), (_MONTHS, types.INTERVAL_MONTH, "MONTH")):
        units = list(sizes)
        if not set(names) <= set(units):
            continue
        fields = units[units.index(names[0]) : units.index(names[-1]) + 1]
        amount = _amount(written, fields, sizes)
        if amount is None:
            raise QueryFailed("INVALID_LITERAL", f"'{written}' is not a valid INTERVAL literal", at)
        return Typed(f"to_{scale.lower()}s({-amount if negated else amount})", kind)
    raise unsupported(f"the interval {node.sql('trino')!r}", at)


def _amount(written: str, fields: list[str], sizes: dict[str, int]) -> int | None:
    joints = {"DAY": " ", "HOUR": ":", "MINUTE": ":", "YEAR": "-"}
    shape = "".join(_SHAPES.get(each, _WHOLE) + joints.get(each, "") for each in fields[:-1])
    found = re.fullmatch(rf"\s*([+-]?)\s*{shape}{_SHAPES.get(fields[-1], _WHOLE)}\s*", written) if fields else None
    if found is None:
        return None
    total = sum(int(digits) * sizes[each] for digits, each in zip(found.groups()[1:], fields, strict=False))
    fraction = found.groups()[-1] if fields[-1] == "SECOND" else None
    total += int(fraction.ljust(3, "0")) if fraction else 0
    return -total if found[1] == "-" else total
