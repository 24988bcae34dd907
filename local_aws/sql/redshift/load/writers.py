"""The file formats of UNLOAD: delimited text, CSV, JSON lines, Parquet.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html
"""

from __future__ import annotations

import bz2
import gzip
import io
import json
from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from local_aws.sql.redshift import results
from local_aws.sql.redshift.load.json_records import printed
from local_aws.sql.redshift.load.unload_options import Unload

COMPRESSIONS = {"": "", "GZIP": ".gz", "BZIP2": ".bz2", "ZSTD": ".zst"}
_PACK: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "GZIP": lambda data: gzip.compress(data, mtime=0),
    "BZIP2": bz2.compress,
    "ZSTD": lambda data: bytes(pa.compress(data, codec="zstd", asbytes=True)),
}


class Writer(Protocol):
    """One file in the making. `size` is what its bytes are so far, before compression of text."""

    rows: int
    size: int

    def add(self, rows: pa.Table) -> None: ...
    def finish(self) -> bytes: ...


def writer(unload: Unload, schema: pa.Schema) -> Writer:
    return _Parquet(unload, schema) if unload.format == "PARQUET" else _Text(unload, schema)


class _Parquet:
    def __init__(self, unload: Unload, schema: pa.Schema) -> None:
        self.rows = self.size = 0
        self._sink = io.BytesIO()
        self._waiting: list[pa.Table] = []
        self._row_group = unload.row_group
        self._writer = pq.ParquetWriter(self._sink, _storable(schema), compression="snappy")

    def add(self, rows: pa.Table) -> None:
        self.rows += rows.num_rows
        self._waiting.append(rows.cast(_storable(rows.schema)))
        if sum(each.nbytes for each in self._waiting) >= self._row_group:
            self._flush()
        self.size = self._sink.tell()

    def _flush(self) -> None:
        if self._waiting:
            self._writer.write_table(pa.concat_tables(self._waiting), row_group_size=max(self.rows, 1))
            self._waiting.clear()

    def finish(self) -> bytes:
        self._flush()
        self._writer.close()
        return self._sink.getvalue()


def _storable(schema: pa.Schema) -> pa.Schema:
    """Texts as plain strings: DuckDB marks JSON as a type of its own."""
    return pa.schema(
        [
            each.with_type(pa.string()) if isinstance(each.type, pa.BaseExtensionType) else each.remove_metadata()
            for each in schema
        ]
    )


class _Text:
    """Lines of text or JSON, or CSV with quotes where they are needed."""

    def __init__(self, unload: Unload, schema: pa.Schema) -> None:
        self.rows = self.size = 0
        self._unload = unload
        self._chunks: list[bytes] = []
        self._json = [isinstance(each.type, pa.BaseExtensionType) or pa.types.is_nested(each.type) for each in schema]
        if unload.header:
            self._write(unload.separator.join(map(self._cell, schema.names)) + "\n")

    def _write(self, text: str) -> None:
        data = text.encode()
        self._chunks.append(data)
        self.size += len(data)

    def add(self, rows: pa.Table) -> None:
        self.rows += rows.num_rows
        columns = [column.to_pylist() for column in rows.columns]
        make = self._object(rows.column_names) if self._unload.format == "JSON" else self._line
        self._write("".join(f"{make(row)}\n" for row in zip(*columns, strict=True)))

    def finish(self) -> bytes:
        return _PACK[self._unload.compression](b"".join(self._chunks))

    def _line(self, row: Iterable[Any]) -> str:
        return self._unload.separator.join(self._unload.null if v is None else self._cell(shown(v)) for v in row)

    def _cell(self, text: str) -> str:
        separator = self._unload.separator
        if self._unload.format == "CSV":
            quotes = any(each in text for each in (separator, '"', "\n", "\r"))
            return '"' + text.replace('"', '""') + '"' if quotes else text
        if self._unload.escape:
            for each in ("\\", separator, "\n", "\r", *(['"', "'"] if self._unload.add_quotes else [])):
                text = text.replace(each, f"\\{each}")
        return f'"{text}"' if self._unload.add_quotes else text

    def _object(self, names: list[str]) -> Callable[[Iterable[Any]], str]:
        keys = [json.dumps(name, ensure_ascii=False) for name in names]

        def line(row: Iterable[Any]) -> str:
            cells = zip(keys, row, self._json, strict=True)
            return "{" + ",".join(f"{key}:{_json(value, nested)}" for key, value, nested in cells) + "}"

        return line


def shown(value: Any) -> str:
    """A value as text files have it: booleans as t and f, whole doubles without a fraction."""
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, bytes):
        return value.hex()
    return printed(value) if isinstance(value, dict | list) else results.text(value)


def _json(value: Any, nested: bool) -> str:
    if value is None:
        return "null"
    if nested and isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime | date | time | bytes):
        return json.dumps(shown(value))
    return json.dumps(value, ensure_ascii=False, default=str)
