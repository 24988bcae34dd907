"""Text objects as the engine reads them: decompressed, cut into lines or fields once, kept as Parquet.

An object never changes under its entity tag, so its lines are made once and then read like any column: in parallel,
as often as a query likes, and without holding them in memory.
Evidence: Hadoop chooses the codec by the key's extension and ends a line at LF, CR or CRLF
(https://docs.aws.amazon.com/athena/latest/ug/compression-formats.html).
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import hashlib
import json
import lzma
import struct
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from local_aws.objects import StoredObject
from local_aws.sql import java_patterns
from local_aws.sql.errors import QueryFailed, unsupported

if TYPE_CHECKING:
    import pyarrow as pa

    from local_aws.lake import Lake

LINE, FIELDS = "line", "fields"
Split = Callable[[list[str]], Iterable[list[str | None]]]
Cut = Callable[[str], list[str]]


@dataclass(frozen=True)
class Cutting:
    """What is made of an object's text.

    :param skip: how many lines to leave out at the start of each file (`skip.header.line.count`).
    :param footer: how many at its end (`skip.footer.line.count`).
    :param encoding: the text's character set, as Python names it.
    :param name: names `split` or `cut` and its settings: the same name means the same fields.
    :param split: cuts lines into fields; None leaves `line`.
    :param cut: makes the lines of the whole text, where they are not those of the text.
    """

    skip: int = 0
    footer: int = 0
    encoding: str = "utf-8"
    name: str = ""
    split: Split | None = None
    cut: Cut | None = None


def parquet_of(lake: Lake, file: StoredObject, how: Cutting) -> Path:
    """The Parquet file of an object's lines (`line`), or of the fields that are made of them (`fields`)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    settings = f"{how.skip}\n{how.footer}\n{how.encoding}\n{how.name}"
    key = hashlib.sha256(f"{file.uri}\n{file.etag}\n{file.last_modified}\n{settings}".encode()).hexdigest()
    path = lake.directory / "scan" / key[:2] / f"{key}.parquet"
    if path.exists():
        return path
    lines = _lines(_plain(file), how.encoding) if how.cut is None else _cut(file, how.cut)
    lines = lines[how.skip : max(how.skip, len(lines) - how.footer)]
    if how.split is None:
        table = pa.table({LINE: lines})
    else:
        table = pa.table({FIELDS: pa.array(how.split(lines.to_pylist()), pa.list_(pa.string()))})
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{lake.new_id()}")
    pq.write_table(table, fresh, compression="lz4", use_dictionary=False)
    fresh.replace(path)
    return path


def _cut(file: StoredObject, cut: Cut) -> pa.Array:
    import pyarrow as pa

    try:
        return pa.array(cut(_plain(file).decode(errors="replace")), pa.large_string())
    except ValueError as error:
        raise QueryFailed("HIVE_CURSOR_ERROR", f"Failed to read {file.uri}: {error}") from error


def cloudtrail_records(content: str) -> list[str]:
    """The elements of `Records`, as CloudTrailInputFormat hands them to the SerDe.

    :raises ValueError: for a text that has none.
    Evidence: https://docs.aws.amazon.com/athena/latest/ug/cloudtrail-logs.html
    """
    found = json.loads(content)
    if not isinstance(found, dict) or not isinstance(found.get("Records"), list):
        raise ValueError("it is no CloudTrail log: it has no list Records")
    return [json.dumps(each, ensure_ascii=False, separators=(",", ":")) for each in found["Records"]]


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
        if suffix in {"snappy", "lz4"}:
            return _hadoop_blocks(data, "lz4_raw" if suffix == "lz4" else "snappy")
    except (OSError, EOFError, ValueError, struct.error, zlib.error, lzma.LZMAError) as error:
        raise QueryFailed(
            "HIVE_CURSOR_ERROR", f"Failed to read {file.uri}: it is not compressed as .{suffix}"
        ) from error
    if suffix == "lzo":
        raise unsupported("text compressed as .lzo")
    return data


def _hadoop_blocks(data: bytes, codec: str) -> bytes:
    """Hadoop's BlockCompressorStream: of each block its whole size, then chunks, each behind its compressed size.

    :raises ValueError, struct.error: for what is not framed so.
    """
    import pyarrow as pa

    plain, at = bytearray(), 0
    while at < len(data):
        (wanted,) = struct.unpack_from(">I", data, at)
        at, end = at + 4, len(plain) + wanted
        while len(plain) < end:
            (size,) = struct.unpack_from(">I", data, at)
            chunk, left = data[at + 4 : at + 4 + size], end - len(plain)
            held = _snappy_size(chunk) if codec == "snappy" else left
            if not 0 < held <= left or len(chunk) != size:
                raise ValueError("a block is larger than it says")
            plain += pa.decompress(chunk, decompressed_size=held, codec=codec, asbytes=True)
            at += 4 + size
    return bytes(plain)


def _snappy_size(chunk: bytes) -> int:
    """The size that a Snappy chunk begins with, as a base-128 number."""
    found = 0
    for place, byte in enumerate(chunk[:5]):
        found |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:
            return found
    raise ValueError("no Snappy chunk")


def _lines(data: bytes, encoding: str) -> pa.Array:
    """The lines without their ends and without a byte order mark; what cannot be decoded becomes U+FFFD."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not data:
        return pa.array([], pa.large_string())
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    text = data.removeprefix(codecs.BOM_UTF8).decode(encoding, errors="replace").removesuffix("\n")
    return pc.split_pattern(pa.array([text], pa.large_string()), pattern="\n").flatten()


def regex_fields(pattern: str) -> Split:
    """The groups of each line, or no fields where the pattern does not match, as RegexSerDe.

    :raises QueryFailed: for a pattern that is none.
    Evidence: https://docs.aws.amazon.com/athena/latest/ug/regex-serde.html
    """
    found = java_patterns.compiled(f"(?s){pattern}")

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
