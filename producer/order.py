"""One order line: its canonical values, its identity, and the JSON record that is sent.

The record holds the eight fields of the order file plus two of ours:

- `event_id` is `<128-bit hash of the canonical line, hex>-<k>`, where k says that this is the k-th line with
  this very content in the replay. Real invoices hold the same line twice, and both were sold; a replay sends
  the same line again, and it was sold once. The hash recognises the line, the number keeps twins apart.
- `event_time` is the invoice date in ISO 8601. The files say no time zone: the store's clock is taken as UTC.

A line that cannot be read is still a record, for the lake to set aside with a reason. Where the eight fields
are there, a value that cannot be read stays the text that it was (`"Quantity": "six"`), and `event_time` is
null if that value is the date. Where they are not, the whole text goes into `raw_line`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

FIELDS = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)

# Leading zeros are stripped afterwards: `0*[0-9]+` would try every split of a long run of zeros.
_INTEGER = re.compile(r"([+-]?)([0-9]+)(?:\.0*)?")
_DECIMAL = re.compile(r"([+-]?)(?=\.?[0-9])([0-9]*)(?:\.([0-9]*))?([eE][+-]?[0-9]+)?")
_CUSTOMER = re.compile(r"([0-9]+)(?:\.0*)?")
_CLOCK = r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.0+)?)?Z?"
_YEAR_FIRST = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})[ T]" + _CLOCK)
_MONTH_FIRST = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}|[0-9]{2})[ T]" + _CLOCK)

json_text = json.JSONEncoder(ensure_ascii=False).encode
_canonical_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Reading(NamedTuple):
    """A line as far as it could be read."""

    canonical: tuple[str | None, ...]
    """The values that identify the line: the same for every layout of the same line."""
    members: str
    """The line's own members of the JSON record."""
    event_time: datetime | None
    problem: str | None
    """Why this is no order line, or None."""


def read_order(values: Sequence[str]) -> Reading:
    """Read the eight values of a line, in the order of FIELDS."""
    invoice, stock_code, description, quantity, invoice_date, price, customer, country = values
    problems = []
    quantity_text = integer_text(quantity)
    if quantity_text is None:
        problems.append("the quantity is not an integer")
    price_text = decimal_text(price)
    if price_text is None:
        problems.append("the unit price is not a number")
    event_time = parse_time(invoice_date.strip())
    if event_time is None:
        problems.append("the invoice date cannot be read")
    date_text = event_time.isoformat(" ")[:19] if event_time else invoice_date
    customer_text = customer_id(customer)
    members = (
        f'"InvoiceNo":{json_text(invoice)},"StockCode":{json_text(stock_code)},'
        f'"Description":{json_text(description) if description else "null"},'
        f'"Quantity":{quantity_text or json_text(quantity)},"InvoiceDate":{json_text(date_text)},'
        f'"UnitPrice":{price_text or json_text(price)},'
        f'"CustomerID":{json_text(customer_text) if customer_text else "null"},"Country":{json_text(country)}'
    )
    canonical = (
        invoice,
        stock_code,
        description or None,
        quantity_text or quantity,
        date_text,
        canonical_decimal(price_text) if price_text else price,
        customer_text,
        country,
    )
    return Reading(canonical, members, event_time, "; ".join(problems) or None)


def read_raw(text: str, problem: str) -> Reading:
    """A line whose eight values cannot be told apart: kept whole."""
    return Reading(("raw_line", text), f'"raw_line":{json_text(text)}', None, problem)


def digest(canonical: Sequence[str | None]) -> bytes:
    """Identity of the content of a line, 16 bytes: the hash of its canonical values as a compact JSON
    array."""
    return digest_json(_canonical_json(canonical))


def digest_json(array: str) -> bytes:
    return blake2b(array.encode(), digest_size=16).digest()


def event_id(content: bytes, occurrence: int) -> str:
    return f"{content.hex()}-{occurrence}"


def payload(members: str, identity: str, event_time: datetime | None) -> bytes:
    """The record: one JSON object on one line, UTF-8, without a line end (Firehose appends it)."""
    stamp = f'"{event_time.isoformat()[:19]}Z"' if event_time else "null"
    return f'{{{members},"event_id":"{identity}","event_time":{stamp}}}'.encode()


def integer_text(text: str) -> str | None:
    """`6`, `+6`, `006` and `6.0` are the JSON integer 6. As text: there is no limit to the digits."""
    match = _INTEGER.fullmatch(text.strip())
    if match is None:
        return None
    sign, digits = match.groups()
    digits = digits.lstrip("0") or "0"
    return "-" + digits if sign == "-" and digits != "0" else digits


def decimal_text(text: str) -> str | None:
    """The decimal text as a JSON number, digit for digit; only what JSON forbids is mended (`.5`, `+5`,
    `5.`)."""
    match = _DECIMAL.fullmatch(text.strip())
    if match is None:
        return None
    sign, whole, fraction, exponent = match.groups()
    number = (whole.lstrip("0") or "0") + (f".{fraction}" if fraction else "") + (exponent or "")
    return "-" + number if sign == "-" else number


def canonical_decimal(number: str) -> str:
    """One text for one price: 2.1, 2.10 and 2.100 are the same. Exponents are left alone: nobody writes
    them."""
    if "." not in number or "e" in number.lower():
        return number
    return number.rstrip("0").rstrip(".")


def customer_id(text: str) -> str | None:
    """`17850` and `17850.0` are customer 17850; empty is nobody; anything else stays as it is."""
    match = _CUSTOMER.fullmatch(text.strip())
    if match is not None:
        return match.group(1)
    return text if text.strip() else None


@lru_cache(maxsize=4096)  # all lines of an invoice carry the same date
def parse_time(text: str) -> datetime | None:
    """`2010-12-01 08:26:00`, `2010-12-01T08:26`, `12/1/10 8:26`, `12/1/2010 8:26:00`: month before day."""
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day, hour, minute, second = match.groups()
    elif match := _MONTH_FIRST.fullmatch(text):
        month, day, year, hour, minute, second = match.groups()
    else:
        return None
    try:
        century = 2000 if len(year) == 2 else 0
        return datetime(century + int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=UTC)
    except ValueError:
        return None
