"""Rows on their way into a table: what the sources answered, prepared, those that cannot be read taken out.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/refreshing-imported-data.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

from local_aws.spice.preparation import Plan
from local_aws.spice.transforms import UNREADABLE
from local_aws.spice.types import Column, quoted

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

Arrived: TypeAlias = "pa.Table | str"
"""What a source answered: its rows, or SQL over other data sets' rows."""


class TooManyUnreadable(Exception):  # noqa: N818 - named for what happened
    """More rows than tolerated hold values that do not fit their columns."""

    def __init__(self, dropped: int, read: int) -> None:
        super().__init__(f"{dropped:,} of {read:,} rows hold values that do not fit their column's type")
        self.dropped = dropped


class Refused(Exception):  # noqa: N818 - the database's refusal
    """SQL that cannot be run over the rows: types that do not go together, a value out of range."""


@dataclass(frozen=True)
class Window:
    """The rows that an incremental refresh replaces: those whose date is not before `since`."""

    column: str
    since: datetime


@contextmanager
def refusing() -> Iterator[None]:
    """Turns the database's errors into `Refused`."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        raise Refused(str(error).split("\n")[0]) from error


def stage(
    cursor: duckdb.DuckDBPyConnection, staging: str, plan: Plan, arrived: Mapping[str, Arrived], tolerated: float
) -> tuple[int, int]:
    """Put the prepared rows into a table of their own: (rows read, rows dropped)."""
    _take(cursor, arrived)
    names = _names(plan.columns)
    cursor.execute(f"CREATE OR REPLACE TABLE {staging} AS SELECT {names}, {UNREADABLE} FROM ({plan.select})")
    counts = f"SELECT count(*), count(*) FILTER (WHERE {UNREADABLE}) FROM {staging}"
    [(read, dropped)] = cursor.execute(counts).fetchall()
    if dropped > tolerated * read:
        raise TooManyUnreadable(dropped, read)
    if dropped:
        cursor.execute(f"DELETE FROM {staging} WHERE {UNREADABLE}")
    cursor.execute(f"ALTER TABLE {staging} DROP COLUMN {UNREADABLE}")
    return int(read), int(dropped)


def selected(cursor: duckdb.DuckDBPyConnection, plan: Plan, arrived: Mapping[str, Arrived]) -> pa.Table:
    """The prepared rows that can be read."""
    _take(cursor, arrived)
    sql = f"SELECT {_names(plan.columns)} FROM ({plan.select}) WHERE NOT {UNREADABLE}"
    return cursor.sql(sql).to_arrow_table()


def keep_before(
    cursor: duckdb.DuckDBPyConnection, staging: str, table: str, columns: Sequence[Column], window: Window
) -> tuple[int, int]:
    """Of what arrived, the rows of the window; of the old rows, those before it: (arrived, kept)."""
    names, column, since = _names(columns), quoted(window.column), [window.since.replace(tzinfo=None)]
    cursor.execute(f"DELETE FROM {staging} WHERE coalesce({column} < ?, true)", since)
    [(arrived,)] = cursor.execute(f"SELECT count(*) FROM {staging}").fetchall()
    cursor.execute(f"INSERT INTO {staging} SELECT {names} FROM {table} WHERE coalesce({column} < ?, true)", since)
    [(total,)] = cursor.execute(f"SELECT count(*) FROM {staging}").fetchall()
    return int(arrived), int(total) - int(arrived)


def _names(columns: Sequence[Column]) -> str:
    return ", ".join(quoted(each.name) for each in columns)


def _take(cursor: duckdb.DuckDBPyConnection, arrived: Mapping[str, Arrived]) -> None:
    for name, rows in arrived.items():
        if isinstance(rows, str):
            cursor.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(name)} AS {rows}")
        else:
            cursor.register(name, rows)
