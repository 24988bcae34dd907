"""The data plane of Kinesis streams: which shard a record goes to, its sequence number, and who hears of it.

What a stream holds lies in `<name>-<creation in milliseconds>/<shard>/` and outlives the process: where the base knows
the same streams again (name, creation time, shards), `Streams` over the same directory reads the same records under
the same sequence numbers, and iterators stay valid. There is nothing to call: a log is opened when it is first used.
"""

from __future__ import annotations

import base64
import json
import shutil
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from hashlib import md5
from pathlib import Path
from typing import Any, NamedTuple

from local_aws import base
from local_aws.clock import Clock
from local_aws.errors import AwsError
from local_aws.metrics import Metrics
from local_aws.streams.lives import Lives
from local_aws.streams.shard import Record, ShardLog

DEFAULT_RECORD_KIB = 1024
SEQUENCE_DIGITS = 56
_POSITION_DIGITS = 26

Listener = Callable[[Sequence[bytes], datetime], None]


class Entry(NamedTuple):
    """A record on its way in."""

    partition_key: str
    data: bytes
    hash_key: int | None = None


class Stored(NamedTuple):
    """Where a record came to lie."""

    shard_id: str
    sequence_number: str


class StreamLog:
    """The records of one stream. `stream` is the base's object: it knows shards, retention and mode.

    Evidence: https://docs.aws.amazon.com/streams/latest/dev/key-concepts.html (partition keys are hashed by MD5 to
    128 bits; each shard owns a range; sequence numbers grow within a shard).
    """

    def __init__(self, stream: Any, directory: Path, clock: Clock) -> None:
        self.stream = stream
        self._directory = directory
        self.lives = Lives(directory / "shards.json")
        self._limits = directory / "limits.json"
        known = json.loads(self._limits.read_text()) if self._limits.exists() else {}
        self._max_record_kib: int = known.get("MaxRecordSizeInKiB", DEFAULT_RECORD_KIB)
        self._clock = clock
        name = {"StreamName": stream.stream_name}
        self.metrics = Metrics(stream.account_id, stream.region, clock, "AWS/Kinesis", name)
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._logs: dict[str, ShardLog] = {}
        self._listeners: list[Listener] = []

    @property
    def max_record_kib(self) -> int:
        return self._max_record_kib

    @max_record_kib.setter
    def max_record_kib(self, most: int) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        self._limits.write_text(json.dumps({"MaxRecordSizeInKiB": most}))
        self._max_record_kib = most

    def append(self, entries: Sequence[Entry]) -> list[Stored]:
        """Store records, all with the same arrival time; consumers have heard of them when this returns."""
        with self._lock:
            arrived = self._clock.now()
            self._trim(arrived)
            ranges = self._ranges()
            places = [self._shard_of(entry, ranges) for entry in entries]
            stored: list[Stored | None] = [None] * len(entries)
            for shard_id in dict.fromkeys(places):
                at = [index for index, place in enumerate(places) if place == shard_id]
                first = self.log(shard_id).append([entries[index][:2] for index in at], arrived)
                prefix = self._sequence_prefix(shard_id)
                for position, index in enumerate(at, first):
                    stored[index] = Stored(shard_id, f"{prefix}{position:0{_POSITION_DIGITS}d}")
            data = [entry.data for entry in entries]
            for listener in tuple(self._listeners):
                listener(data, arrived)
        self.metrics.add(IncomingRecords=len(entries), IncomingBytes=sum(map(len, data)))
        return [place for place in stored if place is not None]

    def put_from_base(self, partition_key: str, explicit_hash_key: str, data: str) -> tuple[str, str]:
        """What services of the base write to a stream by themselves (a log group's subscription): the same log."""
        hash_key = int(explicit_hash_key) if explicit_hash_key else None
        [stored] = self.append([Entry(partition_key, base64.b64decode(data), hash_key)])
        return stored.sequence_number, stored.shard_id

    def subscribe(self, listener: Listener) -> None:
        """Call `listener` with every record that arrives from now on, each exactly once, in order."""
        with self._lock:
            self._listeners.append(listener)

    def unsubscribe(self, listener: Listener) -> None:
        with self._lock:
            if listener in self._listeners:
                self._listeners.remove(listener)

    def read(self, shard_id: str, position: int, limit: int, max_bytes: int) -> list[Record]:
        log = self.log(shard_id)
        log.trim(self._horizon(self._clock.now()))
        return log.read(position, limit, max_bytes)

    def log(self, shard_id: str) -> ShardLog:
        """A shard's log. :raises AwsError: for a shard that the stream does not have."""
        if shard_id not in self.stream.shards:
            message = f"Shard {shard_id} in stream {self.stream.stream_name} under account {self.stream.account_id}"
            raise AwsError("ResourceNotFoundException", f"{message} does not exist")
        log = self._logs.get(shard_id)
        if log is None:
            with self._opening:
                log = self._logs.get(shard_id) or ShardLog(self._directory / shard_id)
                self._logs[shard_id] = log
        return log

    def sequence_number(self, shard_id: str, position: int) -> str:
        """56 digits that grow with the position: the stream's birth, the shard, the position.

        Deviates: AWS promises growth, not what the digits mean.
        """
        return f"{self._sequence_prefix(shard_id)}{position:0{_POSITION_DIGITS}d}"

    def _sequence_prefix(self, shard_id: str) -> str:
        return f"49{_created(self.stream):016d}{int(shard_id.rpartition('-')[2]):012d}"

    def position_of(self, shard_id: str, sequence_number: str) -> int:
        """The position that a sequence number of this shard names. :raises AwsError: for a foreign one."""
        digits = sequence_number.zfill(SEQUENCE_DIGITS)
        if digits[:-_POSITION_DIGITS] != self._sequence_prefix(shard_id):
            message = f"StartingSequenceNumber {sequence_number} is invalid because it did not come from this stream"
            raise AwsError("InvalidArgumentException", f"{message} and shard {shard_id}.")
        return int(digits[-_POSITION_DIGITS:])

    def close(self) -> None:
        """Let go of the files; the records stay on disk."""
        for log in self._logs.values():
            log.close()

    def remove(self) -> None:
        """Forget the records: the stream is deleted."""
        self.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def _ranges(self) -> list[tuple[int, str]]:
        return [(shard.ending_hash, shard_id) for shard_id, shard in self._open_shards()]

    def _open_shards(self) -> list[tuple[str, Any]]:
        opened = [(shard_id, shard) for shard_id, shard in self.stream.shards.items() if shard.is_open]
        return sorted(opened, key=lambda each: each[1].starting_hash)

    @staticmethod
    def _shard_of(entry: Entry, ranges: list[tuple[int, str]]) -> str:
        if len(ranges) == 1:
            return ranges[0][1]
        key = entry.hash_key
        if key is None:
            key = int.from_bytes(md5(entry.partition_key.encode(), usedforsecurity=False).digest())
        return next((shard_id for ending, shard_id in ranges if key <= ending), ranges[-1][1])

    @property
    def horizon(self) -> datetime:
        """Where the retention period begins."""
        return self._horizon(self._clock.now())

    def note_shards(self) -> None:
        """Shards were made or closed just now."""
        self.lives.note(self.stream.shards, self._clock.now())

    def _horizon(self, now: datetime) -> datetime:
        return now - timedelta(hours=int(self.stream.retention_period_hours))

    def _trim(self, now: datetime) -> None:
        for log in self._logs.values():
            log.trim(self._horizon(now))


class Streams:
    """All streams of one account and region: the base keeps what they are, this keeps what is in them."""

    def __init__(self, account_id: str, region: str, directory: Path, clock: Clock) -> None:
        self._account_id = account_id
        self._region = region
        self._directory = directory
        self._clock = clock
        self._lock = threading.Lock()
        self._logs: dict[str, StreamLog] = {}

    @property
    def backend(self) -> Any:
        return base.backend("kinesis", self._account_id, self._region)

    def stream(self, name: str | None = None, arn: str | None = None) -> StreamLog:
        """A stream by name or ARN. :raises AwsError: `ResourceNotFoundException`."""
        wanted = name or (arn or "").rpartition("stream/")[2].split("/")[0]
        found = self.backend.streams.get(wanted)
        if found is None or (arn is not None and found.arn != arn):
            message = f"Stream {wanted} under account {self._account_id} not found."
            raise AwsError("ResourceNotFoundException", message)
        with self._lock:
            log = self._logs.get(wanted)
            if log is None or log.stream is not found:
                self._forget_deleted()
                directory = self._directory / f"{wanted}-{_created(found)}"
                log = self._logs[wanted] = StreamLog(found, directory, self._clock)
                found.put_record = log.put_from_base
            return log

    def _forget_deleted(self) -> None:
        for name, log in tuple(self._logs.items()):
            if self.backend.streams.get(name) is not log.stream:
                self._logs.pop(name).remove()

    def close(self) -> None:
        for log in self._logs.values():
            log.close()


def _created(stream: Any) -> int:
    """When a stream was made, in milliseconds: tells it from another one of the same name."""
    return int(stream.creation_datetime.timestamp() * 1000)
