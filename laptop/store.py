"""The store's days, sent at their own time by local_aws' clock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from laptop import endpoint
from laptop.environment import REGION
from producer import Arrival, SendResult, by_day, follow_clock, kinesis_client, send

DAY = timedelta(days=1)
LONGEST_GAP = timedelta(days=31)
BUFFERING = timedelta(seconds=120)
"""How long after its end a day's last records have surely been delivered: twice the delivery stream's interval."""


def days_of(
    arrivals: Iterable[Arrival], first_day: date | None, days: int | None
) -> Iterator[tuple[date, Iterable[Arrival]]]:
    """Each day with its arrivals, also the days without: their windows are run as well, empty and green.

    Longer gaps than a month between the days of a file are passed over.
    """
    due = first_day
    for day, records in by_day(arrivals):
        while due is not None and due < day and day - due <= LONGEST_GAP:
            yield due, ()
            due += DAY
        yield day, records
        due = day + DAY
    end = first_day + timedelta(days=days) if first_day is not None and days is not None else None
    while due is not None and end is not None and due < end:
        yield due, ()
        due += DAY


def bounds(day: date) -> tuple[datetime, datetime]:
    """The day's first instant and that of the next day, in UTC."""
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return start, start + DAY


def send_day(url: str, stream: str, day: date, records: Iterable[Arrival]) -> SendResult:
    """Send one day's records, each hour at its time, and end the day: what Firehose buffers is delivered."""
    start, end = bounds(day)
    endpoint.set_clock(url, start)
    client = kinesis_client(region=REGION, endpoint_url=url, profile=None)
    result = send(client, stream, records, on_arrival=follow_clock(url))
    endpoint.set_clock(url, end + BUFFERING)
    return result
