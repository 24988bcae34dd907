"""The simulated store: the same for the same seed, plausible, and honest about its dirt."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from producer import Arrival, Kind, ProducerError, Shares, Simulation, by_day
from producer.order import FIELDS, digest, event_id, read_order
from producer.simulate.catalogue import Catalogue
from producer.simulate.words import COUNTRIES

ROOT = Path(__file__).parents[2]
DAY = date(2010, 12, 1)
DISTINCT = (Kind.ORDER, Kind.LATE)


def load(arrival: Arrival) -> dict[str, Any]:
    loaded = json.loads(arrival.payload, parse_float=Decimal)
    assert isinstance(loaded, dict)
    return loaded


@pytest.fixture(scope="module")
def week() -> list[Arrival]:
    return list(Simulation(DAY, 7))


@pytest.fixture(scope="module")
def lines(week: list[Arrival]) -> list[dict[str, Any]]:
    return [load(arrival) for arrival in week if arrival.kind in DISTINCT]


def test_same_seed_same_bytes_and_another_seed_others() -> None:
    one, again, other = (list(Simulation(DAY, 2, seed=seed)) for seed in (5, 5, 6))
    assert one == again
    assert not {arrival.payload for arrival in one} & {arrival.payload for arrival in other if arrival.payload}


def test_seeds_have_catalogues_of_their_own() -> None:
    names = [{product.description for product in Catalogue(seed, 500, 50).products} for seed in (1, 2)]
    assert len(names[0] & names[1]) < 50


def test_another_process_draws_the_same_bytes() -> None:
    code = "from producer import Simulation as S; print(*(a.payload for a in S(days=1, orders_per_day=20)))"
    environments = [os.environ | {"PYTHONHASHSEED": seed} for seed in ("1", "2")]
    one, other = (subprocess.check_output([sys.executable, "-c", code], cwd=ROOT, env=env) for env in environments)
    assert len(one) > 10_000
    assert one == other


def test_ranges_that_meet_hold_what_the_whole_holds() -> None:
    whole = Counter(arrival.payload for arrival in Simulation(DAY, 5))
    parts = Counter(a.payload for a in Simulation(DAY, 2)) + Counter(
        a.payload for a in Simulation(DAY + timedelta(2), 3)
    )
    assert parts == whole


def test_a_range_is_complete_in_itself(week: list[Arrival]) -> None:
    times = [arrival.arrival_time for arrival in week]
    assert times == sorted(times)
    assert times[0].date() == DAY
    assert times[-1] < datetime(2010, 12, 8, tzinfo=UTC)


def test_counts_are_those_of_what_was_sent(week: list[Arrival]) -> None:
    simulation = Simulation(DAY, 7)
    arrivals = list(simulation)
    assert simulation.counts == Counter(arrival.kind for arrival in arrivals)
    assert sum(simulation.unreadable.values()) == simulation.counts[Kind.UNREADABLE] > 0
    identities = [load(arrival)["event_id"] for arrival in arrivals if arrival.kind in DISTINCT]
    assert len(set(identities)) == len(identities)
    repeated = [load(arrival)["event_id"] for arrival in arrivals if arrival.kind is Kind.DUPLICATE]
    assert set(repeated) <= set(identities)
    assert simulation.counts[Kind.LATE] > 0


def test_a_week_has_about_thirty_thousand_lines(week: list[Arrival]) -> None:
    assert 25_000 < len(week) < 36_000


def test_records_are_those_that_an_order_file_would_give(lines: list[dict[str, Any]]) -> None:
    """Same members, and the same event_id as a replay of these lines from a file."""
    for line in lines[::50]:
        values = ["" if line[field] is None else str(line[field]) for field in FIELDS]
        reading = read_order(values)
        assert reading.problem is None
        assert list(line) == [*FIELDS, "event_id", "event_time"]
        assert line["event_id"] == event_id(digest(reading.canonical), int(line["event_id"].rpartition("-")[2]))


def test_shut_on_saturday_and_short_on_sunday(week: list[Arrival], lines: list[dict[str, Any]]) -> None:
    days = Counter(date.fromisoformat(line["InvoiceDate"][:10]).weekday() for line in lines)
    assert days[5] == 0
    assert 0 < days[6] < min(days[day] for day in (0, 1, 2, 3, 4))
    hours = {line["InvoiceDate"][11:13] for line in lines}
    assert min(hours) >= "07"
    assert max(hours) <= "20"


def test_an_invoice_has_one_customer_country_and_time(lines: list[dict[str, Any]]) -> None:
    heads = defaultdict(set)
    for line in lines:
        heads[line["InvoiceNo"]].add((line["CustomerID"], line["Country"], line["InvoiceDate"]))
    assert all(len(head) == 1 for head in heads.values())
    countries = defaultdict(set)
    for line in lines:
        if line["CustomerID"]:
            countries[line["CustomerID"]].add(line["Country"])
    assert all(len(each) == 1 for each in countries.values())


def test_cancellations_take_back_what_was_sold() -> None:
    arrivals = Simulation(DAY, 21, shares=Shares.none(), orders_per_day=40)
    lines = [load(arrival) for arrival in arrivals]
    sold: dict[tuple[str, ...], int] = Counter()
    sold_on: dict[tuple[str, ...], datetime] = {}
    for line in lines:
        if line["InvoiceNo"].isdigit():
            sold[_thing(line)] += line["Quantity"]
            sold_on.setdefault(_thing(line), datetime.fromisoformat(line["event_time"]))
    late = [line for line in lines if line["InvoiceNo"].startswith("C") and line["InvoiceDate"] > "2010-12-16"]
    goods = [line for line in late if line["StockCode"] not in ("D", "AMAZONFEE", "BANK CHARGES")]
    assert len(goods) > 20
    for line in goods:
        assert line["Quantity"] < 0
        assert sold[_thing(line)] >= -line["Quantity"]
    waits = [datetime.fromisoformat(line["event_time"]) - sold_on[_thing(line)] for line in goods if line["CustomerID"]]
    assert min(waits) > timedelta(0)
    assert max(waits) > timedelta(days=5)


def _thing(line: dict[str, Any]) -> tuple[str, ...]:
    return line["StockCode"], str(line["CustomerID"]), str(line["UnitPrice"])


def test_the_dirt_of_real_orders_is_there(lines: list[dict[str, Any]]) -> None:
    descriptions = [line["Description"] or "" for line in lines]
    assert any("," in text for text in descriptions)
    assert any('"' in text for text in descriptions)
    assert any(not text.isascii() for text in descriptions)
    assert any(line["Description"] is None for line in lines)
    assert any(line["UnitPrice"] == 0 for line in lines)
    assert any(line["event_id"].endswith("-2") for line in lines)
    assert 0.05 < sum(line["CustomerID"] is None for line in lines) / len(lines) < 0.4
    assert {"POST", "DOT", "M", "D"} <= {line["StockCode"] for line in lines}
    assert any(line["InvoiceNo"].startswith("C") for line in lines)


def test_a_year_has_every_country_adjustments_and_its_peak_in_november() -> None:
    simulation = Simulation(date(2011, 1, 1), 365, orders_per_day=12)
    lines = [load(arrival) for arrival in simulation if arrival.kind in DISTINCT]
    invoices = {line["InvoiceNo"]: line["InvoiceDate"][:7] for line in lines}
    months = Counter(invoices.values())
    assert max(months, key=months.__getitem__) == "2011-11"
    assert any(number.startswith("A") for number in invoices)
    assert {line["Country"] for line in lines} <= {name for name, _ in COUNTRIES}
    assert len({line["Country"] for line in lines}) > 30
    assert max(Counter(line["Country"] for line in lines).items(), key=lambda each: each[1])[0] == "United Kingdom"


def test_late_records_arrive_hours_or_days_after_their_order(week: list[Arrival]) -> None:
    lag = [
        arrival.arrival_time - datetime.fromisoformat(load(arrival)["event_time"])
        for arrival in week
        if arrival.kind is Kind.LATE and arrival.arrival_time < datetime(2010, 12, 7, 23, 59, 59, tzinfo=UTC)
    ]
    assert min(lag) > timedelta(hours=1)
    assert max(lag) > timedelta(days=1)


def test_duplicates_come_at_once_and_on_later_days(week: list[Arrival]) -> None:
    first = {a.partition_key: a.arrival_time for a in week if a.kind in DISTINCT}
    lag = [a.arrival_time - first[a.partition_key] for a in week if a.kind is Kind.DUPLICATE]
    assert min(lag) == timedelta(0)
    assert any(timedelta(0) < each < timedelta(days=1) for each in lag)
    assert max(lag) > timedelta(days=1)


def test_unreadable_records_are_one_line_each_and_no_order() -> None:
    simulation = Simulation(DAY, 1, shares=Shares(unreadable=1, late=0, duplicate=0))
    arrivals = list(simulation)
    assert {arrival.kind for arrival in arrivals} == {Kind.UNREADABLE}
    assert len(simulation.unreadable) == 6
    for arrival in arrivals:
        assert b"\n" not in arrival.payload
        try:
            line = json.loads(arrival.payload)
        except ValueError:
            continue
        assert isinstance(line["Quantity"], str) or "event_id" not in line


def test_without_dirt_every_record_is_a_distinct_order() -> None:
    simulation = Simulation(DAY, 2, shares=Shares.none())
    assert len({arrival.partition_key for arrival in simulation}) == simulation.counts[Kind.ORDER]
    assert set(simulation.counts) == {Kind.ORDER}


def test_days_without_trade_do_not_come() -> None:
    days = [day for day, arrivals in by_day(Simulation(date(2010, 12, 24), 4, shares=Shares.none())) if list(arrivals)]
    assert days == [date(2010, 12, 24), date(2010, 12, 27)]


@pytest.mark.parametrize(("first", "days"), [(date(2008, 1, 1), 1), (DAY, 0)])
def test_impossible_ranges_are_refused(first: date, days: int) -> None:
    with pytest.raises(ProducerError):
        Simulation(first, days)


def test_a_share_above_one_is_refused() -> None:
    with pytest.raises(ValueError, match="late"):
        Shares(late=1.5)
