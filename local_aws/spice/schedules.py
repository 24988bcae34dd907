"""When a data set's refresh schedule is due.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_RefreshSchedule.html, API_RefreshFrequency.html
(intervals; a week day for weekly schedules, a day of the month for monthly ones; no time of the day for hourly ones),
API_ScheduleRefreshOnEntity.html. Deviates: on which minute the schedules of 15 and 30 minutes and of an hour start is
not documented: on that of `TimeOfTheDay` if given, else of `StartAfterDateTime`, else on the full hour.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from local_aws.errors import AwsError

MINUTES = {"MINUTE15": 15, "MINUTE30": 30, "HOURLY": 60}
"""Intervals of which a data set has one schedule at most."""
LAST_DAY = "LAST_DAY_OF_MONTH"
_DAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")


def check(schedule: Mapping[str, Any]) -> None:
    """:raises AwsError: `InvalidParameterValueException` for what no schedule can be."""
    frequency, kind = schedule["ScheduleFrequency"], schedule["RefreshType"]
    interval, on = frequency["Interval"], frequency.get("RefreshOnDay") or {}
    if interval in {"MINUTE15", "MINUTE30"} and kind != "INCREMENTAL_REFRESH":
        raise _invalid(f"the interval {interval} is for incremental refreshes only")
    if interval == "WEEKLY" and not on.get("DayOfWeek"):
        raise _invalid("a WEEKLY schedule needs RefreshOnDay.DayOfWeek")
    if interval == "MONTHLY" and not on.get("DayOfMonth"):
        raise _invalid("a MONTHLY schedule needs RefreshOnDay.DayOfMonth")
    if interval not in MINUTES and not frequency.get("TimeOfTheDay"):
        raise _invalid(f"a {interval} schedule needs TimeOfTheDay")
    _zone(frequency)
    _time(frequency)


def next_time(schedule: Mapping[str, Any], now: datetime) -> datetime:
    """The first moment after `now` at which the schedule is due, in UTC."""
    frequency, start = schedule["ScheduleFrequency"], schedule.get("StartAfterDateTime")
    after = max(now, start - timedelta(microseconds=1)) if start else now  # the start itself may be a due time
    zone, interval = _zone(frequency), frequency["Interval"]
    local = after.astimezone(zone)
    if interval in MINUTES:
        return _step(local, MINUTES[interval], _minute(frequency, start, zone)).astimezone(UTC)
    at, day = _time(frequency) or time(), local.date()
    while True:  # a year has every week day, and every month a last one
        if _on(day, interval, frequency.get("RefreshOnDay") or {}):
            due = datetime.combine(day, at, zone).astimezone(UTC)
            if due > after:
                return due
        day += timedelta(days=1)


def _on(day: date, interval: str, on: Mapping[str, Any]) -> bool:
    if interval == "WEEKLY":
        wanted: str = on["DayOfWeek"]
        return _DAYS[day.weekday()] == wanted
    if interval == "MONTHLY":
        last = calendar.monthrange(day.year, day.month)[1]
        return day.day == (last if on["DayOfMonth"] == LAST_DAY else int(on["DayOfMonth"]))
    return True


def _step(local: datetime, minutes: int, first: int) -> datetime:
    """The first moment after `local` on a minute that is `first` of the hour, give or take whole intervals."""
    begin = local.replace(minute=0, second=0, microsecond=0) + timedelta(minutes=first % minutes)
    passed = (local - begin) // timedelta(minutes=minutes)
    return begin + (passed + 1) * timedelta(minutes=minutes)


def _minute(frequency: Mapping[str, Any], start: datetime | None, zone: ZoneInfo) -> int:
    at = _time(frequency)
    if at is not None:
        return at.minute
    return start.astimezone(zone).minute if start else 0


def _zone(frequency: Mapping[str, Any]) -> ZoneInfo:
    name = frequency.get("Timezone") or "UTC"
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise _invalid(f"there is no time zone {name!r}") from error


def _time(frequency: Mapping[str, Any]) -> time | None:
    text = frequency.get("TimeOfTheDay")
    if not text:
        return None
    try:
        return datetime.strptime(text, "%H:%M").time()
    except ValueError as error:
        raise _invalid(f"TimeOfTheDay is HH:MM, not {text!r}") from error


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValueException", f"Refresh schedule: {message}")
