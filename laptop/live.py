"""The store, live: its own time runs some times as fast as ours, and its records arrive now, by the real clock.

The store's time is laid onto ours so that it has been selling for some hours already when `make up` begins. These hours
are sent first, each at its time by local_aws' clock, for a backfill to bring in; what follows is sent when it is due.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain

from laptop import endpoint
from laptop.environment import REGION
from laptop.store import BUFFERING
from producer import Arrival, kinesis_client, send

HISTORY = timedelta(hours=4)
SIMULATED_DAYS = 60
TICK_SECONDS = 1.0
HOUR = timedelta(hours=1)


def hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


@dataclass(frozen=True)
class Pace:
    """Lays the store's time onto ours: at `store` of its time it was `real`, and it runs `speed` times as fast."""

    store: datetime
    real: datetime
    speed: float

    def real_time(self, store: datetime) -> datetime:
        return self.real + (store - self.store) / self.speed

    def lay(self, arrivals: Iterable[Arrival]) -> Iterator[Arrival]:
        """The same records, arriving in our time."""
        for arrival in arrivals:
            yield arrival._replace(arrival_time=self.real_time(arrival.arrival_time))


def first_simulated_day(today: date) -> date:
    """So far back that the simulated store does not sell things tomorrow."""
    return today - timedelta(days=SIMULATED_DAYS)


class LiveStore:
    """Sends a source's records: the hours that are over at once, then the others as they become due.

    :param arrivals: the store's records, in its own time.
    :param speed: how many times as fast as ours the store's time runs.
    """

    def __init__(self, url: str, stream: str, arrivals: Iterable[Arrival], speed: float, now: datetime) -> None:
        self._url = url
        self._stream = stream
        self._client = kinesis_client(region=REGION, endpoint_url=url, profile=None)
        self.first_hour = hour_of(now) - HISTORY
        self.this_hour = hour_of(now)
        source = iter(arrivals)
        first = next(source, None)
        self._due: Iterator[Arrival] = iter(())
        if first is not None:
            began = first.arrival_time.replace(hour=0, minute=0, second=0, microsecond=0)
            self._due = Pace(began, self.first_hour, speed).lay(chain([first], source))
        self._held: Arrival | None = None
        self.sent = 0

    def send_history(self) -> int:
        """Send what arrived before this hour, by the clock of its time; how many records."""
        before = self.sent
        hour = self.first_hour
        try:
            while hour < self.this_hour:
                endpoint.set_clock(self._url, hour)
                self._send(self._until(hour + HOUR))
                hour += HOUR
            endpoint.set_clock(self._url, self.this_hour + BUFFERING)  # what is buffered is delivered
        finally:
            endpoint.set_clock(self._url, None)
        return self.sent - before

    def run(self, stop: Callable[[], bool]) -> None:
        """Send each record when it is due, until told to stop or until the store has no more."""
        while not stop():
            self._send(self._until(datetime.now(UTC)))
            if self.is_over:
                return
            time.sleep(TICK_SECONDS)

    @property
    def is_over(self) -> bool:
        """Whether the source has no more records."""
        if self._held is None:
            self._held = next(self._due, None)
        return self._held is None

    def _send(self, arrivals: Iterable[Arrival]) -> None:
        self.sent += send(self._client, self._stream, arrivals).records

    def _until(self, end: datetime) -> Iterator[Arrival]:
        while True:
            arrival = self._held or next(self._due, None)
            self._held = arrival
            if arrival is None or arrival.arrival_time >= end:
                return
            self._held = None
            yield arrival
