"""Rows on disk: one SQLite file, one writer. A killed process loses nothing that was committed.

With `synchronous=OFF` a commit is with the operating system, which a kill of this process does not touch; a power
failure does. Evidence: https://www.sqlite.org/pragma.html#pragma_synchronous
"""

from __future__ import annotations

import fcntl
import json
import platform
import sqlite3
import threading
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

FORMAT = 2


class DirectoryRefused(Exception):  # noqa: N818 - the directory is refused, the program is well
    """A data directory that cannot be used; the text is one line for its owner."""


def _writer() -> dict[str, object]:
    """What has to be the same for rows to be read again: they hold objects of these versions."""
    return {"format": FORMAT, "moto": version("moto"), "python": ".".join(platform.python_version_tuple()[:2])}


class Journal:
    """Key → bytes. :raises DirectoryRefused: if another process uses it, or another version wrote it."""

    def __init__(self, directory: Path) -> None:
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._lock_file = (directory / "lock").open("a")
        except OSError as error:
            raise DirectoryRefused(f"the data directory {directory} cannot be written: {error.strerror}") from error
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._lock_file.close()
            raise DirectoryRefused(f"the data directory {directory} is in use by another local_aws") from error
        self._lock = threading.Lock()
        self._database = sqlite3.connect(directory / "state.sqlite", check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("CREATE TABLE IF NOT EXISTS rows (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID")
        self._check(directory)

    def _check(self, directory: Path) -> None:
        now, kept = json.dumps(_writer()).encode(), self._database.execute("SELECT value FROM rows WHERE key = ''")
        found = kept.fetchone()
        if found is None:
            self.write([("", now)])
        elif found[0] != now:
            self.close()
            said = f"was written by {found[0].decode()}, this is {now.decode()}"
            raise DirectoryRefused(f"the data directory {directory} {said}: take that version, or another directory")

    def rows(self) -> list[tuple[str, bytes]]:
        with self._lock:
            return self._database.execute("SELECT key, value FROM rows WHERE key <> '' ORDER BY key").fetchall()

    def write(self, rows: Iterable[tuple[str, bytes | None]]) -> None:
        """All of these rows or none; None takes a row away."""
        with self._lock:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                for key, value in rows:
                    if value is None:
                        self._database.execute("DELETE FROM rows WHERE key = ?", (key,))
                    else:
                        self._database.execute("INSERT OR REPLACE INTO rows VALUES (?, ?)", (key, value))
                self._database.execute("COMMIT")
            except BaseException:
                self._database.execute("ROLLBACK")
                raise

    def close(self) -> None:
        with self._lock:
            self._database.close()
            self._lock_file.close()
