"""What each text SerDe makes of awkward lines, through Athena: the right rows, or Athena's failure."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from local_aws.server import LocalAws
from tests.local_aws.athena_client import Athena, QueryFailedError

HIVE_JSON, OPENX = "org.apache.hive.hcatalog.data.JsonSerDe", "org.openx.data.jsonserde.JsonSerDe"
_SERDE2 = "org.apache.hadoop.hive.serde2"
CSV, REGEX, LAZY = f"{_SERDE2}.OpenCSVSerde", f"{_SERDE2}.RegexSerDe", f"{_SERDE2}.lazy.LazySimpleSerDe"
COMMA = {"field.delim": ","}
NESTED = {**COMMA, "collection.delim": "|", "mapkey.delim": ":"}
GZIPPED = gzip.compress(b"a,1\nb,2\n")

# id: SerDe, properties, columns, bytes (of a file, or by key), rows or the beginning of the failure
CASES: dict[str, tuple[str, dict[str, str], str, bytes | dict[str, bytes], list[tuple[str | None, ...]] | str]] = {
    # files
    "gzip": (LAZY, COMMA, "a string, n int", {"x.gz": GZIPPED}, [("a", "1"), ("b", "2")]),
    "gzip members": (LAZY, COMMA, "a string", {"x.gz": GZIPPED + gzip.compress(b"c\n")}, [("a",), ("b",), ("c",)]),
    "truncated gzip": (LAZY, COMMA, "a string", {"x.gz": GZIPPED[:-6]}, "HIVE_CURSOR_ERROR"),
    "garbage after gzip": (LAZY, COMMA, "a string", {"x.gz": GZIPPED + b"garbage"}, "HIVE_CURSOR_ERROR"),
    "text named gzip": (LAZY, COMMA, "a string", {"x.gz": b"a,1\n"}, "HIVE_CURSOR_ERROR"),
    "empty gzip": (LAZY, COMMA, "a string", {"x.gz": b""}, []),
    "hidden, empty and folder keys": (
        *(LAZY, COMMA, "a string"),
        {"x": b"a\n", "_SUCCESS": b"z\n", ".part": b"z\n", "e": b"", "sub/": b"", "_tmp/y": b"z\n"},
        [("a",)],
    ),
    "byte order mark of text": (LAZY, COMMA, "a string", b"\xef\xbb\xbfa,1\n", [("a",)]),
    "byte order mark of JSON": (OPENX, {}, "a string", b'\xef\xbb\xbf{"a": "x"}\n', [("x",)]),
    "what is no UTF-8": (LAZY, COMMA, "a string", b"caf\xe9,1\n", [("caf\ufffd",)]),
    "another encoding": (
        *(LAZY, {**COMMA, "serialization.encoding": "ISO-8859-1"}),
        *("a string", b"caf\xe9,1\n", [("café",)]),
    ),
    "unknown encoding": (LAZY, {"serialization.encoding": "klingon"}, "a string", b"a\n", "NOT_SUPPORTED"),
    "CRLF and CR": (LAZY, COMMA, "a string, n int", b"a,1\r\nb,2\rc,3", [("a", "1"), ("b", "2"), ("c", "3")]),
    # LazySimpleSerDe
    "an integer's fraction is left out": (
        *(LAZY, COMMA, "a int, b int, c int, d int"),
        *(b"1.9,-7.,.5,1.x\n", [("1", "-7", "0", None)]),
    ),
    "dates in Hive's form alone": (
        *(LAZY, COMMA, "a date, b date, c date, d date"),
        *(b"2020/01/01,2020-1-2 x,epoch,infinity\n", [(None, "2020-01-02", None, None)]),
    ),
    "a timestamp with a zone is none": (
        *(LAZY, COMMA, "a timestamp, b timestamp, c timestamp"),
        *(b"2020-01-01 10:00:00+02,2020-01-01T10:00:00Z,2020-01-01T10:00\n", [(None, None, "2020-01-01 10:00:00.000")]),
    ),
    "timestamp.formats": (
        *(LAZY, {**COMMA, "timestamp.formats": "dd/MM/yyyy HH:mm"}, "a timestamp, b timestamp"),
        *(b"31/12/2020 10:00,2020-01-01\n", [("2020-12-31 10:00:00.000", "2020-01-01 00:00:00.000")]),
    ),
    "numbers in Java's form alone": (
        *(LAZY, COMMA, "a double, b double, c double, d int, e decimal(5,1)"),
        *(b"inf,1_0,-Infinity,1_0,1_0\n", [(None, None, "-Infinity", None, None)]),
    ),
    "nested by the table's separators": (
        *(LAZY, NESTED, "a array<struct<x:int,y:string>>, m map<string,array<int>>, s struct<x:int,y:array<int>>"),
        b"1:p|2:q,k:1\x042|l:3,5|6:7\n",
        [("[{x=1, y=p}, {x=2, y=q}]", "{k=[1, 2], l=[3]}", "{x=5, y=[6, 7]}")],
    ),
    "a map's first value of a key counts": (
        *(LAZY, NESTED, "m map<string,string>"),
        *(b"k:1|k:2|z\n\\N\n\nk:a:b\n", [("{k=1, z=null}",), (None,), ("{}",), ("{k=a:b}",)]),
    ),
    "null within an array": (LAZY, NESTED, "a array<string>", b"a|\\N\n", [("[a, null]",)]),
    "last column takes rest": (
        *(LAZY, {**COMMA, "serialization.last.column.takes.rest": "true"}, "a string, b string, c string"),
        *(b"a,b,c,d\na,b\n", [("a", "b", "c,d"), ("a", "b", None)]),
    ),
    "extended booleans": (
        *(LAZY, {"hive.lazysimple.extended_boolean_literal": "true"}, "a boolean"),
        *(b"t\n", "NOT_SUPPORTED"),
    ),
    "escapes within nested columns": (LAZY, {**NESTED, "escape.delim": "\\"}, "a array<int>", b"1\n", "NOT_SUPPORTED"),
    # OpenCSVSerde
    "a backslash escapes quotes alone": (
        *(CSV, {}, "a string, b string"),
        *(b'a\\,b,c\n"C:\\\\dir","x\\"y"\n', [("a", "b"), ("C:\\dir", 'x"y')]),
    ),
    "doubled quotes": (CSV, {}, "a string, b string", b'"a ""q"" b",""\n', [('a "q" b', "")]),
    "quotes within a field": (CSV, {}, "a string, b string", b'abcd"ef"g,x\n', [('abcd"ef"g', "x")]),
    "a quote left open loses its field": (CSV, {}, "a string, b string", b'x,"open,1\n', [("x", None)]),
    "an empty line is NULLs": (CSV, {}, "a string, b string", b"a,b\n\nc,\n", [("a", "b"), (None, None), ("c", "")]),
    "CSV number in Java's form alone": (CSV, {}, "a int", b"1_0\n", "HIVE_BAD_DATA"),
    "CSV number that is empty": (CSV, {}, "a int", b'""\n', "HIVE_BAD_DATA"),
    # RegexSerDe
    "regex without a pattern": (REGEX, {}, "a string", b"a\n", "HIVE_INVALID_METADATA"),
    "fewer groups than columns": (
        REGEX,
        {"input.regex": "(a)"},
        "a string, b string",
        b"a\nz\n",
        [("a", None), (None, None)],
    ),
    "regex values": (
        *(REGEX, {"input.regex": "(.) (.*) (.*)"}, "a string, b boolean, c int"),
        *(b"x y 1.5\nx TRUE 7\n", [("x", "false", None), ("x", "true", "7")]),
    ),
    # JSON
    "duplicate key": (
        OPENX,
        {},
        "a string",
        b'{"Url": 1, "URL": 2}\n',
        "HIVE_CURSOR_ERROR: Row is not a valid JSON Object",
    ),
    "duplicate key ignored": (
        *(OPENX, {"ignore.malformed.json": "true"}, "a string"),
        *(b'{"a": "x", "A": "y"}\n{"a": "z"}\n', [(None,), ("z",)]),
    ),
    "keys by case": (
        *(OPENX, {"case.insensitive": "false", "mapping.a": "A"}, "a string"),
        *(b'{"a": "x", "A": "y"}\n', [("y",)]),
    ),
    "use.null.for.invalid.data": (
        *(OPENX, {"use.null.for.invalid.data": "true"}, "a int, b double, d struct<x:int,y:string>, f date"),
        b'{"a": "q", "b": "inf", "d": {"x": "no", "y": 1}, "f": "2020/01/01"}\n{"a": 1, "d": 5}\n',
        [(None, None, "{x=null, y=1}", None), ("1", None, None, None)],
    ),
    "OpenX moments": (
        *(OPENX, {}, "a timestamp, b timestamp, c timestamp, d timestamp"),
        b'{"a": "2020-01-01T10:00:00+02:00", "b": 1577872800, "c": 1577872800123, "d": "1577872800.25"}\n',
        [tuple(f"2020-01-01 {each}" for each in ("08:00:00.000", "10:00:00.000", "10:00:00.123", "10:00:00.250"))],
    ),
    "a moment with a zone, in Hive's JSON": (
        HIVE_JSON,
        {},
        "a timestamp",
        b'{"a": "2020-01-01T10:00:00Z"}\n',
        "HIVE_BAD_DATA",
    ),
    "a number for a struct": (OPENX, {}, "d struct<x:int>", b'{"d": 5}\n', "HIVE_BAD_DATA"),
    "a number for a map": (HIVE_JSON, {}, "d map<string,int>", b'{"d": 5}\n', "HIVE_BAD_DATA"),
    "a number for an array": (HIVE_JSON, {}, "d array<int>", b'{"d": 5}\n', "HIVE_BAD_DATA"),
    "OpenX makes an array of a value": (
        *(OPENX, {}, "d array<struct<x:int>>"),
        *(b'{"d": {"x": 5}}\n{"d": ""}\n{"d": null}\n', [("[{x=5}]",), (None,), (None,)]),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_serde_reads_awkward_lines_as_athena_does(local_aws: LocalAws, shared_athena: Athena, case: str) -> None:
    serde, properties, columns, data, expected = CASES[case]
    lake = local_aws.app.account("199999999999", "us-east-1").lake
    name = f"serde_{list(CASES).index(case)}"
    for key, body in (data if isinstance(data, dict) else {"x": data}).items():
        lake.objects.put("shared-athena", f"{name}/{key}", body)
    written = ", ".join(f"'{key}' = '{_escaped(text)}'" for key, text in properties.items())
    shared_athena.execute(
        f"CREATE EXTERNAL TABLE {name} ({columns}) ROW FORMAT SERDE '{serde}'"
        f"{f' WITH SERDEPROPERTIES ({written})' if written else ''} LOCATION 's3://shared-athena/{name}/'"
    )
    found: Any
    try:
        found = shared_athena.rows(f"SELECT * FROM {name}")
    except QueryFailedError as error:
        found = str(error)
    if isinstance(expected, str):
        assert isinstance(found, str) and found.startswith(expected), found
    else:
        assert found == expected


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def test_lines_that_are_no_rows_are_left_out_at_both_ends(local_aws: LocalAws, shared_athena: Athena) -> None:
    lake = local_aws.app.account("199999999999", "us-east-1").lake
    lake.objects.put("shared-athena", "ends/x", b"head\na\nb\nfoot\n")
    lake.objects.put("shared-athena", "ends/y", b"head\n")
    shared_athena.execute(
        "CREATE EXTERNAL TABLE ends (a string) LOCATION 's3://shared-athena/ends/'"
        " TBLPROPERTIES ('skip.header.line.count' = '1', 'skip.footer.line.count' = '1')"
    )
    assert shared_athena.rows("SELECT a FROM ends ORDER BY a") == [("a",), ("b",)]
