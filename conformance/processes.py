"""Clients' processes: each with all that it starts in a group of its own, which is ended as a whole."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path


class Processes:
    """Those that run.

    :ivar over: whether they have been ended as a whole: no more is to be begun.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[int] = set()
        self.over = False

    def run(
        self,
        command: Sequence[str | Path],
        variables: dict[str, str],
        folder: Path,
        limit: float,
        tell: Callable[[str], None],
    ) -> str:
        """Why a command did not end well, or nothing if it did; its lines are told as they come.

        :param limit: seconds after which it is ended, with all that it started.
        """
        late = threading.Event()
        with self._lock:
            process = subprocess.Popen(
                command,
                env=variables,
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                start_new_session=True,
            )
            self._running.add(process.pid)

        def end_late() -> None:
            late.set()
            _end(process.pid)

        ending = threading.Timer(limit, end_late)
        ending.daemon = True
        ending.start()
        with process:
            assert process.stdout is not None
            for line in process.stdout:
                tell(line)
            returned = process.wait()
        ending.cancel()
        with self._lock:
            self._running.discard(process.pid)
        _end(process.pid)  # what it left behind
        if late.is_set():
            return f"the checks were ended after {limit:.0f} seconds"
        if self.over:
            return "the run was cut off"
        return f"the checks ended with status {returned}" if returned else ""

    def end_all(self) -> None:
        """End those that run, and begin no more."""
        self.over = True
        for group in list(self._running):
            _end(group)


def _end(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)
