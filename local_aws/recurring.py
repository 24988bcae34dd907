"""What comes again at times of its own, by the clock of the services."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable
from datetime import datetime
from typing import Generic, TypeVar

from local_aws.clock import Clock
from local_aws.errors import AwsError

Key = TypeVar("Key", bound=Hashable)

log = logging.getLogger("local_aws")

TICK_SECONDS = 1.0


class Recurring(Generic[Key]):
    """Runs what is due. Thread-safe; its own thread runs while there is something to wait for.

    Deviates: a clock that is set ahead over several due times makes one run.

    :param next_time: when a key is due after a moment; None if never again.
    :param run: what is done then; an `AwsError` skips that time.
    """

    def __init__(
        self, clock: Clock, name: str, next_time: Callable[[Key, datetime], datetime | None], run: Callable[[Key], None]
    ) -> None:
        self._clock = clock
        self._name = name
        self._next_time = next_time
        self._run = run
        self._lock = threading.RLock()
        self._due: dict[Key, datetime | None] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        clock.on_move(self._moved)

    def plan(self, key: Key) -> None:
        """Wait for the key's next time, whatever was waited for before."""
        with self._lock:
            self._due[key] = self._next_time(key, self._clock.now())
            if self._thread is None:
                self._stop = threading.Event()
                self._thread = threading.Thread(target=self._wait, args=(self._stop,), name=self._name, daemon=True)
                self._thread.start()

    def forget(self, key: Key) -> None:
        with self._lock:
            self._due.pop(key, None)
            if not self._due:
                self.close()

    def tick(self) -> None:
        """Run what is due."""
        with self._lock:
            now = self._clock.now()
            due = [key for key, at in self._due.items() if at is not None and at <= now]
            for key in due:
                self._due[key] = self._next_time(key, now)
        for key in due:
            try:
                self._run(key)
            except AwsError as error:
                log.warning("%s: %s was skipped: %s", self._name, key, error)

    def close(self) -> None:
        self._stop.set()
        self._thread = None

    def _moved(self) -> None:
        self.tick()
        with self._lock:  # a clock that was set back: what was due later comes again
            for key in self._due:
                self._due[key] = self._next_time(key, self._clock.now())

    def _wait(self, stop: threading.Event) -> None:
        while not stop.wait(TICK_SECONDS):
            self.tick()
