"""ORC and Avro objects as the engine reads them: rewritten once as Parquet, batch by batch, with the file's own types.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/orc-serde.html,
https://docs.aws.amazon.com/athena/latest/ug/avro-serde.html
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from local_aws.objects import StoredObject
from local_aws.sql.errors import QueryFailed

if TYPE_CHECKING:
    import pyarrow as pa

    from local_aws.lake import Lake

_ROWS = 20_000
_PRIMITIVES = {
    **{"boolean": "bool_", "int": "int32", "long": "int64", "float": "float32", "double": "float64"},
    **{"string": "string", "enum": "string", "bytes": "binary", "fixed": "binary", "null": "null"},
}


def as_parquet(lake: Lake, file: StoredObject, form: str) -> StoredObject:
    """The object with a Parquet file of the same rows as its `path`.

    :param form: `orc` or `avro`.
    :raises QueryFailed: `HIVE_CANNOT_OPEN_SPLIT` for a file that is of another format or broken.
    """
    key = hashlib.sha256(f"{file.uri}\n{file.etag}\n{file.last_modified}\n{form}".encode()).hexdigest()
    path = lake.directory / "scan" / key[:2] / f"{key}.parquet"
    if not path.exists():
        import pyarrow.parquet as pq

        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{lake.new_id()}")
        try:
            schema, batches = (_orc if form == "orc" else _avro)(file)
            with pq.ParquetWriter(fresh, schema, compression="lz4") as writer:
                for batch in batches:
                    writer.write(batch)
        except QueryFailed:
            raise
        except Exception as error:  # the readers raise whatever a broken file makes them meet
            fresh.unlink(missing_ok=True)
            message = f"Error opening Hive split {file.uri} (offset=0, length={file.size}): not a readable {form} file"
            raise QueryFailed("HIVE_CANNOT_OPEN_SPLIT", message) from error
        fresh.replace(path)
    return replace(file, path=path)


def _orc(file: StoredObject) -> tuple[pa.Schema, Iterator[pa.Table]]:
    import pyarrow as pa
    from pyarrow import orc

    found = orc.ORCFile(str(file.path))
    stripes = (pa.Table.from_batches([found.read_stripe(n)]) for n in range(found.nstripes))
    return found.schema.remove_metadata(), (each.replace_schema_metadata(None) for each in stripes)


def _avro(file: StoredObject) -> tuple[pa.Schema, Iterator[pa.Table]]:
    import fastavro
    import pyarrow as pa

    opened = file.path.open("rb")
    try:
        reader = fastavro.reader(opened)
        record = reader.writer_schema
        if not isinstance(record, dict) or record.get("type") != "record":
            raise QueryFailed("HIVE_BAD_DATA", f"The Avro file {file.uri} holds no records")
        named: dict[str, Any] = {}
        kinds = {each["name"]: _arrow(each["type"], named) for each in record["fields"]}
        schema = pa.schema(list(kinds.items()))
    except BaseException:
        opened.close()
        raise

    def batches() -> Iterator[pa.Table]:
        with opened:
            for rows in _batched(reader):
                columns = [pa.array([_value(row[name], kind) for row in rows], kind) for name, kind in kinds.items()]
                yield pa.table(columns, schema=schema)

    return schema, batches()


def _batched(rows: Any) -> Iterator[list[Any]]:
    """As `itertools.batched`, which Python 3.11 has not."""
    taken = iter(rows)
    while found := list(itertools.islice(taken, _ROWS)):
        yield found


def _arrow(schema: Any, named: dict[str, Any]) -> pa.DataType:
    """The Arrow type of an Avro schema. :raises QueryFailed: for a union of several types, which Hive tables lack."""
    import pyarrow as pa

    if isinstance(schema, list):
        kinds = [each for each in schema if each != "null"]
        if len(kinds) > 1:
            raise QueryFailed("HIVE_UNSUPPORTED_FORMAT", f"Avro union of several types: {kinds}")
        return _arrow(kinds[0], named) if kinds else pa.null()
    if isinstance(schema, str):
        return named[schema] if schema in named else getattr(pa, _PRIMITIVES[schema])()
    kind = schema["type"]
    if kind in {"record", "error"}:
        found: pa.DataType = pa.struct([(each["name"], _arrow(each["type"], named)) for each in schema["fields"]])
    elif kind == "array":
        return pa.list_(_arrow(schema["items"], named))
    elif kind == "map":
        return pa.map_(pa.string(), _arrow(schema["values"], named))
    else:
        found = _logical(schema) or _arrow(kind, named)
    if "name" in schema:
        named[schema["name"]] = found
    return found


def _logical(schema: dict[str, Any]) -> pa.DataType | None:
    import pyarrow as pa

    name = schema.get("logicalType")
    if name == "decimal":
        return pa.decimal128(schema["precision"], schema.get("scale", 0))
    if name in {"timestamp-millis", "timestamp-micros"}:
        return pa.timestamp("us", "UTC")
    plain = {"date": pa.date32(), "local-timestamp-millis": pa.timestamp("us"), "uuid": pa.string()}
    plain |= {
        "local-timestamp-micros": pa.timestamp("us"),
        "time-millis": pa.time64("us"),
        "time-micros": pa.time64("us"),
    }
    return plain.get(str(name))


def _value(value: Any, kind: pa.DataType) -> Any:
    """A value as Arrow takes it: maps as pairs, UUIDs as texts."""
    import pyarrow.types as pt

    if value is None or not (pt.is_nested(kind) or pt.is_string(kind)):
        return value
    if pt.is_map(kind):
        return [(key, _value(each, kind.item_type)) for key, each in value.items()]
    if pt.is_list(kind):
        return [_value(each, kind.value_type) for each in value]
    if pt.is_struct(kind):
        return {field.name: _value(value[field.name], field.type) for field in kind}
    return str(value)
