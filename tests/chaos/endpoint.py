"""A local_aws in a process of its own, killed and started again within a moment.

A process that has imported everything and serves nothing waits for orders, and forks one that serves. So a start costs
what reading the state costs, not the imports; and `kill -9` meets a process like any other.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

ROOT = Path(__file__).parents[2]
START_SECONDS = 300.0
BASES = ("s3", "kinesis", "glue", "iam", "sts", "ec2", "cloudwatch", "secretsmanager", "logs", "events", "kms")


class Endpoint:
    """One local_aws with its data directory.

    :param directory: its state, its log and its objects.
    :param port: where it listens, after each start.
    """

    def __init__(self, directory: Path, port: int) -> None:
        self._directory = directory
        self._port = port
        self._pid = 0
        self._log = (directory.parent / f"{directory.name}.log").open("ab")
        self._nursery = subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.endpoint"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
        )
        self._now: datetime | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        """Start it with the state that is there, at the time that was set last, and wait until it answers."""
        order = {
            "port": self._port,
            "directory": str(self._directory),
            "now": self._now.isoformat() if self._now else None,
        }
        assert self._nursery.stdin is not None and self._nursery.stdout is not None
        self._nursery.stdin.write(json.dumps(order).encode() + b"\n")
        self._nursery.stdin.flush()
        self._pid = int(self._nursery.stdout.readline())
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            if time.monotonic() > deadline:
                raise RuntimeError(f"local_aws is not ready; its last words are in {self._log.name}")
            time.sleep(0.01)

    def kill(self) -> None:
        """`kill -9`."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, signal.SIGKILL)
        while _lives(self._pid):
            time.sleep(0.002)

    def stop(self) -> None:
        if self._pid:
            self.kill()
        self._nursery.kill()
        self._nursery.wait()
        self._log.close()

    def set_clock(self, now: datetime) -> None:
        self._now = now
        self._control("PUT", "clock", {"now": now.isoformat()})

    def set_faults(self, texts: Iterable[str]) -> None:
        self._control("PUT", "faults", {"faults": list(texts)})

    def struck(self) -> int:
        """How many calls the faults that are set have struck; 0 while nobody answers."""
        try:
            return sum(fault["struck"] for fault in self._control("GET", "faults")["faults"])
        except OSError:
            return 0

    def clear_faults(self) -> None:
        """Take the faults away; calls that they hold go on."""
        self._control("DELETE", "faults")

    def count_calls_anew(self) -> None:
        self._control("DELETE", "calls")

    def calls(self) -> dict[str, int]:
        found: dict[str, int] = self._control("GET", "calls")["calls"]
        return found

    def spice_rows(self, account: str, data_set: str) -> list[list[str]]:
        """Every row that SPICE holds of a data set, as text."""
        found: list[list[str]] = self._send("GET", f"/_chaos/spice?account={account}&data_set={data_set}")
        return found

    def _is_ready(self) -> bool:
        try:
            return bool(self._control("GET", "health")["status"] == "ready")
        except OSError:
            return False

    def _control(self, method: str, what: str, body: dict[str, Any] | None = None) -> Any:
        return self._send(method, f"/_local_aws/{what}", body)

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data=data, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _with_spice(aws: Any) -> Callable[..., Iterable[bytes]]:
    """The application, and `/_chaos/spice` beside it: what SPICE holds, which no API gives out."""
    application = aws.app

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO") != "/_chaos/spice":
            found: Iterable[bytes] = application(environ, start_response)
            return found
        asked = parse_qs(environ["QUERY_STRING"])
        spice = application.account(asked["account"][0], "us-east-1").services["quicksight"].spice
        rows = spice.query(f"SELECT * FROM {spice.table(asked['data_set'][0])}").rows
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(sorted([str(cell) for cell in row] for row in rows)).encode()]

    return answer


def _serve(port: int, directory: str, now: str | None) -> None:
    from local_aws.clock import Clock
    from local_aws.server import LocalAws

    clock = Clock(datetime.fromisoformat(now).astimezone(UTC) if now else None)
    aws = LocalAws(port, Path(directory), clock)
    aws._server.wsgi_app = _with_spice(aws)
    aws.start()
    threading.Event().wait()


def _end_with(parent: int) -> None:
    """Leave no server behind when who started it was killed."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _nursery() -> None:
    """Fork a server for each order on stdin, and print its pid."""

    for name in BASES:
        importlib.import_module(f"moto.{name}.models")
        importlib.import_module(f"moto.{name}.responses")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.dup2(2, 1)
            threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
            _serve(**order)
            os._exit(0)
        print(pid, flush=True)


if __name__ == "__main__":
    _nursery()
