"""What a line becomes: values, identity, and the record of a line that cannot be read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from producer.order import (
    FIELDS,
    customer_id,
    decimal_text,
    digest,
    integer_text,
    parse_time,
    payload,
    read_order,
)

LINE = ["536365", "85123A", "WHITE HEART", "6", "2010-12-01 08:26:00", "2.55", "17850.0", "United Kingdom"]


def with_value(field: str, text: str) -> list[str]:
    return [text if name == field else value for name, value in zip(FIELDS, LINE, strict=True)]


def record(values: list[str]) -> dict[str, object]:
    reading = read_order(values)
    loaded = json.loads(payload(reading.members, "id-1", reading.event_time), parse_float=Decimal)
    assert isinstance(loaded, dict)
    return loaded


def test_record_has_the_eight_fields_typed_and_the_two_of_ours() -> None:
    assert record(LINE) == {
        "InvoiceNo": "536365",
        "StockCode": "85123A",
        "Description": "WHITE HEART",
        "Quantity": 6,
        "InvoiceDate": "2010-12-01 08:26:00",
        "UnitPrice": Decimal("2.55"),
        "CustomerID": "17850",
        "Country": "United Kingdom",
        "event_id": "id-1",
        "event_time": "2010-12-01T08:26:00Z",
    }


@pytest.mark.parametrize(
    "text",
    [
        "2010-12-01 08:26:00",
        "2010-12-01 8:26",
        "2010-12-01T08:26:00",
        "2010-12-01T08:26:00Z",
        "12/1/10 8:26",
        "12/01/2010 08:26",
        "12/1/2010 8:26:00",
        "2010-12-01 08:26:00.000",
    ],
)
def test_every_date_layout_is_the_same_moment_with_month_first(text: str) -> None:
    assert parse_time(text) == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert record(with_value("InvoiceDate", text))["InvoiceDate"] == "2010-12-01 08:26:00"


@pytest.mark.parametrize(
    "text", ["", "yesterday", "13/1/10 8:26", "2010-02-30 08:00:00", "1/12/10", "2010-12-01 25:00"]
)
def test_unreadable_date_stays_as_text_without_event_time(text: str) -> None:
    got = record(with_value("InvoiceDate", text))
    assert (got["InvoiceDate"], got["event_time"]) == (text, None)
    assert "invoice date" in (read_order(with_value("InvoiceDate", text)).problem or "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("6", "6"),
        ("-6", "-6"),
        ("+6", "6"),
        ("006", "6"),
        ("6.0", "6"),
        (" 6 ", "6"),
        ("-0", "0"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_quantity_is_a_json_integer_of_any_size(text: str, expected: str) -> None:
    assert integer_text(text) == expected


@pytest.mark.parametrize("text", ["", "six", "6.5", "1e3", "٦", "1,000", "--6", "NaN"])
def test_quantity_that_is_no_integer_stays_as_text(text: str) -> None:
    assert record(with_value("Quantity", text))["Quantity"] == text
    assert "quantity" in (read_order(with_value("Quantity", text)).problem or "")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2.55", "2.55"),
        ("2.10", "2.10"),
        ("0.1", "0.1"),
        ("18", "18"),
        ("-11062.06", "-11062.06"),
        ("123456789012345678.123456789", "123456789012345678.123456789"),
        (".5", "0.5"),
        ("5.", "5"),
        ("007.5", "7.5"),
        ("0", "0"),
        ("00", "0"),
        ("+1.5", "1.5"),
        ("1e-05", "1e-05"),
    ],
)
def test_price_is_written_digit_for_digit(text: str, expected: str) -> None:
    assert decimal_text(text) == expected
    json.loads(expected)


@pytest.mark.parametrize("text", ["", ".", "-", "1.2.3", "£2", "NaN", "Infinity", "e5", "1,5"])
def test_price_that_is_no_number_stays_as_text(text: str) -> None:
    assert record(with_value("UnitPrice", text))["UnitPrice"] == text
    assert "unit price" in (read_order(with_value("UnitPrice", text)).problem or "")


@pytest.mark.parametrize(
    ("text", "expected"), [("17850", "17850"), ("17850.0", "17850"), ("", None), (" ", None), ("K-9", "K-9")]
)
def test_customer_is_digits_or_null_and_anything_else_untouched(text: str, expected: str | None) -> None:
    assert customer_id(text) == expected


def test_a_long_run_of_zeros_is_read_in_linear_time() -> None:
    assert integer_text("0" * 100_000 + "x") is None
    assert decimal_text("0" * 100_000 + "x") is None


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("InvoiceDate", "12/1/10 8:26"),
        ("CustomerID", "17850"),
        ("UnitPrice", "2.550"),
        ("Quantity", "6.0"),
    ],
)
def test_layouts_of_one_line_share_their_identity(field: str, text: str) -> None:
    assert digest(read_order(with_value(field, text)).canonical) == digest(read_order(LINE).canonical)


@pytest.mark.parametrize("field", FIELDS)
def test_each_field_is_part_of_the_identity(field: str) -> None:
    other = with_value(field, "12/2/10 8:26" if field == "InvoiceDate" else "7")
    assert digest(read_order(other).canonical) != digest(read_order(LINE).canonical)


def test_values_cannot_pose_as_one_another() -> None:
    one = ["a", 'b","c', "", *LINE[3:]]
    other = ["a", "b", "c", *LINE[3:]]
    assert digest(read_order(one).canonical) != digest(read_order(other).canonical)


def test_identity_is_frozen() -> None:
    """Ids are in lakes: a change here makes every line of every replay new. It needs a migration."""
    assert digest(read_order(LINE).canonical).hex() == "39b6d99e1ad50bcd506bcfd1956f6170"
