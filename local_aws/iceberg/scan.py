"""A snapshot of a table as files to read and as SQL for DuckDB: pruned, by field id, deletes applied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pyiceberg.expressions import AlwaysTrue, BooleanExpression
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat, ManifestEntry, ManifestEntryStatus, ManifestFile
from pyiceberg.schema import Schema, index_by_id
from pyiceberg.table import ManifestGroupPlanner, Table
from pyiceberg.table.snapshots import Snapshot
from pyiceberg.types import NestedField

from local_aws.errors import AwsError, Unsupported
from local_aws.iceberg.catalog import Tables
from local_aws.iceberg.types import duckdb_type, hive_type, quoted
from local_aws.objects import StoredObject, split_uri

if TYPE_CHECKING:
    from local_aws.lake import Lake

ROW_BITS = 36
"""`"$row"` numbers a scan's rows: the file's place in the scan above these bits, the row's place in its file below."""


@dataclass(frozen=True)
class ScanFile:
    """One data file: where its bytes are, what S3 calls it, and what the manifest says of it."""

    path: Path
    uri: str
    record_count: int
    size: int
    data: DataFile


@dataclass(frozen=True)
class IcebergScan:
    """The files that may hold the rows asked for.

    :param schema: the columns of the snapshot, in order.
    :param columns: the columns that `sql` selects; None: all.
    :param deletes: position delete files that other engines wrote; `sql` applies them.
    """

    schema: Schema
    files: tuple[ScanFile, ...]
    deletes: tuple[ScanFile, ...] = ()
    columns: tuple[str, ...] | None = None

    @cached_property
    def fields(self) -> list[NestedField]:
        if self.columns is None:
            return list(self.schema.fields)
        return [self.schema.find_field(name, case_sensitive=False) for name in self.columns]

    @property
    def hive_columns(self) -> list[tuple[str, str]]:
        """The columns of `sql` and their types in Hive's words. (Glue lists dropped columns too.)"""
        return [(field.name, hive_type(field.field_type)) for field in self.fields]

    @property
    def sql(self) -> str:
        """A DuckDB SELECT of the columns and of `"$path"`, the data file's S3 URI, as Athena's hidden column."""
        return self._select(['"$path"'])

    @property
    def numbered_sql(self) -> str:
        """`sql` with `"$row"` instead of `"$path"`: each row's number within this scan."""
        return self._select(['"$row"'])

    def bytes_scanned(self, columns: Iterable[str] | None = None) -> int:
        """The compressed bytes of the column chunks that a query over these columns reads, of all files.

        Evidence: https://docs.aws.amazon.com/athena/latest/ug/columnar-storage.html
        """
        fields = self.fields
        if columns is not None:
            wanted = {name.lower() for name in columns}
            fields = [field for field in self.schema.fields if field.name.lower() in wanted]
        ids = set(index_by_id(Schema(*fields)))
        deletes = sum(each.size for each in self.deletes)
        return deletes + sum(_chunk_bytes(each, ids) for each in self.files)

    def _select(self, hidden: list[str]) -> str:
        columns = [quoted(field.name) for field in self.fields]
        if not self.files:
            empty = [f"CAST(NULL AS {duckdb_type(field.field_type)}) AS {quoted(field.name)}" for field in self.fields]
            kinds = {'"$path"': "VARCHAR", '"$row"': "BIGINT"}
            empty += [f"CAST(NULL AS {kinds[name]}) AS {name}" for name in hidden]
            return f"SELECT {', '.join(empty)} WHERE false"
        source = f"SELECT {', '.join([*columns, *self._numbers()])} FROM {self._parquet()}"
        wanted = ", ".join(columns + hidden)
        if not self.deletes:
            return f"SELECT {wanted} FROM ({source})"
        paths = _list(str(each.path) for each in self.deletes)
        return (
            f"SELECT {wanted} FROM ({source}) AS d ANTI JOIN"
            f" (SELECT file_path, pos FROM read_parquet({paths}, hive_partitioning=false)) AS x"
            ' ON d."$path" = x.file_path AND d."$pos" = x.pos'
        )

    def _numbers(self) -> list[str]:
        uris = _list(each.uri for each in self.files)
        return [
            f'({uris})[CAST(file_index AS BIGINT) + 1] AS "$path"',
            'file_row_number AS "$pos"',
            f'(CAST(file_index AS BIGINT) << {ROW_BITS}) | file_row_number AS "$row"',
        ]

    def _parquet(self) -> str:
        entries = (
            f"{field.field_id}: {{'name': {_text(field.name)}, 'type': {_text(duckdb_type(field.field_type))},"
            " 'default_value': NULL}"
            for field in self.fields or self.schema.fields[:1]
        )
        paths = _list(str(each.path) for each in self.files)
        return f"read_parquet({paths}, schema=MAP {{{', '.join(entries)}}}, hive_partitioning=false)"


class _Parsed:
    """A manifest whose entries are parsed once; otherwise the manifest itself."""

    def __init__(self, tables: Tables, manifest: ManifestFile) -> None:
        self._tables = tables
        self._manifest = manifest

    def __getattr__(self, name: str) -> Any:
        return getattr(self._manifest, name)

    def fetch_manifest_entry(self, io: Any, discard_deleted: bool = True) -> list[ManifestEntry]:
        entries = self._tables.entries(self._manifest)
        return [each for each in entries if not discard_deleted or each.status != ManifestEntryStatus.DELETED]


def snapshot_of(
    table: Table, snapshot_id: int | None = None, as_of: datetime | None = None, ref: str | None = None
) -> Snapshot | None:
    """The snapshot that a query reads; None for a table without data.

    :param ref: the name of a branch or tag.

    Evidence: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-time-travel-and-version-travel-queries.html
    """
    if snapshot_id is not None:
        found = table.snapshot_by_id(snapshot_id)
        if found is None:
            raise AwsError("INVALID_ARGUMENTS", f"Iceberg snapshot ID does not exists: {snapshot_id}")
        return found
    if ref is not None:
        found = table.snapshot_by_name(ref)
        if found is None:
            raise AwsError("INVALID_ARGUMENTS", f"Cannot find snapshot with reference name: {ref}")
        return found
    if as_of is not None:
        found = table.snapshot_as_of_timestamp(int(as_of.timestamp() * 1000))
        if found is None:
            name = '"{}"."{}"'.format(*table.name())
            raise AwsError("INVALID_ARGUMENTS", f"No version history table {name} at or before {as_of.isoformat()}")
        return found
    return table.current_snapshot()


def scan(
    lake: Lake,
    table: Table,
    where: BooleanExpression,
    columns: Sequence[str] | None = None,
    snapshot: Snapshot | None = None,
    *,
    travelled: bool = False,
) -> IcebergScan:
    """The files of a snapshot (by default the current one) that may hold rows for which `where` is true."""
    schema = table.schema()
    if travelled and snapshot is not None and snapshot.schema_id is not None:
        schema = table.schemas()[snapshot.schema_id]
    if schema != table.schema():
        where = AlwaysTrue()  # names may have meant other fields then
    _check_nested_names(table)
    chosen = snapshot if travelled else table.current_snapshot()
    tables = lake.iceberg
    planner = ManifestGroupPlanner(table.metadata, tables.io, where, case_sensitive=False)
    manifests = [cast(ManifestFile, _Parsed(tables, each)) for each in tables.manifests(chosen)]
    entries = chain.from_iterable(planner.plan_manifest_entries(manifests))
    files, deletes = _sorted_out(lake, (entry.data_file for entry in entries))
    known = tuple(each.lower() for each in columns) if columns is not None else None
    return IcebergScan(schema, tuple(files), tuple(deletes) if files else (), known)


def _sorted_out(lake: Lake, found: Iterator[DataFile]) -> tuple[list[ScanFile], list[ScanFile]]:
    files: list[ScanFile] = []
    deletes: list[ScanFile] = []
    for data in found:
        if data.content == DataFileContent.EQUALITY_DELETES:
            raise Unsupported("Iceberg's equality deletes")
        if data.file_format != FileFormat.PARQUET:
            raise Unsupported(f"Iceberg files in the format {data.file_format.value}")
        into = files if data.content == DataFileContent.DATA else deletes
        into.append(
            ScanFile(
                _stored(lake, data.file_path).path, data.file_path, data.record_count, data.file_size_in_bytes, data
            )
        )
    return files, deletes


def _stored(lake: Lake, uri: str) -> StoredObject:
    try:
        return lake.objects.head(*split_uri(uri))
    except AwsError as error:
        raise AwsError("ICEBERG_CANNOT_OPEN_SPLIT", f"Error opening Iceberg split {uri}: {error.message}") from error


def _check_nested_names(table: Table) -> None:
    """DuckDB finds a struct's fields by name, not by id: a table where these differ must not be read wrongly."""
    top = {field.field_id for each in table.schemas().values() for field in each.fields}
    names: dict[int, str] = {}
    for each in table.schemas().values():
        for number, field in index_by_id(each).items():
            if number not in top and names.setdefault(number, field.name) != field.name:
                raise Unsupported(f"Iceberg's renamed field inside a struct: {field.name}")


def _chunk_bytes(file: ScanFile, ids: set[int]) -> int:
    sizes = file.data.column_sizes
    if not sizes:
        return file.size
    return sum(size for number, size in sizes.items() if number in ids)


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(_text(text) for text in texts)}]"
