"""Many windows waiting at once on the real Airflow: no worker slot is taken, and one that need not wait goes through.

The windows end in the future, so that each waits for its delivery in the triggerer. Its memory is measured.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import psutil

from laptop import endpoint
from laptop.environment import STATE
from laptop.live import hour_of
from laptop.rest import Airflow
from laptop.stack import Stack, free_port
from laptop.up import deploy
from tests.chaos import report
from tests.chaos.faults import LAKE

PATIENCE = 1800.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="make chaos-waiting", description=__doc__)
    parser.add_argument("--windows", type=int, default=200)
    parser.add_argument("--write", action="store_true", help="write docs/reliability.md")
    options = parser.parse_args()
    state = STATE / "chaos-waiting"
    endpoint.STATE, endpoint.PID_FILE, endpoint.LOG = state, state / "local_aws.json", state / "local_aws.log"
    stack = Stack(
        state / "up",
        variables={
            "AIRFLOW__AWS_WAREHOUSE__MAX_ACTIVE_WINDOWS": str(options.windows + 2),
            "AIRFLOW__AWS_WAREHOUSE__INLINE_WAIT_SECONDS": "0",
            "AIRFLOW__AWS_WAREHOUSE__DEADLINE_MINUTES": "6000",
        },
    )
    try:
        stack.start(free_port(), free_port(), "0 0 1 1 *")
        deploy(stack)
        stack.airflow.pause(LAKE, False)
        told = measured(stack, options.windows)
    finally:
        stack.stop()
    print(told)
    if options.write:
        report.write("waiting", told)
    return 0


def measured(stack: Stack, windows: int) -> str:
    """Let so many windows wait, and one more go through. :raises RuntimeError: if they do not, or a slot is taken."""
    before, began = memory(stack), time.monotonic()
    start = hour_of(datetime.now(UTC)) + timedelta(hours=1)
    for number in range(windows):
        trigger(stack.airflow, start + timedelta(hours=number))
    waiting: Counter[str] = Counter()
    while waiting["deferred"] < windows:
        if time.monotonic() - began > PATIENCE:
            raise RuntimeError(f"not all of them wait after {PATIENCE:.0f} s: {dict(waiting)}")
        time.sleep(2)
        pool = stack.airflow.call("GET", "/pools/default_pool")
        waiting = Counter({name: pool[f"{name}_slots"] for name in ("deferred", "running", "queued", "occupied")})
        print(f"{time.monotonic() - began:.0f} s: {dict(waiting)}", flush=True)
    if waiting["occupied"]:
        raise RuntimeError(f"slots are taken: {dict(waiting)}")
    after, seconds = memory(stack), time.monotonic() - began
    run = trigger(stack.airflow, datetime(2010, 12, 1, tzinfo=UTC))
    passed = time.monotonic()
    if (ended := stack.airflow.wait_for_run(LAKE, run, PATIENCE)) != "success":
        raise RuntimeError(f"a window that need not wait: {ended}")
    return (
        f"{windows} windows that are not over, triggered at once on the real Airflow: after {seconds:.0f} s all of them"
        f" wait in the triggerer, and {waiting['occupied']} of the pool's slots are taken. The triggerer has"
        f" {after:.0f} MiB (PSS; it had {before:.0f}), {(after - before) / windows:.1f} a window. A window that need"
        f" not wait went through meanwhile in {time.monotonic() - passed:.0f} s."
    )


def trigger(airflow: Airflow, start: datetime) -> str:
    end = start + timedelta(hours=1)
    return airflow.trigger(LAKE, {"window_start": start.isoformat(), "window_end": end.isoformat()})


def memory(stack: Stack) -> float:
    """What the triggerer and its children hold, in MiB: what they share is counted once."""
    process = stack.processes.find("triggerer")
    assert process is not None
    both = [process, *process.children(recursive=True)]
    return sum(psutil.Process(each.pid).memory_full_info().pss for each in both) / 2**20


if __name__ == "__main__":
    sys.exit(main())
