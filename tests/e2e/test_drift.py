"""Schema drift and audits: a window that is not right never reaches the lake, so never the marts; the log says why."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from laptop.airflow import DagError
from producer import Arrival
from tests.e2e.conftest import World
from tests.e2e.test_rejects import GOOD

FIRST = date(2010, 12, 7)


def records(day: date, count: int = 4, **changes: Any) -> list[Arrival]:
    """Good records of a day, but for the changes; a field that is `...` is left out."""
    moment = datetime(day.year, day.month, day.day, 8, 30, tzinfo=UTC)
    found = []
    for number in range(count):
        record = GOOD | {"event_id": f"{day}-{number}", "InvoiceDate": f"{day} 08:26:00"} | changes
        text = json.dumps({name: value for name, value in record.items() if value is not ...})
        found.append(Arrival(moment, text.encode(), f"{day}-{number}"))
    return found


@pytest.fixture(scope="module")
def drifting(new_world: Callable[[], World]) -> World:
    """A warehouse that knows its records' fields from one good window."""
    world = new_world()
    world.send(FIRST, records(FIRST))
    world.window(FIRST)
    return world


def lines(world: World, day: date) -> int:
    return len(world.athena(f"SELECT event_id FROM order_lines WHERE order_day = DATE '{day}'"))


@pytest.mark.parametrize(
    ("number", "changes", "said"),
    [
        pytest.param(1, {"Quantity": "6"}, "Quantity was whole number, is text in most of 4 records", id="type"),
        pytest.param(2, {"Country": ...}, "no record has Country (text)", id="lost"),
    ],
)
def test_changed_type_or_lost_field_stops_the_window_before_the_merge_until_it_is_accepted(
    drifting: World, number: int, changes: dict[str, Any], said: str
) -> None:
    day = FIRST + timedelta(days=number)
    drifting.send(day, records(day, **changes))
    known, _ = drifting.ledger.fields()
    with pytest.raises(DagError, match="order_lake failed in audit_window") as failed:
        drifting.window(day)
    assert said in str(failed.value)
    assert "run the window again with accept_fields" in str(failed.value)
    assert lines(drifting, day) == 0
    assert drifting.ledger.open_windows() == []
    with pytest.raises(DagError, match="audit_window"):
        drifting.window(day)  # it has not become known by failing
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    form = {"window_start": start.isoformat(), "window_end": (start + timedelta(days=1)).isoformat()}
    drifting.run("order_lake", {**form, "accept_fields": True})
    assert lines(drifting, day) == 4
    assert any(said in line for line in drifting.ledger.windows()[-1].jobs["drift"])
    assert drifting.ledger.write_fields(known, drifting.ledger.fields()[1])  # for the next case


def test_new_field_is_reported_and_let_through(drifting: World) -> None:
    day = FIRST + timedelta(days=3)
    drifting.send(day, records(day, Voucher="SPRING"))
    drifting.window(day)
    assert lines(drifting, day) == 4
    assert drifting.ledger.windows()[-1].jobs["drift"] == ["new field Voucher (text) in 4 of 4 records"]
    known, etag = drifting.ledger.fields()
    assert known.pop("Voucher") == ["text"]
    assert drifting.ledger.write_fields(known, etag)


def test_some_bad_records_are_rejects_and_no_drift(drifting: World) -> None:
    day = FIRST + timedelta(days=4)
    drifting.send(day, [*records(day, 3), *records(day, 1, Quantity="six", event_id="odd")])
    drifting.window(day)
    entry = drifting.ledger.windows()[-1]
    assert (entry.accepted, entry.rejected, entry.jobs["drift"]) == (3, 1, [])


def test_id_that_was_used_twice_is_a_warning_with_both_texts(drifting: World) -> None:
    day = FIRST + timedelta(days=5)
    drifting.send(day, [*records(day, 2), *records(day, 1, Description="ANOTHER")])
    drifting.window(day)
    entry = drifting.ledger.windows()[-1]
    assert entry.jobs["warnings"] == {"each copy of an event says the same": 1}
    assert (entry.accepted, entry.repeated) == (2, 1)


def test_wrong_amount_is_found_before_the_merge(drifting: World) -> None:
    day = FIRST + timedelta(days=6)
    drifting.send(day, records(day))
    view = Path("include/sql/athena/order_records/create_view.sql").read_text()
    broken = view.replace("AS decimal(19, 0)) * unit_price AS", "AS decimal(19, 0)) * unit_price + 1 AS")
    assert broken != view
    drifting.athena(broken)
    try:
        with pytest.raises(DagError, match="4 rows against 'each amount is quantity times price'") as failed:
            drifting.window(day)
        assert "Nothing of the window was merged" in str(failed.value)
        assert lines(drifting, day) == 0
    finally:
        drifting.athena(view)
    drifting.window(day)
    assert lines(drifting, day) == 4


def test_doubled_row_of_the_lake_is_not_loaded_whoever_brought_it(drifting: World) -> None:
    drifting.run("order_warehouse")
    before = drifting.redshift("SELECT COUNT(*) AS n FROM sales.fact_order_lines")
    drifting.athena(f"INSERT INTO order_lines SELECT * FROM order_lines WHERE event_id = '{FIRST}-0'")
    with pytest.raises(
        DagError, match=r"order_warehouse failed in audit_lake.*'each event of the lake is one order line'"
    ):
        drifting.run("order_warehouse", {"first_day": str(FIRST), "last_day": str(FIRST)})
    assert drifting.redshift("SELECT COUNT(*) AS n FROM sales.fact_order_lines") == before
