"""A forecast of a series of periods: a line through the series, what each part of the season adds, and a band.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_TimeBasedForecastProperties.html (periods, the
season, the prediction interval). Deviates: QuickSight's model is its own (random cut forest) and cannot be equalled:
this is a straight line with additive seasons, and the note at the visual says that it is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import NormalDist
from typing import Any

SEASONS = {"HOUR": 24, "DAY": 7, "WEEK": 52, "MONTH": 12, "QUARTER": 4}
MONTHS = {"MONTH": 1, "QUARTER": 3, "YEAR": 12}
DAYS = {"DAY": 1.0, "WEEK": 7.0, "HOUR": 1 / 24, "MINUTE": 1 / 1440, "SECOND": 1 / 86400}


def forecast(dates: Sequence[datetime], values: Sequence[float], unit: str, properties: Any) -> list[list[Any]]:
    """The next periods: [date, value, lower, upper] each; none where there are fewer than three periods.

    :param unit: the granularity of the dates.
    :param properties: a `TimeBasedForecastProperties`.
    """
    if len(values) < 3 or unit not in {*MONTHS, *DAYS}:
        return []
    ahead = int(properties.get("PeriodsForward") or 14)
    season = int(properties.get("Seasonality") or SEASONS.get(unit, 1))
    season = season if len(values) >= 2 * season else 1
    base, slope = _line(values, season)
    rest = [value - base - slope * at for at, value in enumerate(values)]
    parts = [_mean(rest[at::season]) for at in range(season)]
    errors = [each - parts[at % season] for at, each in enumerate(rest)]
    spread = (sum(each * each for each in errors) / max(1, len(errors) - 2)) ** 0.5
    share = float(properties.get("PredictionInterval") or 90) / 100
    reach = NormalDist().inv_cdf(0.5 + min(max(share, 0.5), 0.999) / 2) * spread
    low, high = properties.get("LowerBoundary"), properties.get("UpperBoundary")
    made = []
    for step in range(1, ahead + 1):
        at = len(values) - 1 + step
        middle = base + slope * at + parts[at % season]
        three = [_within(each, low, high) for each in (middle, middle - reach, middle + reach)]
        made.append([_later(dates[-1], unit, step), *three])
    return made


def _line(values: Sequence[float], season: int) -> tuple[float, float]:
    """(Value at the first period, change a period): least squares, or of each season to the next, so that the season
    itself is no trend."""
    middle, mean = (len(values) - 1) / 2, _mean(values)
    if season > 1:
        slope = _mean([now - before for now, before in zip(values[season:], values, strict=False)]) / season
    else:
        over = sum((at - middle) * (value - mean) for at, value in enumerate(values))
        slope = over / sum((at - middle) ** 2 for at in range(len(values)))
    return mean - slope * middle, slope


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _within(value: float, low: float | None, high: float | None) -> float:
    value = value if low is None else max(value, low)
    return value if high is None else min(value, high)


def _later(date: datetime, unit: str, steps: int) -> datetime:
    if unit in DAYS:
        return date + timedelta(days=DAYS[unit] * steps)
    months = date.month - 1 + MONTHS[unit] * steps
    return date.replace(year=date.year + months // 12, month=months % 12 + 1, day=1)
