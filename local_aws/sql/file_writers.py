"""One file in the making, by a table's format: Parquet, ORC, Avro, JSON lines, delimited text; with its compression.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/compression-formats.html
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from local_aws.sql.errors import QueryFailed, unsupported

if TYPE_CHECKING:
    import pyarrow as pa

LIBRARIES = {
    "PARQUET": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
    "ORC": "org.apache.hadoop.hive.ql.io.orc.OrcSerde",
    "AVRO": "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
    "JSON": "org.apache.hive.hcatalog.data.JsonSerDe",
    "TEXTFILE": "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe",
}
CODECS = {
    "PARQUET": ("GZIP", "SNAPPY", "ZSTD", "NONE"),
    "ORC": ("ZLIB", "SNAPPY", "ZSTD", "LZ4", "NONE"),
    "AVRO": ("DEFLATE", "SNAPPY", "ZSTD", "NONE"),
    "JSON": ("GZIP", "BZIP2", "ZSTD", "NONE"),
    "TEXTFILE": ("GZIP", "BZIP2", "ZSTD", "NONE"),
}
"""The compressions of each format; the first is the one that is written where none is asked for.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/compression-formats.html (GZIP for Parquet and text, ZLIB for
ORC). Avro's DEFLATE stands on no page.
"""
_AVRO_CODECS = {"DEFLATE": "deflate", "SNAPPY": "snappy", "ZSTD": "zstandard", "NONE": "null"}


@dataclass(frozen=True)
class Form:
    """How a table's files are written.

    :param compression: one of the format's `CODECS`.
    :param settings: the SerDe's properties.
    """

    name: str
    compression: str
    settings: dict[str, str] = field(default_factory=dict)


def form_of(shape: dict[str, Any]) -> Form:
    """:raises QueryFailed: for a SerDe that only reads, a compression that the format has not."""
    info = shape["StorageDescriptor"].get("SerdeInfo") or {}
    library = str(info.get("SerializationLibrary", ""))
    name = next((each for each, one in LIBRARIES.items() if one == library), "")
    if library.endswith("JsonSerDe"):
        name = "JSON"
    if not name:
        raise unsupported(f"writing with the SerDe {library}")
    given = {key.lower(): str(value) for key, value in shape.get("Parameters", {}).items()}
    asked = given.get("write.compression") or given.get(f"{name.lower()}.compress") or ""
    return Form(name, compression(name, asked), dict(info.get("Parameters") or {}))


def compression(form: str, asked: str) -> str:
    """The codec that is meant. :raises QueryFailed: for one that the format has not."""
    known = CODECS[form]
    if not asked:
        return known[0]
    word = {"UNCOMPRESSED": "NONE"}.get(asked.upper(), asked.upper())
    word = "ZLIB" if form == "ORC" and word == "GZIP" else word
    if word not in known:
        raise QueryFailed("INVALID_TABLE_PROPERTY", f"Unsupported compression {asked} for the format {form}")
    return word


def opened(form: Form, path: Path, schema: pa.Schema) -> FileWriter:
    from local_aws.sql.line_writers import Lines

    makers: dict[str, type[FileWriter]] = {"PARQUET": _Parquet, "ORC": _Orc, "AVRO": _Avro}
    return makers.get(form.name, Lines)(form, path, schema)


class FileWriter(ABC):
    """A file that takes rows in batches."""

    suffix = ""

    def __init__(self, form: Form, path: Path, schema: pa.Schema) -> None:
        self.form, self.path, self.schema = form, path, schema
        self.start()

    @abstractmethod
    def start(self) -> None: ...

    @abstractmethod
    def add(self, rows: pa.Table) -> None: ...

    @abstractmethod
    def finish(self) -> None:
        """Make the file whole; it takes no more rows. Doing it twice does it once."""

    def discard(self) -> None:
        """Let go of the file, and remove it unless it has become an object."""
        self.finish()
        self.path.unlink(missing_ok=True)


class _Parquet(FileWriter):
    def start(self) -> None:
        import pyarrow.parquet as pq

        self._writer = pq.ParquetWriter(self.path, self.schema, compression=self.form.compression.lower())

    def add(self, rows: pa.Table) -> None:
        self._writer.write_table(rows)

    def finish(self) -> None:
        self._writer.close()


class _Orc(FileWriter):
    def start(self) -> None:
        from pyarrow import orc

        codec = self.form.compression.lower().replace("none", "uncompressed")
        self._writer: Any = orc.ORCWriter(str(self.path), compression=codec)

    def add(self, rows: pa.Table) -> None:
        self._writer.write(rows)

    def finish(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


class _Avro(FileWriter):
    def start(self) -> None:
        from fastavro.write import Writer

        fields = [{"name": each.name, "type": _avro(each.type, each.name), "default": None} for each in self.schema]
        record = {"type": "record", "name": "row", "fields": fields}
        self._file = self.path.open("wb")
        self._writer = Writer(self._file, record, codec=_AVRO_CODECS[self.form.compression])

    def add(self, rows: pa.Table) -> None:
        for row in rows.to_pylist(maps_as_pydicts="strict"):
            self._writer.write(row)

    def finish(self) -> None:
        if not self._file.closed:
            self._writer.flush()
            self._file.close()


def _avro(kind: pa.DataType, name: str) -> list[Any]:
    """The Avro type of a column, NULL allowed."""
    import pyarrow.types as pt

    found: Any
    if pt.is_decimal(kind):
        found = {"type": "bytes", "logicalType": "decimal", "precision": kind.precision, "scale": kind.scale}
    elif pt.is_date(kind):
        found = {"type": "int", "logicalType": "date"}
    elif pt.is_timestamp(kind):
        found = {"type": "long", "logicalType": "timestamp-millis" if kind.tz else "local-timestamp-millis"}
    elif pt.is_list(kind):
        found = {"type": "array", "items": _avro(kind.value_type, f"{name}_item")}
    elif pt.is_map(kind):
        if not pt.is_string(kind.key_type):
            raise unsupported("maps whose keys are no texts in Avro files")
        found = {"type": "map", "values": _avro(kind.item_type, f"{name}_value")}
    elif pt.is_struct(kind):
        inner = [{"name": each.name, "type": _avro(each.type, f"{name}_{each.name}"), "default": None} for each in kind]
        found = {"type": "record", "name": f"{name}_record", "fields": inner}
    else:
        plain = {"bool": "boolean", "int64": "long", "float": "float", "double": "double", "binary": "bytes"}
        found = plain.get(str(kind), "int" if pt.is_integer(kind) else "string")
    return ["null", found]
