"""COPY: formats, options, manifests, and what becomes of records that cannot be loaded."""

from __future__ import annotations

import bz2
import gzip
import io
import itertools
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.orc as orc
import pyarrow.parquet as pq
import pytest

from tests.local_aws.redshift_client import SqlFailedError, Warehouse, warehouse

__all__ = ["warehouse"]

_numbers = itertools.count(1)
Load = Callable[..., list[list[Any]]]


@pytest.fixture(scope="module")
def lake_bucket(warehouse: Warehouse) -> str:
    name = f"copy-{warehouse.account_id}"
    warehouse.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def load(warehouse: Warehouse, lake_bucket: str) -> Load:
    """Load texts, one object each, into a new table `loaded`; give its rows as they were loaded."""

    def loaded(columns: str, options: str, *contents: str | bytes, target: str = "loaded") -> list[list[Any]]:
        prefix = f"case-{next(_numbers)}/"
        for number, content in enumerate(contents):
            data = content.encode() if isinstance(content, str) else content
            warehouse.client("s3").put_object(Bucket=lake_bucket, Key=f"{prefix}{number}", Body=data)
        warehouse.run("drop table if exists loaded")
        warehouse.run(f"create table loaded ({columns})")
        options = options.replace("{bucket}", lake_bucket)
        warehouse.run(f"copy {target} from 's3://{lake_bucket}/{prefix}' iam_role default {options}")
        found: list[list[Any]] = warehouse.run("select * from loaded")
        return found

    return loaded


TEXTS = [
    ("pipes", "a int, b varchar", "", "1|x\n2|y", [[1, "x"], [2, "y"]]),
    ("long-delimiter", "a int, b varchar", "delimiter '|~|'", "1|~|x|y\n2|~|z", [[1, "x|y"], [2, "z"]]),
    (
        "fixedwidth",
        "a int, b char(5), c int",
        "fixedwidth 'a:3,label:5,2:2'",
        "1  abc  10\n22 de    7\n",
        [
            [1, "abc", 10],
            [22, "de", 7],
        ],
    ),
    (
        "fixedwidth-short",
        "a int, b varchar(5), c int",
        "fixedwidth 'a:1,b:5,c:2' fillrecord",
        "1ab\n",
        [[1, "ab", None]],
    ),
    ("dateformat-ordinal", "a date", "dateformat 'DDth Mon YYYY'", "02nd Jan 2011\n", [["2011-01-02"]]),
    ("pipe-at-end", "a int, b varchar", "", "1|x|\n", [[1, "x"]]),
    ("null-text", "a int, b varchar", "", "\\N|\\N\n", [[None, None]]),
    ("null-as", "a int, b varchar", "null as 'none'", "none|none\n", [[None, None]]),
    ("empty-is-null-but-for-text", "a int, b varchar", "", "|\n", [[None, ""]]),
    ("emptyasnull", "a varchar, b varchar", "emptyasnull", "|x\n", [[None, "x"]]),
    ("blanksasnull", "a varchar, b varchar", "blanksasnull", "  |x\n", [[None, "x"]]),
    ("trimblanks", "a varchar, b varchar", "trimblanks", "a  |  b \n", [["a", "  b"]]),
    ("escape", "a varchar, b varchar", "escape", "a\\|b|c\\\\d\n", [["a|b", "c\\d"]]),
    ("escaped-line-break", "a varchar, b int", "escape", "a\\\nb|1\n", [["a\nb", 1]]),
    ("quotes-are-text", "a varchar, b int", "", '"a"|1\n', [['"a"', 1]]),
    ("removequotes", "a varchar, b int", "removequotes", "\"a|b\"|'1'\n", [["a|b", 1]]),
    ("tab", "a int, b varchar", "delimiter '\\t'", "1\tx\n", [[1, "x"]]),
    ("octal", "a int, b varchar", "delimiter '\\001'", "1\x01x\n", [[1, "x"]]),
    ("fillrecord", "a int, b varchar, c int", "fillrecord", "1\n2|x\n", [[1, None, None], [2, "x", None]]),
    ("blank-lines", "a int, b int", "ignoreblanklines", "1|2\n\n3|4\n", [[1, 2], [3, 4]]),
    ("header", "a int", "ignoreheader as 2", "x\ny\n1\n", [[1]]),
    ("crlf", "a int, b varchar", "csv", "1,x\r\n2,y\r\n", [[1, "x"], [2, "y"]]),
    ("csv-quotes", "a varchar, b varchar", "csv", '"a,b","say ""hi"""\n', [["a,b", 'say "hi"']]),
    ("csv-line-break", "a varchar, b int", "csv", '"a\nb",1\n', [["a\nb", 1]]),
    ("csv-quote-as", "a varchar, b int", "csv quote as '%'", "%a,b%,1\n", [["a,b", 1]]),
    ("csv-delimiter", "a varchar, b int", "format as csv delimiter ';'", "a,b;1\n", [["a,b", 1]]),
    ("csv-column-named-twice-over", "a varchar, b int", "csv ignoreheader 1", "a,b\nx,1\n", [["x", 1]]),
    ("acceptinvchars", "a varchar", "acceptinvchars as '^'", b"a\xffb\n", [["a^b"]]),
    ("bom", "a int", "", b"\xef\xbb\xbf1\n", [[1]]),
    ("latin", "a varchar", "encoding iso88591", "é\n".encode("latin-1"), [["é"]]),
    ("truncatecolumns", "a varchar(3)", "truncatecolumns", "aéé\n", [["aé"]]),
    ("decimals-are-cut", "a decimal(8,2)", "", "1.239\n", [["1.23"]]),
    ("roundec", "a decimal(8,2)", "roundec", "1.239\n", [["1.24"]]),
    ("booleans", "a boolean, b boolean", "", "T|no\n", [[True, False]]),
    ("date", "a date", "", "2010-12-01\n", [["2010-12-01"]]),
    ("dateformat", "a date", "dateformat 'DD.MM.YYYY'", "01.12.2010\n", [["2010-12-01"]]),
    ("dateformat-auto", "a date, b date", "dateformat 'auto'", "12/01/2010|20101201\n", [["2010-12-01"] * 2]),
    ("timeformat", "a timestamp", "timeformat 'MM/DD/YYYY HH24:MI'", "12/01/2010 08:26\n", [["2010-12-01 08:26:00"]]),
    ("timeformat-auto", "a timestamp", "timeformat 'auto'", "12/01/2010 08:26\n", [["2010-12-01 08:26:00"]]),
    ("iso-time", "a timestamp", "timeformat 'auto'", "2010-12-01T08:26:00\n", [["2010-12-01 08:26:00"]]),
    ("epochsecs", "a timestamp", "timeformat 'epochsecs'", "1291191960\n", [["2010-12-01 08:26:00"]]),
    ("epochmillis", "a timestamp", "timeformat 'epochmillisecs'", "1291191960500\n", [["2010-12-01 08:26:00.5"]]),
    ("acceptanydate", "a date", "acceptanydate", "2010-99-99\n", [[None]]),
    ("accepted", "a int", "compupdate off statupdate on region 'us-east-1'", "1\n", [[1]]),
    ("gzip", "a int", "gzip", gzip.compress(b"1\n"), [[1]]),
    ("bzip2", "a int", "bzip2", bz2.compress(b"1\n"), [[1]]),
    ("zstd", "a int", "zstd", pa.compress(b"1\n", codec="zstd", asbytes=True), [[1]]),
    ("json-auto", "a int, b varchar", "json 'auto'", '{"b": "x", "a": 1}\n{"a": 2}', [[1, "x"], [2, None]]),
    ("json-case", "a int, b varchar", "json 'auto'", '{"A": 1, "b": "x"}', [[None, "x"]]),
    ("json-ignorecase", "a int", "json 'auto ignorecase'", '{"A": 1}', [[1]]),
    ("json-across-lines", "a int", "format json as 'auto'", '{\n "a": 1\n}\n{"a":\n2}', [[1], [2]]),
    ("json-nested-as-text", "a varchar", "json 'auto'", '{"a": {"b": [1, 2.50]}}', [['{"b":[1,2.50]}']]),
    ("json-types", "a boolean, b decimal(9,3)", "json 'auto'", '{"a": true, "b": 1.250}', [[True, "1.250"]]),
    ("json-noshred", "a super", "json 'noshred'", '{"x": 1}', [['{"x":1}']]),
]


@pytest.mark.parametrize(
    ("columns", "options", "content", "expected"), [c[1:] for c in TEXTS], ids=[c[0] for c in TEXTS]
)
def test_text_is_loaded_as_the_options_say(
    load: Load, columns: str, options: str, content: str | bytes, expected: list[list[Any]]
) -> None:
    assert load(columns, options, content) == expected


def test_column_list_leaves_the_others_to_their_defaults(load: Load) -> None:
    columns = "id int identity(1,1), a int, b varchar default 'none', c int"
    assert load(columns, "csv", "7,8\n", target="loaded (c, a)") == [[1, 8, "none", 7]]


def test_identity_is_filled_unless_explicit_ids(load: Load) -> None:
    columns = "id int identity(5,1), a int"
    assert load(columns, "csv", "7\n8\n") == [[5, 7], [6, 8]]
    assert load(columns, "csv explicit_ids", "1,7\n") == [[1, 7]]


def test_prefix_means_every_key_that_begins_with_it(warehouse: Warehouse, lake_bucket: str) -> None:
    for key in ("p/day1", "p/day10", "p/day2"):
        warehouse.client("s3").put_object(Bucket=lake_bucket, Key=key, Body=b"1\n")
    warehouse.run("create table prefixed (a int)")
    assert warehouse.run(f"copy prefixed from 's3://{lake_bucket}/p/day1' iam_role default") == 2
    with pytest.raises(SqlFailedError, match="The specified S3 prefix 'p/none' does not exist"):
        warehouse.run(f"copy prefixed from 's3://{lake_bucket}/p/none' iam_role default")


def test_manifest_names_the_objects(warehouse: Warehouse, lake_bucket: str) -> None:
    s3 = warehouse.client("s3")
    s3.put_object(Bucket=lake_bucket, Key="m/one", Body=b"1\n")
    s3.put_object(Bucket=lake_bucket, Key="m/one-more", Body=b"2\n")
    entries: list[dict[str, Any]] = [{"url": f"s3://{lake_bucket}/m/{name}"} for name in ("one", "gone")]
    s3.put_object(Bucket=lake_bucket, Key="m/list", Body=json.dumps({"entries": entries}).encode())
    warehouse.run("create table listed (a int)")
    statement = f"copy listed from 's3://{lake_bucket}/m/list' iam_role default manifest"
    assert warehouse.run(statement) == 1
    entries[1]["mandatory"] = True
    s3.put_object(Bucket=lake_bucket, Key="m/list", Body=json.dumps({"entries": entries}).encode())
    with pytest.raises(SqlFailedError, match="NoSuchKey"):
        warehouse.run(statement)


def test_jsonpaths_give_the_columns_in_order(warehouse: Warehouse, lake_bucket: str, load: Load) -> None:
    paths = {"jsonpaths": ["$.who['name']", "$['tags'][1]", "$.missing"]}
    warehouse.client("s3").put_object(Bucket=lake_bucket, Key="paths.json", Body=json.dumps(paths).encode())
    content = '{"who": {"name": "Ann"}, "tags": ["a", "b"]}'
    options = "json 's3://{bucket}/paths.json'"
    assert load("a varchar, b varchar, c int", options, content) == [["Ann", "b", None]]


def _columnar(write: Callable[[pa.Table, Any], None], table: pa.Table) -> bytes:
    sink = io.BytesIO()
    write(table, sink)
    return sink.getvalue()


@pytest.mark.parametrize(("name", "write"), [("parquet", pq.write_table), ("orc", orc.write_table)])
def test_columnar_files_are_loaded_by_position(load: Load, name: str, write: Callable[..., None]) -> None:
    table = pa.table({"x": pa.array([1, None], pa.int32()), "y": ["a", "b"]})
    assert load("a int, b varchar", f"format as {name}", _columnar(write, table)) == [[1, "a"], [None, "b"]]


def test_parquet_with_arrows_view_types_is_loaded(load: Load) -> None:
    table = pa.table({"x": pa.array(["a", None], pa.string_view()), "y": pa.array([b"b", b"c"], pa.binary_view())})
    assert load("a varchar(9), b varchar", "parquet", _columnar(pq.write_table, table)) == [["a", "b"], [None, "c"]]


MISFITS = [
    ("columns", "a int, b varchar, c int", "Unmatched number of columns between table and file. Table columns: 3"),
    ("type", "a bigint, b varchar", "has an incompatible Parquet schema for column"),
    ("length", "a int, b varchar(2)", "The length of the data column b is longer than the length defined in the table"),
]


@pytest.mark.parametrize(("columns", "message"), [m[1:] for m in MISFITS], ids=[m[0] for m in MISFITS])
def test_parquet_that_does_not_fit_is_refused(load: Load, columns: str, message: str) -> None:
    table = pa.table({"x": pa.array([1], pa.int32()), "y": ["abc"]})
    with pytest.raises(SqlFailedError, match=f"(?s)Spectrum Scan Error.*15007.*{message}"):
        load(columns, "parquet", _columnar(pq.write_table, table))


BAD = [
    ("digit", "a int, b varchar(3)", "", "1x|a", "a", 1207, "Invalid digit, Value 'x', Pos 1, Type: Integer"),
    ("fraction", "a int, b varchar(3)", "", "1.5|a", "a", 1207, "Invalid digit, Value '.', Pos 1, Type: Integer"),
    ("decimal", "a decimal(5,2), b int", "", "1,5|1", "a", 1207, "Invalid digit, Value ',', Pos 1, Type: Decimal"),
    ("overflow", "a smallint, b int", "", "99999|1", "a", 1222, "Overflow"),
    ("long", "a int, b varchar(3)", "", "1|abcd", "b", 1204, "String length exceeds DDL length"),
    ("few", "a int, b int", "", "1", "", 1214, "Delimiter not found"),
    ("many", "a int", "", "1|2", "", 1202, "Extra column(s) found"),
    ("date", "a date, b int", "", "2010|1", "a", 1205, "Invalid Date Format - length must be 10 or more"),
    ("time", "a timestamp, b int", "", "noon|1", "a", 1206, "Invalid timestamp format or value"),
    ("boolean", "a boolean, b int", "", "maybe|1", "a", 1210, "Unknown boolean format"),
    ("null", "a int not null, b int", "", "|1", "a", 1213, "Missing data for not-null field"),
    ("utf8", "a varchar, b int", "", b"a\xff|1", "", 1220, "String contains invalid or unsupported UTF8 codepoints"),
    ("quote", "a varchar, b int", "csv", '"a,1', "", 1216, "Delimited value missing end quote"),
    ("json", "a int", "json 'auto'", '{"a": 1', "", 1216, "Invalid value."),
]


@pytest.mark.parametrize(
    ("columns", "options", "content", "column", "code", "reason"), [b[1:] for b in BAD], ids=[b[0] for b in BAD]
)
def test_record_that_cannot_be_loaded_fails_the_load_and_is_logged(
    warehouse: Warehouse,
    load: Load,
    columns: str,
    options: str,
    content: str | bytes,
    column: str,
    code: int,
    reason: str,
) -> None:
    with pytest.raises(SqlFailedError) as failed:
        load(columns, options, content)
    message = "ERROR: Load into table 'loaded' failed.  Check 'sys_load_error_detail' system table for details."
    assert str(failed.value) == message
    [found] = warehouse.run(
        "select column_name, error_code, error_message, line_number from sys_load_error_detail "
        "order by query_id desc limit 1"
    )
    assert found[:2] == [column, code]
    assert found[2].startswith(reason)
    assert found[3] == 1
    assert warehouse.run("select count(*) from loaded") == [[0]]


def test_maxerror_lets_fewer_errors_pass(warehouse: Warehouse, load: Load) -> None:
    content = "1|a\nx|b\n3|c\ny|d\n"
    assert load("a int, b varchar", "maxerror 3", content) == [[1, "a"], [3, "c"]]
    [found] = warehouse.run(
        "select loaded_rows, error_count, status from sys_load_history order by query_id desc limit 1"
    )
    assert found == [2, 2, "completed"]
    raw = warehouse.run(
        "select raw_line, raw_field_value from stl_load_errors order by query desc, line_number limit 2"
    )
    assert raw == [["x|b", "x"], ["y|d", "y"]]
    with pytest.raises(SqlFailedError, match="Load into table 'loaded' failed"):
        load("a int, b varchar", "maxerror 2", content)


def test_each_bad_object_of_a_json_line_is_an_error_of_its_own(warehouse: Warehouse, load: Load) -> None:
    assert load("a int", "json 'auto' maxerror 3", '{"a":"x"}{"a":"y"}{"a":1}') == [[1]]
    [found] = warehouse.run("select error_count from sys_load_history order by query_id desc limit 1")
    assert found == [2]


def test_cluster_points_to_stl_load_errors(warehouse: Warehouse, lake_bucket: str) -> None:
    cluster = {"ClusterIdentifier": "loads", "Database": "dev", "DbUser": "awsuser"}
    warehouse.client("redshift").create_cluster(
        ClusterIdentifier="loads",
        NodeType="ra3.large",
        MasterUsername="awsuser",
        MasterUserPassword="Secret-123",
        DBName="dev",
    )
    warehouse.client("s3").put_object(Bucket=lake_bucket, Key="c/bad", Body=b"x\n")
    statement = f"copy t from 's3://{lake_bucket}/c/bad' iam_role default"
    found = warehouse.data.execute_statement(Sql="create table t (a int)", **cluster)
    assert warehouse.ended(found["Id"])["Status"] == "FINISHED"
    found = warehouse.ended(warehouse.data.execute_statement(Sql=statement, **cluster)["Id"])
    assert found["Error"] == "ERROR: Load into table 't' failed.  Check 'stl_load_errors' system table for details."


def test_failed_load_in_a_batch_undoes_the_batch(warehouse: Warehouse, lake_bucket: str) -> None:
    warehouse.client("s3").put_object(Bucket=lake_bucket, Key="d/bad", Body=b"x\n")
    warehouse.run("create table undone (a int)")
    copy = f"copy undone from 's3://{lake_bucket}/d/bad' iam_role default"
    assert warehouse.batch(["insert into undone values (1)", copy])["Status"] == "FAILED"
    assert warehouse.run("select count(*) from undone") == [[0]]


REFUSED = [
    ("copy t from 's3://b/k'", "COPY needs an authorization"),
    ("copy t from 'emr://j/k' iam_role default", "local_aws does not support COPY from emr"),
    ("copy t from 's3://b/k' iam_role default fixedwidth 'a:x'", "Invalid fixedwidth spec: a:x"),
    ("copy t from 's3://b/k' iam_role default fixedwidth '1:2' delimiter '|'", "FIXEDWIDTH is not compatible with"),
    ("copy t from 's3://b/k' iam_role default csv escape", "CSV is not compatible with ESCAPE"),
    ("copy t from 's3://b/k' iam_role default parquet gzip", "COMPRESSION is not supported for PARQUET based COPY"),
    ("copy t from 's3://b/k' iam_role default nonsense", 'syntax error at or near "nonsense"'),
    (
        "copy nowhere from 's3://b/k' credentials 'aws_iam_role=arn:aws:iam::1:role/r'",
        'relation "nowhere" does not exist',
    ),
]


@pytest.mark.parametrize(("statement", "message"), REFUSED, ids=[each[0] for each in REFUSED])
def test_what_copy_does_not_take_is_refused_by_name(warehouse: Warehouse, statement: str, message: str) -> None:
    with pytest.raises(SqlFailedError) as failed:
        warehouse.run(statement)
    assert message in str(failed.value)


def avro(*rows: dict[str, Any]) -> bytes:
    fields = [
        {"name": "a", "type": "int"},
        {"name": "B", "type": ["null", "string"]},
        {"name": "inner", "type": {"type": "record", "name": "i", "fields": [{"name": "x", "type": "double"}]}},
        {"name": "many", "type": {"type": "array", "items": "long"}},
        {"name": "d", "type": {"type": "int", "logicalType": "date"}},
    ]
    out = io.BytesIO()
    fastavro.writer(
        out, fastavro.parse_schema({"type": "record", "name": "r", "fields": fields}), rows, codec="deflate"
    )
    return out.getvalue()


AVRO_ROW = {"a": 1, "B": "x", "inner": {"x": 1.5}, "many": [1, 2], "d": date(2010, 12, 1)}


def test_avro_is_matched_by_name(load: Load) -> None:
    columns = "a int, b varchar, inner_x float, many super, d date"
    found = load(columns, "format avro 'auto ignorecase'", avro(AVRO_ROW, {**AVRO_ROW, "a": 2, "B": None}))
    assert found == [[1, "x", None, "[1,2]", "2010-12-01"], [2, None, None, "[1,2]", "2010-12-01"]]
    assert load("a int, b varchar", "format as avro 'auto'", avro(AVRO_ROW)) == [[1, None]]


def test_avro_is_matched_by_path(load: Load, warehouse: Warehouse, lake_bucket: str) -> None:
    paths = json.dumps({"jsonpaths": ["$.many[1]", "$.inner.x"]})
    warehouse.client("s3").put_object(Bucket=lake_bucket, Key="paths/avro.json", Body=paths.encode())
    assert load("n int, x float", "format avro 's3://{bucket}/paths/avro.json'", avro(AVRO_ROW)) == [[2, 1.5]]


def test_what_is_no_avro_fails(load: Load) -> None:
    with pytest.raises(SqlFailedError, match="no valid Avro file"):
        load("a int", "format avro 'auto'", b"not avro")
