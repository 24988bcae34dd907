"""The window of a run: whole hours, half open, from the form, the interval or the partition key."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aws_warehouse.window import HOUR, Window, WindowError, resolve_window, window_macro

START = datetime(2010, 12, 1, tzinfo=UTC)
DAY = Window(START, START + timedelta(days=1))


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        pytest.param(
            {"params": {"window_start": "2010-12-01", "window_end": "2010-12-02"}}, DAY, id="dates in the form"
        ),
        pytest.param(
            {"params": {"window_start": "2010-12-01T00:00:00Z", "window_end": "2010-12-02T01:00:00+01:00"}},
            DAY,
            id="instants in the form, of any zone",
        ),
        pytest.param(
            {"params": {"window_start": date(2010, 12, 1), "window_end": datetime(2010, 12, 2)}}, DAY, id="real dates"
        ),
        pytest.param(
            {
                "params": {"window_start": "2010-12-01", "window_end": "2010-12-02"},
                "data_interval_start": START - 9 * HOUR,
                "data_interval_end": START,
            },
            DAY,
            id="the form goes before the interval",
        ),
        pytest.param(
            {
                "params": {"window_start": None, "window_end": ""},
                "data_interval_start": START,
                "data_interval_end": START + 24 * HOUR,
            },
            DAY,
            id="an empty form leaves the interval",
        ),
        pytest.param(
            {"dag_run": SimpleNamespace(data_interval_start=START, data_interval_end=START + 24 * HOUR)},
            DAY,
            id="the interval of the run",
        ),
        pytest.param({"dag_run": SimpleNamespace(partition_key="2010-12-01")}, DAY, id="a day as partition key"),
        pytest.param(
            {"partition_key": "2010-12-01T08:00:00"}, Window(START + 8 * HOUR, START + 9 * HOUR), id="an hour as key"
        ),
    ],
)
def test_window_comes_from_form_then_interval_then_partition_key(context: dict[str, Any], expected: Window) -> None:
    assert resolve_window(context) == expected


@pytest.mark.parametrize(
    ("context", "message"),
    [
        pytest.param({}, "this run has no window.*window_start and window_end", id="nothing (asset or manual run)"),
        pytest.param(
            {"data_interval_start": START, "data_interval_end": START, "logical_date": None},
            "no window",
            id="an empty interval is none",
        ),
        pytest.param({"params": {"window_start": "2010-12-01"}}, "give both", id="half a form"),
        pytest.param(
            {"params": {"window_start": "1/12/10", "window_end": "2010-12-02"}},
            "window_start is '1/12/10'",
            id="no date",
        ),
        pytest.param({"params": {"window_start": 5, "window_end": 6}}, "give a date or an instant", id="numbers"),
        pytest.param(
            {"params": {"window_start": "2010-12-01T08:30Z", "window_end": "2010-12-02"}},
            "not on the hour",
            id="half hours",
        ),
        pytest.param(
            {"params": {"window_start": "2010-12-02", "window_end": "2010-12-02"}}, "before it begins", id="empty"
        ),
        pytest.param(
            {"params": {"window_start": "2010-12-02", "window_end": "2010-12-01"}}, "before it begins", id="backwards"
        ),
    ],
)
def test_run_without_a_possible_window_says_what_to_give(context: dict[str, Any], message: str) -> None:
    with pytest.raises(WindowError, match=message):
        resolve_window(context)


def test_macro_takes_the_context_from_the_template() -> None:
    from jinja2 import Environment

    template = Environment().from_string("{{ window().start_text }} {{ window().predicate }}")
    template.globals["window"] = window_macro
    rendered = template.render(params={"window_start": "2010-12-31T23:00", "window_end": "2011-01-01T01:00"})
    assert rendered == (
        "2010-12-31 23:00:00 year IN ('2010', '2011') AND month IN ('01', '12') AND day IN ('01', '31')"
        " AND concat(year, month, day, hour) >= '2010123123' AND concat(year, month, day, hour) < '2011010101'"
    )


def test_window_is_kept_in_utc_and_compares_so() -> None:
    zone = timezone(timedelta(hours=1))
    assert Window(START.astimezone(zone), DAY.end.astimezone(zone)) == DAY
    assert str(DAY) == "2010-12-01T00:00:00Z/2010-12-02T00:00:00Z"
    assert (START in DAY, DAY.end in DAY) == (True, False)
    with pytest.raises(WindowError, match="no time zone"):
        Window(datetime(2010, 12, 1), DAY.end)


@pytest.mark.parametrize(
    ("start", "end", "prefixes"),
    [
        ("2010-12-01", "2010-12-02", ["year=2010/month=12/day=01/"]),
        ("2010-12-01", "2011-01-01", ["year=2010/month=12/"]),
        ("2010-01-01", "2012-01-01", ["year=2010/", "year=2011/"]),
        (
            "2010-12-30T22:00",
            "2011-01-01T01:00",
            [
                "year=2010/month=12/day=30/hour=22/",
                "year=2010/month=12/day=30/hour=23/",
                "year=2010/month=12/day=31/",
                "year=2011/month=01/day=01/hour=00/",
            ],
        ),
    ],
)
def test_prefixes_are_the_fewest_that_hold_the_window(start: str, end: str, prefixes: list[str]) -> None:
    assert Window.of(start, end).prefixes("raw/") == ["raw/" + prefix for prefix in prefixes]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 24 * 800), st.integers(1, 24 * 800))
def test_cover_holds_each_hour_of_the_window_once_and_no_other(first: int, count: int) -> None:
    window = Window(START + first * HOUR, START + (first + count) * HOUR)
    cover = set(window.cover())
    hits = [sum(hour[:depth] in cover for depth in (1, 2, 3, 4)) for hour in window.partitions()]
    assert set(hits) == {1} and len(hits) == count
    for outside in (window.start - HOUR, window.end):
        values = tuple(f"{outside:%Y %m %d %H}".split())
        assert not any(values[:depth] in cover for depth in (1, 2, 3, 4))
