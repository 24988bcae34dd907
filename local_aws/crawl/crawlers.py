"""The crawlers of an account: their definitions, states and history, and the jobs that run them.

Evidence: https://docs.aws.amazon.com/glue/latest/webapi/API_Crawler.html (states),
https://docs.aws.amazon.com/glue/latest/webapi/API_LastCrawlInfo.html,
https://docs.aws.amazon.com/glue/latest/webapi/API_CrawlerHistory.html
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local_aws.crawl.classifiers import Classifiers
from local_aws.crawl.log import CrawlLogs, Log
from local_aws.crawl.run import Crawl, Memory, counts, summary
from local_aws.errors import AwsError, Unsupported
from local_aws.jobs import Cancelled, Job
from local_aws.lake import Lake

Shape = dict[str, Any]
DEFAULT_DATABASE = "default"


@dataclass
class Run:
    """One crawl in a crawler's history."""

    crawl_id: str
    started: datetime
    state: str = "RUNNING"
    ended: datetime | None = None
    error: str | None = None
    summary: str | None = None
    counts: dict[str, int] = field(default_factory=dict)

    def seconds(self, now: datetime) -> float:
        return max(0.0, ((self.ended or now) - self.started).total_seconds())


@dataclass
class Entry:
    """A crawler.

    :param shape: what its owner defined, with `CreationTime`, `LastUpdated` and `Version`.
    :param memory: the crawl whose `Memory` the next one starts from.
    """

    shape: Shape
    state: str = "READY"
    runs: list[Run] = field(default_factory=list)
    memory: str | None = None
    job: Job | None = None

    @property
    def name(self) -> str:
        return str(self.shape["Name"])


class Crawlers:
    """All crawlers of one account and region; safe for several threads."""

    def __init__(self, lake: Lake, classifiers: Classifiers) -> None:
        self._lake = lake
        self._classifiers = classifiers
        self._logs = CrawlLogs(lake)
        self._lock = threading.RLock()
        self._entries: dict[str, Entry] = {}
        self._memories: dict[str, Memory] = {}

    @property
    def kept(self) -> dict[str, Entry]:
        """The map itself, for what writes it to disk."""
        return self._entries

    @property
    def memories(self) -> dict[str, Memory]:
        """What crawls have seen, by their id: apart from the crawlers, for it is large and never changes."""
        return self._memories

    def _remember(self, entry: Entry, crawl_id: str | None, seen: Memory | None) -> None:
        if crawl_id is not None and seen is not None:
            self._memories[crawl_id] = seen
        before, entry.memory = entry.memory, crawl_id
        if before is not None:
            self._memories.pop(before, None)

    def recover(self, reason: str) -> None:
        """End the crawls that an earlier process left running."""
        for entry in self._entries.values():
            entry.state = "READY"
            for run in entry.runs:
                if run.ended is None:
                    run.state, run.error, run.ended = "FAILED", reason, self._lake.clock.now()

    def all(self) -> list[Entry]:
        with self._lock:
            return [self._entries[name] for name in sorted(self._entries)]

    def get(self, name: str) -> Entry:
        """:raises AwsError: `EntityNotFoundException`."""
        with self._lock:
            found = self._entries.get(name)
        if found is None:
            raise AwsError("EntityNotFoundException", f"Crawler entry with name {name} does not exist")
        return found

    def find(self, name: str) -> Entry | None:
        return self._entries.get(name)

    def create(self, shape: Shape) -> Entry:
        now = self._lake.clock.now()
        with self._lock:
            if shape["Name"] in self._entries:
                raise AwsError("AlreadyExistsException", f"Crawler with name {shape['Name']} already exists")
            entry = Entry({**shape, "CreationTime": now, "LastUpdated": now, "Version": 1})
            self._entries[entry.name] = entry
            return entry

    def update(self, name: str, changes: Shape) -> None:
        """Change some members. What it has crawled is forgotten when targets or classifiers change."""
        with self._lock:
            entry = self._idle(name)
            before, version = entry.shape, entry.shape["Version"] + 1
            entry.shape = {**before, **changes, "LastUpdated": self._lake.clock.now(), "Version": version}
            if any(before.get(member) != entry.shape.get(member) for member in ("Targets", "Classifiers")):
                self._remember(entry, None, None)

    def delete(self, name: str) -> None:
        with self._lock:
            self._remember(self._idle(name), None, None)
            del self._entries[name]

    def _idle(self, name: str) -> Entry:
        entry = self.get(name)
        if entry.state != "READY":
            raise AwsError("CrawlerRunningException", f"Crawler with name {name} has already started")
        return entry

    def start(self, name: str) -> None:
        """Begin a crawl; it runs as a job."""
        with self._lock:
            entry = self._idle(name)
            run = Run(self._lake.new_id(), self._lake.clock.now())
            entry.state = "RUNNING"
            entry.runs.append(run)
            entry.job = self._lake.jobs.start(f"crawler {name}", lambda job: self._run(entry, run, job))

    def stop(self, name: str) -> None:
        """Ask the running crawl to end."""
        with self._lock:
            entry = self.get(name)
            if entry.state == "STOPPING":
                raise AwsError("CrawlerStoppingException", f"Crawler with name {name} is stopping")
            if entry.state != "RUNNING" or entry.job is None:
                raise AwsError("CrawlerNotRunningException", f"Crawler with name {name} isn't running")
            entry.state = "STOPPING"
            entry.job.cancel()

    def _run(self, entry: Entry, run: Run, job: Job) -> None:
        log = self._logs.of(entry.name, run.crawl_id)
        state, error = "FAILED", None
        try:
            state, error = self._outcome(entry, run, job, log)
            log("ERROR" if error else "BENCHMARK", error or f"The crawl is {state}.")
        except Exception as problem:  # a defect: told to the owner, and to whoever waits for the job
            error = f"Internal Service Exception: {type(problem).__name__}: {problem}"
            raise
        finally:
            with self._lock:
                run.state, run.error, run.ended = state, error, self._lake.clock.now()
                entry.state, entry.job = "READY", None

    def _outcome(self, entry: Entry, run: Run, job: Job, log: Log) -> tuple[str, str | None]:
        """The state in which the crawl ended, and what went wrong."""
        try:
            job.check()
            log("BENCHMARK", f"Running Start Crawl for Crawler {entry.name}")
            self._crawl(entry, run, job, log)
        except Cancelled:
            return "STOPPED", None
        except AwsError as problem:
            return "FAILED", f"{problem.message} (Error Code: {problem.code})"
        except Unsupported as problem:
            return "FAILED", str(problem)
        return "COMPLETED", None

    def _crawl(self, entry: Entry, run: Run, job: Job, log: Log) -> None:
        shape = {**entry.shape, "DatabaseName": entry.shape.get("DatabaseName") or DEFAULT_DATABASE}
        if shape["DatabaseName"] == DEFAULT_DATABASE and shape["Targets"].get("S3Targets"):
            self._make_default_database()
        crawl = Crawl(
            crawler=shape,
            classifiers=self._classifiers.options(shape.get("Classifiers") or []),
            memory=self._memories.get(entry.memory or "", Memory()),
            objects=self._lake.objects,
            catalog=self._lake.catalog,
            now_ms=int(run.started.timestamp() * 1000),
            check=job.check,
            log=log,
        )
        changes = crawl.plan()
        with self._lock:
            job.check()
            entry.state = "STOPPING"  # from here on the catalog is written, and nothing stops it half way
        crawl.write(changes)
        with self._lock:
            self._remember(entry, run.crawl_id, crawl.seen)
        run.summary, run.counts = summary(changes), counts(changes)

    def _make_default_database(self) -> None:
        try:
            self._lake.catalog.create_database({"Name": DEFAULT_DATABASE})
        except AwsError as problem:
            if problem.code != "AlreadyExistsException":
                raise
