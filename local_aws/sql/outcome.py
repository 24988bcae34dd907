"""What a statement came to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from local_aws.sql.types import Type

STRING = Type("string")
"""How the results of DDL name their type: Hive's word, not Trino's."""


@dataclass
class Outcome:
    """What a statement leaves: a CSV of rows, the lines of a DDL's text, or files that it wrote.

    :param kind: how Athena types the statement: `DDL`, `DML`, `UTILITY`.
    :param verb: its `SubstatementType`.
    :param save: writes the CSV of the rows into a file, and says how many there are; None for no CSV.
    :param lines: a DDL's text, a line a row.
    :param update_count: rows written, for what writes.
    :param manifest: the URIs of the files that were written, for INSERT, CTAS and UNLOAD.
    :param scanned: bytes read that the session does not know of.
    :param rows: how many rows the CSV has, once it is written.
    """

    kind: str
    verb: str
    columns: list[tuple[str, Type]] = field(default_factory=list)
    save: Callable[[Path], int] | None = None
    lines: list[str] = field(default_factory=list)
    update_count: int | None = None
    manifest: list[str] | None = None
    scanned: int = 0
    rows: int | None = None


def ddl(verb: str, column: str = "", lines: list[str] | None = None, kind: str = "DDL") -> Outcome:
    """The outcome of a DDL statement: nothing, or lines under one column. DESCRIBE names three, and its lines are one
    text all the same, cut by tabs.
    """
    return Outcome(kind, verb, [(each, STRING) for each in column.split(",") if each], lines=lines or [])
