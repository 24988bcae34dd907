"""One delivery stream at work: it takes records in, buffers them by size and time, and writes objects to S3."""

from __future__ import annotations

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from local_aws.clock import Clock
from local_aws.delivery import aggregated
from local_aws.delivery.buffer import Buffer
from local_aws.delivery.destination import BACKUP, PLAIN, Folder, S3Destination
from local_aws.delivery.errors import CONVERSION, PROCESSING, RecordFailed
from local_aws.delivery.journal import Cut, Journal, Past, Taken
from local_aws.delivery.parcel import Parcel, Samples, in_order
from local_aws.errors import AwsError
from local_aws.metrics import Metrics
from local_aws.objects import ObjectStore

log = logging.getLogger("local_aws.delivery")

JOURNAL_BYTES = 64 * 1024 * 1024
ACTIVE_PARTITIONS = 500
"""https://docs.aws.amazon.com/firehose/latest/dev/limits.html, without an increase."""


class Hose:
    """Buffers and delivers. Thread-safe; every record that `put` took is in exactly one object.

    :param journal: keeps what is taken in and not delivered; `recover` takes up what an earlier process left there.
    :param report: hears of a failed delivery, once until another one fails or one succeeds.
    :param strike: asked once for each object what is to go wrong with it: it is delivered `twice`, or `overtaken` by
        the next one. Firehose delivers at least once, and in no promised order.

    An object begins with its oldest record and is cut when it is full or when the interval since that record's arrival
    has passed; its prefix tells that arrival. Where AWS delivers a buffer across the turn of an hour, so do we: a
    record may lie in the folder of the hour before its own, by at most the interval. A clock that is set further
    ahead than the interval, or back, cuts first: an object never spans the jump.

    A failed delivery is tried again at each tick and its records are kept.
    Evidence: https://docs.aws.amazon.com/firehose/latest/dev/basic-deliver.html and, for failures,
    https://docs.aws.amazon.com/firehose/latest/dev/troubleshooting.html. Deviates: AWS gives up after 24 hours
    (a Kinesis stream's retention); here nothing is given up, as the clock may be set days ahead.
    """

    def __init__(
        self,
        name: str,
        destination: S3Destination,
        journal: Journal,
        objects: ObjectStore,
        clock: Clock,
        metrics: Metrics,
        report: Callable[[AwsError], None] = lambda error: None,
        strike: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.name = name
        self.version = 1
        self.destination = destination
        self.failure: AwsError | None = None
        self._journal = journal
        self._replayed: dict[Folder, deque[list[str]]] | None = None
        self._objects = objects
        self._clock = clock
        self.metrics = metrics
        self._report = report
        self._strike = strike
        self._lock = threading.RLock()
        self._buffers: dict[Folder, Buffer] = {}
        self._parcels: deque[Parcel] = deque()
        self._samples = Samples(metrics)

    def put(self, records: Sequence[bytes], arrived: datetime) -> None:
        """Take records that arrived together; what is full by then is delivered before this returns."""
        with self._lock:
            self._cut_if_due(arrived)
            self._journal.taken(records, arrived, self.version, self.destination.config)
            self._take(records, arrived)
            self.metrics.add(IncomingRecords=len(records), IncomingBytes=sum(map(len, records)))
            if self.destination.interval_seconds == 0 or self._journal.size > self._journal_bytes:
                self._cut_all()
            if self._parcels:
                self._deliver()

    def put_from_kinesis(self, records: Sequence[bytes], arrived: datetime) -> None:
        """`put`, as the consumer of a Kinesis stream: records that a producer library aggregated are taken apart."""
        sizes = {"DataReadFromKinesisStream_Bytes": sum(map(len, records))}
        self.metrics.add(DataReadFromKinesisStream_Records=len(records), **sizes)
        if any(each.startswith(aggregated.MAGIC) for each in records):
            records = [single for each in records for single in aggregated.unpacked(each)]
        self.put(records, arrived)

    def tick(self) -> None:
        """Deliver what is due by the clock, and what failed before."""
        with self._lock:
            now = self._clock.now()
            self._cut_if_due(now)
            if self._parcels:
                self._deliver()
            elif self._buffers:
                self._sample_freshness(now)

    def flush(self) -> None:
        """Deliver everything now, whatever the buffering hints say."""
        with self._lock:
            self._cut_all()
            self._deliver(everything=True)

    def change(self, destination: S3Destination) -> None:
        """Go on with another destination; what was taken in before goes to the old one."""
        with self._lock:
            self._cut_all()
            self.destination = destination
            self.version += 1
            self._deliver()

    def recover(self, destination_of: Callable[[dict[str, Any]], S3Destination]) -> None:
        """Take up the buffers and the undelivered objects of an earlier process, under the names they had.

        :param destination_of: reads a configuration again, that of the records of back then.
        """
        with self._lock:
            now = self.destination, self.version
            for past in self._journal.past():
                self._cut_all()
                try:
                    destination = destination_of(dict(past.config))
                except AwsError as error:  # its table is gone: the records stay in the journal
                    log.warning("%s cannot take up %s: %s", self.name, past.segment.path, error.message)
                    past.segment.close()
                    continue
                self.destination, self.version = destination, past.version
                self._replay(past)
            if (now[0].config, now[1]) != (self.destination.config, self.version):
                self._cut_all()
            self.destination, self.version = now

    def close(self) -> None:
        """Let go of the files; what is not delivered stays in the journal."""
        with self._lock:
            self._journal.close()

    def _replay(self, past: Past) -> None:
        """Go through a segment again. A buffer that is full is cut at the same record as then, so its name is next."""
        self._journal.resume(past.segment)
        cuts = [entry for entry in past.entries if isinstance(entry, Cut)]
        self._replayed = {}
        for cut in cuts:
            self._replayed.setdefault(Folder.of(cut.folder), deque()).append(cut.names)
        written = Counter[Folder]()
        left = {folder: len(names) for folder, names in self._replayed.items()}
        for entry in past.entries:
            if isinstance(entry, Taken):
                self._take(entry.records, entry.arrived)
                continue
            folder = Folder.of(entry.folder)
            written[folder] += 1
            if left[folder] - len(self._replayed[folder]) < written[folder]:  # the clock cut it, not its size
                self._cut(folder)
        self._replayed = None
        for parcel in [each for each in self._parcels if each.segment is past.segment and each.key in past.delivered]:
            self._parcels.remove(parcel)
            past.segment.waiting -= 1
        if not self._buffers:
            self._journal.turn()

    @property
    def _journal_bytes(self) -> int:
        """A journal this long is ended by cutting all buffers, sooner than the hints say, which are hints."""
        return JOURNAL_BYTES + 4 * self.destination.buffer_bytes

    @property
    def pending(self) -> int:
        """Records that are taken in and not delivered yet."""
        with self._lock:
            buffered = sum(each.records for each in self._buffers.values())
            return buffered + sum(parcel.records for parcel in self._parcels)

    def _take(self, records: Sequence[bytes], arrived: datetime) -> None:
        if (renewed := self.destination.renewed()) is not None:
            self._cut_all()  # what was taken by the old schema is written by it
            self.destination = renewed
        destination = self.destination
        if destination.backup is not None:
            for record in records:
                self._add(BACKUP, record, 1, arrived)
        if destination.shapes:
            for record in records:
                self._shape(record, arrived)
            return
        delimiter, most = destination.processing.delimiter, destination.buffer_bytes
        whole = delimiter.join(records) + delimiter
        held = self._buffers[PLAIN].size if PLAIN in self._buffers else 0
        if held + len(whole) < most:
            self._add(PLAIN, whole, len(records), arrived)
        else:
            for record in records:
                self._add(PLAIN, record + delimiter, 1, arrived)

    def _shape(self, record: bytes, arrived: datetime) -> None:
        """Look into one record; what cannot be delivered as it should goes to the error prefix, whole."""
        conversion = self.destination.conversion is not None
        try:
            shaped = list(self.destination.shape(record))
            folders = {folder for folder, _ in shaped} - self._buffers.keys()
            if len(self._buffers) + len(folders) > ACTIVE_PARTITIONS:
                message = f"Exceeded the number of active partitions: {ACTIVE_PARTITIONS}"
                if self._replayed is None:
                    self.metrics.add(PartitionCountExceeded=1)
                raise RecordFailed(PROCESSING, "DynamicPartitioning.ActivePartitionLimitExceeded", message)
        except RecordFailed as failed:
            document = failed.document(record, arrived, self._clock.now())
            self._add(Folder(error=failed.kind), document, 1, arrived)
            if failed.kind == CONVERSION and self._replayed is None:
                self.metrics.add(FailedConversion_Records=1, FailedConversion_Bytes=len(record))
            return
        for folder, data in shaped:
            self._add(folder, data, 1, arrived)
        if conversion and self._replayed is None:
            self.metrics.add(SucceedConversion_Records=1, SucceedConversion_Bytes=len(record))

    def _add(self, folder: Folder, data: bytes, records: int, arrived: datetime) -> None:
        buffer = self._buffers.get(folder)
        if buffer is None:
            destination = self.destination.of_folder(folder)
            form = ("UNCOMPRESSED", None) if folder.error else (destination.compression, destination.conversion)
            buffer = self._buffers[folder] = Buffer(form[0], arrived, form[1])
        buffer.add(data, records)
        if buffer.size >= self.destination.of_folder(folder).buffer_bytes:
            self._cut(folder)

    def _cut_if_due(self, now: datetime) -> None:
        for folder, buffer in tuple(self._buffers.items()):
            interval = timedelta(seconds=self.destination.of_folder(folder).interval_seconds)
            if not buffer.oldest <= now < buffer.oldest + interval:
                self._cut(folder)

    def _cut_all(self) -> None:
        for folder in tuple(self._buffers):
            self._cut(folder)

    def _cut(self, folder: Folder) -> None:
        """Close a buffer: from here on it is an object with a name."""
        buffer = self._buffers.pop(folder)
        noted = self._replayed is not None and bool(self._replayed.get(folder))
        names, fault = self._names(folder, buffer.oldest)
        segment = self._journal.cut(folder.fields, names, noted)
        destination, packed = self.destination.of_folder(folder), buffer.finish()
        sizes = (buffer.records, buffer.size, buffer.oldest)
        parcel = Parcel(destination.bucket, names[0], packed, *sizes, segment, folder.backup)
        if fault == "overtaken":
            interval = timedelta(seconds=max(destination.interval_seconds, 1))
            parcel = replace(parcel, held_until=self._clock.now() + interval)
        self._parcels.append(parcel)
        self._parcels.extend(replace(parcel, key=again, held_until=None) for again in names[1:])

    def _names(self, folder: Folder, oldest: datetime) -> tuple[list[str], str | None]:
        """The names of an object, one but for a fault, and that fault; those of back then, if it is being replayed."""
        noted = self._replayed.get(folder) if self._replayed is not None else None
        if noted:
            return noted.popleft(), None
        fault = self._strike()
        key = self.destination.of_folder(folder).key
        return [key(self.name, self.version, oldest, folder) for _ in range(2 if fault == "twice" else 1)], fault

    def _deliver(self, everything: bool = False) -> None:
        if not self._buffers:
            self._journal.turn()
        for parcel in in_order(self._parcels, self._clock.now(), everything):
            try:
                self._objects.put(parcel.bucket, parcel.key, parcel.payload, "application/octet-stream")
            except AwsError as error:
                if self.failure is None or self.failure.message != error.message:
                    log.warning("%s cannot deliver to %s: %s", self.name, parcel.bucket, error.message)
                    self._report(error)
                self.failure = error
                self._samples.tried(parcel, done=False)
                continue
            self._parcels.remove(parcel)
            self._journal.delivered(parcel.segment, parcel.key)
            self.failure = None
            self._samples.tried(parcel, done=True)
        self._sample_freshness(self._clock.now(), fresh=True)

    def _sample_freshness(self, now: datetime, fresh: bool = False) -> None:
        """Once a minute while a record waits, and at each delivery."""
        if not fresh and not self._samples.is_due(now):
            return
        kinds = (False, True) if self.destination.backup else (False,)
        oldest = {
            backup: [each.oldest for each in self._parcels if each.backup == backup]
            + [each.oldest for folder, each in self._buffers.items() if folder.backup == backup]
            for backup in kinds
        }
        self._samples.freshness(now, oldest, sum(bool(folder.keys) for folder in self._buffers))
