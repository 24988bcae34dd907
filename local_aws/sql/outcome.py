"""What a statement came to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from local_aws.sql.types import VARCHAR, Type


@dataclass
class Outcome:
    """What a statement leaves: a CSV of rows, the lines of a DDL's text, or files that it wrote.

    :param kind: how Athena types the statement: `DDL`, `DML`, `UTILITY`.
    :param verb: its `SubstatementType`.
    :param records: the CSV's records by batches, without the header; None for no CSV.
    :param lines: a DDL's text, a line a row.
    :param update_count: rows written, for what writes.
    :param manifest: the URIs of the files that were written, for INSERT, CTAS and UNLOAD.
    :param scanned: bytes read that the session does not know of.
    """

    kind: str
    verb: str
    columns: list[tuple[str, Type]] = field(default_factory=list)
    records: Iterator[list[str]] | None = None
    lines: list[str] = field(default_factory=list)
    update_count: int | None = None
    manifest: list[str] | None = None
    scanned: int = 0


def ddl(verb: str, column: str = "", lines: list[str] | None = None, kind: str = "DDL") -> Outcome:
    """The outcome of a DDL statement: nothing, or lines under one column."""
    return Outcome(kind, verb, [(column, VARCHAR)] if column else [], lines=lines or [])
