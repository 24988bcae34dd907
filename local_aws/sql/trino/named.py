"""What a name in FROM stands for, as far as the compiler needs to know: a table of some kind, or a view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sqlglot import exp

from local_aws.sql.trino.typed import Version, View
from local_aws.sql.types import Type


class Source(Protocol):
    """A table that a query names, before it is known what of it is read."""

    @property
    def path(self) -> tuple[str, ...]: ...

    @property
    def fields(self) -> Sequence[tuple[str, Type, bool]]: ...

    @property
    def partition_columns(self) -> set[str]:
        """The columns by whose values what is read can be told."""
        ...

    def sql(self, predicate: exp.Expr | None, columns: list[str]) -> str:
        """DuckDB's SELECT for those columns of it."""
        ...


class Tables(Protocol):
    """Where queries find tables."""

    def find(
        self, parts: list[str], database: str, at: tuple[int, int] | None, version: Version | None = None
    ) -> Source | View:
        """:raises QueryFailed: `TABLE_NOT_FOUND`, `SCHEMA_NOT_FOUND`, `CATALOG_NOT_FOUND`."""
        ...
