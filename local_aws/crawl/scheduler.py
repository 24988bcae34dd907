"""The schedules of an account's crawlers: each crawler is started when it is due, by the clock of the services.

Evidence: https://docs.aws.amazon.com/glue/latest/webapi/API_Schedule.html (states) and
https://docs.aws.amazon.com/glue/latest/webapi/API_StartCrawlerSchedule.html, …StopCrawlerSchedule (errors).
Deviates: a clock that is set ahead over several due times makes one crawl, and a crawl that still runs when the next is
due is that one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from local_aws.clock import Clock
from local_aws.crawl.schedule import parse
from local_aws.errors import AwsError
from local_aws.recurring import Recurring


@dataclass
class _Plan:
    expression: str
    running: bool = True


class Scheduler:
    """Thread-safe.

    :param start: starts a crawler by name; an `AwsError` (it runs already, for one) skips that time.
    """

    def __init__(self, clock: Clock, start: Callable[[str], None]) -> None:
        self._lock = threading.RLock()
        self._plans: dict[str, _Plan] = {}
        self._recurring = Recurring(clock, "crawler schedules", self._next_time, start)

    @property
    def kept(self) -> dict[str, _Plan]:
        """The map itself, for what writes it to disk."""
        return self._plans

    def recover(self) -> None:
        """Go on with the schedules that were kept: times that passed meanwhile have passed."""
        with self._lock:
            for crawler, plan in self._plans.items():
                if plan.running:
                    self._recurring.plan(crawler)

    def set(self, crawler: str, expression: str) -> None:
        """Give a crawler a schedule, which runs; the empty expression takes it away."""
        with self._lock:
            if not expression:
                self._plans.pop(crawler, None)
                self._recurring.forget(crawler)
                return
            parse(expression)
            self._plans[crawler] = _Plan(expression)
            self._recurring.plan(crawler)

    def start(self, crawler: str) -> None:
        with self._lock:
            plan = self._plans.get(crawler)
            if plan is None:
                raise AwsError("NoScheduleException", f"Crawler {crawler} has no schedule.")
            if plan.running:
                raise AwsError("SchedulerRunningException", f"The schedule of crawler {crawler} is already running.")
            plan.running = True
            self._recurring.plan(crawler)

    def stop(self, crawler: str) -> None:
        with self._lock:
            plan = self._plans.get(crawler)
            if plan is None or not plan.running:
                raise AwsError("SchedulerNotRunningException", f"The schedule of crawler {crawler} is not running.")
            plan.running = False
            self._recurring.forget(crawler)

    def shown(self, crawler: str) -> dict[str, str] | None:
        """The `Schedule` shape of a crawler that has one."""
        plan = self._plans.get(crawler)
        if plan is None:
            return None
        return {"ScheduleExpression": plan.expression, "State": "SCHEDULED" if plan.running else "NOT_SCHEDULED"}

    def close(self) -> None:
        self._recurring.close()

    def _next_time(self, crawler: str, now: datetime) -> datetime | None:
        plan = self._plans.get(crawler)
        return parse(plan.expression).after(now) if plan and plan.running else None
