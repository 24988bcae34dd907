"""`make up`: the real Airflow and local_aws on this machine, with a store that sells while one watches.

It deploys the warehouse, has the store send its last hours, starts their windows as a backfill, and then streams. Each
full hour the schedule runs the window of the hour before. It stays in the foreground: Ctrl-C, or `make down` from
elsewhere, stops all of it.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from laptop import endpoint, environment
from laptop.postgres import PostgresError
from laptop.processes import wait_until
from laptop.rest import RestError
from laptop.stack import USER, Stack, StackError

if TYPE_CHECKING:
    from laptop.live import LiveStore
    from producer import Arrival

DAGS = ("order_lake", "order_warehouse", "sales_dashboards")
HOURLY = "0 * * * *"
"""A window an hour: with the default, a day, one would watch until midnight."""
DEPLOY_SECONDS = 300
REVIVALS = 3
DASHBOARD = "/dashboards/123456789012/retail_sales"


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    environment.use_aws()
    stack = Stack(say=_say)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    if running := stack.processes.running():
        print(f"it runs already ({', '.join(running)}): `make down` stops it", file=sys.stderr)
        return 1
    status = 1
    try:
        _up(stack, options)
        status = 0
    except KeyboardInterrupt:
        status = 130
    except (StackError, PostgresError, RestError, endpoint.EndpointError) as error:
        print(f"\n{error}", file=sys.stderr)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # stopping is not to be stopped half-way
    ran = stack.stop()
    _say(f"stopped        {', '.join(ran) or 'nothing was running'}")
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make up", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--speed", default="60", help="how many times as fast as ours the store's time runs")
    parser.add_argument("--orders", type=Path, help="an order file, or a folder of them (default: a simulated store)")
    parser.add_argument("--seed", type=int, default=1, help="the simulated store's seed")
    parser.add_argument("--port", type=int, default=4580, help="local_aws' port")
    parser.add_argument("--airflow-port", type=int, default=8080, help="the port of Airflow's UI and API")
    return parser


def _up(stack: Stack, options: argparse.Namespace) -> None:
    began = time.monotonic()
    now = datetime.now(UTC)
    speed = _speed(options.speed)
    arrivals = _arrivals(options, now)
    stack.start(options.port, options.airflow_port, HOURLY)
    deploy(stack)
    store = _store(stack, arrivals, speed, now)
    _say(f"store          {store.send_history():,} records of its last hours are sent, at {speed:g} times our time")
    for dag in DAGS:
        stack.airflow.pause(dag, False)
    stack.airflow.backfill("order_lake", store.first_hour.isoformat(), store.this_hour.isoformat())
    _ready(stack, time.monotonic() - began)
    _stream(stack, store)


def deploy(stack: Stack) -> None:
    """Wait until the DAGs are known, and run `warehouse_deploy`. :raises StackError: when it fails."""
    airflow = stack.airflow
    if not wait_until(lambda: airflow.has_dags("warehouse_deploy", *DAGS), 60, pause=0.5):
        raise StackError(f"Airflow cannot read the DAGs: {'; '.join(airflow.import_errors()) or 'no reason given'}")
    airflow.pause("warehouse_deploy", False)
    _say("deploying      stack, tables, data sets and dashboard")
    run = airflow.trigger("warehouse_deploy")
    if airflow.wait_for_run("warehouse_deploy", run, DEPLOY_SECONDS) != "success":
        failed = [task["task_id"] for task in airflow.tasks("warehouse_deploy", run) if task["state"] == "failed"]
        raise StackError(
            f"warehouse_deploy failed in {', '.join(failed)}; what it said is below {stack.state / 'airflow' / 'logs'}"
        )


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 10_000:
        raise StackError(f"SPEED={text} is not a speed; write it as SPEED=60, at most 10000")
    return speed


def _arrivals(options: argparse.Namespace, now: datetime) -> Iterable[Arrival]:
    from laptop.live import SIMULATED_DAYS, first_simulated_day
    from producer import ProducerError, Replay, Simulation

    try:
        if options.orders is not None:
            return Replay(options.orders)
        return Simulation(first_simulated_day(now.date()), SIMULATED_DAYS, seed=options.seed)
    except ProducerError as error:
        raise StackError(f"ORDERS={options.orders}: {error}" if options.orders else str(error)) from error


def _store(stack: Stack, arrivals: Iterable[Arrival], speed: float, now: datetime) -> LiveStore:
    from laptop.live import LiveStore

    return LiveStore(stack.endpoint_url, "CadabraOrders", arrivals, speed, now)


def _ready(stack: Stack, seconds: float) -> None:
    _say(
        f"\nready after {seconds:.0f} s\n"
        f"  Airflow    {stack.airflow.url}   user {USER}, password {stack.password}\n"
        f"  dashboard  {stack.endpoint_url}{DASHBOARD}\n"
        f"  logs       {stack.state / 'logs'}\n"
        "A backfill brings in the store's last hours now, the schedule a window each full hour.\n"
        "Ctrl-C, or `make down` from elsewhere, stops all of it.\n"
    )


def _stream(stack: Stack, store: LiveStore) -> None:
    """Stream, and see to it that all components live, until interrupted."""
    problem: list[Exception] = []
    ended = threading.Event()

    def sell() -> None:
        try:
            store.run(ended.is_set)
        except Exception as error:  # told by the main thread
            problem.append(error)

    thread = threading.Thread(target=sell, name="store", daemon=True)
    thread.start()
    revivals: dict[str, int] = {}
    over = False
    try:
        while True:
            time.sleep(1)
            _supervise(stack, revivals)
            if problem:
                raise StackError(f"the store cannot send: {problem[0]}") from problem[0]
            if not over and not thread.is_alive():
                over = True
                _say(f"store          has sold all it had: {store.sent:,} records; the rest stays up")
    finally:
        ended.set()
        thread.join(10)


def _supervise(stack: Stack, revivals: dict[str, int]) -> None:
    """Start again what has ended, and say so; not for ever."""
    for name, status in stack.processes.dead().items():
        revivals[name] = revivals.get(name, 0) + 1
        if revivals[name] > REVIVALS:
            stack.check()
        _say(f"{name} has ended (status {status}) and is started again; its log is {stack.processes.log(name)}")
        stack.revive(name)
    if not endpoint.is_running():
        raise StackError(f"local_aws has ended; its last words are in {endpoint.LOG}")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _say(text: str) -> None:
    print(text, flush=True)


if __name__ == "__main__":
    os.chdir(environment.ROOT)
    sys.exit(main())
