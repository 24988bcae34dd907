"""The Avro classifier: the schema is in the file's header.

Evidence: https://docs.aws.amazon.com/glue/latest/dg/add-classifier.html; types by
https://docs.aws.amazon.com/athena/latest/ug/avro-serde.html and https://avro.apache.org/docs/1.11.1/specification/.
Deviates: a union of several types is what they have in common; a type that contains itself is a string there.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from local_aws.crawl.files import FileSchema
from local_aws.crawl.types import NULL, Array, HiveType, Struct, merge, render

MAGIC = b"Obj\x01"

_SCALARS = {
    "null": NULL,
    "boolean": "boolean",
    "int": "int",
    "long": "bigint",
    "float": "float",
    "double": "double",
    "bytes": "binary",
    "string": "string",
    "enum": "string",
    "fixed": "binary",
}
_LOGICAL = {
    "date": "date",
    "timestamp-millis": "timestamp",
    "timestamp-micros": "timestamp",
    "local-timestamp-millis": "timestamp",
    "local-timestamp-micros": "timestamp",
}


def classify(path: Path) -> FileSchema | None:
    """The schema in the header and the records that the blocks count, or None if the file is no (whole) Avro file."""
    import fastavro

    try:
        with path.open("rb") as file:
            blocks = fastavro.block_reader(file)
            schema, text = blocks.writer_schema, blocks.metadata.get("avro.schema", "")
            records = sum(block.num_records for block in blocks)
    except Exception:  # whatever bytes that are no Avro make of a header, a codec or a count
        return None
    found = _type(schema, {}, ())
    if not isinstance(found, Struct):
        return None
    columns: dict[str, HiveType] = {}
    for name, each in found.fields.items():
        columns[name.lower()] = merge(columns[name.lower()], each) if name.lower() in columns else each
    options = (("schema", json.dumps(json.loads(text), separators=(",", ":")) if text else ""),)
    return FileSchema("avro", "none", columns, records, path.stat().st_size / max(1, records), options)


def _type(schema: Any, named: dict[str, Any], within: tuple[str, ...]) -> HiveType:
    if isinstance(schema, list):
        found: HiveType = NULL
        for each in schema:
            found = merge(found, _type(each, named, within))
        return found
    if isinstance(schema, str):
        if schema in _SCALARS:
            return _SCALARS[schema]
        return "string" if schema in within or schema not in named else _type(named[schema], named, within)
    kind, name = schema["type"], schema.get("name")
    if schema.get("logicalType") == "decimal":
        return f"decimal({schema['precision']},{schema.get('scale', 0)})"
    if schema.get("logicalType") in _LOGICAL:
        return _LOGICAL[schema["logicalType"]]
    if name:
        named[name] = schema
    if kind in {"record", "error"}:
        return Struct({each["name"]: _type(each["type"], named, (*within, name)) for each in schema["fields"]})
    if kind == "array":
        return Array(_type(schema["items"], named, within))
    if kind == "map":
        return f"map<string,{render(_type(schema['values'], named, within))}>"
    return _type(kind, named, within)
