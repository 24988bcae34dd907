"""One database of a warehouse: one DuckDB file, which lasts; its write locks; connections to it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from local_aws.sql.python_functions import PythonFunctions
from local_aws.sql.redshift import catalog
from local_aws.sql.redshift.databases import Siblings
from local_aws.sql.redshift.functions.python_functions import FUNCTIONS
from local_aws.sql.redshift.history import KEPT, Query
from local_aws.sql.redshift.load.log import LOAD_ERRORS, LoadLog

if TYPE_CHECKING:
    import duckdb

    from local_aws.lake import Lake
    from local_aws.sql.redshift.session import Session

POLL = 0.05


class Locks:
    """Write locks on tables: a second writer waits for the first, as on Redshift.

    A statement or batch takes all of its locks at once, in order, so that two never wait for each other.
    Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_LOCK.html,
    https://docs.aws.amazon.com/redshift/latest/dg/c_write_readwrite.html
    """

    def __init__(self) -> None:
        self._held: set[str] = set()
        self._changed = threading.Condition()

    @contextmanager
    def hold(self, tables: Iterable[str], check: Callable[[], None]) -> Iterator[None]:
        """Hold the locks of these tables. `check` is called while waiting; it raises to give up."""
        wanted = set(tables)
        with self._changed:
            while self._held & wanted:
                check()
                self._changed.wait(POLL)
            self._held |= wanted
        try:
            yield
        finally:
            with self._changed:
                self._held -= wanted
                self._changed.notify_all()


class Database:
    """A database by name, in a file."""

    def __init__(self, lake: Lake, name: str, path: Path, siblings: Siblings, serverless: bool = True) -> None:
        self.name = name
        self.serverless = serverless
        self.lake = lake
        self.siblings = siblings
        self.sessions: set[Session] = set()
        """The connections to it."""
        self.locks = Locks()
        self.queries: deque[Query] = deque(maxlen=KEPT)
        """What it has run since the process began, oldest first."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = lake.connect(path)
        self._connection.execute(catalog.SETUP + LOAD_ERRORS.format(catalog.HIDDEN))
        self._functions = PythonFunctions(self._connection, FUNCTIONS)
        self._functions.provide_all()
        self.loads = LoadLog(self._connection.cursor(), catalog.HIDDEN)
        for setting in (
            "SET GLOBAL integer_division = true",
            "SET GLOBAL python_enable_replacements = false",
            f"SET GLOBAL allowed_directories = ['{str(lake.directory.parent.parent).replace(chr(39), chr(39) * 2)}/']",
            "SET GLOBAL enable_external_access = false",
        ):
            self._connection.execute(setting)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own: its transaction, its temporary tables."""
        return self._connection.cursor()

    def close(self) -> None:
        self._connection.close()
