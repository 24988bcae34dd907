"""The ledger says what is pending, and no when layers differ; on a real S3."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from aws_warehouse.ledger import DayEntry, Ledger, LedgerImbalanceError, WindowEntry, at_least, day_ranges

WINDOW = WindowEntry(
    window_start="2010-12-02T00:00:00Z",
    window_end="2010-12-03T00:00:00Z",
    raw_objects=2,
    raw_records=10,
    accepted=6,
    seen_before=1,
    repeated=1,
    rejected=2,
    missing=0,
    days={"2010-12-01": 2, "2010-12-02": 4},
    rejects={"not JSON": 2},
)


@pytest.fixture
def ledger(client: Callable[..., Any], bucket: str) -> Ledger:
    return Ledger(client("s3"), bucket)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"accepted": 5}, "accepted 5", id="a record that is nowhere"),
        pytest.param({"accepted": 7}, "accepted 7", id="a record that is there twice"),
        pytest.param({"missing": 1}, "order_lines lacks 1", id="a readable event that order_lines lacks"),
        pytest.param({"rejected": 1}, "rejected 1", id="a lost reject"),
        pytest.param({"days": {"2010-12-02": 4}}, "order_lines by order day", id="an order day that is not counted"),
        pytest.param({"rejects": {}}, "order_rejects by reason", id="a reason that is not counted"),
    ],
)
def test_window_that_does_not_balance_is_refused_and_the_layer_named(change: dict[str, Any], said: str) -> None:
    WINDOW.check()
    with pytest.raises(LedgerImbalanceError, match=said):
        replace(WINDOW, **change).check()


def test_layers_that_differ_are_named() -> None:
    day = DayEntry("2010-12-01", {}, {"lake": 3, "fact": 3, "marts": 2}, {"lake": "1", "fact": "1", "marts": "1"}, "r")
    with pytest.raises(LedgerImbalanceError, match="2010-12-01: rows differ: lake 3, fact 3, marts 2"):
        day.check()


def test_days_are_pending_until_loaded_as_they_stand(ledger: Ledger) -> None:
    ledger.write_window(WINDOW)
    assert list(ledger.pending()) == ["2010-12-01", "2010-12-02"]
    same = {"lake": 2, "fact": 2, "marts": 2}
    ledger.write_day(DayEntry("2010-12-01", {WINDOW.key: 2}, same, {}, "run"))
    assert list(ledger.pending()) == ["2010-12-02"]
    later = replace(
        WINDOW, window_start="2010-12-20T00:00:00Z", window_end="2010-12-21T00:00:00Z", days={"2010-12-01": 6}
    )
    ledger.write_window(later)
    assert ledger.pending()["2010-12-01"] == {WINDOW.key: 2, later.key: 6}


def test_writing_a_window_twice_changes_nothing(ledger: Ledger) -> None:
    ledger.write_window(WINDOW)
    ledger.write_window(WINDOW)
    assert ledger.windows() == [WINDOW]


def test_window_that_does_not_balance_is_not_published(ledger: Ledger) -> None:
    ledger.write_window(replace(WINDOW, accepted=5))
    assert ledger.pending() == {}


def test_earlier_window_run_later_takes_its_events_over_and_both_balance(ledger: Ledger) -> None:
    ledger.write_window(WINDOW)
    found = [
        {"order_day": "2010-12-01", "arrival_hour": "2010-12-01T09", "line_count": 1},
        {"order_day": "2010-12-01", "arrival_hour": "2010-12-02T09", "line_count": 1},
    ]
    [changed] = ledger.take_over(found, "2010-12-01T00:00:00Z", "2010-12-02T00:00:00Z")
    assert (changed.accepted, changed.seen_before, changed.days) == (5, 2, {"2010-12-01": 1, "2010-12-02": 4})
    changed.check()
    assert ledger.windows() == [changed]
    assert ledger.take_over(found, "2010-12-01T00:00:00Z", "2010-12-02T00:00:00Z") == []


def test_window_that_lost_all_its_events_of_a_day_is_corrected_too(ledger: Ledger) -> None:
    ledger.write_window(replace(WINDOW, days={"2010-12-01": 6}))
    found = [{"order_day": "2010-12-01", "arrival_hour": "2010-12-01T09", "line_count": 6}]
    [changed] = ledger.take_over(found, "2010-12-01T00:00:00Z", "2010-12-02T00:00:00Z")
    assert (changed.accepted, changed.seen_before, changed.days) == (0, 7, {"2010-12-01": 0})


@pytest.mark.parametrize(
    ("windows", "rows"),
    [
        pytest.param({"2010-12-01T00_2010-12-02T00": 3, "2010-12-02T00_2010-12-03T00": 4}, 7, id="days add up"),
        pytest.param(
            {"2010-12-01T00_2010-12-02T00": 3, "2010-12-01T00_2011-01-01T00": 5}, 5, id="a month covers its day"
        ),
        pytest.param(
            {"2010-12-01T00_2010-12-03T00": 3, "2010-12-02T00_2010-12-04T00": 5}, 5, id="halves are not added"
        ),
        pytest.param({}, 0, id="none"),
    ],
)
def test_rows_of_overlapping_windows_are_not_counted_twice(windows: dict[str, int], rows: int) -> None:
    assert at_least(windows) == rows


def test_pending_days_make_few_ranges() -> None:
    days = ["2010-12-01", "2010-12-03", "2010-12-08", "2011-03-01"]
    ranges = [(each.first_day, each.last_day) for each in day_ranges(reversed(days))]
    assert ranges == [("2010-12-01", "2010-12-08"), ("2011-03-01", "2011-03-01")]


def test_fields_that_another_window_changed_meanwhile_are_not_overwritten(ledger: Ledger) -> None:
    assert ledger.fields() == ({}, "")
    assert ledger.write_fields({"Quantity": ["whole number"]}, "")
    assert not ledger.write_fields({"Country": ["text"]}, ""), "both found none"
    known, etag = ledger.fields()
    assert ledger.write_fields(known | {"Country": ["text"]}, etag)
    assert not ledger.write_fields(known | {"Voucher": ["text"]}, etag)
    assert set(ledger.fields()[0]) == {"Quantity", "Country"}
