"""`make run`: the store, local_aws and the DAGs in turn, then the ledger and the dashboard's address.

The DAGs are the real ones, run by `dag.test()` in this process: no scheduler, one task after another. Each day of
arrivals is sent at its own time, by local_aws' clock, and its window is run when the day is over.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import logging
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from laptop import endpoint, environment

if TYPE_CHECKING:
    from producer.arrival import Arrival

RUN_LOG = environment.STATE / "run.log"
ACCOUNT = "123456789012"
SIMULATED_FIRST_DAY = date(2025, 11, 24)
SIMULATED_DAYS = 7
LONGEST_GAP = timedelta(days=31)
BUFFERING = timedelta(seconds=120)
"""How long after its end a day's last records have surely been delivered: twice the delivery stream's interval."""


class RunError(Exception):
    """The run cannot go on; the message is one line and says what to do."""


@dataclass
class Sent:
    """What the store sent, in records, against what the lake is to hold."""

    records: int = 0
    seconds: float = 0.0


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        _run(options)
    except (RunError, endpoint.EndpointError) as error:
        print(f"\n{error}", file=sys.stderr)
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
    began = time.monotonic()
    first_day, days = _days(options)
    arrivals = _arrivals(options, first_day, days)
    url = endpoint.start(options.port)
    environment.use(url)
    _say(f"local_aws {url}")
    airflow = _Airflow(RUN_LOG)
    _say(f"Airflow   ready after {time.monotonic() - began:.0f} s; what the tasks say is in {_short(RUN_LOG)}")
    airflow.run("warehouse_deploy")
    _say("deployed  stack, tables, data sets, dashboard")
    sent = Sent()
    try:
        for day, records in _with_quiet_days(arrivals, first_day, days):
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
    from producer import Replay, Simulation
    from producer.errors import ProducerError

    if options.orders is None:
        assert first_day is not None and days is not None
        return Simulation(seed=options.seed, first_day=first_day, days=days)
    try:
        return Replay(options.orders, first_day, days)
    except ProducerError as error:
        raise RunError(f"ORDERS={options.orders}: {error}") from error


def _with_quiet_days(
    arrivals: Iterable[Arrival], first_day: date | None, days: int | None
) -> Iterator[tuple[date, Iterable[Arrival]]]:
    """Each day with its arrivals, also the days without: their windows are run as well, empty and green.

    Longer gaps than a month between the days of a file are passed over.
    """
    from producer.arrival import by_day

    step, due = timedelta(days=1), first_day
    for day, records in by_day(arrivals):
        while due is not None and due < day and day - due <= LONGEST_GAP:
            yield due, ()
            due += step
        yield day, records
        due = day + step
    while first_day is not None and days is not None and due is not None and due < first_day + timedelta(days=days):
        yield due, ()
        due += step


def _lake_day(airflow: _Airflow, url: str, day: date, records: Iterable[Arrival], sent: Sent) -> None:
    """Send one day's records at their time, end the day by the clock, run its window."""
    from producer.destination import follow_clock, kinesis_client
    from producer.sender import send

    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    end = start + timedelta(days=1)
    client = kinesis_client(region=environment.REGION, endpoint_url=url, profile=None)
    endpoint.set_clock(url, start)
    began = time.monotonic()
    result = send(client, airflow.settings.stream, records, on_arrival=follow_clock(url))
    sent.records += result.records
    sent.seconds += time.monotonic() - began
    endpoint.set_clock(url, end + BUFFERING)
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


class _Airflow:
    """Real Airflow in this process: its metadata on SQLite below `.local`, its DAGs those of `dags/`."""

    def __init__(self, log: Path) -> None:
        self._log = log
        with self._quiet():
            from airflow.utils.db import initdb

            if not (environment.AIRFLOW_HOME / "airflow.db").exists():
                initdb()
            from airflow.dag_processing.dagbag import DagBag

            bag = DagBag(dag_folder=str(environment.ROOT / "dags"), include_examples=False)
        if bag.import_errors:
            path, error = next(iter(bag.import_errors.items()))
            raise RunError(f"{path} cannot be imported: {error.strip().splitlines()[-1]}")
        self._dags = bag.dags
        from aws_warehouse.settings import Settings

        self.settings = Settings()

    def ledger(self) -> Any:
        from airflow.providers.amazon.aws.hooks.s3 import S3Hook

        from aws_warehouse.ledger import Ledger

        return Ledger(S3Hook(self.settings.aws_conn_id).conn, self.settings.bucket)

    def run(self, dag_id: str, conf: dict[str, Any] | None = None) -> None:
        """Run a DAG to its end. :raises RunError: with the failed task's last words."""
        with self._quiet():
            run = self._dags[dag_id].test(logical_date=None, run_conf=conf or {})
        failed = [task.task_id for task in run.get_task_instances() if task.state == "failed"]
        if failed or run.state != "success":
            where = ", ".join(failed) or "its run"
            raise RunError(f"{dag_id} failed in {where}: {self._last_error()}\nall of it is in {_short(self._log)}")

    def _last_error(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()
        said = [line for line in lines if "Error" in line or "Exception" in line]
        return said[-1].strip() if said else "it said nothing"

    @contextlib.contextmanager
    def _quiet(self) -> Iterator[None]:
        """Have what tasks and loggers print go to the log instead of the terminal."""
        self._log.parent.mkdir(exist_ok=True)
        with self._log.open("a") as log, contextlib.redirect_stdout(log), contextlib.redirect_stderr(log):
            handlers = [each for each in logging.root.handlers if isinstance(each, logging.StreamHandler)]
            for handler in handlers:
                with contextlib.suppress(ValueError, io.UnsupportedOperation):
                    handler.setStream(log)
            yield


def _report(airflow: _Airflow, url: str, sent: Sent, seconds: float) -> None:
    from laptop.report import print_ledger

    print()
    print_ledger(airflow.ledger())
    _say(f"sent      {sent.records:,} records, {sent.records / max(sent.seconds, 0.001):,.0f} a second")
    _say(f"took      {seconds:.0f} s in all")
    _say(f"dashboard {url}/dashboards/{ACCOUNT}/{airflow.settings.dashboard}   (stays up until `make down`)")


def _say(text: str) -> None:
    print(text, flush=True)


def _short(path: Path) -> str:
    return str(path.relative_to(environment.ROOT))


if __name__ == "__main__":
    sys.exit(main())
