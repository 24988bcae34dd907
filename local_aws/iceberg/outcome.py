"""What a statement did."""

from __future__ import annotations

from dataclasses import dataclass


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
