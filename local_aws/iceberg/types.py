"""Column types and partition transforms: the text of DDL on one side, Iceberg and DuckDB on the other.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-supported-data-types.html
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Sequence
from typing import Any

import sqlglot
from pyiceberg.partitioning import PARTITION_FIELD_ID_START, PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import (
    BucketTransform,
    DayTransform,
    HourTransform,
    IdentityTransform,
    MonthTransform,
    Transform,
    TruncateTransform,
    YearTransform,
)
from pyiceberg.types import (
    BinaryType,
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    FixedType,
    FloatType,
    IcebergType,
    IntegerType,
    ListType,
    LongType,
    MapType,
    NestedField,
    StringType,
    StructType,
    TimestampType,
    TimestamptzType,
    TimeType,
    UUIDType,
)
from sqlglot import exp

from local_aws.errors import AwsError, Unsupported

Columns = Sequence[tuple[str, str, str | None]]
"""Columns of a table: name, type in Hive's or Trino's words, comment."""

D = exp.DataType.Type
PRIMITIVES: dict[exp.DataType.Type, Callable[[], IcebergType]] = {
    D.BOOLEAN: BooleanType,
    D.INT: IntegerType,
    D.BIGINT: LongType,
    D.FLOAT: FloatType,
    D.DOUBLE: DoubleType,
    D.DATE: DateType,
    D.TIMESTAMP: TimestampType,
    D.DATETIME: TimestampType,
    D.TIMESTAMPNTZ: TimestampType,
    D.TIMESTAMPTZ: TimestamptzType,
    D.TEXT: StringType,
    D.VARCHAR: StringType,
    D.BINARY: BinaryType,
    D.VARBINARY: BinaryType,
    D.UUID: UUIDType,
}
DUCKDB: dict[Any, str] = {
    BooleanType: "BOOLEAN",
    IntegerType: "INTEGER",
    LongType: "BIGINT",
    FloatType: "FLOAT",
    DoubleType: "DOUBLE",
    DateType: "DATE",
    TimeType: "TIME",
    TimestampType: "TIMESTAMP",
    TimestamptzType: "TIMESTAMPTZ",
    StringType: "VARCHAR",
    UUIDType: "UUID",
    BinaryType: "BLOB",
    FixedType: "BLOB",
}


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def schema_of(columns: Columns) -> Schema:
    """The Iceberg schema of a new table; fields get their ids in order, every column is optional, as Athena's are."""
    ids = itertools.count(1)
    fields = [(next(ids), *column) for column in columns]
    return Schema(
        *(
            NestedField(number, name.lower(), iceberg_type(text, ids), required=False, doc=comment or None)
            for number, name, text, comment in fields
        )
    )


def iceberg_type(text: str, ids: itertools.count[int]) -> IcebergType:
    """`array<struct<a:int>>` or `array(row(a integer))` → the Iceberg type; nested fields take their ids from `ids`.

    :raises AwsError: `NOT_SUPPORTED` for a type that Iceberg tables cannot have on Athena.
    """
    parsed = None
    for dialect in ("hive", "trino"):
        try:
            parsed = exp.DataType.build(text, dialect=dialect)
            break
        except sqlglot.ParseError:
            continue
    if parsed is None:
        raise AwsError("NOT_SUPPORTED", f"Type not supported for Iceberg: {text}")
    return _converted(parsed, text, ids)


def _converted(found: exp.DataType, text: str, ids: itertools.count[int]) -> IcebergType:
    inner = found.expressions
    if found.this in {D.DECIMAL, D.BIGDECIMAL}:
        numbers = [int(each.name or each.this.name) for each in inner] or [10]
        return DecimalType(numbers[0], numbers[1] if len(numbers) > 1 else 0)
    if found.this in {D.ARRAY, D.LIST} and len(inner) == 1:
        number = next(ids)
        return ListType(number, _converted(inner[0], text, ids), element_required=False)
    if found.this == D.MAP and len(inner) == 2:
        key, value = next(ids), next(ids)
        return MapType(
            key, _converted(inner[0], text, ids), value, _converted(inner[1], text, ids), value_required=False
        )
    if found.this == D.STRUCT and inner and all(isinstance(each, exp.ColumnDef) for each in inner):
        named = [(next(ids), each) for each in inner]
        return StructType(
            *(NestedField(number, each.name.lower(), _converted(each.kind, text, ids)) for number, each in named)
        )
    if found.this in PRIMITIVES:
        return PRIMITIVES[found.this]()
    raise AwsError("NOT_SUPPORTED", f"Type not supported for Iceberg: {text}")


def duckdb_type(found: IcebergType) -> str:
    """The DuckDB type, in DuckDB's words, that holds every value of an Iceberg type."""
    if isinstance(found, DecimalType):
        return f"DECIMAL({found.precision}, {found.scale})"
    if isinstance(found, ListType):
        return f"{duckdb_type(found.element_type)}[]"
    if isinstance(found, MapType):
        return f"MAP({duckdb_type(found.key_type)}, {duckdb_type(found.value_type)})"
    if isinstance(found, StructType):
        return f"STRUCT({', '.join(f'{quoted(each.name)} {duckdb_type(each.field_type)}' for each in found.fields)})"
    if type(found) in DUCKDB:
        return DUCKDB[type(found)]
    raise Unsupported(f"Iceberg's type {found}")


HIVE: dict[Any, str] = {
    IntegerType: "int",
    LongType: "bigint",
    TimeType: "string",
    TimestamptzType: "timestamp",
    UUIDType: "string",
    FixedType: "binary",
}


def hive_type(found: IcebergType) -> str:
    """The type as the Glue catalog shows it."""
    if isinstance(found, ListType):
        return f"array<{hive_type(found.element_type)}>"
    if isinstance(found, MapType):
        return f"map<{hive_type(found.key_type)},{hive_type(found.value_type)}>"
    if isinstance(found, StructType):
        return f"struct<{','.join(f'{each.name}:{hive_type(each.field_type)}' for each in found.fields)}>"
    return HIVE.get(type(found), str(found).replace(" ", ""))


TIME_TRANSFORMS: dict[str, Callable[[], Transform]] = {  # type: ignore[type-arg]
    "year": YearTransform,
    "month": MonthTransform,
    "day": DayTransform,
    "hour": HourTransform,
}


def partition_spec(schema: Schema, partitioning: Sequence[str]) -> PartitionSpec:
    """`["order_day", "day(ts)", "bucket(16, id)", "truncate(4, x)"]` → the partition spec, named as Iceberg names it.

    Evidence: https://docs.aws.amazon.com/athena/latest/ug/querying-iceberg-creating-tables.html. Deviates: two
    transforms of one column, such as `bucket(4, id), id`, are refused: pyiceberg writes no file of such a table.
    """
    fields = [_partition_field(schema, text, number) for number, text in enumerate(partitioning)]
    if len({each.source_id for each in fields}) < len(fields):
        raise Unsupported("several partition transforms of one column of an Iceberg table")
    return PartitionSpec(*fields)


_PARTITION = re.compile(r"\s*(?:(?P<verb>\w+)\s*\((?P<arguments>[^()]+)\)|(?P<column>[^(),]+))\s*")


def _partition_field(schema: Schema, text: str, number: int) -> PartitionField:
    parsed = _PARTITION.fullmatch(text)
    if parsed is None:
        raise AwsError("INVALID_TABLE_PROPERTY", f"Unable to parse partitioning value: {text}")
    verb, arguments = (parsed["verb"] or "identity").lower(), parsed["arguments"] or parsed["column"]
    words = [word.strip() for word in arguments.split(",")]
    numbers = [int(word) for word in words if word.isdecimal()]
    columns = [word.strip('`"').lower() for word in words if not word.isdecimal()]
    if len(columns) != 1:
        raise AwsError("INVALID_TABLE_PROPERTY", f"Unable to parse partitioning value: {text}")
    transform: Transform  # type: ignore[type-arg]
    if verb == "identity":
        transform, name = IdentityTransform(), columns[0]
    elif verb.removesuffix("s") in TIME_TRANSFORMS and not numbers:
        verb = verb.removesuffix("s")
        transform, name = TIME_TRANSFORMS[verb](), f"{columns[0]}_{verb}"
    elif verb == "bucket" and len(numbers) == 1:
        transform, name = BucketTransform(numbers[0]), f"{columns[0]}_bucket"
    elif verb == "truncate" and len(numbers) == 1:
        transform, name = TruncateTransform(numbers[0]), f"{columns[0]}_trunc"
    else:
        raise Unsupported(f"Iceberg's partition transform {text}")
    try:
        source = schema.find_field(columns[0])
    except ValueError as error:
        raise AwsError("COLUMN_NOT_FOUND", f"Partition column {columns[0]} is not a column of the table") from error
    if not transform.can_transform(source.field_type):
        raise AwsError("INVALID_TABLE_PROPERTY", f"Cannot partition {source.field_type} {columns[0]} by {verb}")
    return PartitionField(source.field_id, PARTITION_FIELD_ID_START + number, transform, name)


def partitioning_of(schema: Schema, spec: PartitionSpec) -> list[str]:
    """The partition spec in DDL's words: the other way of `partition_spec`."""
    return [_partition_text(schema.find_column_name(each.source_id) or "", each.transform) for each in spec.fields]


def _partition_text(column: str, transform: Transform) -> str:  # type: ignore[type-arg]
    if isinstance(transform, IdentityTransform):
        return column
    if isinstance(transform, BucketTransform):
        return f"bucket({transform.num_buckets}, {column})"
    if isinstance(transform, TruncateTransform):
        return f"truncate({transform.width}, {column})"
    return f"{transform}({column})"
