"""The forecast goes on with a line and its season, within the bounds that the Definition sets."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from local_aws.dashboards.forecast import forecast

DAYS = [datetime(2011, 1, 1) + timedelta(days=at) for at in range(28)]


def test_line_with_a_weekly_season_goes_on_as_it_is() -> None:
    season = [-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0]
    values = [100.0 + season[at % 7] for at in range(28)]
    found = forecast(DAYS, values, "DAY", {"PeriodsForward": 7})
    assert [each[0] for each in found] == [DAYS[-1] + timedelta(days=at) for at in range(1, 8)]
    assert [each[1] for each in found] == [pytest.approx(100 + each) for each in season]
    assert all(low - 1e-9 <= value <= high + 1e-9 for _, value, low, high in found)


def test_bounds_hold() -> None:
    found = forecast(DAYS, [float(-at) for at in range(28)], "DAY", {"PeriodsForward": 3, "LowerBoundary": 0.0})
    assert {each[1] for each in found} == {0.0}


def test_months_follow_months_over_the_year() -> None:
    dates = [datetime(2010, month, 1) for month in (10, 11, 12)]
    found = forecast(dates, [1.0, 2.0, 3.0], "MONTH", {"PeriodsForward": 2})
    assert [each[0] for each in found] == [datetime(2011, 1, 1), datetime(2011, 2, 1)]
    assert [each[1] for each in found] == [pytest.approx(4.0), pytest.approx(5.0)]


def test_two_periods_are_too_few() -> None:
    assert forecast(DAYS[:2], [1.0, 2.0], "DAY", {}) == []
