"""The Parquet classifier: the schema is in the file. Evidence: https://docs.aws.amazon.com/glue/latest/dg/add-classifier.html"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from local_aws.crawl.files import FileSchema
from local_aws.crawl.types import Array, HiveType, Struct

MAGIC = b"PAR1"

_SCALARS = {
    "bool": "boolean",
    "int8": "tinyint",
    "int16": "smallint",
    "int32": "int",
    "int64": "bigint",
    "uint8": "smallint",
    "uint16": "int",
    "uint32": "bigint",
    "uint64": "decimal(20,0)",
    "halffloat": "float",
    "float": "float",
    "double": "double",
    "string": "string",
    "large_string": "string",
    "string_view": "string",
    "binary": "binary",
    "large_binary": "binary",
    "date32[day]": "date",
}


def classify(path: Path) -> FileSchema | None:
    """The schema in the footer, or None if the file is no (whole) Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowInvalid, OSError):
        return None
    with file:
        columns = {each.name.lower(): hive_type(each.type) for each in file.schema_arrow}
        rows = file.metadata.num_rows
        return FileSchema("parquet", "none", columns, rows, path.stat().st_size / max(1, rows))


def hive_type(arrow: Any) -> HiveType:
    """The Hive type of an Arrow type."""
    import pyarrow.types as kinds

    if kinds.is_decimal(arrow):
        return f"decimal({arrow.precision},{arrow.scale})"
    if kinds.is_timestamp(arrow):
        return "timestamp"
    if kinds.is_dictionary(arrow):
        return hive_type(arrow.value_type)
    if kinds.is_map(arrow):
        from local_aws.crawl.types import render

        return f"map<{render(hive_type(arrow.key_type))},{render(hive_type(arrow.item_type))}>"
    if kinds.is_list(arrow) or kinds.is_large_list(arrow) or kinds.is_fixed_size_list(arrow):
        return Array(hive_type(arrow.value_type))
    if kinds.is_struct(arrow):
        return Struct({each.name: hive_type(each.type) for each in arrow})
    return "binary" if kinds.is_fixed_size_binary(arrow) else _SCALARS.get(str(arrow), "string")
