"""Fields that are new, of another type, or gone; and what is only a bad record."""

from __future__ import annotations

from typing import Any

import pytest

from aws_warehouse.drift import compare, lost_columns

KNOWN = {"event_id": ["text"], "Quantity": ["whole number"], "UnitPrice": ["number"], "CustomerID": []}


def rows(records: int = 10, **fields: dict[str, int] | str | None) -> list[dict[str, Any]]:
    """The fields of ten good records, but for those given."""
    kinds = {"event_id": "text", "Quantity": "whole number", "UnitPrice": "number", "CustomerID": "null"} | fields
    return [
        {"field_name": name, "field_type": kind, "record_count": count}
        for name, found in kinds.items()
        if found is not None
        for kind, count in ({found: records} if isinstance(found, str) else found).items()
    ]


def test_first_window_says_what_is_known() -> None:
    drift = compare({}, rows(UnitPrice={"number": 7, "whole number": 3}))
    assert drift.known == KNOWN
    assert drift.stopping == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"Quantity": "text"}, "Quantity was whole number, is text in most of 10 records", id="type"),
        pytest.param({"Quantity": "number"}, "Quantity was whole number, is number in most of 10 records", id="wider"),
        pytest.param({"UnitPrice": "object"}, "UnitPrice was number, is object in most of 10 records", id="nested"),
        pytest.param({"Quantity": None}, "no record has Quantity (whole number)", id="lost"),
        pytest.param({"CustomerID": None}, "no record has CustomerID (null)", id="lost, never set"),
    ],
)
def test_type_that_changed_and_field_that_is_lost_stop_unless_accepted(fields: dict[str, Any], said: str) -> None:
    drift = compare(KNOWN, rows(**fields))
    assert (drift.stopping, drift.reported) == ([said], [])
    accepted = compare(KNOWN, rows(**fields), accept=True)
    assert (accepted.stopping, accepted.reported) == ([], [said])
    assert compare(accepted.known, rows(**fields)).stopping == []


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"UnitPrice": "whole number"}, id="a number that is whole this time"),
        pytest.param({"CustomerID": "text"}, id="a field that was null until now"),
        pytest.param({"CustomerID": {"null": 10}}, id="a field that is null"),
        pytest.param({"Quantity": {"whole number": 6, "text": 4}}, id="some bad records"),
        pytest.param({"Quantity": {"whole number": 9, "number": 1}}, id="a bad record with half a piece"),
        pytest.param({"Quantity": {"whole number": 1}}, id="most records without it"),
    ],
)
def test_what_is_no_drift_passes_in_silence(fields: dict[str, Any]) -> None:
    drift = compare(KNOWN, rows(**fields))
    assert (drift.stopping, drift.reported) == ([], [])


def test_new_field_is_reported_and_known_if_most_records_have_it() -> None:
    drift = compare(KNOWN, rows(Voucher="text", Odd={"list": 1}))
    assert drift.stopping == []
    assert drift.reported == ["new field Odd (list) in 1 of 10 records", "new field Voucher (text) in 10 of 10 records"]
    assert drift.known == KNOWN | {"Voucher": ["text"]}


def test_window_without_records_changes_nothing() -> None:
    drift = compare(KNOWN, [])
    assert (drift.stopping, drift.reported, drift.known) == ([], [], KNOWN)


def test_column_that_the_catalog_lost_is_named() -> None:
    assert lost_columns(["InvoiceNo", "Quantity"], ["invoiceno", "country"]) == ["Quantity"]
