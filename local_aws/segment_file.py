"""One file of a log that is only ever appended to: what a delivery stream's journal and a shard's records are made of.

Each append is one write, whole or not there, before anybody is told of it; no fsync: the death of the process loses
nothing, that of the machine may.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(eq=False)
class SegmentFile:
    """:param size: the bytes that are whole."""

    path: Path
    size: int = 0
    _file: BinaryIO = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._file = self.path.open("ab", buffering=0)

    def append(self, data: bytes | bytearray) -> None:
        """:raises OSError: as on a full disk; then no half of the data lies before what comes next."""
        try:
            self._file.write(data)
        except OSError:
            self._file.truncate(self.size)
            raise
        self.size += len(data)

    def cut_off(self) -> None:
        """Remove what lies beyond `size`: it was half written when a process ended."""
        self._file.truncate(self.size)

    def close(self) -> None:
        self._file.close()

    def remove(self) -> None:
        self._file.close()
        self.path.unlink(missing_ok=True)


def microseconds(instant: datetime) -> int:
    """An instant as it lies on disk: microseconds since 1970."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def instant(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)
