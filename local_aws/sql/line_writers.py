"""JSON lines and LazySimpleSerDe's text, made a column at a time: Arrow joins the cells, Python sees the few kinds of
values alone that Arrow prints otherwise than Java.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/lazy-simple-serde.html, …/json-serde.html
"""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from local_aws.sql.errors import unsupported
from local_aws.sql.file_writers import FileWriter

if TYPE_CHECKING:
    import pyarrow as pa

Cell = Callable[[Any], str]
_SUFFIXES = {"GZIP": ".gz", "BZIP2": ".bz2", "ZSTD": ".zst", "NONE": ""}
_PLAIN_SCALE = 6
"""Arrow prints a decimal of a greater scale with an exponent where it is small; Java's plain text has none."""
_ESCAPED = r'[\x00-\x1f"\\]'
"""What a JSON text cannot hold as it is."""


class Lines(FileWriter):
    """JSON lines, or LazySimpleSerDe's text."""

    def start(self) -> None:
        import pyarrow as pa

        self.suffix = _SUFFIXES[self.form.compression]
        if self.form.compression == "GZIP":  # Hadoop's level; Arrow's is the highest, and takes three times as long
            self._file: Any = gzip.GzipFile(self.path, "wb", compresslevel=6)
        else:
            codec = {"BZIP2": "bz2", "NONE": None}.get(self.form.compression, self.form.compression.lower())
            self._file = pa.output_stream(str(self.path), compression=codec)
        settings = self.form.settings
        self._null = settings.get("serialization.null.format", "\\N")
        keys = (("field.delim", "\x01"), ("collection.delim", "\x02"), ("mapkey.delim", "\x03"))
        self._delimiters = [settings.get(key, default) for key, default in keys] + ["\x04", "\x05", "\x06"]

    def add(self, rows: pa.Table) -> None:
        import pyarrow as pa

        for batch in rows.to_batches():
            if batch.num_rows:
                lines = self._json(batch) if self.form.name == "JSON" else self._delimited(batch)
                self._file.write(_bytes_of(lines if isinstance(lines, pa.Array) else pa.concat_arrays(lines.chunks)))

    def finish(self) -> None:
        if not self._file.closed:
            self._file.close()

    def _delimited(self, batch: pa.RecordBatch) -> Any:
        import pyarrow as pa
        import pyarrow.compute as pc

        cells = [_texts(column, lambda value: self._cell(value, 1)) for column in batch.columns]
        filled = [pc.fill_null(each, self._null) for each in cells]
        line = pc.binary_join_element_wise(*filled, pa.scalar(self._delimiters[0], pa.large_string()))
        return pc.binary_join_element_wise(line, *_scalars("\n", ""))

    def _json(self, batch: pa.RecordBatch) -> Any:
        import pyarrow.compute as pc

        pieces: list[Any] = []
        for place, (field, column) in enumerate(zip(batch.schema, batch.columns, strict=True)):
            head = "{" if not place else ", "
            label = _scalars(f"{head}{json.dumps(field.name, ensure_ascii=False)}: ")
            pieces += [*label, pc.fill_null(_json_texts(column), "null")]
        return pc.binary_join_element_wise(*pieces, *_scalars("}\n", ""))

    def _cell(self, value: Any, depth: int) -> str:
        if value is None:
            return self._null
        if isinstance(value, list):
            return self._delimiters[depth].join(self._cell(each, depth + 1) for each in value)
        if isinstance(value, dict):
            raise unsupported("maps and structs in text files that are written")
        return text(value)


def _scalars(*texts: str) -> list[Any]:
    import pyarrow as pa

    return [pa.scalar(each, pa.large_string()) for each in texts]


def _bytes_of(lines: pa.LargeStringArray) -> bytes:
    """The texts of an array without NULL, one after another."""
    offsets, data = lines.buffers()[1:]
    ends = memoryview(offsets).cast("q")
    return bytes(memoryview(data)[ends[lines.offset] : ends[lines.offset + len(lines)]])


def _each(column: pa.Array, cell: Cell) -> Any:
    """A column's texts, made value by value."""
    import pyarrow as pa

    values = column.to_pylist(maps_as_pydicts="strict")
    return pa.array([None if value is None else cell(value) for value in values], pa.large_string())


def _texts(column: pa.Array, cell: Cell) -> Any:
    """A column's texts as Hive's text files have them; NULL stays NULL.

    :param cell: makes those that Arrow cannot make.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.types as pt

    kind = column.type
    plain = pt.is_string(kind) or pt.is_integer(kind) or pt.is_boolean(kind) or pt.is_date(kind)
    if plain or (pt.is_decimal(kind) and kind.scale <= _PLAIN_SCALE):
        return column.cast(pa.large_string())
    if pt.is_timestamp(kind) and kind.tz is None:
        millis = column.cast(pa.timestamp("ms"), safe=False).cast(pa.large_string())
        return pc.replace_substring_regex(millis, r"\.000$", "")
    if pt.is_floating(kind):
        return _floats(column)
    return _each(column, cell)


def _floats(column: pa.Array) -> Any:
    """As Java prints them; Arrow does the same, but for whole numbers and for those with an exponent."""
    import pyarrow as pa
    import pyarrow.compute as pc

    shown, size = column.cast(pa.large_string()), pc.abs(column)
    plain = pc.or_(pc.equal(size, 0), pc.and_(pc.greater_equal(size, 1e-3), pc.less(size, 1e7)))
    if pc.all(plain).as_py() is not False:
        return pc.replace_substring_regex(shown, r"^(-?\d+)$", r"\1.0")
    return _each(shown, lambda value: _java_double(float(value)))


def _json_texts(column: pa.Array) -> Any:
    """A column's values as JSON; NULL stays NULL."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.types as pt

    kind = column.type
    if pt.is_integer(kind) or pt.is_boolean(kind):
        return column.cast(pa.large_string())
    if pt.is_floating(kind):
        return _floats(column)
    awkward = pt.is_string(kind) and pc.any(pc.match_substring_regex(column, _ESCAPED)).as_py()
    if pt.is_nested(kind) or awkward:
        return _each(column, lambda value: json.dumps(value, default=text, ensure_ascii=False))
    return pc.binary_join_element_wise(*_scalars('"'), _texts(column, text), *_scalars('"', ""))


def text(value: Any) -> str:
    """A value as Hive's text files and partition folders have it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return _java_double(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S") + (f".{value:%f}"[:4] if value.microsecond else "")
    if isinstance(value, bytes):
        return b64encode(value).decode()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _java_double(value: float) -> str:
    """As `Double.toString` prints it: `1.0E16` and `1.0E-4`, `NaN`, `Infinity`."""
    shown = repr(value)
    if shown in {"nan", "inf", "-inf"}:
        return shown.replace("nan", "NaN").replace("inf", "Infinity")
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return shown
    sign, digits, exponent = Decimal(shown).normalize().as_tuple()
    assert isinstance(exponent, int)
    tail = "".join(map(str, digits[1:])) or "0"
    return f"{'-' * sign}{digits[0]}.{tail}E{exponent + len(digits) - 1}"
