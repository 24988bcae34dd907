"""Statements of the Data API: submitted, run on a thread, described; sessions between them.

Evidence: https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html
"""

from __future__ import annotations

import contextlib
import itertools
import logging
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

import duckdb
from sqlglot import exp

from local_aws.errors import AwsError
from local_aws.jobs import Cancelled, Job
from local_aws.sql import statement_log
from local_aws.sql.redshift import errors, results, syntax
from local_aws.sql.redshift.history import Query
from local_aws.sql.redshift.session import Session
from local_aws.sql.redshift.sessions import KeptSession, Sessions
from local_aws.sql.redshift.statement import ACTIVE, Part, Statement
from local_aws.sql.redshift.written import written

if TYPE_CHECKING:
    from local_aws.sql.redshift.engine import RedshiftEngine, Warehouse

MOST_ACTIVE = 500
CANCELLED = "ERROR: Query cancelled on user's request"
log = logging.getLogger("local_aws")
_numbers = itertools.count(1_000_001)
Tree: TypeAlias = exp.Expr | errors.SqlError
"""A parsed statement, or what is wrong with it."""


KEPT = timedelta(hours=24)


class Statements:
    """All statements of the account, newest last; they and their results are kept for 24 hours.

    https://docs.aws.amazon.com/redshift/latest/mgmt/data-api.html#data-api-calling-considerations
    """

    def __init__(self, engine: RedshiftEngine) -> None:
        self._engine = engine
        self._lake = engine.lake
        self._lock = threading.Lock()
        self.tokens: dict[str, str] = {}
        self.all: dict[str, Statement] = {}
        self._active: list[Statement] = []
        self.sessions = Sessions(self._lake)
        engine.before_close(self.close)

    def recover(self, reason: str) -> None:
        """End what an earlier process left running; its transactions were rolled back."""
        for statement in self.all.values():
            if statement.is_active:
                statement.status, statement.error, statement.updated = "FAILED", reason, self._lake.clock.now()
                for part in statement.parts:
                    part.status = "ABORTED" if part.status in ACTIVE else part.status

    def close(self) -> None:
        """Stop what runs and close the sessions: before the databases are closed."""
        for each in self.all.values():
            if each.job is not None and each.is_active:
                each.job.cancel()
                each.job.wait(5)
        self.sessions.close()

    def expire(self) -> None:
        """Forget what ended more than 24 hours ago, by the clock; the oldest come first."""
        limit = self._lake.clock.now() - KEPT
        gone: dict[str, Statement] = {}
        with self._lock:
            for each in self.all.values():
                if each.is_active or each.updated >= limit:
                    break
                gone[each.id] = each
            for identifier in gone:
                del self.all[identifier]
            if gone:
                for token in [token for token, known in self.tokens.items() if known in gone]:
                    del self.tokens[token]
        for each in gone.values():
            for part in each.parts:
                if part.result is not None:
                    part.result.path.unlink(missing_ok=True)

    def find(self, identifier: str) -> tuple[Statement, Part | None]:
        """By id; `<id>:2` is the second part. :raises AwsError: `ResourceNotFoundException`."""
        self.expire()
        whole, _, number = identifier.partition(":")
        found = self.all.get(whole)
        position = int(number) - 1 if number else None
        if found is None or (position is not None and not 0 <= position < len(found.parts)):
            raise AwsError("ResourceNotFoundException", "Query does not exist.", ResourceId=identifier)
        return found, None if position is None else found.parts[position]

    def repeated(self, statement: Statement, token: str | None) -> Statement | None:
        """The statement that came with this token before.

        https://docs.aws.amazon.com/redshift-data/latest/APIReference/API_ExecuteStatement.html (ClientToken). Deviates:
        what a token with another request gives is not documented; here it is a `ValidationException`.
        """
        with self._lock:
            found = self.all.get(self.tokens.get(token or "", ""))
        if found is not None and found.asked != statement.asked:
            raise AwsError("ValidationException", f"ClientToken {token} was used with another request.")
        return found

    def submit(
        self,
        statement: Statement,
        warehouse: Warehouse | None,
        token: str | None = None,
        kept: KeptSession | None = None,
    ) -> Statement:
        """Queue a statement; of two at once with one token, the first.

        :raises AwsError: `ActiveStatementsExceededException` over 500 that have not ended.
        """
        with self._lock:
            if token and token in self.tokens:
                return self.all[self.tokens[token]]
            self._active = [each for each in self._active if each.is_active]
            if len(self._active) >= MOST_ACTIVE:
                raise AwsError("ActiveStatementsExceededException", "Active statements exceeded the allowed quota.")
            statement.pid = kept.pid if kept else next(_numbers)
            if kept is not None:
                kept.take(statement.id)
                statement.session_id = kept.id
            statement.job = self._lake.jobs.start(statement.id, lambda job: self._work(job, statement, warehouse, kept))
            self._active.append(statement)
            self.all[statement.id] = statement  # from here on it can be found, and cancelled
            if token:
                self.tokens[token] = statement.id
        return statement

    def cancel(self, identifier: str) -> None:
        """:raises AwsError: `ValidationException` for a statement that has ended."""
        found, _ = self.find(identifier)
        if not found.is_active:
            message = f"Could not cancel a query that is already in {found.status} state with ID: {identifier}"
            raise AwsError("ValidationException", message)
        assert found.job is not None
        found.job.cancel()

    # on the job's thread
    def _work(self, job: Job, statement: Statement, warehouse: Warehouse | None, kept: KeptSession | None) -> None:
        """Run to the end; the session is free again, and the connection closed, before the end can be seen."""
        begun = time.monotonic_ns()
        self._move(statement, "PICKED")
        session = kept.session if kept else None
        try:
            job.check()
            if session is None:
                assert warehouse is not None
                session = Session(self._engine.database(warehouse, statement.database), statement.user)
                if kept is not None:
                    kept.session = session
            session.pid = statement.pid
            self._move(statement, "STARTED")
            status, error = self._run(job, statement, session)
        except errors.SqlError as problem:
            status, error = "FAILED", str(problem)
        except Cancelled:
            status, error = "ABORTED", CANCELLED
        except Exception as problem:  # a defect: the statement must end all the same, and say so
            log.exception("defect in local_aws: %s", statement.parts[0].sql)
            status, error = "FAILED", f"ERROR: defect in local_aws: {type(problem).__name__}: {problem}"
        if kept is not None:
            kept.release()
        elif session is not None:
            session.close()
        for part in statement.parts:
            if part.status in ACTIVE:
                self._move(part, "ABORTED")
        statement.duration = time.monotonic_ns() - begun
        statement.error = error
        self._move(statement, status)

    def _run(self, job: Job, statement: Statement, session: Session) -> tuple[str, str | None]:
        trees = [_parsed(part.sql, bool(statement.parameters)) for part in statement.parts]
        together = statement.batch and statement.mode == "TRANSACTION"
        transaction = together or any(len(each) > 1 and not _moves_transaction(each) for each in trees)
        ended = threading.Event()
        job.on_cancel(lambda: self._interrupt(statement, session, ended))
        with session.database.locks.hold(written([tree for each in trees for tree in each], session), job.check):
            opened = transaction and not session.in_transaction
            if opened:
                session.begin()
                session.batched = True
            try:
                self._run_parts(job, statement, session, trees, together)
                ended.set()
                if opened:
                    session.commit()
            finally:
                ended.set()
                if opened:
                    session.batched = False
                    session.rollback()
        failed = next((part for part in statement.parts if part.status == "FAILED"), None)
        return ("FAILED", failed.error) if failed else ("FINISHED", None)

    def _run_parts(
        self, job: Job, statement: Statement, session: Session, trees: list[list[Tree]], whole: bool
    ) -> None:
        for number, (part, found) in enumerate(zip(statement.parts, trees, strict=True), 1):
            try:
                for tree in found:
                    self._run_part(job, statement, session, part, tree)
            except (errors.SqlError, Cancelled) as problem:
                cancelled = job.cancelled or isinstance(problem, Cancelled)
                self._move(part, "ABORTED" if cancelled else "FAILED")
                part.error = CANCELLED if cancelled else str(problem)
                if cancelled:
                    raise Cancelled(statement.id) from problem
                if whole or not statement.batch:
                    raise errors.SqlError(
                        f"Query #{number} failed with {problem}" if statement.batch else str(problem)
                    ) from problem

    def _run_part(self, job: Job, statement: Statement, session: Session, part: Part, tree: Tree) -> None:
        begun = time.monotonic_ns()
        self._move(part, "STARTED")
        part.query_id = session.query_id = next(_numbers)
        started = self._lake.clock.naive_utc()
        query = Query(part.query_id, statement.user, statement.pid, part.sql, started)
        session.database.queries.append(query)
        statement_log.asked("redshift", part.sql)
        try:
            if isinstance(tree, errors.SqlError):
                raise tree
            outcome = session.run(tree, statement.parameters, set(), job)
            part.changed = outcome.changed
            if outcome.reader is not None:
                path = self._lake.directory / "redshift" / "results" / f"{statement.id}.{part.query_id}.arrow"
                part.result = results.keep(outcome.reader, outcome.columns, path, job.check)
            self._move(part, "FINISHED")
            query.status = "FINISHED"
            if part.result is not None:
                query.rows, query.size = part.result.rows, part.result.size
        except duckdb.Error as problem:  # while the rows were read
            session.fail()
            worded = errors.from_duckdb(problem)
            query.error = str(worded)
            raise worded from problem
        except errors.SqlError as problem:
            session.fail()
            query.error = str(problem)
            raise
        finally:
            query.scans, query.unloaded = session.scans, session.unloaded
            if query.status != "FINISHED":
                query.status = "ABORTED" if job.cancelled else "FAILED"
            part.duration = time.monotonic_ns() - begun
            query.elapsed, query.ended = part.duration // 1000, self._lake.clock.naive_utc()

    @staticmethod
    def _interrupt(statement: Statement, session: Session, ended: threading.Event) -> None:
        """Interrupt until the SQL has ended: an interrupt between two of the engine's calls stops nothing."""

        def insist() -> None:
            while statement.is_active and not ended.wait(0.02):
                with contextlib.suppress(duckdb.Error):
                    session.connection.interrupt()

        threading.Thread(target=insist, name=f"cancel {statement.id}", daemon=True).start()

    def _move(self, what: Statement | Part, status: str) -> None:
        what.updated = self._lake.clock.now()
        what.status = status


def _parsed(sql: str, bound: bool) -> list[Tree]:
    """The statements of a text, or what is wrong with it: that comes out when its turn comes.

    A text of several runs as one transaction, as PostgreSQL's simple protocol runs it; with parameters it is refused.
    Evidence: the Amazon provider's system test `example_redshift_s3_transfers`, which passes on AWS; the documentation
    asks for one statement. Deviates: the result is that of the last query.
    """
    try:
        found = syntax.parse(sql)
    except errors.SqlError as problem:
        return [problem]
    if not found:
        return [errors.error("The query is empty")]
    if len(found) > 1 and bound:
        return [errors.error("cannot insert multiple commands into a prepared statement")]
    return [*found]


def _moves_transaction(trees: list[Tree]) -> bool:
    return any(isinstance(tree, exp.Transaction | exp.Commit | exp.Rollback) for tree in trees)
