"""Iceberg tables in the Glue catalog, for every engine here: created, read, written and travelled in time.

Data and metadata are objects in S3, laid out as Iceberg's specification and Athena have them, so that any other reader
of Iceberg can take them. `lake` is the account's `Lake`, names are those of the Glue catalog.

Deviates: Athena writes merge-on-read position deletes on UPDATE, DELETE and MERGE; here the touched files are rewritten
(copy on write). What a query sees is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

import pyarrow as pa
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.expressions import AlwaysTrue
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Operation
from sqlglot import exp

from local_aws.errors import AwsError
from local_aws.iceberg.conform import conform
from local_aws.iceberg.predicate import pruning
from local_aws.iceberg.properties import from_athena
from local_aws.iceberg.scan import IcebergScan, scan, snapshot_of
from local_aws.iceberg.types import Columns, partition_spec, schema_of
from local_aws.iceberg.write import commit, discard, retrying, write_rows

if TYPE_CHECKING:
    from local_aws.iceberg.outcome import Outcome
    from local_aws.lake import Lake

__all__ = ["Columns", "IcebergScan", "Run", "append", "create", "execute", "is_iceberg", "overwrite", "plan"]

Rows = pa.Table | pa.RecordBatchReader


class Run(Protocol):
    """How a statement here has its queries executed: by the engine that the statement came to."""

    def __call__(self, query: exp.Expression, relations: Mapping[str, pa.Table]) -> Rows:
        """Run a query of the engine's dialect and return its rows.

        :param relations: Arrow tables that the query names like tables, unqualified and quoted; they go before the
            catalog's. Their names begin with `"$`.
        """
        ...


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
    lake.iceberg.create_table(
        (database.lower(), name.lower()),
        schema,
        location.rstrip("/"),
        partition_spec(schema, partitioning),
        properties=from_athena(properties or {}),
    )


def plan(
    lake: Lake,
    database: str,
    table: str,
    predicate: exp.Expression | None = None,
    columns: Sequence[str] | None = None,
    snapshot_id: int | None = None,
    as_of: datetime | None = None,
) -> IcebergScan:
    """What to read for a query over one table.

    :param predicate: conditions on this table alone; those that Iceberg's statistics can decide leave files out, the
        rest are the query's to check (all are: pruning is by file).
    :param columns: the columns to select; None: all.
    :param snapshot_id: `FOR VERSION AS OF`.
    :param as_of: `FOR TIMESTAMP AS OF`, aware.
    """
    found = lake.iceberg.table(database, table)
    travelled = snapshot_id is not None or as_of is not None
    snapshot = snapshot_of(found, snapshot_id, as_of) if travelled else None
    return scan(lake, found, pruning(predicate, found.schema()), columns, snapshot, travelled=travelled)


def append(lake: Lake, database: str, table: str, rows: Rows, names: Sequence[str] | None = None) -> int:
    """Add rows in one snapshot; returns how many.

    :param names: the table's columns that the rows' columns are, in order; None: the first ones, as INSERT has it.
    """
    found = lake.iceberg.table(database, table)
    arrow = rows if isinstance(rows, pa.Table) else rows.read_all()
    columns = list(names) if names is not None else [field.name for field in found.schema().fields]
    ready = conform(arrow, found.schema(), columns)
    if not ready.num_rows:
        return 0
    added = write_rows(lake, found, ready)

    def attempt(now: Table) -> None:
        if now.schema() != found.schema() or now.spec() != found.spec():
            raise CommitFailedException("the table's columns or partitions have changed")
        commit(lake, now, added, [], Operation.APPEND)

    _keeping(lake, [each.file_path for each in added], lambda: retrying(lake, database, table, attempt))
    return int(ready.num_rows)


def overwrite(lake: Lake, database: str, table: str, rows: Rows) -> int:
    """Replace all rows in one snapshot; returns how many there are now."""
    arrow = rows if isinstance(rows, pa.Table) else rows.read_all()

    def attempt(now: Table) -> int:
        ready = conform(arrow, now.schema(), [field.name for field in now.schema().fields])
        removed = [each.data for each in scan(lake, now, AlwaysTrue()).files]
        added = write_rows(lake, now, ready)
        uris = [each.file_path for each in added]
        _keeping(lake, uris, lambda: commit(lake, now, added, removed, Operation.OVERWRITE))
        return int(ready.num_rows)

    return retrying(lake, database, table, attempt)


def execute(lake: Lake, statement: exp.Expression, run: Run, database: str) -> Outcome:
    """Carry out a statement that changes an Iceberg table: INSERT, MERGE, UPDATE, DELETE, ALTER TABLE, OPTIMIZE, VACUUM.

    :param statement: as sqlglot parses Athena's dialect; OPTIMIZE and VACUUM come as its `Command`.
    :param run: executes the queries in it.
    :param database: the one that unqualified names are in.
    """
    from local_aws.iceberg.statements import execute as carry_out

    return carry_out(lake, statement, run, database)


def _keeping(lake: Lake, uris: Sequence[str], change: Callable[[], object]) -> None:
    """Make a change that uses new files; if it fails, they go."""
    try:
        change()
    except BaseException:
        discard(lake, uris)
        raise
