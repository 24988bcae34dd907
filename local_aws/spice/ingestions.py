"""Ingestions: a data set's rows fetched from its sources and put into SPICE, one at a time for a data set.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_Ingestion.html (states, RowInfo, QueueInfo),
API_CreateIngestion.html (32 manual refreshes in a rolling 24 hours), API_ErrorInfo.html (error types),
https://docs.aws.amazon.com/quicksight/latest/user/refreshing-imported-data.html (an incremental refresh replaces the
rows of its look-back window). Deviates: it asks the source for all rows and keeps those of the window.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from local_aws.errors import AwsError
from local_aws.jobs import Cancelled, Job
from local_aws.lake import Lake
from local_aws.spice.failures import error_info
from local_aws.spice.fetching import Fetcher, Origins
from local_aws.spice.preparation import Plan
from local_aws.spice.staging import Window
from local_aws.spice.storage import Loaded, Spice

log = logging.getLogger("local_aws")

ENDED = frozenset({"FAILED", "COMPLETED", "CANCELLED"})


@dataclass(frozen=True)
class Quotas:
    """What a QuickSight account may do: settings of the emulator.

    :param manual_refreshes: of a data set in a rolling 24 hours (32 in Enterprise, 8 in Standard edition).
    :param unreadable_share: of the rows that may be skipped before an ingestion fails.
        Deviates: QuickSight does not publish when it gives up (DATA_TOLERANCE_EXCEPTION).
    """

    manual_refreshes: int = 32
    unreadable_share: float = 0.5


@dataclass
class Ingestion:
    """One ingestion, as `DescribeIngestion` shows it."""

    id: str
    data_set_id: str
    arn: str
    created: datetime
    request_type: str
    source: str = "MANUAL"
    status: str = "INITIALIZED"
    rows: dict[str, int] = field(default_factory=dict)
    error: dict[str, str] | None = None
    queue: dict[str, str] | None = None
    seconds: int | None = None
    size: int | None = None
    job: Job | None = None
    lookback: tuple[str, timedelta] | None = None
    """Of an incremental refresh: the date column, and how far back its rows are replaced."""

    @property
    def counted(self) -> bool:
        """Whether it is one of the manual refreshes of a day."""
        return self.source == "MANUAL" and self.request_type.endswith("_REFRESH")

    def shape(self) -> dict[str, Any]:
        """The API's `Ingestion`."""
        return {
            "Arn": self.arn,
            "IngestionId": self.id,
            "IngestionStatus": self.status,
            "ErrorInfo": self.error,
            "RowInfo": self.rows or None,
            "QueueInfo": self.queue if self.status == "QUEUED" else None,
            "CreatedTime": self.created,
            "IngestionTimeInSeconds": self.seconds,
            "IngestionSizeInBytes": self.size,
            "RequestSource": self.source,
            "RequestType": self.request_type,
        }


Preparation = Callable[[], tuple[Plan, Origins]]
"""The data set's plan as it is when the ingestion starts, and what it can read."""


class Ingestions:
    """All ingestions of an account, by data set."""

    def __init__(self, lake: Lake, spice: Spice, quotas: Quotas) -> None:
        self._lake = lake
        self._spice = spice
        self._fetcher = Fetcher(lake, spice)
        self.quotas = quotas
        self._lock = threading.RLock()
        self._all: dict[str, dict[str, Ingestion]] = {}
        self._waiting: dict[str, deque[tuple[Ingestion, Preparation]]] = {}
        self._running: dict[str, Ingestion] = {}

    @property
    def kept(self) -> dict[str, dict[str, Ingestion]]:
        """The map itself, for what writes it to disk."""
        return self._all

    def recover(self, reason: str) -> None:
        """End what an earlier process left running or waiting."""
        for ingestion in (each for found in self._all.values() for each in found.values()):
            if ingestion.status not in ENDED:
                ingestion.status, ingestion.seconds = "FAILED", self._elapsed(ingestion)
                ingestion.error = {"Type": "INTERNAL_SERVICE_ERROR", "Message": reason}

    def of(self, data_set_id: str) -> list[Ingestion]:
        """A data set's ingestions, the newest first."""
        with self._lock:
            return list(reversed(self._all.get(data_set_id, {}).values()))

    def get(self, data_set_id: str, ingestion_id: str) -> Ingestion | None:
        return self._all.get(data_set_id, {}).get(ingestion_id)

    def start(
        self,
        data_set_id: str,
        ingestion_id: str,
        prepare: Preparation,
        request_type: str,
        source: str = "MANUAL",
        lookback: tuple[str, timedelta] | None = None,
    ) -> Ingestion:
        """Begin an ingestion, or queue it behind the one that runs.

        :param source: `MANUAL` or `SCHEDULED`.
        :raises AwsError: `ResourceExistsException` for a used id, `LimitExceededException` past the quota.
        """
        with self._lock:
            mine = self._all.setdefault(data_set_id, {})
            if ingestion_id in mine:
                message = f"The ingestion {ingestion_id} of the data set {data_set_id} exists already"
                raise AwsError("ResourceExistsException", message, 409, ResourceType="INGESTION")
            now = self._lake.clock.now()
            arn = self._lake.arn("quicksight", f"dataset/{data_set_id}/ingestion/{ingestion_id}")
            ingestion = Ingestion(ingestion_id, data_set_id, arn, now, request_type, source, lookback=lookback)
            if ingestion.counted:
                self._check_quota(data_set_id, now)
            mine[ingestion_id] = ingestion
            ahead = self._running.get(data_set_id)
            if ahead is None:
                self._run(ingestion, prepare)
            else:
                ingestion.status = "QUEUED"
                ingestion.queue = {"WaitingOnIngestion": ahead.id, "QueuedIngestion": ingestion.id}
                self._waiting.setdefault(data_set_id, deque()).append((ingestion, prepare))
            return ingestion

    def _check_quota(self, data_set_id: str, now: datetime) -> None:
        since = now - timedelta(hours=24)
        recent = [each for each in self._all[data_set_id].values() if each.counted and since < each.created <= now]
        if len(recent) >= self.quotas.manual_refreshes:
            limit = self.quotas.manual_refreshes
            message = f"The data set {data_set_id} was refreshed {limit} times in the last 24 hours, which is the limit"
            raise AwsError("LimitExceededException", message, 409, ResourceType="INGESTION")

    def cancel(self, data_set_id: str, ingestion_id: str) -> None:
        """Stop an ingestion: what it would have replaced stays."""
        with self._lock:
            ingestion = self._all[data_set_id][ingestion_id]
            if ingestion.status in ENDED:
                message = f"The ingestion {ingestion_id} has ended ({ingestion.status}) and cannot be cancelled"
                raise AwsError("InvalidParameterValueException", message)
            self._stop(ingestion, "CANCELLED", "INGESTION_CANCELED", "The ingestion was cancelled by request")

    def stop_all(self, data_set_id: str, error_type: str, message: str) -> None:
        """End what runs and waits: the data set was edited or deleted."""
        with self._lock:
            for ingestion in self._all.get(data_set_id, {}).values():
                if ingestion.status not in ENDED:
                    self._stop(ingestion, "FAILED", error_type, message)

    def forget(self, data_set_id: str) -> None:
        with self._lock:
            self._all.pop(data_set_id, None)

    def wait(self, data_set_id: str) -> None:
        """Block until nothing of the data set runs or waits."""
        while True:
            with self._lock:
                running = self._running.get(data_set_id)
                job = running.job if running else None
            if job is None:
                return
            job.wait()

    def _stop(self, ingestion: Ingestion, status: str, error_type: str, message: str) -> None:
        ingestion.status, ingestion.error = status, {"Type": error_type, "Message": message}
        ingestion.seconds = self._elapsed(ingestion)
        if ingestion.job is not None:
            ingestion.job.cancel()
        queue = self._waiting.get(ingestion.data_set_id, deque())
        self._waiting[ingestion.data_set_id] = deque(each for each in queue if each[0] is not ingestion)

    def _elapsed(self, ingestion: Ingestion) -> int:
        return max(0, round((self._lake.clock.now() - ingestion.created).total_seconds()))

    def _run(self, ingestion: Ingestion, prepare: Preparation) -> None:
        self._running[ingestion.data_set_id] = ingestion
        ingestion.job = self._lake.jobs.start(
            f"ingestion {ingestion.id}", lambda job: self._work(ingestion, prepare, job)
        )

    def _next(self, data_set_id: str) -> None:
        with self._lock:
            self._running.pop(data_set_id, None)
            queue = self._waiting.get(data_set_id)
            if queue:
                ingestion, prepare = queue.popleft()
                ingestion.status = "INITIALIZED"
                self._run(ingestion, prepare)

    def _work(self, ingestion: Ingestion, prepare: Preparation, job: Job) -> None:
        began = time.monotonic()
        try:
            job.check()
            self._advance(ingestion, "RUNNING")
            self._load(ingestion, prepare, job, began)
        except Cancelled:
            pass
        except Exception as error:
            with self._lock:
                if ingestion.status not in ENDED:
                    ingestion.error, ingestion.rows = error_info(error)
                    ingestion.status, ingestion.seconds = "FAILED", round(time.monotonic() - began)
                    log.info("ingestion %s of %s failed: %s", ingestion.id, ingestion.data_set_id, ingestion.error)
        finally:
            self._next(ingestion.data_set_id)

    def _advance(self, ingestion: Ingestion, status: str) -> None:
        with self._lock:
            if ingestion.status in ENDED:
                raise Cancelled(ingestion.id)
            ingestion.status = status

    @contextmanager
    def _completing(self, ingestion: Ingestion, loaded: Loaded, began: float) -> Iterator[None]:
        """Around the replacement of the rows: the ingestion is COMPLETED exactly if they were replaced."""
        with self._lock:
            yield
            ingestion.rows = {
                "RowsIngested": loaded.rows if loaded.arrived is None else loaded.arrived,
                "RowsDropped": loaded.dropped,
                "TotalRowsInDataset": loaded.rows,
            }
            ingestion.size, ingestion.seconds = loaded.size, round(time.monotonic() - began)
            ingestion.status = "COMPLETED"

    def _load(self, ingestion: Ingestion, prepare: Preparation, job: Job, began: float) -> None:
        plan, origins = prepare()
        arrived = self._fetcher.arrived(plan, origins, job)
        job.check()
        share = self.quotas.unreadable_share

        def publishing(loaded: Loaded) -> AbstractContextManager[None]:
            return self._completing(ingestion, loaded, began)

        window = None
        if ingestion.lookback is not None:
            column, reach = ingestion.lookback
            window = Window(column, self._lake.clock.now() - reach)
        self._spice.replace(ingestion.data_set_id, ingestion.id, plan, arrived, share, job, publishing, window)
