"""DECLARE, FETCH and CLOSE: a query's rows, taken a few at a time within one transaction.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/declare.html,
https://docs.aws.amazon.com/redshift/latest/dg/fetch.html, https://docs.aws.amazon.com/redshift/latest/dg/close.html.
Over the Data API that is a batch, or a session with BEGIN. Deviates: the limits on the size of a cursor's result are
not applied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql.redshift import errors, names, syntax
from local_aws.sql.redshift.query import ResultColumn
from local_aws.sql.redshift.reader import Reader

if TYPE_CHECKING:
    from local_aws.sql.redshift.session import Outcome, Session

ROWS = 'temp.main."rows of a cursor"'
"""Where the rows are, in their order; the engine forgets it with the transaction that is rolled back."""


@dataclass
class Cursor:
    name: str
    columns: list[ResultColumn]
    taken: int = 0


def declare(session: Session, reader: Reader) -> Outcome:
    """https://docs.aws.amazon.com/redshift/latest/dg/declare.html: one at a time, in a transaction."""
    from local_aws.sql.redshift.session import Outcome

    name = reader.name()
    reader.need("CURSOR")
    reader.take("WITH", "HOLD") or reader.take("WITHOUT", "HOLD")
    reader.need("FOR")
    if session.alone:
        raise errors.error("DECLARE CURSOR may only be used in transaction blocks")
    if session.cursor is not None:
        named = f'cursor "{name}" already exists' if session.cursor.name == name else "only one cursor may be open"
        raise errors.error(named)
    query = _query(reader.source)
    prepared = session.prepare(query)
    session.register(prepared)
    session.connection.execute(f"CREATE TEMP TABLE {ROWS.removeprefix('temp.main.')} AS {prepared.sql}")
    session.cursor = Cursor(name, prepared.columns)
    return Outcome()


def _query(source: str) -> exp.Expr:
    """The query after the first FOR of a DECLARE."""
    words = source.split(maxsplit=8)
    position = next(n for n, word in enumerate(words) if word.upper() == "FOR")
    text = source.split(maxsplit=position + 1)[position + 1 :]
    found = syntax.parse(text[0]) if text else []
    if len(found) != 1 or not isinstance(found[0], exp.Query):
        raise errors.syntax(text[0].split()[0] if text else "end of statement")
    return names.fold(found[0])


def fetch(session: Session, reader: Reader) -> Outcome:
    """FETCH [ NEXT | ALL | FORWARD [ number | ALL ] ] FROM cursor."""
    from local_aws.sql.redshift.session import Outcome

    count: int | None = 1
    if reader.take("ALL"):
        count = None
    elif reader.take("FORWARD"):
        count = None if reader.take("ALL") else int(reader.value()) if reader.text.isdigit() else 1
    else:
        reader.take("NEXT")
    reader.need("FROM")
    cursor = _open(session, reader.name())
    reader.end()
    rows = session.connection.sql(
        f"SELECT * FROM {ROWS} ORDER BY rowid LIMIT {count if count is not None else 2**62} OFFSET {cursor.taken}"
    )
    cursor.taken += count if count is not None else 2**61
    return Outcome(reader=rows, columns=cursor.columns)


def close(session: Session, reader: Reader) -> Outcome:
    from local_aws.sql.redshift.session import Outcome

    reader.take("AS")  # sqlglot reads CLOSE c as a column with an alias
    _open(session, reader.name())
    reader.end()
    end(session)
    return Outcome()


def end(session: Session) -> None:
    """Forget the open cursor and its rows, as the end of a transaction does."""
    if session.cursor is not None:
        session.cursor = None
        session.connection.execute(f"DROP TABLE IF EXISTS {ROWS}")


def _open(session: Session, name: str) -> Cursor:
    if session.cursor is None or session.cursor.name != name:
        raise errors.error(f'cursor "{name}" does not exist')
    return session.cursor
