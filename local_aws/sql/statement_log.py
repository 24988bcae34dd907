"""`--log-sql`: what was asked, in the client's words, and what DuckDB was given for it."""

from __future__ import annotations

import logging
from typing import Any

NAME = "local_aws.sql"
"""The logger; at the level DEBUG it tells, else nothing is done."""
_log = logging.getLogger(NAME)


def asked(engine: str, text: str) -> None:
    """A statement as it came."""
    _log.debug("%s: asked:\n%s", engine, text)


def logged(engine: str, connection: Any) -> Any:
    """A DuckDB connection that tells what it is given: the same one, if nobody wants to know."""
    return _Logged(engine, connection) if _log.isEnabledFor(logging.DEBUG) else connection


class _Logged:
    def __init__(self, engine: str, connection: Any) -> None:
        self._engine = engine
        self._connection = connection

    def execute(self, sql: str, *parameters: Any) -> Any:
        _log.debug("%s: executed:\n%s", self._engine, sql)
        return self._connection.execute(sql, *parameters)

    def sql(self, query: str, *more: Any, **named: Any) -> Any:
        _log.debug("%s: executed:\n%s", self._engine, query)
        return self._connection.sql(query, *more, **named)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)
