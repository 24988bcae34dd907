"""Expressions that are days or moments, and the arithmetic of the calendar."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.local_aws.sql.oracle.drawing import Drawing
from tests.local_aws.sql.oracle.values import Made

PARTS: dict[str, Callable[[date], int]] = {
    "year": lambda day: day.year,
    "month": lambda day: day.month,
    "day": lambda day: day.day,
    "quarter": lambda day: (day.month + 2) // 3,
    "week": lambda day: day.isocalendar().week,
    "year_of_week": lambda day: day.isocalendar().year,
    "day_of_week": lambda day: day.isoweekday(),
    "day_of_year": lambda day: day.timetuple().tm_yday,
}


class Moments(Drawing):
    def day(self, depth: int) -> Made:
        if depth == 0:
            return self.column("t")
        a, many = self.day(depth - 1), self.draw(st.integers(-40, 40))
        unit = self.draw(st.sampled_from(["day", "week", "month", "quarter", "year"]))
        form = self.draw(st.sampled_from(["add", "trunc", "interval"]))
        if form == "trunc":
            return Made(f"date_trunc('{unit}', {a.sql})", None if a.value is None else truncated(unit, a.value))
        if form == "interval":
            unit = self.draw(st.sampled_from(["day", "month", "year"]))
            sign = "-" if many < 0 else "+"
            return Made(f"({a.sql} {sign} INTERVAL '{abs(many)}' {unit.upper()})", shifted(unit, many, a.value))
        return Made(f"date_add('{unit}', {many}, {a.sql})", shifted(unit, many, a.value))

    def moment(self, depth: int) -> Made:
        if depth == 0:
            return self.column("m")
        a, many = self.moment(depth - 1), self.draw(st.integers(-100, 100))
        unit = self.draw(st.sampled_from(["second", "minute", "hour", "day", "month", "year"]))
        if self.draw(st.booleans()):
            return Made(f"date_trunc('{unit}', {a.sql})", None if a.value is None else truncated(unit, a.value))
        return Made(f"date_add('{unit}', {many}, {a.sql})", shifted(unit, many, a.value))


def shifted(unit: str, many: int, value: Any) -> Any:
    """`date_add`: months end where their last day is."""
    if value is None:
        return None
    months = {"month": 1, "quarter": 3, "year": 12}.get(unit)
    if months is None:
        return value + timedelta(**{f"{unit}s": many})
    year, month = divmod(value.year * 12 + value.month - 1 + many * months, 12)
    return value.replace(year=year, month=month + 1, day=min(value.day, calendar.monthrange(year, month + 1)[1]))


def truncated(unit: str, value: Any) -> Any:
    starts = {"year": {"month": 1, "day": 1}, "month": {"day": 1}}
    starts["quarter"] = {"month": (value.month - 1) // 3 * 3 + 1, "day": 1}
    if unit == "week":
        value -= timedelta(days=value.weekday())
    value = value.replace(**starts.get(unit, {}))
    if not isinstance(value, datetime):
        return value
    clock: dict[str, Any] = {"microsecond": 0} | ({} if unit == "second" else {"second": 0})
    clock |= {} if unit in {"second", "minute"} else {"minute": 0}
    clock |= {} if unit in {"second", "minute", "hour"} else {"hour": 0}
    return value.replace(**clock)


def difference(unit: str, first: date, second: date) -> int:
    """`date_diff` of dates, by Joda's rules: at the end of a month, its last day is as good as a later one."""
    if second < first:
        return -difference(unit, second, first)
    days = (second - first).days
    if unit in {"day", "week"}:
        return days // (1 if unit == "day" else 7)
    if unit == "year":
        return _years(first, second)
    last = calendar.monthrange(second.year, second.month)[1]
    day = min(first.day, second.day) if second.day == last else first.day
    months = (second.year - first.year) * 12 + second.month - first.month - (day > second.day)
    return months if unit == "month" else months // 3


def _years(first: date, second: date) -> int:
    """Days of the year compared as if both years were alike."""
    a, b = (each.timetuple().tm_yday - 1 for each in (first, second))
    leap = [calendar.isleap(each.year) for each in (first, second)]
    if a >= 59:
        if leap[0] and not leap[1]:
            a -= 1
        elif not leap[0] and b >= 59 and leap[1]:
            b -= 1
    return second.year - first.year - (b < a)
