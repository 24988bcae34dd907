"""What a delivery stream took in and has not delivered, on disk: what makes a buffer survive the process.

A segment file begins with the configuration that its records were taken under. Then follow, in order: the records of
each put, written before the put is acknowledged; the names of the objects that were cut from them, written before an
object is delivered; and the names that were delivered. Replaying a segment makes the same buffers and the same objects
under the same names, so that an object which was written, but not noted as written, is written over and not delivered
twice. A segment goes when everything in it is delivered.

One write for a put, none for a record.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from local_aws.segment_file import SegmentFile, instant, microseconds

_FRAME = struct.Struct(">cI")
_HEAD, _TAKEN, _CUT, _DELIVERED = b"H", b"T", b"C", b"D"
_ARRIVED, _SIZE = struct.Struct(">q"), struct.Struct(">I")


@dataclass(frozen=True)
class Taken:
    """The records of one put."""

    arrived: datetime
    records: list[bytes]


@dataclass(frozen=True)
class Cut:
    """A buffer became an object; `names` has more than one for an object that is delivered twice on demand."""

    folder: Any
    names: list[str]


@dataclass(eq=False)
class Segment(SegmentFile):
    """One file of the journal. `waiting` counts the objects that were cut and are not delivered."""

    waiting: int = 0
    closed: bool = False


@dataclass
class Past:
    """A segment of an earlier process, read back."""

    segment: Segment
    version: int
    config: Mapping[str, Any]
    entries: list[Taken | Cut] = field(default_factory=list)
    delivered: set[str] = field(default_factory=set)


class Journal:
    """The journal of one delivery stream; not thread-safe, its hose is.

    :param directory: holds this journal's segment files and nothing else.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._current: Segment | None = None
        directory.mkdir(parents=True, exist_ok=True)
        self._number = max((int(path.name) for path in directory.iterdir()), default=-1) + 1

    @property
    def size(self) -> int:
        """The bytes of the segment that is being written."""
        return self._current.size if self._current is not None else 0

    def taken(self, records: Sequence[bytes], arrived: datetime, version: int, config: Mapping[str, Any]) -> None:
        """Note the records of a put, before anybody is told that they were taken."""
        if self._current is None:
            path = self._directory / f"{self._number:012d}"
            self._number += 1
            self._current = Segment(path)
            self._write(self._current, _HEAD, json.dumps({"version": version, "config": config}).encode())
        parts = [_ARRIVED.pack(microseconds(arrived))]
        for record in records:
            parts += (_SIZE.pack(len(record)), record)
        self._write(self._current, _TAKEN, b"".join(parts))

    def cut(self, folder: Any, names: list[str], noted: bool) -> Segment:
        """Note the names of an object before it is delivered; returns the segment to tell of its delivery.

        :param noted: the names stand in the journal already: it is being replayed.
        """
        assert self._current is not None
        if not noted:
            self._write(self._current, _CUT, json.dumps({"folder": folder, "names": names}).encode())
        self._current.waiting += len(names)
        return self._current

    def delivered(self, segment: Segment, name: str) -> None:
        """Note that an object was delivered; the segment goes if it was its last."""
        self._write(segment, _DELIVERED, name.encode())
        segment.waiting -= 1
        self._drop_if_done(segment)

    def turn(self) -> None:
        """No buffer holds records: what comes next begins a new segment."""
        if self._current is not None:
            segment, self._current = self._current, None
            segment.closed = True
            self._drop_if_done(segment)

    def resume(self, segment: Segment) -> None:
        """Go on in a segment of an earlier process, as if this one had begun it."""
        self.turn()
        self._current = segment

    def past(self) -> list[Past]:
        """The segments that an earlier process left, oldest first; half an entry at the end of one is cut off."""
        return [found for path in sorted(self._directory.iterdir()) if (found := _read(path)) is not None]

    def close(self) -> None:
        if self._current is not None:
            self._current.close()

    @staticmethod
    def _write(segment: Segment, kind: bytes, payload: bytes) -> None:
        segment.append(_FRAME.pack(kind, len(payload)) + payload)

    @staticmethod
    def _drop_if_done(segment: Segment) -> None:
        if segment.closed and segment.waiting == 0:
            segment.remove()


def _read(path: Path) -> Past | None:
    found: Past | None = None
    segment = Segment(path)
    for kind, payload in _entries(path.read_bytes()):
        segment.size += _FRAME.size + len(payload)
        if kind == _HEAD:
            found = Past(segment, **json.loads(payload))
        elif found is not None and kind == _TAKEN:
            found.entries.append(_taken(payload))
        elif found is not None and kind == _CUT:
            found.entries.append(Cut(**json.loads(payload)))
        elif found is not None:
            found.delivered.add(payload.decode())
    segment.cut_off()
    if found is None:
        segment.remove()
    return found


def _entries(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    offset = 0
    while offset + _FRAME.size <= len(data):
        kind, size = _FRAME.unpack_from(data, offset)
        offset += _FRAME.size + size
        if offset <= len(data):
            yield kind, data[offset - size : offset]


def _taken(payload: bytes) -> Taken:
    [arrived] = _ARRIVED.unpack_from(payload)
    records, offset = [], _ARRIVED.size
    while offset < len(payload):
        [size] = _SIZE.unpack_from(payload, offset)
        offset += _SIZE.size + size
        records.append(payload[offset - size : offset])
    return Taken(instant(arrived), records)
