"""Between a statement and the engine that it came to: how its queries are run, and what it did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from sqlglot import exp


class Run(Protocol):
    """How a statement here has its queries executed: by the engine that the statement came to."""

    def __call__(self, query: exp.Expression, relations: Mapping[str, Any]) -> Any:
        """Run a query of the engine's dialect and return its rows: a `pyarrow.Table` or `RecordBatchReader`.

        :param relations: `pyarrow.Table` by name. The query names them like tables, unqualified and quoted; they go
            before the catalog's. Their names begin with `$`.
        """
        ...


Reading = Callable[[int], None]
"""Told how many bytes of the target are about to be read; it may raise, and then nothing is."""


def unlimited(size: int) -> None:
    """Let a statement read what it needs."""


@dataclass(frozen=True)
class Outcome:
    """Rows changed, and bytes of the target table that were read for it (what `run` read is the caller's to count)."""

    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    bytes_scanned: int = 0
    snapshot_id: int | None = None

    @property
    def rows(self) -> int:
        """What Athena reports as `UpdateCount`."""
        return self.inserted + self.updated + self.deleted
