"""Replays: which lines, when they arrive, and which of them are the same."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from producer import Kind, OrderFileError, Replay, by_day


def line(invoice: object, when: str, *, quantity: str = "6", description: str = "HEART") -> str:
    return f"{invoice},85123A,{description},{quantity},{when},2.55,17850,United Kingdom"


def invoices(replay: Replay) -> list[str]:
    return [json.loads(arrival.payload)["InvoiceNo"] for arrival in replay]


def ids(replay: Replay) -> list[str]:
    return [json.loads(arrival.payload)["event_id"] for arrival in replay]


def test_replay_twice_has_the_same_records(order_file: Any) -> None:
    replay = Replay(order_file(line(1, "2010-12-01 08:00"), line(2, "x"), line(3, "2010-12-02 08:00")))
    assert list(replay) == list(replay)


def test_twins_in_an_invoice_are_two_events(order_file: Any) -> None:
    twin = line(1, "2010-12-01 08:00")
    path = order_file(twin, line(2, "2010-12-01 08:00"), twin, twin)
    first, _, second, third = ids(Replay(path))
    assert len({first, second, third}) == 3
    assert [each.rpartition("-")[2] for each in (first, second, third)] == ["1", "2", "3"]
    assert {each.rpartition("-")[0] for each in (first, second, third)} == {first.rpartition("-")[0]}


def test_twins_are_counted_over_all_files_of_a_folder(order_file: Any, tmp_path: Path) -> None:
    twin = line(1, "2010-12-01 08:00")
    order_file(twin, name="folder/1.csv")
    order_file(twin, name="folder/2.csv", header=False)
    assert [each[-2:] for each in ids(Replay(tmp_path / "folder"))] == ["-1", "-2"]


def test_layouts_of_a_file_have_the_same_records(order_file: Any, tmp_path: Path) -> None:
    ours = order_file(line(1, "2010-12-01 08:26:00"), line(2, "2010-12-11 18:26:00"))
    theirs = order_file(
        line(1, "12/1/10 8:26").replace("17850", "17850.0"),
        line(2, "12/11/2010 18:26"),
        name="theirs.csv",
        header=False,
        end=b"\r\n",
    )
    packed = tmp_path / "packed.csv.gz"
    packed.write_bytes(gzip.compress(ours.read_bytes()))
    assert list(Replay(ours)) == list(Replay(theirs)) == list(Replay(packed))


@pytest.mark.parametrize(
    ("first", "days", "expected"),
    [
        (None, None, ["1", "2", "3", "4"]),
        (date(2010, 12, 2), None, ["2", "3", "4"]),
        (date(2010, 12, 2), 1, ["2", "3"]),
        (date(2010, 12, 1), 2, ["1", "2", "3"]),
        (date(2010, 12, 3), 1, []),
    ],
)
def test_days_select_by_order_date(order_file: Any, first: date | None, days: int | None, expected: list[str]) -> None:
    moments = ["2010-12-01 23:59:59", "2010-12-02 00:00:00", "2010-12-02 23:59:59", "2010-12-04 00:00"]
    path = order_file(*[line(number, moment) for number, moment in enumerate(moments, 1)])
    replay = Replay(path, first, days)
    assert invoices(replay) == expected
    assert (replay.first_date, replay.last_date) == (date(2010, 12, 1), date(2010, 12, 4))


def test_undated_lines_belong_to_the_day_of_the_dated_line_before_them(order_file: Any) -> None:
    path = order_file(
        line(1, "?"), line(2, "2010-12-01 08:00"), line(3, "?"), line(4, "2010-12-02 08:00"), line(5, "?")
    )
    assert invoices(Replay(path, date(2010, 12, 1), 1)) == ["1", "2", "3"]
    assert invoices(Replay(path, date(2010, 12, 2), 1)) == ["4", "5"]
    at = [arrival.arrival_time.day for arrival in Replay(path)]
    assert at == [1, 1, 1, 2, 2]


def test_ids_do_not_depend_on_the_days_selected(order_file: Any) -> None:
    twin, junk = line(1, "2010-12-02 08:00"), "junk"
    path = order_file(line(0, "2010-12-01 08:00"), junk, twin, junk, twin, junk, line(2, "2010-12-03 08:00"), junk)
    days = [ids(Replay(path, date(2010, 12, day), 1)) for day in (1, 2, 3)]
    assert list(chain.from_iterable(days)) == ids(Replay(path))


def test_arrival_never_goes_back_and_older_lines_are_late(order_file: Any, tmp_path: Path) -> None:
    order_file(line(1, "2010-12-02 08:00"), line(2, "2010-12-02 07:00"), name="folder/a.csv")
    order_file(line(3, "2010-12-01 12:00"), line(4, "2010-12-02 09:00"), name="folder/b.csv")
    replay = Replay(tmp_path / "folder")
    assert [(a.arrival_time.isoformat()[:16], a.kind) for a in replay] == [
        ("2010-12-02T08:00", Kind.ORDER),
        ("2010-12-02T08:00", Kind.LATE),
        ("2010-12-02T08:00", Kind.LATE),
        ("2010-12-02T09:00", Kind.ORDER),
    ]
    assert replay.counts == {Kind.ORDER: 2, Kind.LATE: 2}


def test_by_day_groups_lazily_and_in_order(order_file: Any) -> None:
    path = order_file(*[line(n, f"2010-12-0{day} 08:00") for n, day in enumerate([1, 1, 2, 1, 4])])
    days = [(day, len(list(arrivals))) for day, arrivals in by_day(Replay(path))]
    assert days == [(date(2010, 12, 1), 2), (date(2010, 12, 2), 2), (date(2010, 12, 4), 1)]


def test_unreadable_lines_are_sent_counted_and_named(order_file: Any) -> None:
    replay = Replay(order_file(line(1, "2010-12-01 08:00"), line(2, "2010-12-01 09:00", quantity="six"), "a,b"))
    sent = [json.loads(arrival.payload) for arrival in replay]
    assert replay.counts == {Kind.ORDER: 1, Kind.UNREADABLE: 2}
    assert (sent[1]["Quantity"], sent[1]["event_time"]) == ("six", "2010-12-01T09:00:00Z")
    assert sent[2]["raw_line"] == "a,b"
    assert len({each["event_id"] for each in sent}) == 3
    assert replay.problems == [
        "orders.csv:3: the quantity is not an integer",
        "orders.csv:4: 2 fields instead of 8",
    ]


def test_a_bad_file_of_a_folder_is_refused_before_anything_is_sent(order_file: Any, tmp_path: Path) -> None:
    order_file(line(1, "2010-12-01 08:00"), name="folder/a.csv")
    (tmp_path / "folder" / "b.csv").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    with pytest.raises(OrderFileError, match=r"b\.csv: not an order file"):
        Replay(tmp_path / "folder")


def test_files_without_a_single_date_are_refused(order_file: Any) -> None:
    with pytest.raises(OrderFileError, match="no line from here on has a date"):
        list(Replay(order_file(line(1, "?"), line(2, "?"))))


def test_empty_files_are_days_without_orders(order_file: Any, tmp_path: Path) -> None:
    order_file(name="folder/a.csv", header=False)
    order_file(name="folder/b.csv")
    order_file(line(1, "2010-12-01 08:00"), name="folder/c.csv")
    assert invoices(Replay(tmp_path / "folder")) == ["1"]


def test_event_and_arrival_time_are_utc(order_file: Any) -> None:
    (arrival,) = Replay(order_file(line(1, "12/1/10 8:26")))
    assert arrival.arrival_time == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert json.loads(arrival.payload)["event_time"] == "2010-12-01T08:26:00Z"
