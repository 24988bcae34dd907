"""Iceberg tables in the Glue catalog, for every engine here: created, read, written and travelled in time.

Data and metadata are objects in S3, laid out as Iceberg's specification and Athena have them, so that any other reader
of Iceberg can take them. `lake` is the account's `Lake`, names are those of the Glue catalog.

Deviates: Athena writes merge-on-read position deletes on UPDATE, DELETE and MERGE; here the touched files are rewritten
(copy on write). What a query sees is the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyiceberg.exceptions import TableAlreadyExistsError
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Operation
from sqlglot import exp

from local_aws.errors import AwsError
from local_aws.iceberg.conform import conform
from local_aws.iceberg.files import write_rows
from local_aws.iceberg.metadata_tables import metadata_table
from local_aws.iceberg.outcome import Outcome, Reading, Run, unlimited
from local_aws.iceberg.predicate import pruning
from local_aws.iceberg.properties import from_athena
from local_aws.iceberg.scan import IcebergScan, scan, snapshot_of
from local_aws.iceberg.types import Columns, hive_type, partition_spec, partitioning_of, schema_of
from local_aws.iceberg.write import append_rows, commit_files, retrying
from local_aws.objects import split_uri

if TYPE_CHECKING:
    from local_aws.lake import Lake

__all__ = [
    "Columns",
    "IcebergScan",
    "Outcome",
    "Run",
    "append",
    "create",
    "describe",
    "drop",
    "execute",
    "is_iceberg",
    "metadata_table",
    "overwrite",
    "plan",
]


@dataclass(frozen=True)
class Description:
    """A table: its columns (name, Hive type, comment), partition transforms, location and Iceberg's properties."""

    columns: list[tuple[str, str, str | None]]
    partitioning: list[str]
    location: str
    properties: dict[str, str]


def is_iceberg(table: Mapping[str, Any]) -> bool:
    """Whether a table of the Glue catalog (its API shape) is an Iceberg table."""
    return str(table.get("Parameters", {}).get("table_type", "")).upper() == "ICEBERG"


def create(
    lake: Lake,
    database: str,
    name: str,
    columns: Columns,
    partitioning: Sequence[str] = (),
    location: str = "",
    properties: Mapping[str, str] | None = None,
) -> None:
    """Create an empty table.

    :param columns: name, Hive or Trino type, comment.
    :param partitioning: columns and transforms: `order_day`, `day(ts)`, `bucket(16, id)`, `truncate(4, x)`.
    :param location: `s3://bucket/folder`.
    :param properties: Athena's table properties (`table_type`, `format`, `write_compression`, …).
    :raises AwsError: `AlreadyExistsException`, `EntityNotFoundException` (database), `NOT_SUPPORTED` (type).
    Evidence: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html
    """
    if lake.catalog.find_table(database, name) is not None:
        raise AwsError("AlreadyExistsException", f"Table already exists: {database}.{name}")
    if not location.startswith("s3://"):
        raise AwsError("INVALID_TABLE_PROPERTY", "An Iceberg table needs a LOCATION 's3://…'")
    schema = schema_of(columns)
    spec, known = partition_spec(schema, partitioning), from_athena(properties or {})
    try:
        lake.iceberg.create_table(
            (database.lower(), name.lower()), schema, location.rstrip("/"), spec, properties=known
        )
    except TableAlreadyExistsError as error:  # since it was looked for
        raise AwsError("AlreadyExistsException", str(error)) from error


def plan(
    lake: Lake,
    database: str,
    table: str,
    predicate: exp.Expression | None = None,
    columns: Sequence[str] | None = None,
    snapshot_id: int | None = None,
    as_of: datetime | None = None,
    ref: str | None = None,
) -> IcebergScan:
    """What to read for a query over one table.

    :param predicate: conditions on this table alone; those that Iceberg's statistics can decide leave files out, the
        rest are the query's to check (all are: pruning is by file).
    :param columns: the columns to select; None: all.
    :param snapshot_id: `FOR VERSION AS OF`.
    :param as_of: `FOR TIMESTAMP AS OF`, aware.
    :param ref: `FOR VERSION AS OF` a branch or tag. Deviates: a branch is read under its snapshot's own schema.
    """
    found = lake.iceberg.table(database, table)
    travelled = any(each is not None for each in (snapshot_id, as_of, ref))
    snapshot = snapshot_of(found, snapshot_id, as_of, ref) if travelled else None
    return scan(lake, found, pruning(predicate, found.schema()), columns, snapshot, travelled=travelled)


def append(lake: Lake, database: str, table: str, rows: Any, names: Sequence[str] | None = None) -> int:
    """Add rows in one snapshot; returns how many.

    :param rows: a `pyarrow.Table` or `RecordBatchReader`.
    :param names: the table's columns that the rows' columns are, in order; None: all of them.
    """
    return append_rows(lake, database, table, rows, names)[0]


def overwrite(lake: Lake, database: str, table: str, rows: Any) -> int:
    """Replace all rows in one snapshot; returns how many there are now."""
    arrow = _rows(rows)

    def attempt(now: Table) -> int:
        ready = conform(arrow, now.schema(), [field.name for field in now.schema().fields])
        removed = [each.data for each in scan(lake, now, AlwaysTrue()).files]
        commit_files(lake, now, write_rows(lake, now, ready), removed, Operation.OVERWRITE)
        return int(ready.num_rows)

    return retrying(lake, database, table, attempt)


def drop(lake: Lake, database: str, table: str) -> None:
    """Remove the table and its data: Iceberg tables are managed tables on Athena.

    Evidence: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-managing-tables.html
    """
    bucket, prefix = split_uri(lake.iceberg.table(database, table).location())
    lake.catalog.delete_table(database, table)
    for folder in ("data", "metadata"):
        for each in lake.objects.listing(bucket, f"{prefix.rstrip('/')}/{folder}/"):
            lake.objects.delete(each.bucket, each.key)


def describe(lake: Lake, database: str, table: str) -> Description:
    """What SHOW CREATE TABLE, DESCRIBE and SHOW TBLPROPERTIES tell."""
    found = lake.iceberg.table(database, table)
    schema = found.schema()
    return Description(
        [(each.name, hive_type(each.field_type), each.doc) for each in schema.fields],
        partitioning_of(schema, found.spec()),
        found.location(),
        dict(found.properties),
    )


def execute(lake: Lake, statement: exp.Expression, run: Run, database: str, reading: Reading = unlimited) -> Outcome:
    """Carry out a statement that changes an Iceberg table.

    INSERT, MERGE, UPDATE, DELETE, ALTER TABLE, OPTIMIZE, VACUUM. Another commit in between makes it start again on the
    fresh table, a bounded number of times.

    :param statement: as sqlglot parses Athena's dialect; OPTIMIZE and VACUUM come as its `Command`.
    :param run: executes the queries in it.
    :param database: the one that unqualified names are in.
    :param reading: what holds UPDATE, DELETE and MERGE to a limit of bytes.
    :raises AwsError: with Trino's error name as its code, such as `ICEBERG_COMMIT_ERROR`.
    """
    from local_aws.iceberg.statements import execute as carry_out

    return carry_out(lake, statement, run, database, reading)


def _rows(found: Any) -> Any:
    return found if isinstance(found, pa.Table) else found.read_all()
