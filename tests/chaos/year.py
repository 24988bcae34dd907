"""A year of the store, backfilled in shuffled order while workers are killed: equal to the undisturbed year.

The undisturbed year is brought in by months, in order, one at a time. The other one by weeks, shuffled, four at a time,
each worker killed at a random moment with the odds of `KILLED`. Both load the warehouse and refresh SPICE once, at
the end.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from random import Random

from laptop.environment import STATE
from laptop.stack import free_port
from laptop.store import BUFFERING, bounds, days_of
from producer import Arrival, Simulation
from tests.chaos import report
from tests.chaos.endpoint import Endpoint
from tests.chaos.faults import DASHBOARDS, LAKE, WAREHOUSE
from tests.chaos.store import Store
from tests.chaos.suite import differences, window
from tests.chaos.workers import Worker, WorkerError, Workers

FIRST_DAY = date(2010, 12, 1)
KILLED = 0.4
AT_A_TIME = 4
Span = tuple[date, int]
"""The first day of a window, and how many days it has."""


@dataclass
class Running:
    """A window under way."""

    span: Span
    run_id: str
    worker: Worker
    kill_at: float


@dataclass
class Backfill:
    """Windows run in the order that they are given in.

    :param rng: decides who is killed, and when; None: nobody.
    """

    workers: Workers
    rng: Random | None = None
    at_a_time: int = 1
    slowest: float = 5.0
    counts: Counter[str] = field(default_factory=Counter)

    def run(self, spans: list[Span]) -> None:
        todo, running = list(spans), list[Running]()
        while todo or running:
            while todo and len(running) < self.at_a_time:
                running.append(self._start(todo.pop(0)))
            time.sleep(0.02)
            running = [each for each in running if not self._is_over(each)]

    def _start(self, span: Span) -> Running:
        run_id = self.workers.begin(LAKE, window(*span))
        return Running(span, run_id, self.workers.work(LAKE, run_id), self._moment())

    def _moment(self) -> float:
        """When a worker that starts now is to be killed."""
        if self.rng is None or self.rng.random() > KILLED:
            return float("inf")
        return time.monotonic() + self.rng.uniform(0, self.slowest)

    def _is_over(self, running: Running) -> bool:
        if not running.worker.has_ended():
            if time.monotonic() > running.kill_at:
                running.worker.kill()
                self.counts["killed"] += 1
                self._go_on(running)
            return False
        try:
            running.worker.result()
        except WorkerError as error:  # of the small loop's own: SQLite was locked for too long
            self.counts["crashed"] += 1
            print(str(error).strip().splitlines()[-1], flush=True)
            self._go_on(running)
            return False
        if self.workers.state(LAKE, running.run_id) != "success":
            self.counts["cleared"] += 1
            self.workers.clear(LAKE, running.run_id, only_failed=False)
            self._go_on(running)
            return False
        self.counts["windows"] += 1
        print(f"{running.span[0]} + {running.span[1]} days: {dict(self.counts)}", flush=True)
        return True

    def _go_on(self, running: Running) -> None:
        running.worker = self.workers.work(LAKE, running.run_id)
        running.kill_at = self._moment()


def spans(days: int, length: int) -> list[Span]:
    """The windows of so many days each; the last one takes what is left."""
    return [(FIRST_DAY + timedelta(first), min(length, days - first)) for first in range(0, days, length)]


def arrive(store: Store, sent: list[tuple[date, list[Arrival]]], days: int) -> None:
    for day, records in sent:
        store.send(day, records)
    store.endpoint.set_clock(bounds(FIRST_DAY)[0] + timedelta(days) + BUFFERING)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make chaos-year", description=__doc__)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--orders", type=float, default=0.3, help="invoices a day")
    parser.add_argument("--write", action="store_true", help="write docs/reliability.md")
    options = parser.parse_args()
    began, state = time.monotonic(), STATE / "chaos-year"
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    simulation = Simulation(FIRST_DAY, options.days, seed=options.seed, orders_per_day=options.orders, products=200)
    sent = [(day, list(records)) for day, records in days_of(simulation, FIRST_DAY, options.days)]
    sent = [(day, records) for day, records in sent if records]
    endpoint = Endpoint(state / "local_aws", free_port())
    try:
        endpoint.start()
        workers = Workers(state / "airflow", endpoint.url, {})
        quiet = Backfill(workers)
        expected = live(endpoint, workers, "300000000001", sent, options.days, spans(options.days, 31), quiet)
        shuffled = spans(options.days, 7)
        rng = Random(options.seed)
        rng.shuffle(shuffled)
        wild = Backfill(workers, rng, AT_A_TIME)
        found = live(endpoint, workers, "300000000002", sent, options.days, shuffled, wild)
    finally:
        endpoint.stop()
    difference = differences(expected, found)
    text = _told(options, sent, wild.counts, expected, difference, (time.monotonic() - began) / 60)
    print(text)
    Path(state / "year.md").write_text(text + "\n")
    if options.write:
        report.write("year", text)
    return 1 if difference else 0


def live(
    endpoint: Endpoint,
    workers: Workers,
    account: str,
    sent: list[tuple[date, list[Arrival]]],
    days: int,
    windows: list[Span],
    backfill: Backfill,
) -> dict[str, object]:
    """The year in an account of its own; what its tables hold."""
    store = Store(endpoint, account)
    workers.use_account(account)
    endpoint.set_clock(bounds(FIRST_DAY)[0])
    _must(workers, "warehouse_deploy")
    store.prepare_to_look()
    arrive(store, sent, days)
    print(f"{account}: {len(sent)} days sent", flush=True)
    backfill.run(windows)
    _must(workers, WAREHOUSE)
    _must(workers, DASHBOARDS)
    for entry in store.ledger.windows():
        entry.check()
    if pending := store.ledger.pending():
        raise RuntimeError(f"still pending: {pending}")
    if running := store.jobs().running:
        raise RuntimeError(f"still running: {running}")
    return dict(store.content())


def _must(workers: Workers, dag_id: str) -> None:
    if workers.run(dag_id) != "success":
        raise RuntimeError(f"{dag_id} failed: {workers.last_words()}")


def _told(
    options: argparse.Namespace,
    sent: list[tuple[date, list[Arrival]]],
    counts: Counter[str],
    expected: dict[str, object],
    difference: list[str],
    minutes: float,
) -> str:
    rows = {name: len(table) for name, table in expected.items() if isinstance(table, list)}
    ended = "Every table of lake, Redshift and SPICE equals the undisturbed year's, row for row"
    return (
        f"{options.days} days (seed {options.seed}), {sum(len(records) for _, records in sent):,} records,"
        f" {rows['order_lines']:,} order lines, {rows['sales_by_day']:,} rows of `sales_by_day`. Undisturbed: by months"
        f" in order. Disturbed: {counts['windows']} weeks in shuffled order, {AT_A_TIME} at a time: {counts['killed']}"
        f" workers killed, {counts['cleared']} runs cleared by a person, {minutes:.0f} minutes.\n\n"
        + (f"**It differs**: {'; '.join(difference)}" if difference else f"{ended}; every window balances.")
    )


if __name__ == "__main__":
    sys.exit(main())
