"""Writing: data files into one new snapshot, the snapshot into the catalog or not at all.

Evidence: https://iceberg.apache.org/spec/ (manifests, snapshots, sequence numbers, optimistic concurrency).
"""

from __future__ import annotations

import random
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pyarrow as pa
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.manifest import (
    DataFile,
    ManifestContent,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestFile,
    ManifestWriter,
    write_manifest,
    write_manifest_list,
)
from pyiceberg.table import Table, TableProperties
from pyiceberg.table.refs import MAIN_BRANCH, SnapshotRefType
from pyiceberg.table.snapshots import Operation, Snapshot, SnapshotSummaryCollector, Summary, update_snapshot_summaries
from pyiceberg.table.update import (
    AddSnapshotUpdate,
    AssertRefSnapshotId,
    AssertTableUUID,
    SetSnapshotRefUpdate,
)
from pyiceberg.utils.properties import property_as_int

from local_aws.errors import AwsError
from local_aws.iceberg.conform import conform
from local_aws.iceberg.files import write_rows
from local_aws.objects import split_uri
from local_aws.sql.errors import QueryFailed

if TYPE_CHECKING:
    from local_aws.lake import Lake

Result = TypeVar("Result")
ATTEMPTS = 12
MOST_PARTITIONS = 100
"""How many partitions INSERT or CREATE TABLE AS may write."""
PORTION = 32 * 2**20
"""So many bytes of rows are held before they are written: a statement that is stopped ends its portion first."""
AVRO: Final = "deflate"


def retrying(lake: Lake, database: str, name: str, attempt: Callable[[Table], Result]) -> Result:
    """Try a change on the table as it is now, and again on a fresh one when another commit came between.

    :param attempt: plans and commits on the table it is given; runs again from the start, so that it never builds on
        rows that have changed since.
    :raises AwsError: `ICEBERG_COMMIT_ERROR` when every try met another commit.
    """
    for number in range(ATTEMPTS):
        try:
            # who has lost once waits in line: many writers would otherwise undo each other's work again and again
            with lake.iceberg.turn(database, name) if number else nullcontext():
                return attempt(lake.iceberg.table(database, name))
        except CommitFailedException:
            time.sleep(random.uniform(0, 0.01 * 2 ** min(number, 4)))  # those outside stand in no line
    raise AwsError("ICEBERG_COMMIT_ERROR", f"Failed to commit Iceberg update to table: {database}.{name}")


def discard(lake: Lake, uris: Iterable[str]) -> None:
    """Remove files that no snapshot will ever name."""
    for uri in uris:
        lake.objects.delete(*split_uri(uri))


def append_rows(
    lake: Lake, database: str, name: str, rows: Any, names: Sequence[str] | None = None
) -> tuple[int, int | None]:
    """Add rows; returns how many, and the snapshot (None: there were none).

    Appends do not conflict with what others commit: the files are written once, only the commit is tried again.

    Evidence: https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html (100 partitions a statement).
    Deviates: MERGE, UPDATE and DELETE are not held to that limit.

    :param rows: a table, or a reader whose batches are written a portion at a time.
    :param names: the table's columns that the rows' columns are, in order; None: all of them.
    """
    found, count, added = lake.iceberg.table(database, name), 0, list[DataFile]()
    wanted = names or [field.name for field in found.schema().fields]

    def attempt(now: Table) -> int:
        if now.schema() != found.schema() or now.spec() != found.spec():
            raise AwsError("ICEBERG_COMMIT_ERROR", f"The columns of {database}.{name} have changed meanwhile")
        return _Snapshot(lake, now, Operation.APPEND).commit(added, [])

    with _kept_if_committed(lake, added):
        for portion in _portions(rows):
            ready = conform(portion, found.schema(), wanted)
            count += ready.num_rows
            added += write_rows(lake, found, ready) if ready.num_rows else []
            if len({repr(each.partition) for each in added}) > MOST_PARTITIONS:
                message = f"Exceeded limit of {MOST_PARTITIONS} open writers for partitions"
                raise QueryFailed("ICEBERG_TOO_MANY_OPEN_PARTITIONS", message)
        return count, retrying(lake, database, name, attempt) if count else None


def _portions(rows: pa.Table | pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Rows as tables of a size that memory holds; one at least, be it empty: its columns are to be checked."""
    if isinstance(rows, pa.Table):
        yield rows
        return
    held, size = list[pa.RecordBatch](), 0
    for batch in rows:
        held.append(batch)
        size += batch.nbytes
        if size >= PORTION:
            yield pa.Table.from_batches(held)
            held, size = [], 0
    yield pa.Table.from_batches(held, rows.schema)


def commit_files(
    lake: Lake, table: Table, added: Sequence[DataFile], removed: Sequence[DataFile], operation: Operation
) -> int:
    """Make one snapshot of `table` without the `removed` and with the `added` files; returns its id.

    :raises CommitFailedException: the table has changed since `table` was loaded; the added files are gone then.
    """
    with _kept_if_committed(lake, added):
        return _Snapshot(lake, table, operation).commit(added, removed)


@contextmanager
def _kept_if_committed(lake: Lake, added: Sequence[DataFile]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        discard(lake, [each.file_path for each in added])
        raise


class _Snapshot:
    """One new snapshot on its way into the catalog.

    pyiceberg's own producers do not merge manifests on overwrite, parse every manifest twice, and retry an append
    without planning it again; so the manifests are put together here, from pyiceberg's writers.
    """

    def __init__(self, lake: Lake, table: Table, operation: Operation) -> None:
        self._lake = lake
        self._tables = lake.iceberg
        self._table = table
        self._operation = operation
        self._parent = table.current_snapshot()
        self._parent_id = self._parent.snapshot_id if self._parent else None
        self._id = table.metadata.new_snapshot_id()
        self._uuid = uuid.uuid4()
        self._locations = table.location_provider()
        self.written: list[str] = []

    def commit(self, added: Sequence[DataFile], removed: Sequence[DataFile]) -> int:
        """:raises CommitFailedException: another snapshot came between; nothing of this one is left."""
        try:
            return self._commit(added, removed)
        except CommitFailedException:
            discard(self._lake, self.written)
            raise

    def _commit(self, added: Sequence[DataFile], removed: Sequence[DataFile]) -> int:
        manifests = self._kept({each.file_path for each in removed})
        if added:
            entries = [ManifestEntry.from_args(status=ManifestEntryStatus.ADDED, data_file=each) for each in added]
            manifests.insert(0, self._manifest(self._table.spec().spec_id, entries))
        merged = self._merged(manifests)
        unused = set(self.written) - {each.manifest_path for each in merged}
        snapshot = self._snapshot(self._manifest_list(merged), self._summary(added, removed))
        reference = {"type": SnapshotRefType.BRANCH, "ref-name": MAIN_BRANCH, "snapshot-id": self._id}
        answer = self._tables.commit_table(
            self._table,
            (
                AssertTableUUID(uuid=self._table.metadata.table_uuid),
                AssertRefSnapshotId.model_validate({"ref": MAIN_BRANCH, "snapshot-id": self._parent_id}),
            ),
            (AddSnapshotUpdate(snapshot=snapshot), SetSnapshotRefUpdate.model_validate(reference)),
        )
        discard(self._lake, unused)
        self._tables.remember(answer.metadata_location, answer.metadata)
        return self._id

    def _kept(self, removed: set[str]) -> list[ManifestFile]:
        """The parent's manifests; those that name a removed file are rewritten, and record the removal."""
        kept, missing = [], set(removed)
        for manifest in self._tables.manifests(self._parent):
            live = [each for each in self._tables.entries(manifest) if each.status != ManifestEntryStatus.DELETED]
            if not live:
                continue
            gone = {each.data_file.file_path for each in live} & missing
            if not gone or manifest.content != ManifestContent.DATA:
                kept.append(manifest)
                continue
            missing -= gone
            kept.append(self._manifest(manifest.partition_spec_id, live, gone))
        if missing:
            raise CommitFailedException(f"files to replace are gone: {', '.join(sorted(missing))}")
        return kept

    def _merged(self, manifests: list[ManifestFile]) -> list[ManifestFile]:
        """Fewer manifests, once there are too many of them.

        Evidence: https://iceberg.apache.org/docs/latest/configuration/ (`commit.manifest.min-count-to-merge`)
        """
        minimum = property_as_int(
            self._table.properties,
            TableProperties.MANIFEST_MIN_MERGE_COUNT,
            TableProperties.MANIFEST_MIN_MERGE_COUNT_DEFAULT,
        )
        target = TableProperties.MANIFEST_TARGET_SIZE_BYTES_DEFAULT
        by_spec: dict[int, list[ManifestFile]] = defaultdict(list)
        result: list[ManifestFile] = []
        for each in manifests:
            small = each.content == ManifestContent.DATA and each.manifest_length < target
            (by_spec[each.partition_spec_id] if small else result).append(each)
        for spec_id, group in by_spec.items():
            if len(group) < (minimum or 100):
                result.extend(group)
                continue
            entries = [entry for each in group for entry in self._tables.entries(each) if self._counts(entry)]
            result.append(self._manifest(spec_id, entries))
        return result

    def _counts(self, entry: ManifestEntry) -> bool:
        return entry.status != ManifestEntryStatus.DELETED or entry.snapshot_id == self._id

    def _manifest(self, spec_id: int, entries: Sequence[ManifestEntry], gone: set[str] | None = None) -> ManifestFile:
        path = self._locations.new_metadata_location(f"{self._uuid}-m{len(self.written)}.avro")
        self.written.append(path)
        with write_manifest(
            self._table.metadata.format_version,
            self._table.specs()[spec_id],
            self._table.schema(),
            self._tables.io.new_output(path),
            self._id,
            AVRO,
        ) as writer:
            for entry in entries:
                self._enter(writer, entry, gone or set())
        return writer.to_manifest_file()

    def _enter(self, writer: ManifestWriter, entry: ManifestEntry, gone: set[str]) -> None:
        if entry.data_file.file_path in gone or entry.status == ManifestEntryStatus.DELETED:
            writer.delete(entry)
        elif entry.snapshot_id is None or entry.snapshot_id == self._id:
            writer.add(entry)
        else:
            writer.existing(entry)

    def _manifest_list(self, manifests: list[ManifestFile]) -> str:
        path = self._locations.new_metadata_location(f"snap-{self._id}-0-{self._uuid}.avro")
        self.written.append(path)
        with write_manifest_list(
            self._table.metadata.format_version,
            self._tables.io.new_output(path),
            self._id,
            self._parent_id,
            self._table.metadata.next_sequence_number(),
            AVRO,
        ) as writer:
            writer.add_manifests(manifests)
        return path

    def _snapshot(self, manifest_list: str, summary: Summary) -> Snapshot:
        metadata = self._table.metadata
        return Snapshot.model_validate(
            {
                "snapshot-id": self._id,
                "parent-snapshot-id": self._parent_id,
                "sequence-number": metadata.next_sequence_number(),
                "timestamp-ms": self._tables.stamp(metadata.last_updated_ms),
                "manifest-list": manifest_list,
                "summary": summary,
                "schema-id": metadata.current_schema_id,
            }
        )

    def _summary(self, added: Sequence[DataFile], removed: Sequence[DataFile]) -> Summary:
        collected, schema, specs = SnapshotSummaryCollector(), self._table.schema(), self._table.specs()
        for each in added:
            collected.add_file(each, schema, self._table.spec())
        for each in removed:
            collected.remove_file(each, schema, specs[each.spec_id])
        # pyiceberg counts a replace like any overwrite, but takes it by that name alone
        counted = Operation.OVERWRITE if self._operation == Operation.REPLACE else self._operation
        summary = update_snapshot_summaries(
            Summary(operation=counted, **collected.build()), self._parent.summary if self._parent else None
        )
        return Summary(operation=self._operation, **summary.additional_properties)
