"""What Spectrum's queries read, and the system views that tell of it: (columns, rows) by name.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_SVL_S3QUERY_SUMMARY.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_SVL_S3PARTITION_SUMMARY.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_SVL_S3PARTITION.html,
https://docs.aws.amazon.com/redshift/latest/dg/SYS_EXTERNAL_QUERY_DETAIL.html. Deviates: one row a table that a query
reads; bytes are those of the files and columns chosen; rows are not counted, so their columns are NULL.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_aws.sql.redshift.history import USER, Query

if TYPE_CHECKING:
    from local_aws.sql.redshift.resolve import Scope

Row = tuple[Any, ...]


@dataclass(frozen=True)
class ExternalScan:
    """One read of an external table: files and bytes chosen; partitions in all and chosen, 0 if it has none."""

    schema: str
    table: str
    format: str
    location: str
    files: int
    bytes: int
    partitions: int
    chosen: int


def format_of(shape: dict[str, Any]) -> str:
    """The file format as these views name it."""
    if str(shape.get("Parameters", {}).get("table_type", "")).upper() == "ICEBERG":
        return "ICEBERG"
    named = f"{shape['StorageDescriptor'].get('InputFormat', '')} {shape['StorageDescriptor'].get('SerdeInfo')}"
    formats = {"parquet": "PARQUET", "orc": "ORC", "avro": "AVRO", "json": "JSON", "regex": "REGEX", "opencsv": "CSV"}
    return next((shown for word, shown in formats.items() if word in named.lower()), "TEXT")


def _each(scope: Scope) -> Iterator[tuple[Query, int, ExternalScan]]:
    for query in scope.queries():
        for number, scan in enumerate(query.scans):
            yield query, number, scan


def _summary(scope: Scope) -> Iterator[Row]:
    for query, step, scan in _each(scope):
        times = (query.started, query.ended, query.elapsed, query.aborted)
        what = (f"S3 Scan {scan.schema}_{scan.table}", scan.format, "t" if scan.partitions else "f", "f", "f")
        yield USER, query.number, 0, query.pid, 0, step, *times, *what, None, scan.bytes, None, None, scan.files


def _partitions(scope: Scope) -> Iterator[Row]:
    for query, number, scan in _each(scope):
        if scan.partitions:
            times = (query.started, query.ended, query.elapsed)
            yield query.number, number, 0, 0, *times, scan.partitions, scan.chosen, 1, "dynamic"


def _details(scope: Scope) -> Iterator[Row]:
    for query, number, scan in _each(scope):
        source = "ICEBERG" if scan.format == "ICEBERG" else "S3"
        times = (query.started, query.ended, query.elapsed)
        counts = (scan.partitions, scan.chosen, scan.files, None, None)
        name = f"{scope.database}.{scan.schema}.{scan.table}"
        place = (scan.format, scan.location, None, scan.bytes, name)
        yield USER, query.number, 1, 0, number, source, *times, *counts, *place


VIEWS: dict[str, tuple[str, Callable[[Scope], Iterator[Row]]]] = {
    "svl_s3query_summary": (
        "userid:i query:i xid:l pid:i segment:i step:i starttime:s endtime:s elapsed:l aborted:i external_table_name "
        "file_format is_partitioned is_rrscan is_nested s3_scanned_rows:l s3_scanned_bytes:l s3query_returned_rows:l "
        "s3query_returned_bytes:l files:i",
        _summary,
    ),
    "svl_s3partition": (
        "query:i segment:i node:i slice:i starttime:s endtime:s duration:l total_partitions:i "
        "qualified_partitions:i assigned_partitions:i assignment",
        _partitions,
    ),
    "sys_external_query_detail": (
        "user_id:i query_id:l child_query_sequence:i transaction_id:l segment_id:i source_type start_time:s "
        "end_time:s duration:l total_partitions:l qualified_partitions:l scanned_files:l returned_rows:l "
        "returned_bytes:l file_format file_location:t external_query_text:t scanned_bytes:l table_name",
        _details,
    ),
}
