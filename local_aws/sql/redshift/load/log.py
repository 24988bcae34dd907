"""What loads left behind: their errors, which outlive the rolled-back load, and their history.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_STL_LOAD_ERRORS.html,
https://docs.aws.amazon.com/redshift/latest/dg/SYS_LOAD_ERROR_DETAIL.html and
https://docs.aws.amazon.com/redshift/latest/dg/r_Load_Error_Reference.html (the codes)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb

TOO_MANY, TOO_LONG, BAD_DATE, BAD_TIME, BAD_DIGIT = 1202, 1204, 1205, 1206, 1207
BAD_DECIMAL, BAD_BOOLEAN, NO_DATA, MISSING, NO_DELIMITER = 1209, 1210, 1211, 1213, 1214
BAD_LINE, BAD_CODE_POINT, OVERFLOW, BAD_JSON = 1216, 1220, 1222, 1224

LOAD_ERRORS = """
CREATE TABLE IF NOT EXISTS {0}.load_errors (query BIGINT, started TIMESTAMP, tbl VARCHAR, filename VARCHAR, line BIGINT,
 colname VARCHAR, type VARCHAR, length VARCHAR, position INTEGER, raw_line VARCHAR, raw_field VARCHAR, code INTEGER,
 reason VARCHAR);
CREATE TABLE IF NOT EXISTS {0}.loads (query BIGINT, started TIMESTAMP, tbl VARCHAR, source VARCHAR, format VARCHAR,
 status VARCHAR, loaded BIGINT, errors BIGINT, bytes BIGINT, files BIGINT);
CREATE TABLE IF NOT EXISTS {0}.loaded_files (query BIGINT, started TIMESTAMP, filename VARCHAR, lines BIGINT);
"""


@dataclass(frozen=True)
class LoadError:
    """One record that could not be loaded. `position` counts from 0 within the field."""

    file: str
    line: int
    code: int
    reason: str
    raw_line: str = ""
    column: str = ""
    type: str = ""
    length: str = ""
    position: int = 0
    value: str = ""


class LoadLog:
    """The log of one database, written outside of the load's own transaction."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, schema: str) -> None:
        self._connection = connection
        self._schema = schema

    def errors(self, query: int, at: datetime, table: str, found: Sequence[LoadError]) -> None:
        rows = [(query, at, table, e.file, e.line, e.column, e.type, e.length, e.position, *_shown(e)) for e in found]
        if rows:
            marks = ", ".join("?" * 13)
            self._connection.cursor().executemany(f"INSERT INTO {self._schema}.load_errors VALUES ({marks})", rows)

    def load(self, *row: Any) -> None:
        """One COPY: query, start, table, source, format, status, rows loaded, errors, bytes, files."""
        marks = ", ".join("?" * 10)
        self._connection.cursor().execute(f"INSERT INTO {self._schema}.loads VALUES ({marks})", list(row))

    def files(self, query: int, at: datetime, files: Sequence[tuple[str, int]]) -> None:
        rows = [(query, at, uri, lines) for uri, lines in files]
        if rows:
            self._connection.cursor().executemany(f"INSERT INTO {self._schema}.loaded_files VALUES (?, ?, ?, ?)", rows)


def _shown(found: LoadError) -> tuple[str, str, int, str]:
    return _plain(found.raw_line), _plain(found.value), found.code, found.reason[:512]


def _plain(text: str) -> str:
    """At most 1,024 characters; those beyond ASCII are dots, as STL_LOAD_ERRORS shows multibyte ones."""
    return "".join(each if each.isascii() else "." for each in text[:1024])
