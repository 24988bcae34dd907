"""Types as Arrow carries them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local_aws.sql import types
from local_aws.sql.types import Type

if TYPE_CHECKING:
    import pyarrow as pa


_ARROW = {
    **{"bool": "boolean", "int8": "tinyint", "int16": "smallint", "int32": "integer", "int64": "bigint"},
    **{"uint8": "smallint", "uint16": "integer", "uint32": "bigint", "float": "real", "double": "double"},
    **{"string": "varchar", "large_string": "varchar", "string_view": "varchar", "null": "unknown"},
    **{"binary": "varbinary", "large_binary": "varbinary", "binary_view": "varbinary", "date32[day]": "date"},
}


def to_arrow(kind: Type) -> pa.DataType:
    """The Arrow type of a column."""
    import pyarrow as pa

    if kind.name == "row":
        return pa.struct([(name or f"field{n}", to_arrow(each)) for n, (name, each) in enumerate(kind.fields)])
    if kind.name == "array":
        return pa.list_(to_arrow(kind.args[0]))
    if kind.name == "map":
        return pa.map_(to_arrow(kind.args[0]), to_arrow(kind.args[1]))
    if kind.name == "decimal":
        return pa.decimal128(*kind.args)
    return _arrow_simple(kind.name)


def _arrow_simple(name: str) -> pa.DataType:
    import pyarrow as pa

    made = {
        "boolean": pa.bool_(),
        "tinyint": pa.int8(),
        "smallint": pa.int16(),
        "integer": pa.int32(),
        "bigint": pa.int64(),
        "real": pa.float32(),
        "double": pa.float64(),
        "varbinary": pa.binary(),
        "date": pa.date32(),
        "timestamp": pa.timestamp("us"),
        "timestamp with time zone": pa.timestamp("us", "UTC"),
        "time": pa.time64("us"),
        "unknown": pa.null(),
    }
    return made.get(name, pa.string())


def from_arrow(kind: pa.DataType) -> Type:
    """The type of an Arrow column. :raises UnknownType: for one that Athena has no type for."""
    import pyarrow as pa

    if pa.types.is_decimal(kind):
        return types.decimal(kind.precision, kind.scale)
    if pa.types.is_timestamp(kind):
        return types.TIMESTAMP_TZ if kind.tz else types.TIMESTAMP
    if pa.types.is_struct(kind):
        return types.row(*((field.name, from_arrow(field.type)) for field in kind))
    if pa.types.is_map(kind):
        return types.map_of(from_arrow(kind.key_type), from_arrow(kind.item_type))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        return types.array(from_arrow(kind.value_type))
    if pa.types.is_time(kind):
        return types.TIME
    if pa.types.is_dictionary(kind):
        return from_arrow(kind.value_type)
    name = _ARROW.get(str(kind))
    if name is None:
        raise types.UnknownType(str(kind))
    return Type(name)
