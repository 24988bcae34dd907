"""The files that CTAS, INSERT and UNLOAD write: Parquet, JSON lines, delimited text; a folder a partition.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/ctas-partitioning-and-bucketing.html
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from local_aws.objects import split_uri
from local_aws.sql.engine import Session
from local_aws.sql.errors import unsupported
from local_aws.sql.partitions import HIVE_NULL

if TYPE_CHECKING:
    import pyarrow as pa

Shape = dict[str, Any]
LIBRARIES = {
    "PARQUET": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    "JSON": "org.apache.hive.hcatalog.data.JsonSerDe",
    "TEXTFILE": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
}


def write(session: Session, rows: pa.Table, shape: Shape) -> list[tuple[str, list[str]]]:
    """Write rows as the table's files, one a partition; returns the URIs with the partitions' values."""
    keys = [key["Name"] for key in shape["PartitionKeys"]]
    location = shape["StorageDescriptor"]["Location"].rstrip("/")
    written = []
    for values, part in _parts(rows, keys):
        data, suffix = _file(part, shape)
        folder = "".join(f"/{key}={value}" for key, value in zip(keys, values, strict=True))
        uri = f"{location}{folder}/{session.lake.new_id()}{suffix}"
        session.lake.objects.put(*split_uri(uri), data)
        written.append((uri, values))
    return written


def _parts(rows: pa.Table, keys: list[str]) -> Iterator[tuple[list[str], pa.Table]]:
    import pyarrow.compute as pc

    if not keys:
        if rows.num_rows:
            yield [], rows
        return
    own = [name for name in rows.column_names if name not in keys]
    for group in rows.select(keys).group_by(keys).aggregate([]).to_pylist():
        chosen = None
        for key in keys:
            value = group[key]
            same = pc.is_null(rows[key]) if value is None else pc.equal(rows[key], value)
            chosen = same if chosen is None else pc.and_(chosen, same)
        values = [HIVE_NULL if group[key] is None else str(group[key]) for key in keys]
        yield values, rows.filter(chosen).select(own)


def _file(rows: pa.Table, shape: Shape) -> tuple[bytes, str]:
    serde = shape["StorageDescriptor"]["SerdeInfo"]
    library = str(serde.get("SerializationLibrary", ""))
    if library == LIBRARIES["PARQUET"]:
        import pyarrow.parquet as pq

        buffer = io.BytesIO()
        pq.write_table(rows, buffer, compression="snappy")
        return buffer.getvalue(), ".parquet"
    if library.endswith("JsonSerDe"):
        import json

        lines = (json.dumps(row, default=str, ensure_ascii=False) for row in rows.to_pylist())
        return gzip.compress("".join(f"{line}\n" for line in lines).encode()), ".gz"
    if library == LIBRARIES["TEXTFILE"]:
        delimiter = (serde.get("Parameters") or {}).get("field.delim", "\x01")
        if any(_is_nested(each.type) for each in rows.schema):
            raise unsupported("arrays, maps and structs in text files that are written")
        return gzip.compress("".join(_line(row, delimiter) for row in rows.to_pylist()).encode()), ".gz"
    raise unsupported(f"writing with the SerDe {library}")


def _line(row: dict[str, Any], delimiter: str) -> str:
    cells = (
        "\\N" if cell is None else str(cell).lower() if isinstance(cell, bool) else str(cell) for cell in row.values()
    )
    return delimiter.join(cells) + "\n"


def _is_nested(kind: pa.DataType) -> bool:
    import pyarrow.types as pt

    return bool(pt.is_nested(kind))


def partition_inputs(shape: Shape, written: list[tuple[str, list[str]]]) -> list[Shape]:
    if not shape["PartitionKeys"]:
        return []
    storage = shape["StorageDescriptor"]
    return [
        {"Values": values, "StorageDescriptor": {**storage, "Location": uri.rpartition("/")[0] + "/"}}
        for uri, values in written
    ]
