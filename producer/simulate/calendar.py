"""When the simulated store trades: its week, its year, its growth, its hours."""

from __future__ import annotations

from datetime import date, timedelta

_WEEK = (1.0, 1.1, 1.05, 1.25, 0.95, 0.0, 0.65)  # Monday to Sunday: shut on Saturday, short on Sunday
_YEAR = (0.75, 0.75, 0.85, 0.8, 0.95, 0.95, 0.9, 0.95, 1.2, 1.3, 1.6, 1.1)
_HOLIDAYS = {(12, 25), (12, 26), (1, 1)}
_GROWTH = 0.12  # a year
_FIRST_YEAR = 2010


def trade(day: date) -> float:
    """How much is ordered on the day, 1.0 being an average day of 2010; 0 when the store is shut."""
    if (day.month, day.day) in _HOLIDAYS:
        return 0.0
    middle = day.replace(day=15)
    neighbour = (middle.replace(day=1) - timedelta(1)) if day < middle else (middle + timedelta(31))
    share = abs((day - middle).days) / 31  # months flow into each other
    year = _YEAR[day.month - 1] * (1 - share) + _YEAR[neighbour.month - 1] * share
    growth = (1 + _GROWTH) ** (day.year + day.timetuple().tm_yday / 366 - _FIRST_YEAR)
    return _WEEK[day.weekday()] * year * float(growth)


def hours(day: date) -> tuple[int, int]:
    """The minutes of the day at which the store opens and shuts."""
    return (10 * 60, 16 * 60) if day.weekday() == 6 else (7 * 60 + 30, 20 * 60)


def next_open(day: date) -> date:
    while trade(day) == 0.0:
        day += timedelta(1)
    return day
