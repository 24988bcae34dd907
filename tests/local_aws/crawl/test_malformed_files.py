"""Files of any content: the classifiers answer with a schema that a table can have, UNKNOWN, or a refusal by name."""

from __future__ import annotations

import bz2
import gzip
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import cramjam
import fastavro
import pyarrow as pa
import pyarrow.orc as po
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from local_aws.crawl.classify import classify
from local_aws.crawl.csv_text import CsvOptions
from local_aws.crawl.files import FileSchema
from local_aws.crawl.group import group
from local_aws.crawl.table import draft
from local_aws.crawl.types import parse, render
from local_aws.errors import Unsupported
from local_aws.objects import StoredObject

QUICK = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
_text = st.text(st.characters(codec="utf-8"), max_size=12)
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=8,
)
_json = st.lists(_values, max_size=5).map(lambda rows: "\n".join(json.dumps(each) for each in rows).encode())
_array = st.lists(_values, max_size=5).map(lambda rows: json.dumps(rows).encode())
_cells = st.text('ab1.,;|\t" \r\n\x00\x01-é', max_size=6)
_csv = st.tuples(st.sampled_from(",;|\t"), st.lists(st.lists(_cells, max_size=4), max_size=6)).map(
    lambda made: "\n".join(made[0].join(row) for row in made[1]).encode()
)
_magic = st.tuples(
    st.sampled_from(
        [b"PAR1", b"ORC", b"Obj\x01", b"\x1f\x8b", b"BZh9", b"\x28\xb5\x2f\xfd", b"\xff\x06\x00\x00sNaPpY"]
    ),
    st.binary(max_size=60),
).map(b"".join)


def _real_files() -> list[bytes]:
    """A file of each format as it should be, and of texts in encodings that Glue does not read."""
    rows = [{"id": number, "name": f"n{number}", "tags": ["a"]} for number in range(50)]
    table, files = pa.Table.from_pylist(rows), []
    for compression in ("snappy", "gzip", "zstd", "none"):
        sink = io.BytesIO()
        pq.write_table(table, sink, compression=compression)
        files.append(sink.getvalue())
    sink = io.BytesIO()
    po.write_table(table, sink)
    files.append(sink.getvalue())
    fields = [{"name": "id", "type": "int"}, {"name": "name", "type": "string"}]
    for codec in ("null", "deflate", "snappy", "zstandard"):
        sink = io.BytesIO()
        fastavro.writer(sink, {"type": "record", "name": "r", "fields": fields}, rows, codec=codec)
        files.append(sink.getvalue())
    lines = "\n".join(json.dumps(each) for each in rows)
    cells = "id,name\n" + "\n".join(f"{each['id']},Zoë {each['name']}" for each in rows)
    files += [gzip.compress(lines.encode()), bz2.compress(cells.encode()), cramjam.zstd.compress(lines.encode())]
    files += [text.encode(code) for text in (lines, cells) for code in ("utf-16", "utf-32", "latin-1", "utf-8-sig")]
    return [bytes(each) for each in files]


REAL = _real_files()


@st.composite
def _damaged(draw: st.DrawFn) -> bytes:
    """A real file that was cut off, overwritten in places, filled with NULs or led by a mark of another encoding."""
    data = bytearray(draw(st.sampled_from(REAL)))
    for _ in range(draw(st.integers(0, 4))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.sampled_from([0, 1, 0x7F, 0x80, 0xFF]))
    start, size = draw(st.integers(0, len(data))), draw(st.sampled_from([0, 0, 8, 64]))
    data[start : start + size] = b"\x00" * min(size, len(data) - start)
    end = draw(st.one_of(st.just(len(data)), st.integers(0, len(data))))
    return draw(st.sampled_from([b"", b"", b"\xef\xbb\xbf", b"\xff\xfe", b"PAR1"])) + bytes(data[:end])


_plain = st.one_of(_json, _array, _csv, _magic, st.binary(max_size=80))


@st.composite
def _files(draw: st.DrawFn) -> bytes:
    data = draw(_plain)
    pack = draw(st.sampled_from([bytes, bytes, gzip.compress, bz2.compress]))
    packed = pack(data)
    return packed[: draw(st.integers(0, len(packed)))] if draw(st.integers(0, 4)) == 0 else packed


def _classified(path: Path, data: bytes, options: tuple[CsvOptions, ...] = ()) -> FileSchema | None:
    path.write_bytes(data)
    try:
        return classify(path, options)
    except Unsupported:
        return None


@QUICK
@given(data=st.one_of(_files(), _damaged()))
def test_any_file_is_a_table_or_unknown(tmp_path: Path, data: bytes) -> None:
    found = _classified(tmp_path / "file", data)
    if found is None or not found.known:
        return
    names = list(found.columns)
    assert names == [name.lower() for name in names]
    assert found.records >= 0
    for each in found.columns.values():
        assert render(parse(render(each))) == render(each)
    stored = StoredObject("b", "t/file", len(data), "e", datetime(2010, 12, 1, tzinfo=UTC), tmp_path / "file")
    [table] = group([(stored, found)], ("b", "t"))
    made = draft(table, "crawler", []).table_input
    assert len({each["Name"] for each in made["StorageDescriptor"]["Columns"]}) == len(names)


@QUICK
@given(
    data=_csv,
    quote=st.sampled_from("\"'`"),
    delimiter=st.sampled_from([None, ",", "^", "a"]),
    header=st.sampled_from(["PRESENT", "ABSENT", "UNKNOWN"]),
    single=st.booleans(),
)
def test_any_custom_classifier_reads_any_text(
    tmp_path: Path, data: bytes, quote: str, delimiter: str | None, header: str, single: bool
) -> None:
    options = CsvOptions(delimiter=delimiter, quote=quote, contains_header=header, single_column=single)
    found = _classified(tmp_path / "file", data, (options,))
    assert found is None or not found.known or found.records >= 0


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\n\n\n", id="blank lines"),
        pytest.param(b"\xef\xbb\xbf", id="byte order mark alone"),
        pytest.param(b"[" * 100_000, id="brackets without end"),
        pytest.param(b'{"a":' * 100_000, id="objects without end"),
        pytest.param(b"\x1f\x8b", id="gzip cut off"),
        pytest.param(b"one\ntwo\nthree\n", id="one column"),
    ],
)
def test_what_no_classifier_knows_is_unknown(tmp_path: Path, data: bytes) -> None:
    found = _classified(tmp_path / "file", data)
    assert found is not None
    assert not found.known
