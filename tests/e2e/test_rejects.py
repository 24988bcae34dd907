"""What cannot be read is set aside with its reason, the run stays green, and the counts add up."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from producer import Arrival
from tests.e2e.conftest import World

DAY = date(2010, 12, 7)
GOOD = {
    "InvoiceNo": "536365",
    "StockCode": "85123A",
    "Description": "WHITE HANGING HEART T-LIGHT HOLDER",
    "Quantity": 6,
    "InvoiceDate": "2010-12-07 08:26:00",
    "UnitPrice": 2.55,
    "CustomerID": "17850",
    "Country": "United Kingdom",
    "event_id": "e-1",
    "event_time": "2010-12-07T08:26:00Z",
}


def _but(**changes: object) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


def _without(name: str) -> bytes:
    return json.dumps({key: value for key, value in GOOD.items() if key != name}).encode()


REJECTS = {
    b"this is no JSON": "not JSON",
    b'{"InvoiceNo": "536365", "Quan': "not JSON",
    b"": "not JSON",
    b"[1, 2]": "not a JSON object",
    b'"text"': "not a JSON object",
    _but(Quantity="six"): "Quantity is not a whole number",
    _but(Quantity=2.5): "Quantity is not a whole number",
    _without("Quantity"): "no Quantity",
    _without("event_id"): "no event_id",
    _but(event_id=""): "no event_id",
    _without("InvoiceNo"): "no InvoiceNo",
    _but(InvoiceDate="yesterday"): "InvoiceDate is not a date and time",
    _but(UnitPrice="two pounds"): "UnitPrice is not an amount",
    _but(Quantity=9_000_000_000_000, UnitPrice=900_000_000): "Quantity times UnitPrice is out of range",
    b'{"Description": "caf\xe9"}': "not UTF-8",
    json.dumps({"raw_line": "a,b", "event_id": "x", "event_time": None}).encode(): "not an order line of eight fields",
}
ODD_BUT_READABLE = {
    "quotes": _but(event_id="o-1", Description='12" "FRAMED", \\PRINT\\'),
    "SQL": _but(event_id="o-2", Description="'); DROP TABLE order_lines; --"),
    "right to left": _but(event_id="o-3", Description="שלום \u202e עולם"),
    "no customer": _but(event_id="o-4", CustomerID=None),
    "a negative price": _but(event_id="o-5", UnitPrice=-11062.06),
    "no description": _but(event_id="o-6", Description=None),
    "an ancient date": _but(event_id="o-7", InvoiceDate="0101-01-01 00:00:00"),
    "a far date": _but(event_id="o-8", InvoiceDate="2999-12-31 23:59:59"),
    "a field more": _but(event_id="o-9", Voucher="X"),
}


@pytest.fixture(scope="module")
def poisoned(new_world: Callable[[], World]) -> World:
    world = new_world()
    moment = datetime(DAY.year, DAY.month, DAY.day, 8, 30, tzinfo=UTC)
    payloads = [_but(), *REJECTS, *ODD_BUT_READABLE.values(), _but(), b"this is no JSON"]
    world.send(DAY, [Arrival(moment, payload, str(number)) for number, payload in enumerate(payloads)])
    world.window(DAY)
    return world


def test_each_unreadable_record_is_kept_with_its_reason_and_text(poisoned: World) -> None:
    found = poisoned.athena("SELECT line, reason, source_object FROM order_rejects")
    readable = {line.decode(errors="replace"): reason for line, reason in REJECTS.items()}
    assert {row["line"] or "": row["reason"] for row in found} == readable
    assert all((row["source_object"] or "").startswith("s3://") for row in found)


def test_counts_add_up_with_rejects_and_repeats(poisoned: World) -> None:
    [entry] = poisoned.ledger.windows()
    entry.check()
    assert entry.raw_records == 1 + len(REJECTS) + len(ODD_BUT_READABLE) + 2
    assert (entry.accepted, entry.repeated, entry.rejected) == (1 + len(ODD_BUT_READABLE), 2, len(REJECTS))


@pytest.mark.parametrize("name", ODD_BUT_READABLE)
def test_odd_but_readable_values_arrive_as_they_were_sent(poisoned: World, name: str) -> None:
    sent = json.loads(ODD_BUT_READABLE[name])
    [row] = poisoned.athena(f"SELECT * FROM order_lines WHERE event_id = '{sent['event_id']}'")
    assert row["description"] == sent["Description"]
    assert (row["order_time"] or "").startswith(sent["InvoiceDate"])
    assert row["customer_id"] == sent["CustomerID"]


def test_warehouse_takes_what_the_lake_accepted(poisoned: World) -> None:
    poisoned.publish()
    [found] = poisoned.redshift("SELECT COUNT(*) AS n FROM sales.fact_order_lines")
    assert int(found["n"]) == 1 + len(ODD_BUT_READABLE)
    assert poisoned.ledger.pending() == {}


def test_rejects_that_can_be_read_after_a_fix_are_replayed_by_their_window_and_it_balances(
    new_world: Callable[[], World],
) -> None:
    """The store wrote out some quantities; from now on the view reads one of them."""
    world = new_world()
    moment = datetime(DAY.year, DAY.month, DAY.day, 8, 30, tzinfo=UTC)
    records = [_but(Quantity="six"), _but(Quantity="six"), _but(event_id="e-2", Quantity="seven"), b"no JSON"]
    world.send(DAY, [Arrival(moment, record, str(number)) for number, record in enumerate(records)])
    world.window(DAY)
    [before] = world.ledger.windows()
    assert (before.accepted, before.rejected, before.repeated) == (0, 3, 1)
    view = Path("include/sql/athena/order_records/create_view.sql").read_text()
    read = "try_cast(CASE quantity_text WHEN 'six' THEN '6' ELSE quantity_text END AS bigint)"
    fixed = view.replace("try_cast(quantity_text AS bigint)", read)
    assert fixed != view
    world.athena(fixed)
    for _ in range(2):
        world.window(DAY)
        [after] = world.ledger.windows()
        assert (after.accepted, after.rejected, after.repeated) == (1, 2, 1)
        after.check()
    assert [row["quantity"] for row in world.athena("SELECT quantity FROM order_lines")] == ["6"]
    kept = world.athena("SELECT reason FROM order_rejects ORDER BY reason")
    assert [row["reason"] for row in kept] == ["Quantity is not a whole number", "not JSON"]
    world.publish()
    assert world.ledger.pending() == {}
