"""Query results as rows of a table: Trino's assignment coercions, then the table's exact Arrow types."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.types as pt
from pyiceberg.io.pyarrow import schema_to_pyarrow
from pyiceberg.schema import Schema

from local_aws.errors import AwsError

FAMILIES: dict[str, Callable[[pa.DataType], bool]] = {
    "number": lambda kind: pt.is_integer(kind) or pt.is_decimal(kind) or pt.is_floating(kind),
    "text": lambda kind: pt.is_string(kind) or pt.is_large_string(kind) or pt.is_string_view(kind),
    "bytes": lambda kind: pt.is_binary(kind) or pt.is_large_binary(kind) or pt.is_fixed_size_binary(kind),
    "boolean": pt.is_boolean,
    "date": pt.is_date,
    "time": pt.is_time,
    "timestamp": lambda kind: pt.is_timestamp(kind) and kind.tz is None,
    "instant": lambda kind: pt.is_timestamp(kind) and kind.tz is not None,
    "list": lambda kind: pt.is_list(kind) or pt.is_large_list(kind),
    "map": pt.is_map,
    "struct": pt.is_struct,
}
WIDENS = {("date", "timestamp"), ("date", "instant"), ("timestamp", "instant")}


def conform(rows: pa.Table, schema: Schema, names: Sequence[str]) -> pa.Table:
    """Rows whose columns are, in order, the table's columns `names`; the table's other columns become NULL.

    :raises AwsError: `TYPE_MISMATCH` if a column's type cannot be assigned to the table's, `INVALID_CAST_ARGUMENT` if
        a value does not fit.
    Evidence: https://docs.aws.amazon.com/athena/latest/ug/insert-into.html
    """
    if len(names) != rows.num_columns:
        wanted = [field.name for field in schema.fields]
        raise AwsError(
            "TYPE_MISMATCH",
            f"Insert query has {rows.num_columns} columns for {len(names)} of the table's columns {wanted}",
        )
    given = {name.lower(): rows.column(place) for place, name in enumerate(names)}
    target = schema_to_pyarrow(schema, include_field_ids=False)
    unknown = sorted(set(given) - {field.name.lower() for field in target})
    if unknown or len(given) != len(names):
        raise AwsError("COLUMN_NOT_FOUND", f"Insert column name does not exist in target table: {', '.join(unknown)}")
    columns = []
    for field in target:
        column = given.get(field.name.lower())
        missing = column is None
        columns.append(pa.nulls(rows.num_rows, field.type) if missing else _assigned(field.name, column, field.type))
    return pa.Table.from_arrays(columns, schema=target)


def _assigned(name: str, column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if column.type == kind:
        return column
    if not _assignable(column.type, kind):
        raise AwsError(
            "TYPE_MISMATCH", f"Insert query has mismatched column types: {name}: Table: {kind}, Query: {column.type}"
        )
    try:
        return column.cast(kind)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise AwsError("INVALID_CAST_ARGUMENT", f"Cannot store in column {name} ({kind}): {error}") from error


def _assignable(given: pa.DataType, wanted: pa.DataType) -> bool:
    if pt.is_null(given):
        return True
    families = [next((family for family, holds in FAMILIES.items() if holds(kind)), "") for kind in (given, wanted)]
    if families[0] != families[1]:
        return tuple(families) in WIDENS
    if families[0] == "number":
        return pt.is_floating(wanted) or not pt.is_floating(given)
    return bool(families[0])
