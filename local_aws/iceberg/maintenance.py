"""OPTIMIZE: many small files into few. VACUUM: old snapshots and what only they needed.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/optimize-statement.html and
https://docs.aws.amazon.com/athena/latest/ug/vacuum-statement.html
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import sqlglot
from pyiceberg.manifest import ManifestEntryStatus
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Operation
from sqlglot import exp

from local_aws.errors import AwsError
from local_aws.iceberg.conform import conform
from local_aws.iceberg.outcome import Outcome
from local_aws.iceberg.predicate import pruning
from local_aws.iceberg.scan import IcebergScan, ScanFile, scan
from local_aws.iceberg.write import commit_files, retrying, write_rows
from local_aws.objects import split_uri

if TYPE_CHECKING:
    from local_aws.lake import Lake

DEFAULTS = {
    "write.target-file-size-bytes": 512 * 1024**2,
    "optimize_rewrite_data_file_threshold": 5,
    "optimize_rewrite_delete_file_threshold": 2,
    "vacuum_max_snapshot_age_seconds": 432_000,
    "vacuum_min_snapshots_to_keep": 1,
    "write.metadata.previous-versions-max": 100,
}


def _number(table: Table, name: str, default: int | None = None) -> int:
    return int(table.properties.get(name, DEFAULTS[name] if default is None else default))


def parsed_optimize(text: str, database: str) -> tuple[str, str, exp.Expression | None]:
    """`db.t REWRITE DATA USING BIN_PACK [WHERE …]` → database, table, condition.

    :raises AwsError: `SYNTAX_ERROR`.
    """
    tokens = sqlglot.tokenize(text, read="athena")
    words = [token.text.upper() for token in tokens]
    try:
        start = words.index("REWRITE")
    except ValueError:
        start = 0
    if start == 0 or words[start : start + 4] != ["REWRITE", "DATA", "USING", "BIN_PACK"]:
        raise AwsError("SYNTAX_ERROR", "OPTIMIZE takes: table REWRITE DATA USING BIN_PACK [WHERE condition]")
    named = exp.to_table(text[: tokens[start].start].strip(), dialect="athena")
    rest = tokens[start + 4 :]
    if rest and rest[0].text.upper() != "WHERE":
        raise AwsError("SYNTAX_ERROR", f"mismatched input '{rest[0].text}'. Expecting: WHERE")
    where = sqlglot.parse_one(text[rest[0].end + 1 :].strip().rstrip(";"), dialect="athena") if rest else None
    return named.db or database, named.name, where


def optimize(lake: Lake, database: str, name: str, where: exp.Expression | None) -> Outcome:
    """Rewrite the small files of each partition that has enough of them, in one snapshot.

    :param where: over partition columns alone.
    """

    def attempt(table: Table) -> Outcome:
        schema = table.schema()
        sources = {schema.find_column_name(each.source_id) for each in table.spec().fields}
        for column in where.find_all(exp.Column) if where is not None else []:
            if column.name.lower() not in sources:
                raise AwsError("NOT_SUPPORTED", f"OPTIMIZE's WHERE takes partition columns alone, not {column.name}")
        found = scan(lake, table, pruning(where, schema))
        chosen = replace(found, files=tuple(_worth_rewriting(table, found)))
        if not chosen.files:
            return Outcome()
        with lake.connect() as connection:
            names = [each.name for each in schema.fields]
            columns = ", ".join(f'"{each}"' for each in names)
            rows = connection.sql(f'SELECT {columns} FROM ({chosen.numbered_sql}) ORDER BY "$row"').to_arrow_table()
        added = write_rows(lake, table, conform(rows, schema, names))
        removed = [each.data for each in chosen.files]
        snapshot = commit_files(lake, table, added, removed, Operation.REPLACE)
        return Outcome(bytes_scanned=chosen.bytes_scanned(), snapshot_id=snapshot)

    return retrying(lake, database, name, attempt)


def _worth_rewriting(table: Table, found: IcebergScan) -> list[ScanFile]:
    """Small files of partitions with several of them; every file, where other engines' deletes have piled up."""
    target = _number(table, "write.target-file-size-bytes")
    smallest = _number(table, "optimize_rewrite_min_data_file_size_bytes", target * 3 // 4)
    if len(found.deletes) >= _number(table, "optimize_rewrite_delete_file_threshold"):
        return list(found.files)
    groups: dict[tuple[int, str], list[ScanFile]] = defaultdict(list)
    for each in found.files:
        if each.size < smallest:
            groups[each.data.spec_id, repr(each.data.partition)].append(each)
    enough = _number(table, "optimize_rewrite_data_file_threshold")
    return [each for group in groups.values() if len(group) >= enough for each in group]


def vacuum(lake: Lake, database: str, name: str) -> Outcome:
    """Expire snapshots past their age, then remove the objects below the table's location that nothing names."""
    table = lake.iceberg.table(database, name)
    age = timedelta(seconds=_number(table, "vacuum_max_snapshot_age_seconds"))
    oldest = lake.clock.now() - age

    def expire(table: Table) -> Table:
        history = sorted(table.snapshots(), key=lambda each: each.timestamp_ms)
        keep = _number(table, "vacuum_min_snapshots_to_keep")
        current = table.current_snapshot()
        expired = [
            each.snapshot_id
            for each in history[: max(0, len(history) - keep)]
            if each.timestamp_ms < oldest.timestamp() * 1000 and each != current
        ]
        if expired:
            table.maintenance.expire_snapshots().by_ids(expired).commit()
        return lake.iceberg.table(database, name)

    table = retrying(lake, database, name, expire)
    named = _named(lake, table)
    for each in lake.objects.listing(*_folder(table)):
        if each.uri not in named and each.last_modified < oldest:
            lake.objects.delete(each.bucket, each.key)
    return Outcome()


def _folder(table: Table) -> tuple[str, str]:
    bucket, prefix = split_uri(table.location())
    return bucket, f"{prefix.rstrip('/')}/"


def _named(lake: Lake, table: Table) -> set[str]:
    """Every object that some snapshot, or the log of metadata files, names."""
    tables = lake.iceberg
    log = [each.metadata_file for each in table.metadata.metadata_log]
    named = {table.metadata_location, *log[-_number(table, "write.metadata.previous-versions-max") :]}
    for snapshot in table.snapshots():
        named.add(snapshot.manifest_list)
        for manifest in tables.manifests(snapshot):
            named.add(manifest.manifest_path)
            live = (each for each in tables.entries(manifest) if each.status != ManifestEntryStatus.DELETED)
            named.update(each.data_file.file_path for each in live)
    return named
