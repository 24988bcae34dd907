"""local_aws in the background: started when it is not there, found again when it is, stopped by `make down`."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import datetime

from laptop.environment import ROOT, STATE, endpoint_url

PID_FILE = STATE / "local_aws.json"
LOG = STATE / "local_aws.log"
START_SECONDS = 60


class EndpointError(Exception):
    """local_aws cannot be had; the message says what to do."""


def start(port: int) -> str:
    """The URL of a ready local_aws of this checkout: the one that runs, or a new one.

    :raises EndpointError: when the port is another program's, or the process ends before it is ready.
    """
    STATE.mkdir(parents=True, exist_ok=True)
    url = endpoint_url(port)
    if _is_ours(port) and is_ready(url):
        return url
    if _is_taken(port):
        raise EndpointError(
            f"port {port} is taken by another program: stop it, or choose another, as in `make run PORT=4590`"
        )
    stop()  # one that runs on another port would be forgotten, and its files have to be ours alone
    shutil.rmtree(STATE / "airflow", ignore_errors=True)
    process = _spawn(port)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if is_ready(url):
            return url
        if process.poll() is not None:
            break
        time.sleep(0.05)
    process.kill()
    raise EndpointError(f"local_aws did not start; its last words are in {LOG}")


def _spawn(port: int) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "local_aws",
        "--port",
        str(port),
        "--data-dir",
        str(STATE / "local_aws"),
        "--fresh",
    ]
    with LOG.open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True)
    PID_FILE.write_text(json.dumps({"pid": process.pid, "port": port}))
    return process


def stop() -> bool:
    """End the local_aws of this checkout; whether there was one."""
    known = _known()
    PID_FILE.unlink(missing_ok=True)
    if known is None or not _runs(known["pid"]):
        return False
    os.kill(known["pid"], signal.SIGTERM)
    deadline = time.monotonic() + 10
    while _runs(known["pid"]) and time.monotonic() < deadline:
        time.sleep(0.05)
    if _runs(known["pid"]):
        os.kill(known["pid"], signal.SIGKILL)
    return True


def is_running() -> bool:
    """Whether the local_aws of this checkout lives."""
    known = _known()
    return known is not None and _runs(known["pid"])


def is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_local_aws/health", timeout=2) as answer:
            return bool(json.load(answer)["status"] == "ready")
    except (OSError, ValueError, KeyError):
        return False


def set_clock(url: str, now: datetime | None) -> None:
    """Tell local_aws what time it is; None makes its clock real again."""
    body = json.dumps({"now": now.isoformat() if now else None}).encode()
    request = urllib.request.Request(f"{url}/_local_aws/clock", data=body, method="PUT")
    try:
        with urllib.request.urlopen(request, timeout=120):
            pass
    except urllib.error.URLError as error:
        raise EndpointError(f"local_aws at {url} does not answer: {error}; `make down` and run again") from error


def _known() -> dict[str, int] | None:
    try:
        known: dict[str, int] = json.loads(PID_FILE.read_text())
    except (OSError, ValueError):
        return None
    return known


def _is_ours(port: int) -> bool:
    known = _known()
    return known is not None and known["port"] == port and _runs(known["pid"])


def _runs(pid: int) -> bool:
    """Whether the process lives and is a local_aws: a pid may be somebody else's by now."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
        command = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    except (ProcessLookupError, FileNotFoundError):
        return False
    except PermissionError:
        return False
    return "local_aws" in command.stdout


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False
