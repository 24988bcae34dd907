"""Asynchronous work as AWS does it: submitted, QUEUED, RUNNING, ended; cancellable while it runs."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor


class Cancelled(Exception):  # noqa: N818 - not an error: the caller asked for it
    """Raised inside a job that was asked to stop."""


class Job:
    """The handle that a running job and its owner share."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._cancelled = threading.Event()
        self._interrupts: list[Callable[[], None]] = []
        self._lock = threading.Lock()
        self.future: Future[None] | None = None

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def check(self) -> None:
        """Raise `Cancelled` if somebody asked for the end: called between the steps of long work."""
        if self.cancelled:
            raise Cancelled(self.name)

    def on_cancel(self, interrupt: Callable[[], None]) -> None:
        """Register what stops the work from outside, such as `connection.interrupt`."""
        with self._lock:
            self._interrupts.append(interrupt)
            late = self.cancelled
        if late:
            interrupt()

    def cancel(self) -> None:
        with self._lock:
            self._cancelled.set()
            interrupts = tuple(self._interrupts)
        for interrupt in interrupts:
            interrupt()

    def wait(self, timeout: float | None = None) -> None:
        """Block until the work has ended, however it ended."""
        if self.future is not None:
            self.future.exception(timeout)


MOST_HELD = 32
"""So many requests may wait for a job's end at a time; the server has more threads than that."""


class Jobs:
    """Runs jobs on a few threads; what does not fit waits, as a queued query does."""

    def __init__(self, workers: int = 8) -> None:
        self._pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="job")
        self._held = threading.Semaphore(MOST_HELD)

    def start(self, name: str, work: Callable[[Job], None]) -> Job:
        """Queue `work`; it gets its own `Job` and records its outcome itself (an exception is its owner's defect)."""
        job = Job(name)
        job.future = self._pool.submit(work, job)
        return job

    def hold(self, job: Job, seconds: float) -> None:
        """Keep a request until the job has ended, at most so long; not at all where too many are kept already: other
        requests, such as the one that cancels the job, must find a thread.
        """
        if self._held.acquire(blocking=False):
            try:
                with contextlib.suppress(TimeoutError):
                    job.wait(seconds)
            finally:
                self._held.release()

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
