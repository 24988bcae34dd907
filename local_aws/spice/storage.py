"""Where SPICE's rows lie: one DuckDB database of the account and region, one table a data set.

A data set's table is replaced as a whole in one transaction: readers see the old rows or the new ones, and a failed
ingestion leaves the old ones.
Evidence: https://docs.aws.amazon.com/quicksight/latest/user/refreshing-imported-data.html
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from local_aws.jobs import Job
from local_aws.lake import Lake
from local_aws.spice.preparation import Plan
from local_aws.spice.staging import Arrived, Window, keep_before, refusing, selected, stage
from local_aws.spice.types import Column, quoted, size_in_bytes

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


CACHED = 512
"""Answers that are kept for the next reader."""


@dataclass(frozen=True)
class Loaded:
    """The rows that a data set holds now. `size` is SPICE's logical size in bytes."""

    columns: tuple[Column, ...]
    rows: int
    dropped: int
    size: int
    refreshed: datetime
    ingestion_id: str
    arrived: int | None = None
    """How many of the rows the last ingestion brought; None for all of them."""


@dataclass(frozen=True)
class Answer:
    """Rows of a query, with DuckDB's names of the result columns and their types."""

    names: list[str]
    types: list[str]
    rows: list[tuple[Any, ...]]


Publishing = Callable[[Loaded], AbstractContextManager[Any]]


class Spice:
    """The database. Opened when first used."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._database: duckdb.DuckDBPyConnection | None = None
        self._lock = threading.Lock()
        self._swap = threading.Lock()
        self._loaded: dict[str, Loaded] = {}
        self._numbers = 0
        self._generation = 0
        self._answers: OrderedDict[tuple[int, str], Answer] = OrderedDict()

    def loaded(self, data_set_id: str) -> Loaded | None:
        """What the data set holds, or None before its first completed ingestion."""
        return self._loaded.get(data_set_id)

    @property
    def kept(self) -> dict[str, Loaded]:
        """The map itself, for what writes it to disk."""
        return self._loaded

    @staticmethod
    def table(data_set_id: str) -> str:
        """The data set's table, as SQL."""
        return quoted(f"data {data_set_id}")

    def replace(
        self,
        data_set_id: str,
        ingestion_id: str,
        plan: Plan,
        arrived: Mapping[str, Arrived],
        tolerated: float,
        job: Job,
        publishing: Publishing = nullcontext,
        window: Window | None = None,
    ) -> Loaded:
        """Prepare the rows that the sources sent and put them in the place of the data set's old ones.

        :param arrived: each source's answer, by the source's relation name.
        :param tolerated: the share of unreadable rows above which nothing is replaced.
        :param publishing: a context of the caller's around the replacement itself, given what will be loaded.
        :param window: rows before it stay the old ones; without old rows of the same columns all are replaced.
        :raises TooManyUnreadable: the old rows stay.
        :raises Refused: where the data set's own expressions cannot be computed; the old rows stay.
        """
        cursor = self._cursor()
        job.on_cancel(cursor.interrupt)
        staging = self._new_staging()
        try:
            with refusing():
                read, dropped = stage(cursor, staging, plan, arrived, tolerated)
                before = self._loaded.get(data_set_id)
                arrived_rows, kept = None, 0
                if window is not None and before is not None and before.columns == plan.columns:
                    arrived_rows, kept = keep_before(cursor, staging, self.table(data_set_id), plan.columns, window)
                size = cursor.execute(f"SELECT {size_in_bytes(list(plan.columns))} FROM {staging}").fetchall()[0][0]
                rows = read - dropped if arrived_rows is None else arrived_rows + kept
                now = self._lake.clock.now()
                loaded = Loaded(plan.columns, rows, dropped, int(size), now, ingestion_id, arrived_rows)
                with publishing(loaded), self._swap:
                    job.check()  # within both locks: who cancels or deletes comes before the replacement or after it
                    self._publish(cursor, data_set_id, staging, loaded)
                return loaded
        finally:
            with suppress(Exception):  # interrupted: the connection is closed next, and its staging table unread
                cursor.execute(f"DROP TABLE IF EXISTS {staging}")
            cursor.close()

    @contextmanager
    def held(self, plan: Plan, arrived: Mapping[str, Arrived], tolerated: float) -> Iterator[tuple[str, Loaded]]:
        """Rows that are no data set's: of a direct query, until it is drawn. Yields their table, as SQL.

        :raises TooManyUnreadable, Refused: as `replace`.
        """
        cursor, staging = self._cursor(), self._new_staging()
        try:
            with refusing():
                read, dropped = stage(cursor, staging, plan, arrived, tolerated)
            yield staging, Loaded(plan.columns, read - dropped, dropped, 0, self._lake.clock.now(), "")
        finally:
            cursor.execute(f"DROP TABLE IF EXISTS {staging}")
            cursor.close()

    def prepared(self, plan: Plan, arrived: Mapping[str, Arrived]) -> pa.Table:
        """The rows that a plan makes of its sources' answers, those that can be read. :raises Refused:"""
        cursor = self._cursor()
        try:
            with refusing():
                return selected(cursor, plan, arrived)
        finally:
            cursor.close()

    def _new_staging(self) -> str:
        with self._lock:
            self._numbers += 1
            return quoted(f"staging {self._numbers}")

    def _publish(self, cursor: duckdb.DuckDBPyConnection, data_set_id: str, staging: str, loaded: Loaded) -> None:
        table = self.table(data_set_id)
        cursor.execute("BEGIN")
        try:
            cursor.execute(f"DROP TABLE IF EXISTS {table}")
            cursor.execute(f"ALTER TABLE {staging} RENAME TO {table}")
            cursor.execute("COMMIT")
        except BaseException:
            cursor.execute("ROLLBACK")
            raise
        self._loaded[data_set_id] = loaded
        self._forget_answers()

    def _forget_answers(self) -> None:
        with self._lock:
            self._generation += 1
            self._answers.clear()

    def drop(self, data_set_id: str) -> None:
        """Forget a data set's rows."""
        with self._swap:
            if self._loaded.pop(data_set_id, None) is not None:
                cursor = self._cursor()
                cursor.execute(f"DROP TABLE IF EXISTS {self.table(data_set_id)}")
                cursor.close()
                self._forget_answers()

    def cached(self, sql: str) -> Answer:
        """`query`, asked once until an ingestion replaces rows: the same page is drawn many times between two."""
        key = (self._generation, sql)  # taken before the question: an answer of older rows is kept under their number
        with self._lock:
            found = self._answers.get(key)
            if found is not None:
                self._answers.move_to_end(key)
                return found
        answer = self.query(sql)
        with self._lock:
            self._answers[key] = answer
            while len(self._answers) > CACHED:
                self._answers.popitem(last=False)
        return answer

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> Answer:
        """Run a SELECT over data sets' tables. :raises Refused: with the database's message."""
        cursor = self._cursor()
        try:
            with refusing():
                result = cursor.execute(sql, list(parameters))
                names, types = [each[0] for each in result.description], [str(each[1]) for each in result.description]
                return Answer(names, types, result.fetchall())
        finally:
            cursor.close()

    def close(self) -> None:
        with self._lock:
            if self._database is not None:
                self._database.close()
                self._database = None

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._database is None:
                self._database = self._lake.connect(self._lake.directory / "spice.duckdb")
                self._database.execute("SET GLOBAL python_enable_replacements = false")  # no table is a variable
            return self._database.cursor()
