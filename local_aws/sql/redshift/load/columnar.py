"""COPY of Parquet and ORC: columns by position, types that must fit as they are.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.types as pt

from local_aws.objects import StoredObject
from local_aws.sql.redshift import errors
from local_aws.sql.redshift.catalog import Column
from local_aws.sql.redshift.load.options import Copy
from local_aws.sql.redshift.types import ColumnType

if TYPE_CHECKING:
    from collections.abc import Sequence

BATCH = 65_536


def batches(file: StoredObject, copy: Copy, columns: Sequence[Column]) -> Iterator[pa.Table]:
    """The file's rows, a part at a time, named by column. :raises SqlError: as Spectrum words a misfit."""
    try:
        schema, parts = _open(file, copy)
        for position, column in enumerate(_counted(file, schema, columns, copy)):
            if not fits(schema.field(position).type, column.type):
                raise _scan_error(_misfit(file, schema, position, column))
        for part in parts:
            table = pa.table(part.columns, names=[f"c{n}" for n in range(part.num_columns)])
            for position, column in enumerate(columns[: part.num_columns]):
                _check_length(file, table.column(position), column)
            yield table
    except (pa.ArrowException, OSError) as problem:
        raise _scan_error(f"{file.uri} is not valid {copy.format}: {str(problem).splitlines()[0]}") from problem


def _open(file: StoredObject, copy: Copy) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    if copy.format == "ORC":
        from pyarrow import orc

        found = orc.ORCFile(str(file.path))
        return found.schema, (found.read_stripe(n) for n in range(found.nstripes))
    import pyarrow.parquet as pq

    parquet = pq.ParquetFile(str(file.path))
    schema = _plain(parquet.schema_arrow)
    return schema, (part.cast(schema) for part in parquet.iter_batches(BATCH))


def _plain(schema: pa.Schema) -> pa.Schema:
    """Texts and bytes in the one layout the file's own types know: Arrow's views are hints to Arrow's readers alone."""
    layouts = {pa.string_view(): pa.string(), pa.binary_view(): pa.binary()}
    return pa.schema([each.with_type(layouts.get(each.type, each.type)) for each in schema])


def _counted(file: StoredObject, schema: pa.Schema, columns: Sequence[Column], copy: Copy) -> Sequence[Column]:
    if len(schema) == len(columns) or (copy.has("fill_record") and len(schema) < len(columns)):
        return columns[: len(schema)]
    counts = f"Table columns: {len(columns)}, Data columns: {len(schema)}, File name: {file.uri}"
    raise _scan_error(f"Unmatched number of columns between table and file. {counts}")


def _misfit(file: StoredObject, schema: pa.Schema, position: int, column: Column) -> str:
    name = f"{file.uri}.{schema.field(position).name}"
    shown = f"Column type: {column.type.text.upper()}, file type: {schema.field(position).type}"
    return f"File '{file.uri}' has an incompatible Parquet schema for column '{name}'. {shown}"


def fits(given: pa.DataType, kind: ColumnType) -> bool:
    """Whether values of a file's type go into a column: no widening, as on Redshift, but for integers of 8 bits."""
    if pt.is_dictionary(given):
        return fits(given.value_type, kind)
    if kind.name == "numeric":
        return bool(pt.is_decimal(given) and given.scale == kind.scale and given.precision <= (kind.precision or 0))
    if kind.name == "timestamptz":
        return bool(pt.is_timestamp(given) and given.tz is not None)
    checks: dict[str, Callable[[], Any]] = {
        "int2": lambda: given in (pa.int8(), pa.uint8(), pa.int16()),
        "int4": lambda: given in (pa.int8(), pa.uint8(), pa.int16(), pa.uint16(), pa.int32()),
        "int8": lambda: given == pa.int64(),
        "float4": lambda: given == pa.float32(),
        "float8": lambda: given == pa.float64(),
        "bool": lambda: pt.is_boolean(given),
        "varchar": lambda: pt.is_string(given) or pt.is_large_string(given) or pt.is_binary(given),
        "bpchar": lambda: pt.is_string(given) or pt.is_large_string(given),
        "date": lambda: pt.is_date32(given),
        "timestamp": lambda: pt.is_timestamp(given),
        "super": lambda: pt.is_nested(given),
        "varbyte": lambda: pt.is_binary(given),
    }
    return bool(checks.get(kind.name, lambda: False)())


def _check_length(file: StoredObject, values: pa.ChunkedArray, column: Column) -> None:
    import pyarrow.compute as pc

    if not column.type.is_text:
        return
    longest = pc.max(pc.binary_length(values)).as_py() or 0
    if longest > (column.type.length or 0):
        message = f"The length of the data column {column.name} is longer than the length defined in the table."
        raise _scan_error(f"{message} Table: {column.type.length}, Data: {longest}, File name: {file.uri}")


def _scan_error(message: str) -> errors.SqlError:
    return errors.error(errors.detail("Spectrum Scan Error", 15007, message))
