"""What is noted as loaded, what stays pending, and what fails, when the lake moves on during a load; on a real S3."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aws_warehouse import tasks
from aws_warehouse.connection import run_now
from aws_warehouse.lease import Lease
from aws_warehouse.ledger import Ledger
from tests.plugins.test_ledger import WINDOW

DAY = "2010-12-01"
PLANNED = {day: {WINDOW.key: rows} for day, rows in WINDOW.days.items()}
LATER = replace(
    WINDOW, window_start="2010-12-03T00:00:00Z", window_end="2010-12-04T00:00:00Z", days={DAY: 6}, jobs={"late": 1}
)


@pytest.fixture
def ledger(kept_ledger: Ledger) -> Ledger:
    kept_ledger.write_window(WINDOW)
    return kept_ledger


def reconcile(lake: int, fact: int, marts: int, windows: dict[str, dict[str, int]] = PLANNED) -> dict[str, int]:
    """What the task notes, when these are the rows of `DAY`; the other day of the plan is as it should be."""
    found = {
        DAY: {"lake": lake, "fact": fact, "marts": marts},
        "2010-12-02": dict.fromkeys(("lake", "fact", "marts"), 4),
    }
    rows = [
        {"order_day": day, "layer": layer, "line_count": count, "revenue": f"{count}.00"}
        for day, layers in found.items()
        for layer, count in layers.items()
    ]
    noted: dict[str, int] = tasks.reconcile_days.function(windows, [{"rows": rows}], 0, run_id="load")
    return noted


def test_days_that_agree_are_noted_and_no_longer_pending(ledger: Ledger) -> None:
    assert reconcile(2, 2, 2) == {DAY: 2, "2010-12-02": 4}
    assert ledger.pending() == {}


def test_lake_that_lost_or_gained_rows_with_no_window_at_work_fails(ledger: Ledger) -> None:
    with pytest.raises(tasks.CheckError, match="2010-12-01: rows differ: lake 3, fact 2, marts 2"):
        reconcile(3, 2, 2)
    assert DAY in ledger.pending()


def test_day_that_a_window_is_merging_stays_pending_and_the_others_are_noted(ledger: Ledger, kept_lease: Lease) -> None:
    run_now(kept_lease.acquire("late"))
    assert reconcile(5, 2, 2) == {"2010-12-02": 4}
    assert list(ledger.pending()) == [DAY]


def test_day_that_a_failed_window_merged_during_the_load_stays_pending(ledger: Ledger, kept_lease: Lease) -> None:
    run_now(kept_lease.acquire("late"))
    run_now(kept_lease.release("late"))
    assert reconcile(5, 2, 2) == {"2010-12-02": 4}
    assert list(ledger.pending()) == [DAY]


def test_window_that_failed_before_the_load_and_stays_open_hides_no_difference(ledger: Ledger) -> None:
    ledger.open_window(LATER.key, "failed for good, long ago")
    with pytest.raises(tasks.CheckError, match="rows differ: lake 3, fact 2, marts 2"):
        reconcile(3, 2, 2)


def test_day_that_a_window_settled_during_the_load_stays_pending(ledger: Ledger) -> None:
    ledger.write_window(LATER)
    assert reconcile(8, 2, 2) == {"2010-12-02": 4}
    assert list(ledger.pending()) == [DAY]


def test_day_whose_load_saw_part_of_a_merge_is_noted_with_the_windows_of_the_plan(ledger: Ledger) -> None:
    ledger.write_window(LATER)
    assert reconcile(8, 8, 8) == {DAY: 8, "2010-12-02": 4}
    assert ledger.days()[DAY].windows == {WINDOW.key: 2}
    assert list(ledger.pending()) == [DAY], "loaded once more than needed, never once less"


def test_fact_and_marts_agree_whatever_the_lake_does(ledger: Ledger, kept_lease: Lease) -> None:
    run_now(kept_lease.acquire("late"))
    with pytest.raises(tasks.CheckError, match="rows differ: fact 5, marts 2"):
        reconcile(5, 5, 2)


def test_fact_with_fewer_rows_than_the_ledger_fails(ledger: Ledger) -> None:
    with pytest.raises(tasks.CheckError, match="the ledger has 2 rows, the fact 1"):
        reconcile(1, 1, 1)


def test_planned_day_of_which_no_layer_has_a_row_fails(ledger: Ledger) -> None:
    with pytest.raises(tasks.CheckError, match="the ledger has rows of order day 2010-11-30"):
        reconcile(2, 2, 2, PLANNED | {"2010-11-30": {WINDOW.key: 1}})


def test_window_is_open_from_its_merge_to_its_balance(ledger: Ledger) -> None:
    context = {"run_id": "r", "params": {"window_start": WINDOW.window_start, "window_end": WINDOW.window_end}}
    assert tasks.open_window.function(**context) == WINDOW.key
    assert ledger.open_windows() == [WINDOW.key]
    ledger.close_window(WINDOW.key)
    ledger.close_window(WINDOW.key)
    assert ledger.open_windows() == []
