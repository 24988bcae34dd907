"""Whatever bytes are sent, each ends as a line, a reject or a copy of one, and the counts add up."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader

from aws_warehouse.settings import SQL
from aws_warehouse.window import Window
from laptop import endpoint
from laptop.store import BUFFERING
from tests.e2e.conftest import World

DAY = date(2010, 12, 7)
EXAMPLES = int(os.environ.get("POISON_EXAMPLES", "8"))
HOSTILE = [
    "'); DROP TABLE order_lines; --",
    '" OR 1=1 --',
    "{{ warehouse.bucket }} ${AwsAccountId} %s :first_day ?",
    "\x00\x01\x7f",
    "\u202e\u05e9\u05dc\u05d5\u05dd\u2066",
    "\ud83d\ude00\u0301\ufeff",
    "\\",
    "NaN",
    "null",
    "",
    " ",
    "a\nb",
    "a\r\nb",
    "a\u2028b\x85c",
]
words = st.sampled_from(HOSTILE) | st.text(max_size=20)
numbers: st.SearchStrategy[Any] = (
    st.integers(-(10**40), 10**40)
    | st.integers(-20, 20)
    | st.floats(allow_nan=True)
    | st.decimals(-99, 99, places=2).map(float)
    | words
    | st.none()
    | st.booleans()
)
moments = st.one_of(
    st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(str),
    st.datetimes(datetime(2010, 12, 1), datetime(2010, 12, 9)).map(lambda moment: f"{moment:%Y-%m-%d %H:%M:%S}"),
    st.sampled_from(["0001-01-01 00:00:00", "9999-12-31 23:59:59", "-0044-03-15", "2010-02-30 00:00:00", "24:00"]),
    words,
)


@st.composite
def orders(draw: st.DrawFn) -> bytes:
    """An order line, as it should be or with some of its members spoiled or missing."""
    line: dict[str, Any] = {
        "InvoiceNo": draw(st.sampled_from(["536365", "C536379", "A563185"])),
        "StockCode": draw(st.sampled_from(["85123A", "POST"])),
        "Description": draw(words | st.none()),
        "Quantity": draw(st.integers(-50, 50)),
        "InvoiceDate": "2010-12-07 08:26:00",
        "UnitPrice": draw(st.decimals(-9, 99, places=2).map(float)),
        "CustomerID": draw(st.sampled_from(["17850", "17850.0", None])),
        "Country": draw(st.sampled_from(["France", "EIRE"])),
        "event_id": draw(st.integers(0, 60).map(lambda number: f"e-{number}") | words),
    }
    for name in draw(st.sets(st.sampled_from(sorted(line)), max_size=2)):
        spoiled = {"Quantity": numbers, "UnitPrice": numbers, "InvoiceDate": moments}.get(name, words | numbers)
        line[name] = draw(spoiled)
    for name in draw(st.sets(st.sampled_from(sorted(line)), max_size=1)):
        del line[name]
    return json.dumps(line, ensure_ascii=draw(st.booleans())).encode("utf-8", "surrogatepass")


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """An order line of which a part is lost, or has become something else."""
    whole = draw(orders())
    cut = draw(st.integers(0, len(whole)))
    return whole[:cut] + draw(st.binary(max_size=4)) + whole[cut + draw(st.integers(0, 9)) :]


payloads = st.lists(orders() | damaged() | st.binary(max_size=80), min_size=1, max_size=40).flatmap(
    lambda sent: st.lists(st.sampled_from(sent), max_size=8).map(lambda again: [*sent, *again])
)


class Lake:
    """The lake's side of one window, by the repository's SQL files and no Airflow: a second a window."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._templates = Environment(loader=FileSystemLoader(SQL))
        self._hour = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC)

    def hour_of(self, records: list[bytes]) -> tuple[dict[str, int], Window]:
        """The counts of an hour of its own in which the records arrive, and its window."""
        window = Window(self._hour, self._hour + timedelta(hours=1))
        self._hour += timedelta(hours=1)
        endpoint.set_clock(self._world.server.url, window.start)
        kinesis = self._world.client("kinesis")
        entries = [{"Data": record, "PartitionKey": str(number)} for number, record in enumerate(records)]
        assert kinesis.put_records(StreamName="CadabraOrders", Records=entries)["FailedRecordCount"] == 0
        endpoint.set_clock(self._world.server.url, window.end + BUFFERING)
        for name in ("order_lines/merge_window", "order_rejects/merge_window"):
            self.query(name, window)
        [counts] = self.query("ledger/count_window", window)
        return {name: int(count or 0) for name, count in counts.items()}, window

    def query(self, name: str, window: Window) -> list[dict[str, str | None]]:
        sql = self._templates.get_template(f"athena/{name}.sql").render(window=lambda: window)
        return self._world.athena(sql)


@pytest.fixture(scope="module")
def lake(new_world: Callable[[], World]) -> Lake:
    return Lake(new_world())


@pytest.mark.slow
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(records=payloads)
def test_every_byte_string_ends_as_a_line_a_reject_or_a_copy_and_the_counts_add_up(
    lake: Lake, records: list[bytes]
) -> None:
    counts, window = lake.hour_of(records)
    accounted = sum(counts[name] for name in ("accepted", "seen_before", "repeated", "rejected"))
    assert (counts["missing"], accounted) == (0, counts["raw_records"]), counts
    # a record with an end of line in it is several lines; none is fewer than one
    assert counts["raw_records"] >= len(records)
    plain = [record for record in records if not {10, 13} & set(record)]
    if len(plain) == len(records):
        assert counts["raw_records"] == len(records)
    again = lake.query("ledger/count_hours", window)
    assert sum(int(row["line_count"] or 0) for row in again) >= counts["accepted"]
    for check in ("each_event_is_one_order_line", "each_amount_is_quantity_times_price"):
        assert lake.query(f"checks/{check}", window) == []
    rejects = lake.query("ledger/count_rejects", window)
    assert sum(int(row["reject_count"] or 0) for row in rejects) == counts["rejected"]


@pytest.mark.slow
def test_merging_it_all_again_changes_nothing(lake: Lake) -> None:
    lake.hour_of([b"no order", b"no order either", b"{}"])
    whole = Window.of(DAY, DAY + timedelta(days=1))
    names = ("order_lines/merge_window", "order_rejects/merge_window")
    before = [lake.query("ledger/count_window", whole), lake.query("ledger/count_hours", whole)]
    for name in names:
        lake.query(name, whole)
    assert [lake.query("ledger/count_window", whole), lake.query("ledger/count_hours", whole)] == before


@pytest.mark.slow
def test_records_of_a_megabyte_arrive_whole_or_are_set_aside_whole(lake: Lake) -> None:
    line = {
        "InvoiceNo": "536365",
        "Description": "x" * 1_000_000,
        "Quantity": 1,
        "InvoiceDate": "2010-12-07 08:26:00",
        "UnitPrice": 1.25,
        "event_id": "large",
    }
    large, noise = json.dumps(line).encode(), b"\xff" * 1_000_000
    counts, window = lake.hour_of([large, noise, large])
    assert Counter(counts) & Counter(accepted=1, rejected=1, repeated=1) == Counter(accepted=1, rejected=1, repeated=1)
    assert counts["raw_records"] == 3
    [found] = lake._world.athena("SELECT length(description) AS n FROM order_lines WHERE event_id = 'large'")
    assert found["n"] == "1000000"
    [kept] = lake._world.athena(
        f"SELECT max(length(line)) AS n FROM order_rejects WHERE arrival_hour = {window.start_literal}"
    )
    assert kept["n"] == "1000000"
