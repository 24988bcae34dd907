"""Writing: rows into Parquet files, files into one new snapshot, the snapshot into the catalog or not at all.

Evidence: https://iceberg.apache.org/spec/ (manifests, snapshots, sequence numbers, optimistic concurrency).
"""

from __future__ import annotations

import random
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.io.pyarrow import bin_pack_arrow_table, write_file
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
from pyiceberg.table import Table, TableProperties, WriteTask
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
from local_aws.iceberg.partition import split
from local_aws.objects import split_uri

if TYPE_CHECKING:
    from local_aws.lake import Lake

Result = TypeVar("Result")
ATTEMPTS = 12
AVRO = "gzip"


def retrying(lake: Lake, database: str, name: str, attempt: Callable[[Table], Result]) -> Result:
    """Try a change on the table as it is now, and again on a fresh one when another commit came between.

    :param attempt: plans and commits on the table it is given; runs again from the start, so that it never builds on
        rows that have changed since.
    :raises AwsError: `ICEBERG_COMMIT_ERROR` when every try met another commit.
    """
    for number in range(ATTEMPTS):
        try:
            return attempt(lake.iceberg.table(database, name))
        except CommitFailedException:
            time.sleep(random.uniform(0, 0.01 * 2 ** min(number, 6)))  # noqa: S311 - so that two writers part
    raise AwsError("ICEBERG_COMMIT_ERROR", f"Failed to commit Iceberg update to table: {database}.{name}")


def write_rows(lake: Lake, table: Table, rows: pa.Table) -> list[DataFile]:
    """Write rows (of the table's own schema) as Parquet: a file for each partition, more when it grows too large."""
    schema, write = table.schema(), uuid.uuid4()
    target = property_as_int(
        table.properties,
        TableProperties.WRITE_TARGET_FILE_SIZE_BYTES,
        TableProperties.WRITE_TARGET_FILE_SIZE_BYTES_DEFAULT,
    )

    def tasks() -> Iterator[WriteTask]:
        number = 0
        for key, part in split(table.spec(), schema, rows):
            for batches in bin_pack_arrow_table(part.combine_chunks(), target or 1):
                yield WriteTask(write, number, schema, batches, partition_key=key)
                number += 1

    return list(write_file(lake.iceberg.io, table.metadata, tasks()))


def discard(lake: Lake, uris: Iterable[str]) -> None:
    """Remove files that no snapshot will ever name."""
    for uri in uris:
        lake.objects.delete(*split_uri(uri))


def commit(
    lake: Lake, table: Table, added: Sequence[DataFile], removed: Sequence[DataFile], operation: Operation
) -> int:
    """Make one snapshot of `table` without the `removed` and with the `added` files; returns its id.

    :raises CommitFailedException: the table has changed since `table` was loaded; nothing is left behind but the
        data files, which are the caller's.
    """
    change = _Snapshot(lake, table, operation)
    try:
        return change.commit(added, removed)
    except CommitFailedException:
        discard(lake, change.written)
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
        self._id = table.metadata.new_snapshot_id()
        self._uuid = uuid.uuid4()
        self._locations = table.location_provider()
        self.written: list[str] = []

    def commit(self, added: Sequence[DataFile], removed: Sequence[DataFile]) -> int:
        manifests = self._kept({each.file_path for each in removed})
        if added:
            entries = [ManifestEntry.from_args(status=ManifestEntryStatus.ADDED, data_file=each) for each in added]
            manifests.insert(0, self._manifest(self._table.spec().spec_id, entries))
        merged = self._merged(manifests)
        unused = set(self.written) - {each.manifest_path for each in merged}
        snapshot = self._snapshot(self._manifest_list(merged), self._summary(added, removed))
        parent = self._parent.snapshot_id if self._parent else None
        answer = self._tables.commit_table(
            self._table,
            (AssertTableUUID(uuid=self._table.metadata.table_uuid), AssertRefSnapshotId(ref="main", snapshot_id=parent)),
            (
                AddSnapshotUpdate(snapshot=snapshot),
                SetSnapshotRefUpdate(ref_name=MAIN_BRANCH, type=SnapshotRefType.BRANCH, snapshot_id=self._id),
            ),
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
        result = []
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
            self._parent.snapshot_id if self._parent else None,
            self._table.metadata.next_sequence_number(),
            AVRO,
        ) as writer:
            writer.add_manifests(manifests)
        return path

    def _snapshot(self, manifest_list: str, summary: Summary) -> Snapshot:
        metadata = self._table.metadata
        return Snapshot(
            snapshot_id=self._id,
            parent_snapshot_id=self._parent.snapshot_id if self._parent else None,
            sequence_number=metadata.next_sequence_number(),
            timestamp_ms=self._tables.stamp(metadata.last_updated_ms),
            manifest_list=manifest_list,
            summary=summary,
            schema_id=metadata.current_schema_id,
        )

    def _summary(self, added: Sequence[DataFile], removed: Sequence[DataFile]) -> Summary:
        collected, schema, specs = SnapshotSummaryCollector(), self._table.schema(), self._table.specs()
        for each in added:
            collected.add_file(each, schema, self._table.spec())
        for each in removed:
            collected.remove_file(each, schema, specs[each.spec_id])
        return update_snapshot_summaries(
            Summary(operation=self._operation, **collected.build()),
            self._parent.summary if self._parent else None,
        )
