"""The one clock: real, or set, so that a replay of 2010 lands in 2010's partitions."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """What time it is for every service. A set clock runs on from the set time at real speed.

    Deviates: AWS has no settable clock; all that AWS stamps (arrival times, S3 dates, job times) follows this one.
    """

    def __init__(self, now: datetime | None = None) -> None:
        self._lock = threading.Lock()
        self._offset = timedelta()
        self._listeners: list[Callable[[], None]] = []
        if now is not None:
            self.set(now)

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        with self._lock:
            return datetime.now(UTC) + self._offset

    def naive_utc(self) -> datetime:
        """The present instant without its zone, as the base's models keep it."""
        return self.now().replace(tzinfo=None)

    def set(self, now: datetime) -> None:
        """Make `now` (aware) the present instant; listeners hear of it at once, before this returns."""
        if now.tzinfo is None:
            raise ValueError("the clock is set to an instant with a time zone")
        with self._lock:
            self._offset = now.astimezone(UTC) - datetime.now(UTC)
        for listener in tuple(self._listeners):
            listener()

    def on_move(self, listener: Callable[[], None]) -> None:
        """Call `listener` after each `set`: buffers that are due by the new time are flushed there."""
        self._listeners.append(listener)

    @staticmethod
    def sleep(seconds: float) -> None:
        """Wait in real time, whatever the clock says."""
        time.sleep(seconds)
