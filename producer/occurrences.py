"""How often a content has been seen: exact, and bounded in memory."""

from __future__ import annotations

import sqlite3

_CACHE_KIB = 64 * 1024


class Occurrences:
    """Counts contents in an unnamed SQLite database: it lives in its page cache and, past that, in a
    temporary file which the system removes with the process."""

    def __init__(self) -> None:
        # The owner is used by one thread at a time, but a generator may be handed from one to another.
        self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_KIB}"):
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute("CREATE TABLE seen (content BLOB PRIMARY KEY, times INTEGER) WITHOUT ROWID")
        self._database.execute("BEGIN")

    def count(self, content: bytes) -> int:
        """Note one more occurrence; 1 for the first."""
        execute = self._database.execute
        if execute("INSERT OR IGNORE INTO seen VALUES (?, 1)", (content,)).rowcount == 1:
            return 1
        execute("UPDATE seen SET times = times + 1 WHERE content = ?", (content,))
        return int(execute("SELECT times FROM seen WHERE content = ?", (content,)).fetchone()[0])

    def close(self) -> None:
        self._database.close()
