"""All delivery streams of an account and region, ticked by the clock: in real time, and at once when it is set."""

from __future__ import annotations

import logging
import threading

from local_aws.clock import Clock
from local_aws.delivery.hose import Hose

log = logging.getLogger("local_aws.delivery")

TICK_SECONDS = 0.5


class Deliveries:
    """Keeps the hoses and ticks them. The thread runs while there is a hose."""

    def __init__(self, clock: Clock) -> None:
        self._hoses: dict[str, Hose] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        clock.on_move(self.tick)

    def open(self, hose: Hose) -> None:
        with self._lock:
            self._hoses[hose.name] = hose
            if self._thread is None:
                self._stop = threading.Event()
                self._thread = threading.Thread(target=self._run, args=(self._stop,), name="delivery", daemon=True)
                self._thread.start()

    def end(self, hose: Hose) -> None:
        """Deliver what the hose still holds and forget it."""
        hose.flush()
        with self._lock:
            self._hoses.pop(hose.name, None)
            if not self._hoses:
                self._halt()

    def tick(self) -> None:
        """Deliver what is due by the clock in all hoses."""
        for hose in tuple(self._hoses.values()):
            hose.tick()

    def close(self) -> None:
        """Tick no more: what the hoses hold stays in their journals."""
        with self._lock:
            self._hoses.clear()
            self._halt()

    def _halt(self) -> None:
        self._stop.set()
        self._thread = None

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(TICK_SECONDS):
            try:
                self.tick()
            except Exception:  # a full disk, for one: the records are kept, the next tick tries again
                log.exception("a tick of the deliveries failed")
