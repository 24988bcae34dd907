"""A row of columns of each kind, at random."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.local_aws.sql.oracle.values import literal

KINDS = {"i": "bigint", "s": "varchar", "t": "date", "m": "timestamp", "b": "boolean", "a": "array(bigint)"}
DECIMALS = {"d0": (9, 2), "d1": (5, 3)}
WORDS = st.text("abAB ,é%", max_size=6)
DAYS = st.dates(date(1968, 1, 1), date(2031, 12, 31))
Draw = st.DrawFn


@st.composite
def rows(draw: Draw) -> dict[str, Any]:
    """The columns: two of each kind but for moments, each perhaps NULL."""
    small = st.integers(-50, 50)
    made: dict[str, Any] = {}
    for n in range(2):
        made[f"i{n}"] = draw(st.none() | small)
        made[f"s{n}"] = draw(st.none() | WORDS)
        made[f"t{n}"] = draw(st.none() | DAYS)
        made[f"b{n}"] = draw(st.none() | st.booleans())
        made[f"a{n}"] = draw(st.none() | st.lists(st.none() | st.integers(-3, 3), max_size=4))
    for name, (precision, scale) in DECIMALS.items():
        digits = draw(st.none() | st.integers(-(10**precision) + 1, 10**precision - 1))
        made[name] = None if digits is None else Decimal(digits).scaleb(-scale)
    made["m0"] = draw(st.none() | st.datetimes(datetime(1969, 1, 1), datetime(2030, 1, 1)))
    if made["m0"] is not None:
        made["m0"] = made["m0"].replace(microsecond=made["m0"].microsecond // 1000 * 1000)
    return made


def source(row: dict[str, Any]) -> str:
    """The row as a FROM clause."""
    kinds = {name: f"decimal({p},{s})" for name, (p, s) in DECIMALS.items()}
    cells = ", ".join(literal(value, kinds.get(name) or KINDS[name[0]]) for name, value in row.items())
    return f"(VALUES ({cells})) t({', '.join(row)})"
