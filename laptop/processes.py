"""Background processes of this checkout: started with a log, known by a file, and ended with all that they started."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

MARK = "LAPTOP_UP"
"""Every process carries it in its environment, its value the state directory: so that a child whose parent was killed
is still found."""


class Processes:
    """The processes whose state is in one directory.

    :param state: the directory; `processes.json` and the logs are in it.
    """

    def __init__(self, state: Path) -> None:
        self._state = state
        self._file = state / "processes.json"
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    def log(self, name: str) -> Path:
        return self._state / "logs" / f"{name}.log"

    def start(self, name: str, command: list[str], environment: dict[str, str], user: str | None = None) -> None:
        """Start one in a session of its own, its output in its log."""
        log = self.log(name)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as sink:
            self._children[name] = process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
                user=user,
                group=_group_of(user),
                extra_groups=[] if user else None,
                cwd="/" if user else None,
                # setproctitle would overwrite the environment that MARK is read from
                env=environment | {MARK: str(self._state), "SPT_NOENV": "1"},
            )
        self.note(name, process.pid)

    def note(self, name: str, pid: int) -> None:
        """Write a process down, so that another one can end it."""
        with contextlib.suppress(psutil.NoSuchProcess):
            known = self._known() | {name: [pid, psutil.Process(pid).create_time()]}
            new = self._file.with_suffix(".new")
            new.write_text(json.dumps(known))
            new.replace(self._file)

    def dead(self) -> dict[str, int]:
        """Those of our own children that have ended, and with what status."""
        codes = {name: child.poll() for name, child in self._children.items()}
        return {name: code for name, code in codes.items() if code is not None}

    def running(self) -> list[str]:
        """The names of the processes that were written down and live, in the order they were started in."""
        return [name for name in self._known() if self.find(name) is not None]

    def find(self, name: str) -> psutil.Process | None:
        """The process, unless its pid is somebody else's by now."""
        pid, created = self._known().get(name, (0, 0.0))
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid) if pid else None
            if process and abs(process.create_time() - created) < 1 and process.status() != psutil.STATUS_ZOMBIE:
                return process
        return None

    def stop(
        self, names: list[str], seconds: float, ask: Callable[[psutil.Process], None] = psutil.Process.terminate
    ) -> None:
        """Ask some to end, together, and kill what is left of them and their sessions after some seconds.

        What one that was killed has left behind is killed too: a child of a scheduler may hold its locks.
        """
        leaders = [process for name in names if (process := self.find(name))]
        others = [process for leader in leaders for process in _within(leader.pid)]
        gone = {self._known().get(name, (0,))[0] for name in names} - {leader.pid for leader in leaders}
        others += [process for process in self.marked() if _session_of(process) in gone]
        for process in leaders:
            with contextlib.suppress(psutil.NoSuchProcess):
                ask(process)
        _, alive = psutil.wait_procs(leaders, timeout=seconds)
        _, left = psutil.wait_procs(others, timeout=0 if alive else 1)
        for process in [*alive, *left]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs([*alive, *left], timeout=5)
        for name in names:
            if name in self._children:
                self._children.pop(name).wait()

    def sweep(self) -> list[int]:
        """Kill every process that carries our mark, whoever its parent was; their pids."""
        marked = [process for process in self.marked() if process.pid != os.getpid()]
        for process in marked:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(marked, timeout=5)
        return [process.pid for process in marked]

    def marked(self) -> Iterator[psutil.Process]:
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.environ().get(MARK) == str(self._state) and process.status() != psutil.STATUS_ZOMBIE:
                    yield process

    def forget(self) -> None:
        self._file.unlink(missing_ok=True)

    def _known(self) -> dict[str, tuple[int, float]]:
        try:
            found: dict[str, tuple[int, float]] = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        return found


def _group_of(user: str | None) -> int | None:
    if user is None:
        return None
    import pwd

    return pwd.getpwnam(user).pw_gid


def _session_of(process: psutil.Process) -> int:
    try:
        return os.getsid(process.pid)
    except OSError:
        return -1


def _within(session: int) -> list[psutil.Process]:
    """The processes of a session: those that one of ours has started."""
    return [each for each in psutil.process_iter() if _session_of(each) == session and each.pid != session]


def wait_until(done: Callable[[], bool], seconds: float, pause: float = 0.1) -> bool:
    """Whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True
