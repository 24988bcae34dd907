"""Days in a row, each with a fault in each of its stages, each compared with the same day undisturbed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

from laptop.store import bounds, days_of
from producer import Arrival, Simulation
from tests.chaos.endpoint import Endpoint
from tests.chaos.faults import CLEARS, LAKE, SENDING, STAGES, Case
from tests.chaos.store import Store
from tests.chaos.workers import Worker, Workers

FIRST_DAY = date(2010, 12, 1)
PATIENCE = 600.0
DEADLINE, SHORT_DEADLINE = 300.0, 6.0
"""For how many seconds a wait may last; the short one is for a service that throttles for good."""
Content = dict[str, Any]


@dataclass
class Day:
    """What a day looks like when nothing goes wrong."""

    content: Content
    books: Content
    jobs: dict[str, dict[str, int]]
    calls: dict[str, dict[str, int]]


@dataclass
class Outcome:
    """What became of one case."""

    case: Case
    struck: bool = False
    hit: str = ""
    """Whose process was killed: `worker`, `triggerer` or `local_aws`."""
    tries: int = 1
    healed: bool = False
    extra: dict[str, int] = field(default_factory=dict)
    failed: str = ""
    """Why the case is not survived; empty: it is."""
    seconds: float = 0.0

    def shape(self) -> dict[str, Any]:
        return asdict(self)


class ChaosError(Exception):
    """The suite itself cannot go on."""


def store_days(days: int, seed: int) -> list[tuple[date, list[Arrival]]]:
    """The first days of the simulated store on which something is sold."""
    simulation = Simulation(FIRST_DAY, days * 2, seed=seed, orders_per_day=1.5, products=40, customers=8)
    found = [(day, list(records)) for day, records in days_of(simulation, FIRST_DAY, days * 2)]
    return [(day, records) for day, records in found if records][:days]


class Chain:
    """A fresh account that lives through the days.

    :param days: the days with what is sent on them.
    """

    def __init__(
        self, endpoint: Endpoint, workers: Workers, account: str, days: list[tuple[date, list[Arrival]]]
    ) -> None:
        self._endpoint = endpoint
        self._workers = workers
        self._days = days
        self._store = Store(endpoint, account)
        workers.use_account(account)
        endpoint.set_clock(bounds(days[0][0])[0])
        if workers.run("warehouse_deploy") != "success":
            raise ChaosError(f"warehouse_deploy failed: {workers.last_words()}")
        self._store.prepare_to_look()

    def undisturbed(self) -> Iterator[Day]:
        for number, (_, records) in enumerate(self._days):
            calls: dict[str, dict[str, int]] = {}
            jobs: dict[str, dict[str, int]] = {}
            for stage in STAGES:
                before = self._store.jobs()
                self._endpoint.count_calls_anew()
                self._undisturbed_stage(stage, number, records)
                calls[stage] = self._endpoint.calls()
                jobs[stage] = self._store.jobs().since(before)
            yield Day(self._store.content(), self._store.books(), jobs, calls)

    def _undisturbed_stage(self, stage: str, number: int, records: list[Arrival]) -> None:
        if stage == SENDING:
            self._store.send(self._days[number][0], records)
        elif self._workers.run(stage, self._conf(stage, number)) != "success":
            raise ChaosError(f"{stage} failed undisturbed: {self._workers.last_words()}")

    def disturbed(self, number: int, cases: dict[str, Case], day: Day) -> list[Outcome]:
        """Live through a day with its faults, and compare."""
        outcomes = []
        for stage in STAGES:
            began, before = time.monotonic(), self._store.jobs()
            case = cases.get(stage)
            outcome = Outcome(case) if case else None
            if stage == SENDING:
                self._send(number, outcome)
            else:
                self._run(stage, number, outcome)
            self._check_jobs(stage, before, day, outcome)
            if outcome is not None:
                outcome.seconds = round(time.monotonic() - began, 1)
                outcomes.append(outcome)
        difference = differences(day.content, self._store.content()) + differences(day.books, self._store.books())
        for outcome in outcomes:
            outcome.failed = outcome.failed or "; ".join(difference)
        return outcomes

    def _send(self, number: int, outcome: Outcome | None) -> None:
        if outcome is not None:
            self._endpoint.set_faults([outcome.case.fault])
        self._store.send(*self._days[number])
        if outcome is not None:
            outcome.struck = self._endpoint.struck() > 0
            self._endpoint.clear_faults()

    def _run(self, stage: str, number: int, outcome: Outcome | None) -> None:
        run_id = self._workers.begin(stage, self._conf(stage, number))
        if outcome is None:
            self._finish(stage, run_id, self._workers.work(stage, run_id))
            return
        case = outcome.case
        # half of the cases wait in the triggerer, the other half in the worker
        waits = {"inline_wait": 0.0 if case.number % 2 else 2.0}
        waits["deadline"] = SHORT_DEADLINE if case.of.heals else DEADLINE
        self._endpoint.set_faults([case.fault])
        worker = self._strike(stage, run_id, outcome, waits)
        if outcome.hit and case.of.person:
            run_id, worker = self._person(stage, number, run_id, case.of.person)
        state = self._finish(stage, run_id, worker)
        outcome.struck = outcome.struck or self._endpoint.struck() > 0
        self._endpoint.clear_faults()
        if state != "success" and case.of.heals:
            outcome.healed = True
            self._workers.clear(stage, run_id)
            state = self._finish(stage, run_id, self._workers.work(stage, run_id, inline_wait=2.0))
        if case.of.person and not case.of.kills:
            self._workers.clear(stage, run_id, only_failed=False)
            state = self._finish(stage, run_id, self._workers.work(stage, run_id))
        states = self._workers.states(stage, run_id)
        outcome.tries = max(tries for _, tries in states.values())
        if state != "success":
            broken = [task for task, (ended, _) in states.items() if ended == "failed"]
            outcome.failed = f"the run is {state} in {', '.join(broken)}: {self._workers.last_words()}"

    def _strike(self, stage: str, run_id: str, outcome: Outcome, waits: dict[str, float]) -> Worker:
        """Work on the run until it is over or its process was killed; who goes on with it."""
        worker = self._workers.work(stage, run_id, **waits)
        kills, deadline = outcome.case.of.kills, time.monotonic() + PATIENCE
        while kills and not worker.has_ended() and not self._endpoint.struck():
            if time.monotonic() > deadline:
                raise ChaosError(f"{outcome.case}: it is not over after {PATIENCE:.0f} s")
            time.sleep(0.01)
        if not kills or worker.has_ended():
            return worker
        outcome.struck, outcome.hit = True, kills
        if kills == "local_aws":
            self._endpoint.kill()
            self._endpoint.start()
            return worker
        worker.kill()
        states = {state for state, _ in self._workers.states(stage, run_id).values()}
        outcome.hit = "triggerer" if "deferred" in states and "running" not in states else "worker"
        self._endpoint.clear_faults()  # what was delayed takes place now
        return worker if outcome.case.of.person else self._workers.work(stage, run_id, **waits)

    def _person(self, stage: str, number: int, run_id: str, does: str) -> tuple[str, Worker]:
        """Somebody marks the run failed whose worker is gone, and has it done again; the run and who works on it."""
        self._workers.mark_failed(stage, run_id)
        self._finish(stage, run_id, self._workers.work(stage, run_id))
        if does == CLEARS:
            self._workers.clear(stage, run_id, only_failed=False)
        else:
            run_id = self._workers.begin(stage, self._conf(stage, number))
        return run_id, self._workers.work(stage, run_id)

    def _finish(self, stage: str, run_id: str, worker: Worker) -> str:
        deadline = time.monotonic() + PATIENCE
        while not worker.has_ended():
            if time.monotonic() > deadline:
                worker.kill()
                return f"not over after {PATIENCE:.0f} s"
            time.sleep(0.01)
        worker.result()
        return self._workers.state(stage, run_id)

    def _check_jobs(self, stage: str, before: Any, day: Day, outcome: Outcome | None) -> None:
        now = self._store.jobs()
        found = now.since(before)
        extra = {kind: count - day.jobs[stage][kind] for kind, count in found.items() if count != day.jobs[stage][kind]}
        if outcome is None:
            return
        outcome.extra = extra
        # of what is given up, each job is given up at most once before a person has it done again
        most = day.jobs[stage] if outcome.case.of.heals else dict.fromkeys(extra, outcome.case.of.extra)
        if any(not 0 <= count <= most[kind] for kind, count in extra.items()):
            outcome.failed = outcome.failed or f"jobs more than undisturbed: {extra}"
        if now.running:
            outcome.failed = outcome.failed or f"left running: {', '.join(now.running)}"

    def _conf(self, stage: str, number: int) -> dict[str, Any]:
        start = bounds(self._days[number][0])[0]
        return window(start.date(), 1) if stage == LAKE else {}


def window(first: date, days: int) -> dict[str, str]:
    start = bounds(first)[0]
    return {"window_start": start.isoformat(), "window_end": (start + timedelta(days=days)).isoformat()}


def differences(expected: Content, found: Content) -> list[str]:
    """In which tables, and how many rows: empty when all are equal, row for row."""
    told = []
    for name, rows in expected.items():
        if found[name] == rows:
            continue
        if isinstance(rows, list):
            there, wanted = Counter(map(str, found[name])), Counter(map(str, rows))
            missing, more = wanted - there, there - wanted
            few = list(more.elements())[:1]
            told.append(
                f"{name}: {missing.total()} rows differ or are missing, {more.total()} are too many {few or ''}"
            )
        else:
            told.append(f"{name}: {found[name]} instead of {rows}")
    return told
