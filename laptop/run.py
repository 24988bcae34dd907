"""`make run`: the store, local_aws and the DAGs in turn, then the ledger and the dashboard's address.

Each day of arrivals is sent at its own time, by local_aws' clock, and its window is run when the day is over.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from laptop import endpoint, environment
from laptop.airflow import DagError, InProcessAirflow

if TYPE_CHECKING:
    from producer import Arrival, Replay

RUN_LOG = environment.STATE / "run.log"
ACCOUNT = "123456789012"
SIMULATED_FIRST_DAY = date(2010, 12, 1)
SIMULATED_DAYS = 7


class RunError(Exception):
    """The run cannot go on; the message is one line and says what to do."""


@dataclass
class Sent:
    """What the store has sent: records, and how long sending took, in seconds."""

    records: int = 0
    seconds: float = 0.0


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        _run(options)
    except (RunError, endpoint.EndpointError) as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except DagError as error:
        print(f"\n{error}\nall that the tasks said is in {_short(RUN_LOG)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nstopped; `make down` stops local_aws too", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--orders", type=Path, help="an order file, or a folder of them (default: a simulated store)")
    parser.add_argument("--from", dest="first_day", help="the first order day, such as 2010-12-01")
    parser.add_argument("--days", help=f"how many days (default: all of the files; simulated: {SIMULATED_DAYS})")
    parser.add_argument("--seed", type=int, default=1, help="the simulated store's seed")
    parser.add_argument("--port", type=int, default=4580, help="local_aws' port")
    return parser


def _run(options: argparse.Namespace) -> None:
    from laptop.store import bounds, days_of

    began = time.monotonic()
    first_day, days = _days(options)
    arrivals = _arrivals(options, first_day, days)
    store = days_of(arrivals, first_day, days)
    opening = next(store, None)
    if opening is None:
        raise RunError(f"ORDERS={options.orders} holds no orders")
    url = endpoint.start(options.port)
    # nothing is to be older than the tables that hold it
    endpoint.set_clock(url, bounds(opening[0])[0])
    environment.use(url)
    _say(f"local_aws {url}")
    airflow = InProcessAirflow(RUN_LOG)
    airflow.run("warehouse_deploy")
    _say(f"deployed  stack, tables, data sets and dashboard, after {time.monotonic() - began:.0f} s")
    sent = Sent()
    try:
        for day, records in itertools.chain([opening], store):
            _lake_day(airflow, url, day, records, sent)
    finally:
        endpoint.set_clock(url, None)
    airflow.run("order_warehouse")
    airflow.run("sales_dashboards")
    _report(airflow, url, sent, time.monotonic() - began)


def _days(options: argparse.Namespace) -> tuple[date | None, int | None]:
    """The first day and the number of days, checked."""
    try:
        first_day = date.fromisoformat(options.first_day) if options.first_day else None
    except ValueError as error:
        raise RunError(f"FROM={options.first_day} is not a day; write it as FROM=2010-12-01") from error
    if options.days is not None and not (options.days.isdigit() and int(options.days) > 0):
        raise RunError(f"DAYS={options.days} is not a number of days; write it as DAYS=31")
    days = int(options.days) if options.days else None
    if options.orders is None:
        return first_day or SIMULATED_FIRST_DAY, days or SIMULATED_DAYS
    if days is not None and first_day is None:
        raise RunError("DAYS needs FROM, the first day, as in FROM=2010-12-01 DAYS=31")
    return first_day, days


def _arrivals(options: argparse.Namespace, first_day: date | None, days: int | None) -> Iterable[Arrival]:
    from producer import ProducerError, Replay, Simulation

    try:
        if options.orders is not None:
            return _replay(Replay(options.orders, first_day, days), first_day, days)
        assert first_day is not None and days is not None
        return Simulation(seed=options.seed, first_day=first_day, days=days)
    except ProducerError as error:
        raise RunError(f"ORDERS={error}" if options.orders else str(error)) from error


def _replay(replay: Replay, first_day: date | None, days: int | None) -> Iterable[Arrival]:
    """The arrivals of files. :raises RunError: when the days asked for lie before or after all orders of the files."""
    arrivals = iter(replay)
    first = next(arrivals, None)
    if first is not None:
        return itertools.chain([first], arrivals)
    begins, ends = replay.first_date, replay.last_date
    if begins is None or ends is None:
        raise RunError("ORDERS has no order with a date in it; name files with orders")
    after = first_day is not None and first_day > ends
    before = first_day is not None and days is not None and first_day + timedelta(days) <= begins
    if after or before:
        raise RunError(f"FROM={first_day} finds no orders; these files have some from {begins} to {ends}")
    return ()


def _lake_day(airflow: InProcessAirflow, url: str, day: date, records: Iterable[Arrival], sent: Sent) -> None:
    """Send one day and run its window."""
    from laptop.store import bounds, send_day

    began = time.monotonic()
    result = send_day(url, airflow.settings.stream, day, records)
    sent.records += result.records
    sent.seconds += time.monotonic() - began
    start, end = bounds(day)
    began = time.monotonic()
    airflow.run("order_lake", {"window_start": start.isoformat(), "window_end": end.isoformat()})
    entry = airflow.ledger().window(f"{start:%Y-%m-%dT%H}_{end:%Y-%m-%dT%H}")
    if entry is None:
        raise RunError(f"the run of {day} left no ledger entry; see {_short(RUN_LOG)}")
    _say(
        f"{day}  {result.records:>7,} sent = {entry.raw_records:>7,} raw: {entry.accepted:>7,} new,"
        f" {entry.seen_before + entry.repeated:>5,} seen before, {entry.rejected:>3,} rejected"
        f"  ({time.monotonic() - began:.1f} s)"
    )


def _report(airflow: InProcessAirflow, url: str, sent: Sent, seconds: float) -> None:
    from laptop.report import print_ledger

    print()
    print_ledger(airflow.ledger())
    _say(f"sent      {sent.records:,} records, {sent.records / max(sent.seconds, 0.001):,.0f} a second")
    _say(f"took      {seconds:.0f} s in all")
    address = f"{url}/dashboards/{ACCOUNT}/{airflow.settings.dashboard}"
    _say(f"dashboard {address}   (stays up until `make down`)")
    _say(f"as a file {_short(_as_file(address))}   (opens without a server: to keep, or to send)")


def _as_file(address: str) -> Path:
    """The dashboard as one HTML file with everything in it."""
    file = environment.STATE / f"{address.rpartition('/')[2]}.html"
    with urllib.request.urlopen(f"{address}/export.html") as answer:
        file.write_bytes(answer.read())
    return file


def _say(text: str) -> None:
    print(text, flush=True)


def _short(path: Path) -> str:
    return str(path.relative_to(environment.ROOT) if path.is_relative_to(environment.ROOT) else path)


if __name__ == "__main__":
    sys.exit(main())
