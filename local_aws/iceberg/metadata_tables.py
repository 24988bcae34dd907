"""`"orders$snapshots"` and its like: a table's own history as rows, with Trino's column names.

Deviates: `lower_bounds`, `upper_bounds` and `partition_summaries` are left out, and
`readable_metrics` of `$entries`; a query that names them fails.
Evidence: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-table-metadata.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyiceberg.table import Table

from local_aws.errors import Unsupported

if TYPE_CHECKING:
    from local_aws.lake import Lake

Column = tuple[str, str]
INSTANT = pa.timestamp("ms", tz="UTC")
PAIRS = pa.schema([("key", pa.string()), ("value", pa.string())])


def _same(*names: str) -> list[Column]:
    return [(name, name) for name in names]


KINDS: dict[str, tuple[Callable[[Table], Any], list[Column]]] = {
    "snapshots": (
        lambda table: table.inspect.snapshots(),
        _same("committed_at", "snapshot_id", "parent_id", "operation", "manifest_list", "summary"),
    ),
    "history": (
        lambda table: table.inspect.history(),
        _same("made_current_at", "snapshot_id", "parent_id", "is_current_ancestor"),
    ),
    "files": (
        lambda table: table.inspect.files(),
        _same("content", "file_path", "file_format", "record_count", "file_size_in_bytes", "column_sizes")
        + _same("value_counts", "null_value_counts", "nan_value_counts", "split_offsets", "equality_ids"),
    ),
    "manifests": (
        lambda table: table.inspect.manifests(),
        _same("path", "length", "partition_spec_id", "added_snapshot_id")
        + _same("added_data_files_count", "existing_data_files_count", "deleted_data_files_count"),
    ),
    "partitions": (
        lambda table: table.inspect.partitions(),
        [*_same("partition", "record_count", "file_count"), ("total_data_file_size_in_bytes", "total_size")],
    ),
    "entries": (
        lambda table: table.inspect.entries(),
        _same("status", "snapshot_id", "sequence_number", "file_sequence_number", "data_file"),
    ),
    "metadata_log_entries": (
        lambda table: table.inspect.metadata_log_entries(),
        _same("timestamp", "file", "latest_snapshot_id", "latest_schema_id", "latest_sequence_number"),
    ),
    "properties": (
        lambda table: pa.table({"key": list(table.properties), "value": list(table.properties.values())}, PAIRS),
        _same("key", "value"),
    ),
    "refs": (
        lambda table: table.inspect.refs(),
        _same("name", "type", "snapshot_id", "max_reference_age_in_ms", "min_snapshots_to_keep")
        + _same("max_snapshot_age_in_ms"),
    ),
}
"""By what follows the `$`: pyiceberg's rows, and the columns of it that Trino has, under Trino's names."""


def metadata_table(lake: Lake, database: str, table: str, kind: str) -> Any:
    """The rows (`pyarrow.Table`) of `"<table>$<kind>"`."""
    if kind not in KINDS:
        raise Unsupported(f"Iceberg's metadata table ${kind}")
    read, columns = KINDS[kind]
    found = read(lake.iceberg.table(database, table))
    if kind == "partitions" and "partition" not in found.column_names:
        columns = columns[1:]
    chosen = found.select([name for name, _ in columns]).rename_columns([name for _, name in columns])
    for place, field in enumerate(chosen.schema):
        if field.name in {"committed_at", "made_current_at", "timestamp"}:
            chosen = chosen.set_column(place, field.name, chosen.column(place).cast(INSTANT))
    return chosen
