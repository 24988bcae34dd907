"""One shard's records as an append log on disk, with a small index in memory: a long replay does not fill the memory.

A put appends one batch of records per shard with one write, before it is acknowledged. The index has an entry a batch,
not a record; a log that is opened on an existing directory reads it anew from the batches' heads, with the same
positions and arrivals, and drops a batch that was only half written, which nobody was told of. A small file tells the
oldest position that is kept, so that what was trimmed within a segment stays so, whatever the clock and the retention
period say by then.
"""

from __future__ import annotations

import struct
import threading
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from local_aws.segment_file import SegmentFile, instant, microseconds

SEGMENT_BYTES = 16 * 1024 * 1024
_FRAME = struct.Struct(">HI")
_HEAD = struct.Struct(">QqII")
"""Of a batch: first position, arrival in microseconds since 1970, number of records, bytes of its frames."""
_OLDEST = "oldest"


class Record(NamedTuple):
    """One record as a consumer sees it. `position` counts the shard's records from 0."""

    position: int
    arrived: datetime
    partition_key: str
    data: bytes


@dataclass(eq=False)
class _Segment(SegmentFile):
    batches: int = 0


@dataclass(slots=True)
class _Batch:
    """Records that arrived in one put: where they lie, and when that was."""

    first: int
    count: int
    arrived: datetime
    segment: _Segment
    offset: int
    size: int


class ShardLog:
    """The records of one shard, oldest first.

    :param directory: holds this shard's files and nothing else; what it holds already is gone on with.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._batches: list[_Batch] = []
        self._firsts: list[int] = []
        self._segment: _Segment | None = None
        self._next = 0
        self._recover()

    @property
    def next_position(self) -> int:
        """The position that the next record will get: where `LATEST` begins."""
        return self._next

    def append(self, records: Sequence[tuple[str, bytes]], arrived: datetime) -> int:
        """Add (partition key, data) pairs that arrived together; returns the first one's position."""
        frames = bytearray(_HEAD.size)
        for key, data in records:
            encoded = key.encode()
            frames += _FRAME.pack(len(encoded), len(data)) + encoded + data
        size = len(frames) - _HEAD.size
        with self._lock:
            first = self._next
            segment = self._writable()
            _HEAD.pack_into(frames, 0, first, microseconds(arrived), len(records), size)
            offset = segment.size + _HEAD.size
            segment.append(frames)
            self._enter(_Batch(first, len(records), arrived, segment, offset, size))
            return first

    def read(self, position: int, limit: int, max_bytes: int) -> list[Record]:
        """Up to `limit` records from `position` on (or from the oldest kept), ending before `max_bytes` is passed.

        The first record comes whatever its size.
        """
        found: list[Record] = []
        size = 0
        for record in self._from(position):
            size += len(record.data) + len(record.partition_key)
            if found and size > max_bytes:
                break
            found.append(record)
            if len(found) == limit:
                break
        return found

    def position_at(self, instant: datetime) -> int:
        """The position of the first record that arrived at `instant` or later; the end if there is none."""
        with self._lock:
            return next((batch.first for batch in self._batches if batch.arrived >= instant), self._next)

    def oldest_after(self, position: int) -> datetime | None:
        """When the first unread record arrived, for a reader that stands at `position`; None at the tip."""
        with self._lock:
            at = max(bisect_right(self._firsts, position) - 1, 0)
            waiting = (batch for batch in self._batches[at:] if batch.first + batch.count > position)
            return next((batch.arrived for batch in waiting), None)

    def trim(self, horizon: datetime) -> None:
        """Forget what arrived before `horizon`: the retention period has passed."""
        with self._lock:
            keep = next((at for at, batch in enumerate(self._batches) if batch.arrived >= horizon), len(self._batches))
            if keep:
                last = self._batches[keep - 1]
                fresh = self._directory / f"{_OLDEST}.new"
                fresh.write_text(str(last.first + last.count))
                fresh.replace(self._directory / _OLDEST)
                self._drop(keep)

    def close(self) -> None:
        """Let go of the files; the records stay on disk."""
        with self._lock:
            if self._segment is not None:
                self._segment.close()
            self._batches, self._firsts, self._segment = [], [], None

    def _drop(self, count: int) -> None:
        for batch in self._batches[:count]:
            self._release(batch.segment)
        del self._batches[:count], self._firsts[:count]

    def _enter(self, batch: _Batch) -> None:
        batch.segment.batches += 1
        self._batches.append(batch)
        self._firsts.append(batch.first)
        self._next = batch.first + batch.count

    def _recover(self) -> None:
        """Enter what an earlier process left. A segment's name is the position of its first record."""
        for path in sorted(self._directory.glob("[0-9]*")):
            if self._segment is not None:
                self._segment.close()
            self._segment = segment = _Segment(path)
            self._next = int(path.name)
            for head in _heads(path):
                first, arrived, count, size = head
                offset = segment.size + _HEAD.size
                segment.size = offset + size
                self._enter(_Batch(first, count, instant(arrived), segment, offset, size))
            segment.cut_off()
        known = self._directory / _OLDEST
        if known.exists():
            oldest = int(known.read_text())
            self._drop(sum(first < oldest for first in self._firsts))

    def _writable(self) -> _Segment:
        if self._segment is None or self._segment.size >= SEGMENT_BYTES:
            full, path = self._segment, self._directory / f"{self._next:020d}"
            self._directory.mkdir(parents=True, exist_ok=True)
            self._segment = _Segment(path)
            if full is not None:
                full.close()
        return self._segment

    def _release(self, segment: _Segment) -> None:
        segment.batches -= 1
        if segment.batches == 0:
            if segment is self._segment:  # an empty file goes on telling the position, also to a later process
                self._segment = None
                self._writable()
            segment.remove()

    def _from(self, position: int) -> Iterator[Record]:
        at = -1
        while True:
            with self._lock:
                at = max(bisect_right(self._firsts, position) - 1, 0)
                if at >= len(self._batches) or position >= self._next:
                    return
                batch = self._batches[at]
                with batch.segment.path.open("rb") as file:
                    file.seek(batch.offset)
                    frames = file.read(batch.size)
            position = max(position, batch.first)
            yield from (record for record in _unpack(frames, batch) if record.position >= position)
            position = batch.first + batch.count


def _heads(path: Path) -> Iterator[tuple[int, int, int, int]]:
    """The heads of the whole batches in a segment file."""
    end, offset = path.stat().st_size, 0
    with path.open("rb") as file:
        while offset + _HEAD.size <= end:
            file.seek(offset)
            head = _HEAD.unpack(file.read(_HEAD.size))
            offset += _HEAD.size + head[3]
            if offset <= end:
                yield head


def _unpack(frames: bytes, batch: _Batch) -> Iterator[Record]:
    offset = 0
    for position in range(batch.first, batch.first + batch.count):
        key_size, data_size = _FRAME.unpack_from(frames, offset)
        begin = offset + _FRAME.size
        offset = begin + key_size + data_size
        key = frames[begin : begin + key_size].decode()
        yield Record(position, batch.arrived, key, frames[begin + key_size : offset])
