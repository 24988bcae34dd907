"""What a table's rows are, by its SerDe; and which objects a scan reads."""

from __future__ import annotations

import bz2
import gzip
import io
from collections.abc import Callable
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot

from local_aws.lake import Lake
from local_aws.server import LocalAws
from local_aws.sql import scan
from local_aws.sql.errors import QueryFailed

OPENX = "org.openx.data.jsonserde.JsonSerDe"
HCATALOG = "org.apache.hive.hcatalog.data.JsonSerDe"
LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
CSV = "org.apache.hadoop.hive.serde2.OpenCSVSerde"
REGEX = "org.apache.hadoop.hive.serde2.RegexSerDe"
PARQUET = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
Table = Callable[..., None]


@pytest.fixture
def lake(local_aws: LocalAws, account_id: str, bucket: str) -> Lake:
    lake = local_aws.app.account(account_id, "us-east-1").lake
    lake.catalog.create_database({"Name": "d"})
    return lake


@pytest.fixture
def table(lake: Lake, bucket: str) -> Table:
    """`table("a string, n int", CSV, {"separatorChar": ";"}, keys="year")`: a table `t` over the prefix `t/`."""

    def make(
        columns: str, serde: str, settings: dict[str, str] | None = None, keys: str = "", **properties: str
    ) -> None:
        named = [column.split(" ", 1) for column in columns.split(", ")]
        storage = {
            "Columns": [{"Name": name, "Type": kind} for name, kind in named],
            "Location": f"s3://{bucket}/t/",
            "SerdeInfo": {"SerializationLibrary": serde, "Parameters": settings or {}},
        }
        partition_keys = [{"Name": key, "Type": "string"} for key in keys.split()]
        parameters = {name.replace("__", "."): text for name, text in properties.items()}
        shape = {"Name": "t", "Parameters": parameters, "PartitionKeys": partition_keys, "StorageDescriptor": storage}
        lake.catalog.create_table("d", shape)

    return make


def rows(lake: Lake, select: str = "*", **options: Any) -> list[Any]:
    found = scan.relation(lake, "d", "t", **options)
    with lake.connect() as connection:
        return list(connection.execute(f"SELECT {select} FROM ({found.sql})").fetchall())


SERDES = [
    pytest.param(CSV, {}, b'"a, b",1,"x ""y"""\n', [("a, b", 1, 'x "y"')], id="csv_quoted_comma_keeps_columns_aligned"),
    pytest.param(CSV, {}, b'"a\\"b",2,c\n', [('a"b', 2, "c")], id="csv_backslash_escapes"),
    pytest.param(CSV, {"separatorChar": ";", "quoteChar": "'"}, b"'a;b';3;\n", [("a;b", 3, "")], id="csv_settings"),
    pytest.param(CSV, {}, b"only\n", [("only", None, None)], id="csv_missing_fields_are_null"),
    pytest.param(LAZY, {"field.delim": ","}, b'"a,b",1\n', [('"a', None, "1")], id="lazy_knows_no_quotes"),
    pytest.param(LAZY, {"field.delim": ","}, b"\\N,\\N,\\N\n", [(None, None, None)], id="lazy_null_text"),
    pytest.param(LAZY, {"field.delim": ","}, b"a,2.5,\n", [("a", 2, "")], id="lazy_fraction_is_left_out"),
    pytest.param(LAZY, {"field.delim": ",", "escape.delim": "\\"}, b"a\\,b,1,c\n", [("a,b", 1, "c")], id="lazy_escape"),
    pytest.param(
        LAZY, {"field.delim": "\t"}, b"a\t1\tc\r\nb\t2\td\r\n", [("a", 1, "c"), ("b", 2, "d")], id="lazy_crlf"
    ),
    pytest.param(REGEX, {"input.regex": r"(\w+) (\d+) (.*)"}, b"a 1 b c\n", [("a", 1, "b c")], id="regex"),
    pytest.param(REGEX, {"input.regex": r"(\w+) (\d+) (.*)"}, b"!\n", [(None, None, None)], id="regex_without_match"),
    pytest.param(OPENX, {}, b'{"A":"x","N":6,"T":true}\n', [("x", 6, "true")], id="json_keys_in_any_case"),
    pytest.param(OPENX, {}, b'{"a":7,"t":{"k": [1]}}\n', [("7", None, '{"k":[1]}')], id="json_text_of_other_values"),
    pytest.param(
        OPENX, {}, b'{"n":"12"}\n{"n":null}\n\n', [(None, 12, None), (None,) * 3, (None,) * 3], id="json_blank"
    ),
    pytest.param(OPENX, {"mapping.a": "the.a"}, b'{"the.a":"x"}\n', [("x", None, None)], id="json_mapping"),
    pytest.param(OPENX, {"ignore.malformed.json": "true"}, b"{x\n", [(None, None, None)], id="json_malformed_ignored"),
    pytest.param(HCATALOG, {}, b'{"a":"\xc3\xa9","n":1}\n', [("é", 1, None)], id="hcatalog_json"),
]


@pytest.mark.parametrize(("serde", "settings", "data", "expected"), SERDES)
def test_serde_reads_lines_as_hive_does(
    lake: Lake, table: Table, bucket: str, serde: str, settings: dict[str, str], data: bytes, expected: list[Any]
) -> None:
    lake.objects.put(bucket, "t/f", data)
    table("a string, n int, t string", serde, settings)
    assert rows(lake) == expected


BAD = [
    pytest.param(OPENX, b'{"n": 1\n', "HIVE_CURSOR_ERROR: Row is not a valid JSON Object", id="malformed_json"),
    pytest.param(OPENX, b"[1]\n", "HIVE_CURSOR_ERROR", id="json_that_is_no_object"),
    pytest.param(OPENX, b'{"n": 2.5}\n', "HIVE_BAD_DATA.*2.5", id="json_fraction_for_int"),
    pytest.param(CSV, b"a,x,\n", "HIVE_BAD_DATA: Error parsing field value 'x' for field 1", id="csv_text_for_int"),
    pytest.param(CSV, b"a,,\n", "HIVE_BAD_DATA", id="csv_empty_int"),
]


@pytest.mark.parametrize(("serde", "data", "message"), BAD)
def test_bad_value_fails_the_query(
    lake: Lake, table: Table, bucket: str, serde: str, data: bytes, message: str
) -> None:
    lake.objects.put(bucket, "t/f", data)
    table("a string, n int, t string", serde)
    with pytest.raises(duckdb.Error, match=message):
        rows(lake)


RAW = b'{"a": "x, \\"y\\""}\n\n\ttab \\ back\xff\n{"last": 1}'


@pytest.mark.parametrize(("serde", "settings"), [(LAZY, {"field.delim": "\x01"}), (REGEX, {"input.regex": "(.*)"})])
def test_text_table_returns_each_line_byte_for_byte(
    lake: Lake, table: Table, bucket: str, serde: str, settings: dict[str, str]
) -> None:
    lake.objects.put(bucket, "t/f", RAW)
    table("line string", serde, settings)
    assert [line for (line,) in rows(lake, "line")] == ['{"a": "x, \\"y\\""}', "", "\ttab \\ back�", '{"last": 1}']


def hadoop(codec: str) -> Callable[[bytes], bytes]:
    """Hadoop's block framing, in two blocks."""

    def pack(data: bytes) -> bytes:
        made = b""
        for part in (data[:5], data[5:]):
            chunk = pa.compress(part, codec=codec, asbytes=True)
            made += len(part).to_bytes(4, "big") + len(chunk).to_bytes(4, "big") + chunk
        return made

    return pack


PACKED: list[tuple[str, Callable[[bytes], bytes]]] = [("", bytes), (".gz", gzip.compress), (".bz2", bz2.compress)]
PACKED += [(".zst", lambda data: pa.compress(data, codec="zstd", asbytes=True))]
PACKED += [(".snappy", hadoop("snappy")), (".lz4", hadoop("lz4_raw"))]


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".zst", ".snappy", ".lz4"])
def test_text_that_is_not_compressed_as_its_name_says_fails(lake: Lake, table: Table, bucket: str, suffix: str) -> None:
    lake.objects.put(bucket, f"t/f{suffix}", b"plain text that is not compressed at all")
    table("line string", LAZY)
    with pytest.raises(QueryFailed, match="HIVE_CURSOR_ERROR: Failed to read s3://"):
        rows(lake)


@pytest.mark.parametrize(("suffix", "pack"), PACKED, ids=[case[0] or "plain" for case in PACKED])
def test_compression_is_told_by_the_extension(
    lake: Lake, table: Table, bucket: str, suffix: str, pack: Callable[[bytes], bytes]
) -> None:
    stored = lake.objects.put(bucket, f"t/f{suffix}", pack(b"one\ntwo\n"))
    table("line string", LAZY)
    found = scan.relation(lake, "d", "t")
    assert rows(lake, 'line, "$path"', hidden=["$path"]) == [(line, stored.uri) for line in ("one", "two")]
    assert found.bytes_scanned() == stored.size


def test_rewritten_object_is_read_again(lake: Lake, table: Table, bucket: str) -> None:
    table("line string", LAZY)
    for text in (b"old\n", b"new\n"):
        lake.objects.put(bucket, "t/f", text)
        assert rows(lake, "line") == [(text.decode().strip(),)]


def test_hidden_and_empty_objects_are_no_data(lake: Lake, table: Table, bucket: str) -> None:
    for key in ("t/_SUCCESS", "t/.x", "t/", "t2/f"):
        lake.objects.put(bucket, key, b"" if key == "t/" else b"hidden\n")
    table("line string", LAZY)
    assert rows(lake) == []


def test_header_is_skipped_in_every_file(lake: Lake, table: Table, bucket: str) -> None:
    for name in "ab":
        lake.objects.put(bucket, f"t/{name}", b"head\n" + name.encode() + b"\n")
    table("line string", LAZY, **{"skip__header__line__count": "1"})
    assert sorted(rows(lake, "line")) == [("a",), ("b",)]


def test_nested_json_takes_the_declared_types(lake: Lake, table: Table, bucket: str) -> None:
    lake.objects.put(bucket, "t/f", b'{"s":{"Inner":{"B":2}},"l":["1","2"],"m":{"K":1.5}}\n')
    table("s struct<inner:struct<b:int>>, l array<int>, m map<string,double>", OPENX)
    assert rows(lake) == [({"inner": {"b": 2}}, [1, 2], {"K": 1.5})]


# Parquet
def _parquet(**columns: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def test_parquet_counts_the_chunks_of_the_columns_read(lake: Lake, table: Table, bucket: str) -> None:
    stored = lake.objects.put(bucket, "t/f", _parquet(a=["x" * 50] * 1000, n=list(range(1000))))
    table("a string, n bigint", PARQUET)
    found = scan.relation(lake, "d", "t")
    assert 0 < found.bytes_scanned(["a"]) < found.bytes_scanned(["n"]) < found.bytes_scanned() < stored.size
    assert found.bytes_scanned([]) == 0


def test_parquet_column_missing_in_a_file_is_null(lake: Lake, table: Table, bucket: str) -> None:
    lake.objects.put(bucket, "t/1", _parquet(A=["x"]))
    lake.objects.put(bucket, "t/2", _parquet(a=["y"], n=[1]))
    table("a string, n bigint, z date", PARQUET)
    assert sorted(rows(lake), key=str) == [("x", None, None), ("y", 1, None)]


def test_parquet_of_another_type_fails(lake: Lake, table: Table, bucket: str) -> None:
    lake.objects.put(bucket, "t/1", _parquet(n=["text"]))
    table("n bigint", PARQUET)
    with pytest.raises(QueryFailed, match=r"HIVE_BAD_DATA.*incompatible with type bigint"):
        scan.relation(lake, "d", "t")


# partitions
def _partitions(lake: Lake, bucket: str, *values: tuple[str, str]) -> None:
    for year, month in values:
        location = f"s3://{bucket}/t/{year}/{month}/"
        lake.objects.put(bucket, f"t/{year}/{month}/f", f"{year}-{month}\n".encode())
        shape = lake.catalog.table("d", "t")
        storage = {**shape["StorageDescriptor"], "Location": location}
        lake.catalog.create_partitions("d", "t", [{"Values": [year, month], "StorageDescriptor": storage}])


PRUNING = [
    ("year = '2010'", 2),
    ("year = '2010' AND month IN ('01', '02') AND line <> ''", 1),
    ("t.year || t.month = '201012'", 1),
    ("year = '2010' OR line = 'x'", 3),
    ("line = '2011-01'", 3),
    ("CAST(month AS INTEGER) > 5", 1),
    ("CAST(year || 'x' AS INTEGER) = 1", 3),
    ("year = '2010' AND month = (SELECT '01')", 2),
    ("year > '2020'", 0),
]


@pytest.mark.parametrize(("condition", "files"), PRUNING, ids=[case[0] for case in PRUNING])
def test_only_partitions_that_are_provably_out_are_spared(
    lake: Lake, table: Table, bucket: str, condition: str, files: int
) -> None:
    table("line string", LAZY, keys="year month")
    _partitions(lake, bucket, ("2010", "01"), ("2010", "12"), ("2011", "01"))
    found = scan.relation(lake, "d", "t", predicate=sqlglot.parse_one(condition, read="duckdb"))
    assert len(found.files) == files


def test_partition_values_are_columns(lake: Lake, table: Table, bucket: str) -> None:
    table("line string", LAZY, keys="year month")
    _partitions(lake, bucket, ("2010", "01"), ("2011", "12"))
    assert sorted(rows(lake)) == [("2010-01", "2010", "01"), ("2011-12", "2011", "12")]


PROJECTION = {
    "projection__enabled": "true",
    "projection__kind__type": "enum",
    "projection__kind__values": "a,b",
    "projection__n__type": "integer",
    "projection__n__range": "1,12",
    "projection__n__digits": "2",
    "projection__day__type": "date",
    "projection__day__format": "yyyy/MM/dd",
    "projection__day__range": "2010/12/01,2010/12/31",
}


def test_projection_reads_the_objects_that_its_properties_describe(lake: Lake, table: Table, bucket: str) -> None:
    template = f"s3://{bucket}/t/${{kind}}/${{n}}/${{day}}/"
    table("line string", LAZY, keys="kind n day", storage__location__template=template, **PROJECTION)
    keys = [
        "a/01/2010/12/01",
        "c/01/2010/12/01",
        "a/1/2010/12/01",
        "a/13/2010/12/01",
        "b/12/2010/12/31",
        "b/12/2011/01/01",
    ]
    for key in keys:
        lake.objects.put(bucket, f"t/{key}/f", f"{key}\n".encode())
    assert sorted(rows(lake)) == [
        ("a/01/2010/12/01", "a", "01", "2010/12/01"),
        ("b/12/2010/12/31", "b", "12", "2010/12/31"),
    ]
    found = scan.relation(lake, "d", "t", predicate=sqlglot.parse_one("kind = 'a'"))
    assert len(found.files) == 1


INJECTED = [
    ("k = 'a'", ["a"]),
    ("'b' = k AND line <> ''", ["b"]),
    ("k IN ('a', 'c')", ["a", "c"]),
    ("k = 'a' OR k = 'b'", ["a", "b"]),
    ("k = 'none'", []),
]


@pytest.mark.parametrize(("condition", "expected"), INJECTED, ids=[case[0] for case in INJECTED])
def test_injected_values_are_those_that_the_query_brings(
    lake: Lake, table: Table, bucket: str, condition: str, expected: list[str]
) -> None:
    table("line string", LAZY, keys="k", projection__enabled="true", projection__k__type="injected")
    for key in "abc":
        lake.objects.put(bucket, f"t/k={key}/f", b"x\n")
    assert sorted(rows(lake, "k", predicate=sqlglot.parse_one(condition, read="duckdb"))) == [(k,) for k in expected]


@pytest.mark.parametrize("condition", ["line = 'x'", "k > 'a'", "k = 'a' OR line = 'x'", "k = line"])
def test_injected_key_without_a_static_value_fails(lake: Lake, table: Table, bucket: str, condition: str) -> None:
    table("line string", LAZY, keys="k", projection__enabled="true", projection__k__type="injected")
    lake.objects.put(bucket, "t/k=a/f", b"x\n")
    with pytest.raises(QueryFailed, match="CONSTRAINT_VIOLATION: For the injected projected partition column k"):
        rows(lake, predicate=sqlglot.parse_one(condition, read="duckdb"))


GRIDS = [
    ("yyyy-MM-dd", "2010-01-01,2010-12-31", "1", "MONTHS", ["2010-01-01", "2010-03-01"]),
    ("yyyy-MM-dd", "2010-01-01,2010-12-31", "7", "DAYS", ["2010-01-01", "2010-01-15"]),
    ("yyyy-MM-dd", "2010-01-01,2010-12-31", "1", "DAYS", ["2010-01-01", "2010-01-02", "2010-01-15", "2010-03-01"]),
    ("yyyy-MM-dd", "2009-01-01,2010-12-31", "1", "YEARS", ["2010-01-01"]),
]


@pytest.mark.parametrize(("form", "ends", "step", "unit", "expected"), GRIDS, ids=[case[3] + case[2] for case in GRIDS])
def test_projected_dates_are_whole_intervals_after_the_first(
    lake: Lake, table: Table, bucket: str, form: str, ends: str, step: str, unit: str, expected: list[str]
) -> None:
    own = {"projection__k__type": "date", "projection__k__format": form, "projection__k__range": ends}
    own |= {"projection__k__interval": step, "projection__k__interval__unit": unit}
    table("line string", LAZY, keys="k", projection__enabled="true", **own)
    for key in ("2010-01-01", "2010-01-02", "2010-01-15", "2010-03-01"):
        lake.objects.put(bucket, f"t/k={key}/f", b"x\n")
    assert sorted(rows(lake, "k")) == [(k,) for k in expected]


def test_unknown_serde_is_refused(lake: Lake, table: Table) -> None:
    table("a string", "com.amazonaws.glue.serde.GrokSerDe")
    lake.objects.put(lake.catalog.table("d", "t")["StorageDescriptor"]["Location"].split("/")[2], "t/f", b"x")
    with pytest.raises(QueryFailed, match="GrokSerDe"):
        scan.relation(lake, "d", "t")
