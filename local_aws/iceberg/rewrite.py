"""Rows of a table by number: read for a statement, then changed by rewriting the files that hold them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.expressions import BooleanExpression
from pyiceberg.schema import Schema
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Operation
from sqlglot import exp

from local_aws.iceberg.conform import conform
from local_aws.iceberg.files import write_rows
from local_aws.iceberg.outcome import Outcome, Reading
from local_aws.iceberg.scan import ROW_BITS, IcebergScan, scan
from local_aws.iceberg.types import quoted
from local_aws.iceberg.write import commit_files

if TYPE_CHECKING:
    from local_aws.lake import Lake

ROW = "$row"
NO_ROWS: Any = pa.array([], pa.int64())


@dataclass(frozen=True)
class Target:
    """Those files of a table that a statement may change, and the columns that it speaks of.

    :param rows: `"$row"` and the columns, in memory.
    """

    table: Table
    scan: IcebergScan
    rows: Any


@dataclass(frozen=True)
class Changes:
    """What becomes of a target.

    :param deleted: `"$row"` of the rows that go.
    :param updates: tables of `"$row"` and the new values of some columns, under the columns' names.
    :param inserted: new rows, of the table's own types.
    """

    deleted: Any = field(default_factory=lambda: NO_ROWS)
    updates: Sequence[Any] = ()
    inserted: Sequence[Any] = ()


def read_target(
    lake: Lake, table: Table, where: BooleanExpression, columns: Collection[str], reading: Reading
) -> Target:
    """Read what a statement needs to know of the table's rows, of no more files than it may concern."""
    names = [each.name for each in table.schema().fields if each.name.lower() in columns]
    found = scan(lake, table, where, names)
    reading(found.bytes_scanned())
    with lake.connect() as connection:
        return Target(table, found, connection.sql(found.numbered_sql).to_arrow_table())


def mentioned(schema: Schema, *nodes: exp.Expression | None) -> set[str]:
    """The table's columns that expressions may speak of, in lower case; rather too many than too few.

    Any part of a dotted name counts: `t.item.price` may be a field of the column `item`.
    """
    known = {each.name.lower() for each in schema.fields}
    columns = (column for node in nodes if node is not None for column in node.find_all(exp.Column))
    return known & {part.name.lower() for column in columns for part in column.parts}


def apply(lake: Lake, target: Target, changes: Changes) -> Outcome:
    """Rewrite the files whose rows change and add the new rows, in one snapshot; in none if nothing changes.

    Deviates: Athena leaves the files and adds position deletes (merge on read); what a query sees is the same.

    :raises CommitFailedException: the table has changed since the target was read.
    """
    moved = [each.column(ROW).combine_chunks() for each in changes.updates]
    rows = pa.concat_arrays([changes.deleted, *moved])
    places = sorted(pc.unique(pc.shift_right(rows, ROW_BITS)).to_pylist())
    touched = replace(target.scan, files=tuple(target.scan.files[place] for place in places), columns=None)
    fresh = [each for each in changes.inserted if each.num_rows]
    outcome = Outcome(
        inserted=sum(each.num_rows for each in fresh),
        updated=sum(len(each) for each in moved),
        deleted=len(changes.deleted),
        bytes_scanned=_bytes(target.scan, touched),
    )
    if not places and not fresh:
        return outcome
    kept = [_rewritten(lake, target.table.schema(), touched, places, changes)] if places else []
    result = pa.concat_tables([*kept, *fresh])
    added = write_rows(lake, target.table, result) if result.num_rows else []
    operation = Operation.APPEND if not places else Operation.OVERWRITE if added else Operation.DELETE
    removed = [each.data for each in touched.files]
    return replace(outcome, snapshot_id=commit_files(lake, target.table, added, removed, operation))


def _bytes(read: IcebergScan, touched: IcebergScan) -> int:
    """Rewritten files are read whole, the others only for the columns that decide."""
    rewritten = {each.uri for each in touched.files}
    others = replace(read, files=tuple(each for each in read.files if each.uri not in rewritten))
    return others.bytes_scanned() + (touched.bytes_scanned() - sum(each.size for each in touched.deletes))


def _rewritten(lake: Lake, schema: Schema, touched: IcebergScan, places: list[int], changes: Changes) -> Any:
    """All rows that the touched files hold after the changes, in their order."""
    numbers = {place: number for number, place in enumerate(places)}
    names = [each.name for each in schema.fields]
    values = {name: f"r.{quoted(name)}" for name in names}
    joins = []
    with lake.connect() as connection:
        connection.register("gone", pa.table({ROW: _renumbered(changes.deleted, numbers)}))
        for number, update in enumerate(changes.updates):
            assigned = [name for name in update.column_names if name != ROW]
            fields = [schema.find_field(name, case_sensitive=False) for name in assigned]
            ready = conform(update.select(assigned), Schema(*fields), assigned)
            rows = _renumbered(update.column(ROW).combine_chunks(), numbers)
            connection.register(f"update{number}", ready.append_column(ROW, rows))
            joins.append(f'LEFT JOIN update{number} ON update{number}."{ROW}" = r."{ROW}"')
            for name in (field.name for field in fields):
                changed = f'update{number}."{ROW}" IS NOT NULL'
                values[name] = f"CASE WHEN {changed} THEN update{number}.{quoted(name)} ELSE {values[name]} END"
        selected = ", ".join(f"{value} AS {quoted(name)}" for name, value in values.items())
        result = connection.sql(
            f"SELECT {selected} FROM ({touched.numbered_sql}) AS r {' '.join(joins)}"
            f' WHERE r."{ROW}" NOT IN (SELECT "{ROW}" FROM gone) ORDER BY r."{ROW}"'
        ).to_arrow_table()
    return conform(result, schema, names)


def _renumbered(rows: Any, numbers: dict[int, int]) -> Any:
    """Row numbers of a scan as row numbers of the scan of some of its files."""
    if not len(rows):
        return NO_ROWS
    places = pc.shift_right(rows, ROW_BITS)
    mapped = pc.take(pa.array(list(numbers.values())), pc.index_in(places, pa.array(list(numbers))))
    return pc.bit_wise_or(pc.shift_left(mapped, ROW_BITS), pc.bit_wise_and(rows, (1 << ROW_BITS) - 1))
