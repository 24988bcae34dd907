"""When a cron expression of AWS is due.

Evidence: https://docs.aws.amazon.com/glue/latest/dg/monitor-data-warehouse-schedule.html (six fields in UTC: minutes,
hours, day of month, month, day of week with Sunday as 1, year; `, - * ? / L W #`).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from local_aws.errors import AwsError

_MONTHS, _DAYS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC", "SUN MON TUE WED THU FRI SAT"
MONTHS = {name: number for number, name in enumerate(_MONTHS.split(), 1)}
DAYS = {name: number for number, name in enumerate(_DAYS.split(), 1)}
YEARS = (1970, 2199)
_Day = Callable[[date], bool]


@dataclass(frozen=True)
class Schedule:
    """A parsed expression; `day` tells whether it is due on a date at all."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    day: _Day
    months: tuple[int, ...]
    years: tuple[int, ...]

    def after(self, now: datetime) -> datetime | None:
        """The first instant after `now` at which it is due, or None if there is none in the eight years to come."""
        start = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
        for ahead in range(366 * 8):
            today = start.date() + timedelta(days=ahead)
            if today.year not in self.years or today.month not in self.months or not self.day(today):
                continue
            for hour in self.hours:
                for minute in self.minutes:
                    found = datetime(today.year, today.month, today.day, hour, minute, tzinfo=now.tzinfo)
                    if found >= start:
                        return found
        return None


def parse(text: str) -> Schedule:
    """:raises AwsError: `InvalidInputException` for what is no `cron(…)` of six fields."""
    found = re.fullmatch(r"\s*cron\(\s*(.*?)\s*\)\s*", text)
    fields = found[1].upper().split() if found else []
    try:
        if len(fields) != 6 or ((fields[2] == "?") == (fields[4] == "?") and fields[2] + fields[4] not in {"**"}):
            raise ValueError("six fields, and ? for either the day of the month or that of the week")
        minutes, hours, days, months, weekdays, years = fields
        return Schedule(
            _numbers(minutes, 0, 59),
            _numbers(hours, 0, 23),
            _day_of_month(days) if days not in {"?", "*"} else _day_of_week(weekdays),
            _numbers(months, 1, 12, MONTHS),
            _numbers(years, *YEARS),
        )
    except ValueError as error:
        raise AwsError("InvalidInputException", f"Invalid schedule expression {text}: {error}") from error


def _numbers(field: str, low: int, high: int, names: dict[str, int] | None = None) -> tuple[int, ...]:
    chosen: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        start = low if first in {"*", "?"} else _number(first, low, high, names)
        end = _number(last, low, high, names) if dash else (high if first in {"*", "?"} or step else start)
        width = int(step) if step else 1
        if width < 1 or end < start:
            raise ValueError(f"{part} is no range")
        chosen.update(range(start, end + 1, width))
    return tuple(sorted(chosen))


def _number(text: str, low: int, high: int, names: dict[str, int] | None) -> int:
    number = (names or {}).get(text)
    number = int(text) if number is None else number
    if not low <= number <= high:
        raise ValueError(f"{text} is not between {low} and {high}")
    return number


def _last(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _weekday(day: date) -> int:
    return day.isoweekday() % 7 + 1


def _nearest_weekday(day: date, wanted: int) -> int:
    """The weekday nearest to a day of the month, in the same month."""
    wanted = min(wanted, _last(day))
    weekday = _weekday(day.replace(day=wanted))
    if weekday == DAYS["SAT"]:
        return wanted - 1 if wanted > 1 else wanted + 2
    if weekday == DAYS["SUN"]:
        return wanted + 1 if wanted < _last(day) else wanted - 2
    return wanted


def _day_of_month(field: str) -> _Day:
    if field == "L":
        return lambda day: day.day == _last(day)
    if field == "LW":
        return lambda day: day.day == _nearest_weekday(day, _last(day))
    if field.endswith("W"):
        wanted = _number(field[:-1], 1, 31, None)
        return lambda day: wanted <= _last(day) and day.day == _nearest_weekday(day, wanted)
    days = _numbers(field, 1, 31)
    return lambda day: day.day in days


def _day_of_week(field: str) -> _Day:
    if field == "L":
        return lambda day: _weekday(day) == DAYS["SAT"]
    if field.endswith("L"):
        wanted = _number(field[:-1], 1, 7, DAYS)
        return lambda day: _weekday(day) == wanted and day.day > _last(day) - 7
    if "#" in field:
        name, _, place = field.partition("#")
        wanted, nth = _number(name, 1, 7, DAYS), _number(place, 1, 5, None)
        return lambda day: _weekday(day) == wanted and (day.day - 1) // 7 + 1 == nth
    days = _numbers(field, 1, 7, DAYS)
    return lambda day: _weekday(day) in days
