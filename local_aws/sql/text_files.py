"""Text objects as the engine reads them: decompressed, cut into lines or fields once, kept as Parquet.

An object never changes under its entity tag, so its lines are made once and then read like any column: in parallel,
as often as a query likes, and without holding them in memory.
Evidence: Hadoop chooses the codec by the key's extension and ends a line at LF, CR or CRLF
(https://docs.aws.amazon.com/athena/latest/ug/compression-formats.html).
"""

from __future__ import annotations

import bz2
import csv
import gzip
import hashlib
import lzma
import re
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from local_aws.objects import StoredObject
from local_aws.sql.errors import QueryFailed, unsupported

if TYPE_CHECKING:
    import pyarrow as pa

    from local_aws.lake import Lake

LINE, FIELDS = "line", "fields"
Split = Callable[[list[str]], Iterable[list[str | None]]]


def parquet_of(lake: Lake, file: StoredObject, skip: int, name: str = "", split: Split | None = None) -> Path:
    """The Parquet file of an object's lines (`line`), or of the fields that `split` makes of them (`fields`).

    :param skip: how many lines to leave out at the start (`skip.header.line.count`).
    :param name: names `split` and its settings: the same name means the same fields.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    key = hashlib.sha256(f"{file.uri}\n{file.etag}\n{file.last_modified}\n{skip}\n{name}".encode()).hexdigest()
    path = lake.directory / "scan" / key[:2] / f"{key}.parquet"
    if path.exists():
        return path
    lines = _lines(_plain(file))[skip:]
    if split is None:
        table = pa.table({LINE: lines})
    else:
        table = pa.table({FIELDS: pa.array(split(lines.to_pylist()), pa.list_(pa.string()))})
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{lake.new_id()}")
    pq.write_table(table, fresh, compression="lz4", use_dictionary=False)
    fresh.replace(path)
    return path


def _plain(file: StoredObject) -> bytes:
    """The object's bytes, decompressed as its key's extension says."""
    data, suffix = file.path.read_bytes(), file.key.rpartition("/")[2].rpartition(".")[2].lower()
    try:
        if suffix in {"gz", "gzip"}:
            return gzip.decompress(data)
        if suffix == "bz2":
            return bz2.decompress(data)
        if suffix in {"zst", "zstd"}:
            import pyarrow as pa

            with pa.CompressedInputStream(pa.py_buffer(data), "zstd") as stream:
                return bytes(stream.read())
        if suffix == "deflate":
            return zlib.decompress(data)
        if suffix == "xz":
            return lzma.decompress(data)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise QueryFailed("HIVE_CURSOR_ERROR", f"Failed to read {file.uri}: {error}") from error
    if suffix in {"lz4", "snappy", "lzo"}:
        raise unsupported(f"text compressed as .{suffix} in Hadoop's framing")
    return data


def _lines(data: bytes) -> pa.Array:
    """The lines without their ends; what is no UTF-8 becomes U+FFFD."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not data:
        return pa.array([], pa.large_string())
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    text = data.decode(errors="replace").removesuffix("\n")
    return pc.split_pattern(pa.array([text], pa.large_string()), pattern="\n").flatten()


def csv_fields(separator: str, quote: str, escape: str) -> Split:
    """Fields as OpenCSVSerde reads them: each line for itself, so a quoted line break ends the record."""

    def split(lines: list[str]) -> Iterable[list[str | None]]:
        # a quote cannot be its own escape here: doubled quotes are understood in any case
        escapes = escape if escape != quote else None

        def fields(lines: list[str]) -> Iterable[list[str]]:
            return csv.reader(lines, delimiter=separator, quotechar=quote, escapechar=escapes, doublequote=True)

        for line in lines:
            found = next(iter(fields([line])), [])
            yield [text.removesuffix("\n") for text in found] or [""]

    return split


def regex_fields(pattern: str) -> Split:
    """The groups of each line, or no fields where the pattern does not match, as RegexSerDe."""
    found = re.compile(pattern)

    def split(lines: list[str]) -> Iterable[list[str | None]]:
        for line in lines:
            match = found.fullmatch(line)
            yield [] if match is None else list(match.groups())

    return split


def delimited_fields(delimiter: str, escape: str) -> Split:
    """Fields of LazySimpleSerDe with `escape.delim`: the escape takes the next character as it is, quotes are text."""

    def fields(line: str) -> list[str | None]:
        found, current, taken = list[str | None](), list[str](), iter(line)
        for character in taken:
            if character == escape:
                current.append(next(taken, ""))
            elif character == delimiter:
                found.append("".join(current))
                current = []
            else:
                current.append(character)
        return [*found, "".join(current)]

    return lambda lines: map(fields, lines)
