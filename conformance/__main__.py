"""Starts local_aws, runs each client's checks in that client's own environment, prints a table, keeps the counts."""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import tempfile
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from conformance.environments import (
    ENVIRONMENTS,
    HERE,
    LIMIT,
    LIMITS,
    SOURCES,
    UnreachableError,
    clients,
    files_of,
    interpreter,
    sources,
)
from conformance.outcomes import Outcome, Progress, checks, of_lines, state_of
from conformance.processes import Processes
from local_aws.server import LocalAws

RESULTS = HERE / "results.json"
PYTEST = ["-v", "--no-header", "--tb=short", "-p", "no:cacheprovider", "-W", "ignore", "-c", os.devnull]


def environment(client: str, url: str, home: Path) -> dict[str, str]:
    """How a client finds local_aws: by AWS's own variables. Each client has an account of its own."""
    made = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")} | {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": f"{zlib.crc32(client.encode()):012}",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "CONFORMANCE_OUTCOMES": str(home / "outcomes.jsonl"),
        "HOME": str(home),
        "PYTHONUNBUFFERED": "1",
    }
    return made | ({"CONFORMANCE_SOURCES": str(sources(client))} if client in SOURCES else {})


def run(client: str, url: str, processes: Processes) -> Outcome:
    """The outcome of one client's checks; each is told as it ends.

    What was not reached within the client's time has failed: what was reached counts all the same.
    """
    began = time.monotonic()

    def tell(line: str) -> None:
        if line.strip():
            print(f"{time.monotonic() - began:6.0f} s  {client:14} {shortened(line.rstrip())}", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        command = [interpreter(client), "-m", "pytest", *PYTEST, "--rootdir", HERE, HERE / f"test_{client}.py"]
        variables = environment(client, url, home)
        ended = processes.run(command, variables, home, LIMITS.get(client, LIMIT), tell)
        written = home / "outcomes.jsonl"
        return of_lines(written.read_text().splitlines() if written.exists() else [], ended)


def shortened(line: str) -> str:
    """A line of pytest's without the path of the file."""
    return re.sub(r"^\S*?\.py::", "", line)


def table(found: dict[str, Outcome], took: dict[str, float]) -> str:
    """:param took: seconds, of the clients that ran now."""
    lines = [f"{'client':16}{'checks':>8}{'passed':>8}{'failed':>8}{'refused':>9}{'seconds':>9}"]
    for client, each in found.items():
        counts = (checks(each), each["passed"], len(each["failed"]))
        seconds = f"{took[client]:.0f}" if client in took else "before"
        lines.append(
            f"{client:16}" + "".join(f"{count:>8}" for count in counts) + f"{len(each['refused']):>9}{seconds:>9}"
        )
        lines += [f"  failed: {name}" for name in each["failed"]]
    return "\n".join(lines)


def keep(progress: Progress) -> None:
    """Write what each client last came to."""
    known = json.loads(RESULTS.read_text()) | progress.outcomes
    kept = {client: known[client] for client in sorted(clients()) if client in known}
    RESULTS.write_text(json.dumps(kept, indent=2) + "\n")


def run_all(wanted: list[str], progress: Progress, jobs: int) -> dict[str, float]:
    """Run what the progress lacks, and say what each took. :raises UnreachableError: before anything has run."""
    left = [client for client in wanted if client not in progress.outcomes]
    for client in left:  # one after the other: several share one
        interpreter(client)
        if client in SOURCES:
            sources(client)
    lock, took, processes = threading.Lock(), dict[str, float](), Processes()

    def one(client: str, url: str) -> None:
        if processes.over:
            return
        began = time.monotonic()
        print(f"{client}: begins; it may take {LIMITS.get(client, LIMIT) // 60} minutes", flush=True)
        outcome = run(client, url, processes)
        with lock:
            took[client] = time.monotonic() - began
            progress.add(client, outcome)
            keep(progress)
            print(f"{client}: ended in {took[client]:.0f} s, {len(took)} of {len(left)} clients", flush=True)

    signal.signal(signal.SIGTERM, lambda *_: processes.end_all())
    if left:
        with LocalAws() as aws, ThreadPoolExecutor(jobs) as pool:
            try:
                for done in [pool.submit(one, client, aws.url) for client in left]:
                    done.result()
            except BaseException:
                processes.end_all()
                raise
    return took


def main() -> int:
    parser = argparse.ArgumentParser(prog="make conformance")
    parser.add_argument("only", nargs="*", metavar="CLIENT", help=f"some of: {', '.join(clients())}")
    parser.add_argument("--fresh", action="store_true", help="begin anew, whatever an earlier run came to")
    parser.add_argument("--jobs", type=int, default=2, help="how many clients run at a time")
    parser.add_argument("--optional", action="store_true", help="no failure where the packages cannot be fetched")
    options = parser.parse_args()
    if unknown := set(options.only) - set(clients()):
        parser.error(f"no such client: {', '.join(sorted(unknown))}")
    wanted = options.only or clients()
    progress = Progress(ENVIRONMENTS / "progress.json", {each: state_of(files_of(each)) for each in clients()})
    if options.fresh:
        progress.forget()
    for client in [each for each in wanted if each in progress.outcomes]:
        print(f"{client}: done before the run was cut off; FRESH=1 begins anew", flush=True)
    try:
        took = run_all(wanted, progress, options.jobs)
    except UnreachableError as error:
        print(f"Skipped: the clients' packages could not be fetched from the registry ({error})", file=sys.stderr)
        return 0 if options.optional else 1
    found = {client: progress.outcomes[client] for client in wanted if client in progress.outcomes}
    print(table(found, took))
    keep(progress)
    if all(client in progress.outcomes and not progress.outcomes[client]["failed"] for client in clients()):
        progress.forget()
    return 1 if len(found) < len(wanted) or any(each["failed"] for each in found.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
