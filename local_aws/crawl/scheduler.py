"""The schedules of an account's crawlers: each crawler is started when it is due, by the clock of the services.

Evidence: https://docs.aws.amazon.com/glue/latest/webapi/API_Schedule.html (states) and
https://docs.aws.amazon.com/glue/latest/webapi/API_StartCrawlerSchedule.html, …StopCrawlerSchedule (errors).
Deviates: a clock that is set ahead over several due times makes one crawl, and a crawl that still runs when the next is
due is that one.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from local_aws.clock import Clock
from local_aws.crawl.schedule import parse
from local_aws.errors import AwsError

log = logging.getLogger("local_aws.crawl")

TICK_SECONDS = 1.0


@dataclass
class _Plan:
    """:param due: when the crawler is to start next; None also for a schedule that has no more times."""

    expression: str
    running: bool = True
    due: datetime | None = None

    def plan_after(self, now: datetime) -> None:
        self.due = parse(self.expression).after(now)


class Scheduler:
    """Thread-safe. Its own thread runs while there is a schedule.

    :param start: starts a crawler by name; an `AwsError` (it runs already, for one) skips that time.
    """

    def __init__(self, clock: Clock, start: Callable[[str], None]) -> None:
        self._clock = clock
        self._start = start
        self._lock = threading.RLock()
        self._plans: dict[str, _Plan] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        clock.on_move(self._moved)

    @property
    def kept(self) -> dict[str, _Plan]:
        """The map itself, for what writes it to disk."""
        return self._plans

    def recover(self) -> None:
        """Go on with the schedules that were kept: times that passed meanwhile have passed."""
        with self._lock:
            self._plan_anew()
            self._adjust()

    def set(self, crawler: str, expression: str) -> None:
        """Give a crawler a schedule, which runs; the empty expression takes it away."""
        with self._lock:
            self._plans.pop(crawler, None)
            if expression:
                self._plans[crawler] = plan = _Plan(expression)
                plan.plan_after(self._clock.now())
            self._adjust()

    def start(self, crawler: str) -> None:
        with self._lock:
            plan = self._plans.get(crawler)
            if plan is None:
                raise AwsError("NoScheduleException", f"Crawler {crawler} has no schedule.")
            if plan.running:
                raise AwsError("SchedulerRunningException", f"The schedule of crawler {crawler} is already running.")
            plan.running = True
            plan.plan_after(self._clock.now())
            self._adjust()

    def stop(self, crawler: str) -> None:
        with self._lock:
            plan = self._plans.get(crawler)
            if plan is None or not plan.running:
                raise AwsError("SchedulerNotRunningException", f"The schedule of crawler {crawler} is not running.")
            plan.running, plan.due = False, None
            self._adjust()

    def shown(self, crawler: str) -> dict[str, str] | None:
        """The `Schedule` shape of a crawler that has one."""
        plan = self._plans.get(crawler)
        if plan is None:
            return None
        return {"ScheduleExpression": plan.expression, "State": "SCHEDULED" if plan.running else "NOT_SCHEDULED"}

    def tick(self) -> None:
        """Start what is due."""
        with self._lock:
            now = self._clock.now()
            due = [name for name, plan in self._plans.items() if plan.due is not None and plan.due <= now]
            for name in due:
                self._plans[name].plan_after(now)
        for name in due:
            try:
                self._start(name)
            except AwsError as error:
                log.info("scheduled crawl of %s skipped: %s", name, error)

    def _moved(self) -> None:
        self.tick()
        with self._lock:  # a clock that was set back: what was due later comes again
            self._plan_anew()

    def _plan_anew(self) -> None:
        for plan in self._plans.values():
            if plan.running:
                plan.plan_after(self._clock.now())

    def _adjust(self) -> None:
        wanted = any(plan.running for plan in self._plans.values())
        if wanted and self._thread is None:
            self._stop = threading.Event()
            self._thread = threading.Thread(target=self._run, args=(self._stop,), name="crawler schedules", daemon=True)
            self._thread.start()
        elif not wanted:
            self.close()

    def close(self) -> None:
        self._stop.set()
        self._thread = None

    def _run(self, stop: threading.Event) -> None:
        while not stop.wait(TICK_SECONDS):
            self.tick()
