"""A record on its way to the stream, and the days on which records arrive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple


class Kind(StrEnum):
    """What a record is, as its sender knows it: the other side of the lake's balance.

    Distinct readable lines = ORDER + LATE. The lake counts each of them once, DUPLICATE as seen before, and
    UNREADABLE as rejected.
    """

    ORDER = "order"
    LATE = "late"
    DUPLICATE = "duplicate"
    UNREADABLE = "unreadable"


class Arrival(NamedTuple):
    arrival_time: datetime
    """When the record reaches the stream: aware, UTC, never earlier than that of the record before it."""
    payload: bytes
    partition_key: str
    kind: Kind = Kind.ORDER


def by_day(arrivals: Iterable[Arrival]) -> Iterator[tuple[date, Iterator[Arrival]]]:
    """Group arrivals by the UTC day of their arrival, holding one record at a time.

    Each day comes once, because arrival times never go back. A day without arrivals does not come. Take what
    a day yields before asking for the next one: the days share one pass over the source.
    """
    return groupby(arrivals, key=lambda arrival: arrival.arrival_time.date())
