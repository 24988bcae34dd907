"""The endpoint as a thing to start and stop: in process, on one port of the loopback interface."""

from __future__ import annotations

import tempfile
import threading
from pathlib import Path
from types import TracebackType

from cheroot.wsgi import Server

from local_aws.app import App
from local_aws.clock import Clock
from local_aws.faults import Faults
from local_aws.jobs import MOST_HELD

STOP_SECONDS = 10


class LocalAws:
    """A running local_aws, as a context manager.

    One at a time in a process: the base keeps its state in the process, and a second one would take it over.

    :param port: 0 takes a free one; `port` and `url` tell which.
    :param directory: where objects and databases lie; a temporary one if not given.
    :param fresh: whether to remove what an earlier process left there; without, its state is taken up.
    :raises DirectoryRefused: for a directory that cannot be used.
    :raises RuntimeError: while there is another one in this process.
    """

    _only = threading.Lock()

    def __init__(
        self,
        port: int = 0,
        directory: Path | None = None,
        clock: Clock | None = None,
        host: str = "127.0.0.1",
        fresh: bool = False,
    ) -> None:
        if not self._only.acquire(blocking=False):
            raise RuntimeError("there is a LocalAws in this process already: use that one, with another account's keys")
        self._temporary = tempfile.TemporaryDirectory(prefix="local_aws-") if directory is None else None
        root = Path(self._temporary.name) if self._temporary else directory
        assert root is not None
        self.clock = clock or Clock()
        self._has_place = True
        try:
            self.app = App(root / "data", self.clock, kept=directory is not None and not fresh)
        except BaseException:
            self._leave()
            raise
        self._server = Server((host, port), self.app, numthreads=MOST_HELD + 16, request_queue_size=128)
        self._server.max_request_header_size = 0
        self._host = host
        self._thread: threading.Thread | None = None

    def start(self) -> LocalAws:
        """Bind and serve on a thread. :raises OSError: when the port is taken."""
        try:
            self._server.prepare()
        except OSError:
            self.stop()
            raise
        self._thread = threading.Thread(target=self._server.serve, name="local_aws", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        self._server.stop()
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)  # what it holds would outlive the process' modules
        self.app.close()
        if self._temporary is not None:
            self._temporary.cleanup()
        self._leave()

    def _leave(self) -> None:
        """Make room for another one."""
        if self._has_place:
            self._has_place = False
            self._only.release()

    @property
    def port(self) -> int:
        return int(self._server.bind_addr[1])

    @property
    def faults(self) -> Faults:
        """What is to go wrong: `faults.add("athena.StartQueryExecution#2=throttle")`; see `local_aws.faults`."""
        return self.app.faults

    @property
    def url(self) -> str:
        return f"http://{self._host}:{self.port}"

    def __enter__(self) -> LocalAws:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
