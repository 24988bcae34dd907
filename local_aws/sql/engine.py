"""Runs compiled queries on DuckDB: one database for a lake's Athena, a cursor for each statement, closed to files
other than the lake's own.
"""

from __future__ import annotations

import contextlib
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from local_aws.jobs import Job
from local_aws.sql import arrow_types, results, statement_log
from local_aws.sql.errors import QueryFailed
from local_aws.sql.python_functions import PythonFunctions
from local_aws.sql.tables import LakeTables, Rows
from local_aws.sql.trino import failures, macros
from local_aws.sql.trino.dialect import parse
from local_aws.sql.trino.pushdown import Pushdown
from local_aws.sql.trino.python_functions import FUNCTIONS
from local_aws.sql.trino.queries import Queries, output_names
from local_aws.sql.trino.typed import Relation

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from local_aws.lake import Lake

MOST_VALUES = 1000
"""Up to so many values of `IN (subquery)` are looked up first, to spare partitions."""


BATCH = 50_000
"""So many rows are taken at a time."""


class CutOff(Exception):  # noqa: N818 - not an error: the workgroup's limit
    """The statement would scan more than its workgroup allows."""


class Engine:
    """The DuckDB behind one lake's Athena."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self._lock = threading.Lock()
        self._functions: PythonFunctions | None = None
        self._database: duckdb.DuckDBPyConnection | None = None

    def _open(self) -> duckdb.DuckDBPyConnection:
        with self._lock:
            if self._database is None:
                database = self.lake.connect()
                database.execute(";".join(macros.statements()))
                # the compiler lets no file function through; this holds even if it did
                root = str(self.lake.directory.parents[1]).replace("'", "''")
                database.execute(f"SET GLOBAL allowed_directories = ['{root}/']")
                database.execute("SET GLOBAL enable_external_access = false")
                self._database, self._functions = database, PythonFunctions(database, FUNCTIONS)
            return self._database

    @contextmanager
    def session(self, database: str, job: Job | None = None, text: str = "") -> Iterator[Session]:
        """A statement's own connection; cancelling the job interrupts it."""
        import duckdb

        cursor, ended = statement_log.logged("athena", self._open().cursor()), threading.Event()
        statement_log.asked("athena", text)

        def interrupt() -> None:
            # an interrupt between two queries is lost: it is sent until the statement has ended
            with contextlib.suppress(duckdb.ConnectionException):  # it ended in between
                while not ended.wait(0.02):
                    cursor.interrupt()

        if job is not None:
            job.on_cancel(lambda: threading.Thread(target=interrupt, name="interrupt", daemon=True).start())
        try:
            yield Session(self.lake, cursor, database, self.lake.clock.now(), text, self._functions)
        finally:
            ended.set()
            cursor.close()

    def close(self) -> None:
        import duckdb

        with self._lock:
            if self._database is not None:
                with contextlib.suppress(duckdb.Error):  # a statement that does not end in time keeps it open
                    self._database.close()
                self._database = None


@dataclass
class Session:
    """One statement on its way: where its names are looked up, what time it has, what it has read."""

    lake: Lake
    cursor: duckdb.DuckDBPyConnection
    database: str
    now: datetime
    text: str
    functions: PythonFunctions | None = None
    cutoff: int | None = None
    """How many bytes the statement may scan."""
    tables: LakeTables = field(init=False)

    def __post_init__(self) -> None:
        self.tables = LakeTables(self.lake)

    def compile(self, query: exp.Expr, relations: Mapping[str, Any] | None = None) -> Relation:
        """A query's DuckDB text and columns. :raises QueryFailed: as Trino's analyzer."""
        return self._queries(relations or {}).statement(query)

    def answer(self, query: exp.Expr) -> tuple[Relation, Callable[[Path], int]]:
        """A query, and what writes its rows as CSV into a file and says how many there are.

        Decimals are first computed in 18 digits, where Trino has more than most values need: DuckDB is many times as
        fast in these. What fails so is run again in all of Trino's digits, and that answer or failure counts.
        """
        try:
            hasty = self._queries({}).statement(query, exact=False, shown=True)
        except QueryFailed:
            hasty = None  # a subquery was run for its values
        if hasty is None or "TRY(" in hasty.sql:  # TRY would take the failure for the query's own
            hasty = self.again(query)

        def save(path: Path) -> int:
            try:
                return self.save(hasty, path)
            except QueryFailed:
                exact = self.again(query)
                if exact.sql == hasty.sql:
                    raise
                return self.save(exact, path)

        return hasty, save

    def again(self, query: exp.Expr) -> Relation:
        """The query compiled anew, as if nothing had been read."""
        self.tables = LakeTables(self.lake)
        return self._queries({}).statement(query, shown=True)

    def analyze(self, query: exp.Expr) -> Relation:
        """A query's columns, without looking for what it would read. :raises QueryFailed: as `compile`."""
        return self._queries({}).relation_of(query)

    def _queries(self, relations: Mapping[str, Any]) -> Queries:
        self.tables.own = {name: Rows(rows, (name,)) for name, rows in relations.items()}
        pushdown = Pushdown(self._few_values)
        return Queries(self.tables, self.text, self.database, self.now, pushdown)

    def _few_values(self, sql: str) -> list[str] | None:
        """The values of a query's column as texts, unless they are more than a dynamic filter takes."""
        query = f"SELECT DISTINCT CAST(c0 AS VARCHAR) FROM ({sql}) WHERE c0 IS NOT NULL LIMIT {MOST_VALUES + 1}"
        found = [value for (value,) in self.execute(query).fetchall()]
        return found if len(found) <= MOST_VALUES else None

    def compile_text(self, text: str) -> Relation:
        self.text = text
        return self.compile(parse(text))

    def execute(self, sql: str) -> duckdb.DuckDBPyConnection:
        """Run compiled SQL. :raises QueryFailed: with Trino's words for what went wrong."""
        import duckdb

        self._ready(sql)
        try:
            return self.cursor.execute(sql)
        except duckdb.Error as error:
            raise failures.of_duckdb(error) from error

    def _ready(self, sql: str) -> None:
        """Register the rows at hand and the functions called, and hold the statement to its limit."""
        for source in [*self.tables.own.values(), *self.tables.met]:
            if isinstance(source, Rows):
                self.cursor.register(source.handle, source.rows)
        if self.functions is not None:
            self.functions.provide(sql)
        self.reading(0)

    def reading(self, size: int) -> None:
        """Called before bytes are read that the session does not know of. :raises CutOff: if they are too many."""
        if self.cutoff is not None and self.tables.bytes_scanned() + size > self.cutoff:
            raise CutOff

    def rows(self, relation: Relation) -> pa.Table:
        """A relation's rows, typed as Trino types them, under its output names in lower case."""
        return self.reader(relation).read_all()

    def reader(self, relation: Relation) -> pa.RecordBatchReader:
        """`rows`, batch by batch: they may be more than memory holds."""
        import duckdb
        import pyarrow as pa

        cells = [
            f"CAST({each.sql} AS {each.type.duckdb}) AS c{n}" if each.type.name != "unknown" else f"{each.sql} AS c{n}"
            for n, each in enumerate(relation.fields)
        ]
        self._ready(relation.sql + "".join(cells))
        try:
            found = self.cursor.sql(f"SELECT {', '.join(cells)} FROM ({relation.sql})").to_arrow_reader(BATCH)
        except duckdb.Error as error:
            raise failures.of_duckdb(error) from error
        names = [name.lower() for name in output_names(relation)]
        schema = pa.schema([field.with_name(name) for field, name in zip(found.schema, names, strict=True)])

        def batches() -> Iterator[pa.RecordBatch]:
            try:
                for batch in found:
                    yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)
            except (pa.ArrowException, OSError) as error:  # how Arrow hands on what DuckDB says
                raise failures.of_duckdb(error) from error

        return pa.RecordBatchReader.from_batches(schema, batches())

    def batches(self, relation: Relation, wanted: pa.Schema) -> Iterator[pa.Table]:
        """A relation's rows, some at a time, under the names and types of `wanted`: more than memory holds."""
        import duckdb
        import pyarrow as pa

        cells = ", ".join(
            f"CAST({each.sql} AS {arrow_types.from_arrow(field.type).duckdb}) AS c{n}"
            for n, (each, field) in enumerate(zip(relation.fields, wanted, strict=True))
        )
        self._ready(relation.sql + cells)
        try:
            for batch in self.cursor.sql(f"SELECT {cells} FROM ({relation.sql})").to_arrow_reader(BATCH):
                yield pa.Table.from_batches([batch]).rename_columns(wanted.names).cast(wanted)
        except (duckdb.Error, pa.ArrowException, OSError) as error:  # how Arrow hands on what DuckDB says
            raise failures.of_duckdb(error) from error

    def run(self, query: exp.Expr, relations: Mapping[str, Any]) -> pa.Table:
        """How a statement on an Iceberg table has its queries executed."""
        return self.rows(self.compile(query, relations))

    def save(self, relation: Relation, path: Path) -> int:
        """Write a relation's rows as Athena's CSV; returns how many there are."""
        rows = path.with_suffix(".rows")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            [(count,)] = self.execute(results.csv_copy(results.csv_query(relation), rows)).fetchall()
            with path.open("wb") as whole, rows.open("rb") as body:
                whole.write(f"{results.csv_header(output_names(relation))}\n".encode())
                shutil.copyfileobj(body, whole, 1 << 20)
        finally:
            rows.unlink(missing_ok=True)
        return int(count)


def fetch(engine: Engine, text: str, database: str) -> pa.Table:
    """One SELECT's rows, for other services. :raises QueryFailed: for anything else too."""
    with engine.session(database, text=text) as session:
        query = parse(text)
        if not isinstance(query, exp.Query):
            raise QueryFailed("NOT_SUPPORTED", "Only a SELECT can be read from")
        relation = session.compile(query)
        found = session.rows(relation)
        return found.rename_columns(output_names(relation))


__all__ = ["Engine", "Session", "fetch"]
