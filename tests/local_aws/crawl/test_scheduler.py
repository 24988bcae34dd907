"""Schedules that were kept go on in the process that opens them again."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime

from local_aws.clock import Clock
from local_aws.crawl.scheduler import Scheduler


def test_kept_schedules_start_their_crawlers_at_the_next_due_time_and_stopped_ones_stay_stopped() -> None:
    clock, started = Clock(datetime(2010, 12, 1, 8, tzinfo=UTC)), []
    first = Scheduler(clock, lambda name: None)
    first.set("runs", "cron(0 12 * * ? *)")
    first.set("stopped", "cron(0 12 * * ? *)")
    first.stop("stopped")
    first.close()
    clock = Clock(datetime(2010, 12, 5, 13, tzinfo=UTC))
    again = Scheduler(clock, started.append)
    again.kept.update(pickle.loads(pickle.dumps(first.kept)))
    again.recover()
    clock.set(datetime(2010, 12, 5, 13, tzinfo=UTC))
    assert started == []  # what was due while nothing ran has passed
    clock.set(datetime(2010, 12, 6, 12, 1, tzinfo=UTC))
    assert started == ["runs"]
    again.close()
