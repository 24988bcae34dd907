"""A connection as Redshift has it: a user, a search path, temporary tables, perhaps an open transaction."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import duckdb
from sqlglot import exp

from local_aws.jobs import Job
from local_aws.sql import statement_log
from local_aws.sql.redshift import commands, cursors, ddl, dml, errors, names, settings, spectrum
from local_aws.sql.redshift.catalog import Catalog, Relation
from local_aws.sql.redshift.cursors import Cursor
from local_aws.sql.redshift.database import Database
from local_aws.sql.redshift.history import USER
from local_aws.sql.redshift.query import Prepared, ResultColumn, prepare
from local_aws.sql.redshift.resolve import Scope
from local_aws.sql.redshift.scans import ExternalScan

VERSION = "PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2, Redshift 1.0 (local_aws)"


@dataclass
class Outcome:
    """What a statement did: rows to read (`reader`), or how many it changed. `notice` is what the server remarks."""

    reader: duckdb.DuckDBPyRelation | None = None
    columns: list[ResultColumn] = field(default_factory=list)
    changed: int = 0
    notice: str = ""


class Session:
    """One connection to a database. Not for two threads at once."""

    def __init__(self, database: Database, user: str) -> None:
        self.database = database
        self.lake = database.lake
        self.user = user
        connection = database.cursor()
        self.connection: duckdb.DuckDBPyConnection = statement_log.logged("redshift", connection)
        self.catalog = Catalog(connection)
        self.search_path: tuple[str, ...] = ("public",)
        self.temporary: dict[str, Relation] = {}
        self.settings: dict[str, str] = {}
        self.in_transaction = False
        self.failed = False
        """Whether a statement of the open transaction failed."""
        self.pid = 0
        """The server process that the connection talks to."""
        self.query_id = 0
        self.scans: list[ExternalScan] = []
        """What the statement reads of external tables."""
        self.unloaded: list[tuple[str, int, int]] = []
        """(URI, rows, bytes) of each file that the statement wrote."""
        self.batched = False
        """Whether a transaction that the user opened, or a batch, is going on."""
        self.alone = False
        """Whether the statement that runs is a transaction of its own."""
        self.cursor: Cursor | None = None
        """The cursor that is open in the transaction."""
        database.sessions.add(self)
        self._before: tuple[dict[str, Relation], tuple[str, ...], dict[str, str]] = ({}, ("public",), {})
        """What a rollback brings back: temporary tables, search path, settings."""

    def close(self) -> None:
        self.database.sessions.discard(self)
        with contextlib.suppress(duckdb.Error):  # the database may have been closed before
            self.rollback()
            self.connection.close()

    # transactions
    def begin(self) -> None:
        if not self.in_transaction:
            self.connection.execute("BEGIN TRANSACTION")
            self.in_transaction = True
            self._before = (dict(self.temporary), self.search_path, dict(self.settings))

    def fail(self) -> None:
        """A statement failed: an open transaction takes no more of them, until it is ended.

        https://www.postgresql.org/docs/8.0/tutorial-transactions.html
        """
        self.failed = self.in_transaction

    def commit(self) -> None:
        """End the transaction; one in which a statement failed is rolled back."""
        if self.failed:
            self.rollback()
        elif self.in_transaction:
            cursors.end(self)
            self.in_transaction = False
            self._engine("COMMIT")

    def rollback(self) -> None:
        if self.in_transaction:
            self.in_transaction = self.failed = False
            self.cursor = None
            self.temporary, self.search_path, self.settings = self._before
            for _ in range(100):
                try:
                    self.connection.execute("ROLLBACK")
                except duckdb.InterruptException:  # a cancelled statement is interrupted until it has ended
                    time.sleep(0.01)
                except duckdb.TransactionException:
                    return  # the interrupted one had done it
                else:
                    return

    # statements
    def run(
        self, statement: exp.Expr, parameters: Mapping[str, str], used: set[str], job: Job | None = None
    ) -> Outcome:
        """Execute one parsed statement. Outside of a transaction it is one of its own.

        :param used: takes the names of the parameters that the statement bound.
        :raises SqlError: with the text that Redshift shows; the statement then has changed nothing.
        """
        if job is not None:
            job.check()
        self.scans, self.unloaded = [], []
        tree = names.bind(names.fold(statement.copy()), parameters, used)
        if self.failed and not _ends(tree):
            raise errors.error("current transaction is aborted, commands ignored until end of transaction block")
        reads = isinstance(tree, exp.Query) and tree.args.get("into") is None
        alone = not (self.in_transaction or reads) and not isinstance(tree, exp.Transaction | exp.Commit | exp.Rollback)
        self.alone = alone
        try:
            if not self.failed:  # the engine takes nothing but the end then, either
                self.connection.execute("SET VARIABLE now = ?::TIMESTAMP", [self.lake.clock.naive_utc()])
            if alone:
                self.begin()
            outcome = self._dispatch(tree)
            if alone:
                self.commit()
            return outcome
        except errors.SqlError:
            self._undo(alone)
            raise
        except duckdb.Error as problem:
            self._undo(alone)
            raise errors.from_duckdb(problem) from problem

    def _undo(self, alone: bool) -> None:
        if alone:
            self.rollback()
        else:
            self.fail()

    def _dispatch(self, tree: exp.Expr) -> Outcome:
        if isinstance(tree, exp.Query):
            return ddl.execute(self, made) if (made := ddl.select_into(tree)) else self.query(tree)
        for kinds, handler in (
            ((exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.TruncateTable), dml.execute),
            ((exp.Create, exp.Drop, exp.Alter, exp.Comment), ddl.execute),
        ):
            if isinstance(tree, kinds):
                return handler(self, tree)
        return commands.execute(self, tree)

    def query(self, tree: exp.Expr) -> Outcome:
        prepared = self.prepare(tree)
        self.register(prepared)
        return Outcome(reader=self.connection.sql(prepared.sql), columns=prepared.columns)

    # what the handlers of statements use
    @property
    def scope(self) -> Scope:
        return Scope(
            self.catalog,
            self.database.name,
            self.search_path,
            self.temporary,
            external=lambda schema, name: spectrum.columns_of(self.lake, schema, name),
            external_tables=lambda schema: spectrum.tables_of(self.lake, schema),
            external_partitions=lambda schema, table: self.lake.catalog.partitions(schema.database, table),
            settings=settings.known(self),
            databases=self.database.siblings.names,
            is_stale=lambda relation: ddl.is_stale(self, relation),
            queries=lambda: tuple(self.database.queries),
            values={
                "current_user": self.user,
                "user": self.user,
                "current_user_id": USER,
                "pg_backend_pid": self.pid,
                "session_user": self.user,
                "current_database": self.database.name,
                "current_schema": self.search_path[0],
                "version": VERSION,
            },
            evaluate=self._evaluate,
        )

    def _evaluate(self, expression: str) -> Any:
        """The value of a constant DuckDB expression; None if it has none, or fails."""
        try:
            rows = self.connection.execute(f"SELECT {expression}").fetchall()
        except duckdb.Error:
            return None
        return rows[0][0] if rows else None

    def prepare(self, tree: exp.Expr) -> Prepared:
        """A query in DuckDB's terms."""
        return prepare(tree, self.scope, self.lake)

    def register(self, prepared: Prepared) -> None:
        """Let the connection see the rows of the system views that a query names."""
        self.scans.extend(prepared.scans)
        for name, rows in prepared.views.items():
            self.connection.register(name, rows)

    def _engine(self, sql: str) -> duckdb.DuckDBPyConnection:
        try:
            return self.connection.execute(sql)
        except duckdb.Error as problem:
            raise errors.from_duckdb(problem) from problem

    def find_table(self, table: exp.Table, verb: str) -> Relation:
        """The own table that a statement changes. :raises SqlError: for views and external tables."""
        found = self.scope.find(table)
        if not isinstance(found, Relation):
            raise errors.unsupported(f"{verb} on external tables")
        if not found.is_table:
            raise errors.error(f'cannot {verb.lower()} a view\n  Hint: "{found.name}" is a view')
        return found


def _ends(tree: exp.Expr) -> bool:
    """Whether a statement ends a transaction; ABORT reads as a column."""
    return isinstance(tree, exp.Commit | exp.Rollback) or (isinstance(tree, exp.Column) and tree.name == "abort")
