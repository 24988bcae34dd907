"""UNLOAD: formats, names of the objects, what lies there already."""

from __future__ import annotations

import gzip
import io
import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.local_aws.redshift_client import SqlFailedError, Warehouse, warehouse

__all__ = ["warehouse"]

_numbers = itertools.count(1)
Unload = Callable[..., dict[str, bytes]]


@pytest.fixture(scope="module")
def lake_bucket(warehouse: Warehouse) -> Iterator[str]:
    name = f"unload-{warehouse.account_id}"
    warehouse.client("s3").create_bucket(Bucket=name)
    warehouse.run("create table sold (id int, name varchar, amount decimal(8,2), at timestamp, ok boolean, x float)")
    warehouse.run(
        "insert into sold values (1, 'a,b', 1.5, '2010-12-01 08:26:00', true, 2), (2, 'q\"|', null, null, false, 0.5), "
        "(3, null, 3, '2010-12-02 00:00:00', null, null)"
    )
    yield name


@pytest.fixture
def unload(warehouse: Warehouse, lake_bucket: str) -> Unload:
    """Unload a query to a prefix of its own; give the objects by what their keys say after it."""

    def unloaded(query: str, options: str) -> dict[str, bytes]:
        prefix = f"case{next(_numbers)}/part_"
        warehouse.run(f"unload ($${query}$$) to 's3://{lake_bucket}/{prefix}' iam_role default {options}")
        return objects(warehouse, lake_bucket, prefix)

    return unloaded


def objects(warehouse: Warehouse, bucket: str, prefix: str) -> dict[str, bytes]:
    s3 = warehouse.client("s3")
    found = s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", [])
    return {e["Key"].removeprefix(prefix): s3.get_object(Bucket=bucket, Key=e["Key"])["Body"].read() for e in found}


QUERY = "select * from sold order by id"
FORMATS = [
    ("", b'1|a,b|1.50|2010-12-01 08:26:00|t|2\n2|q"|||\\0|f|0.5\n'.replace(b"\\0", b"")),
    ("csv", b'1,"a,b",1.50,2010-12-01 08:26:00,t,2\n2,"q""|",,,f,0.5\n'),
    ("csv delimiter as '|' header", b'id|name|amount|at|ok|x\n1|a,b|1.50|2010-12-01 08:26:00|t|2\n2|"q""|"|||f|0.5\n'),
    ("escape null as '\\\\N'", b'1|a,b|1.50|2010-12-01 08:26:00|t|2\n2|q"\\||\\N|\\N|f|0.5\n'),
    ("addquotes escape", b'"1"|"a,b"|"1.50"|"2010-12-01 08:26:00"|"t"|"2"\n"2"|"q\\"\\|"|||"f"|"0.5"\n'),
]


@pytest.mark.parametrize(("options", "expected"), FORMATS, ids=[each[0] or "text" for each in FORMATS])
def test_text_is_written_as_the_options_say(unload: Unload, options: str, expected: bytes) -> None:
    assert unload("select * from sold where id < 3 order by id", options) == {"0000_part_00": expected}


def test_json_has_an_object_a_line(unload: Unload) -> None:
    found = unload(
        "select id, name, amount, at, ok from sold where id < 3 order by id", "format json parallel off gzip"
    )
    [(name, data)] = found.items()
    assert name == "000.json.gz"
    assert [json.loads(line) for line in gzip.decompress(data).splitlines()] == [
        {"id": 1, "name": "a,b", "amount": 1.5, "at": "2010-12-01 08:26:00", "ok": True},
        {"id": 2, "name": 'q"|', "amount": None, "at": None, "ok": False},
    ]


def test_parquet_keeps_the_types(unload: Unload) -> None:
    [(name, data)] = unload(QUERY, "format as parquet").items()
    table = pq.read_table(io.BytesIO(data))
    assert name == "0000_part_00.parquet"
    assert [str(each.type) for each in table.schema] == [
        "int32", "string", "decimal128(8, 2)", "timestamp[us]", "bool", "double"
    ]  # fmt: skip
    assert table.column("id").to_pylist() == [1, 2, 3]


def test_partition_by_makes_hive_folders(warehouse: Warehouse, lake_bucket: str) -> None:
    target = f"s3://{lake_bucket}/hive"
    query = "select id, at::date as day from sold"
    warehouse.run(f"unload ('{query}') to '{target}' iam_role default parquet partition by (day)")
    found = objects(warehouse, lake_bucket, "hive/")
    assert sorted(found) == [
        "day=2010-12-01/0000_part_00.parquet",
        "day=2010-12-02/0000_part_00.parquet",
        "day=__HIVE_DEFAULT_PARTITION__/0000_part_00.parquet",
    ]
    assert pq.read_schema(io.BytesIO(found["day=2010-12-01/0000_part_00.parquet"])).names == ["id"]
    with pytest.raises(SqlFailedError, match="not empty"):
        warehouse.run(f"unload ('{query}') to '{target}' iam_role default parquet partition by (day) include")


def test_taken_destination_is_refused_overwritten_or_cleaned(warehouse: Warehouse, lake_bucket: str) -> None:
    target = f"s3://{lake_bucket}/taken/x_"
    run = f"unload ('select 1 as a') to '{target}' iam_role default"
    warehouse.client("s3").put_object(Bucket=lake_bucket, Key="taken/x_old", Body=b"old")
    with pytest.raises(SqlFailedError, match="Specified unload destination on S3 is not empty"):
        warehouse.run(run)
    warehouse.run(f"{run} allowoverwrite")
    assert objects(warehouse, lake_bucket, "taken/x_") == {"0000_part_00": b"1\n", "old": b"old"}
    warehouse.run(f"{run} cleanpath")
    assert objects(warehouse, lake_bucket, "taken/x_") == {"0000_part_00": b"1\n"}


def test_maxfilesize_cuts_files(unload: Unload) -> None:
    ten = "(" + " union all ".join(f"select {n} as n" for n in range(10)) + ")"
    query = f"select repeat('x', 1000) as a from {ten} as i, {ten} as j, {ten} as k, {ten} as l where i.n < 6"
    found = unload(query, "maxfilesize 5 mb parallel off")
    assert sorted(found) == ["000", "001"]
    assert sum(map(len, found.values())) == 6000 * 1001


def test_manifest_can_be_loaded_again(warehouse: Warehouse, lake_bucket: str) -> None:
    target = f"s3://{lake_bucket}/again/x_"
    warehouse.run(f"unload ('{QUERY}') to '{target}' iam_role default csv manifest verbose null as 'NIL' zstd")
    manifest = json.loads(objects(warehouse, lake_bucket, "again/x_")["manifest"])
    [entry] = manifest["entries"]
    assert entry["url"] == f"{target}0000_part_00.zst"
    assert manifest["meta"]["record_count"] == 3
    warehouse.run("create table sold_again (like sold)")
    warehouse.run(f"copy sold_again from '{target}manifest' iam_role default csv manifest null as 'NIL' zstd")
    assert warehouse.run("select * from sold_again order by id") == warehouse.run(QUERY)


def test_query_that_fails_writes_nothing(warehouse: Warehouse, lake_bucket: str) -> None:
    statement = f"unload ('select 1 / (id - 3) as a from sold') to 's3://{lake_bucket}/none/x_' iam_role default"
    with pytest.raises(SqlFailedError, match="division by zero"):
        warehouse.run(statement)
    assert objects(warehouse, lake_bucket, "none/") == {}


REFUSED: list[tuple[str, Any]] = [
    ("unload ('select 1 as a limit 1') to 's3://b/k' iam_role default", "Limit clause is not supported"),
    ("unload ('select 1 as a') to 's3://b/k'", "UNLOAD needs an authorization"),
    (
        "unload ('select 1 as a') to 's3://b/k' iam_role default encrypted",
        "local_aws does not support UNLOAD … ENCRYPTED",
    ),
    (
        "unload ('select 1 as a') to 's3://b/k' iam_role default parquet header",
        "HEADER is not supported for UNLOAD to PARQUET",
    ),
    ("unload ('select 1 as a') to 's3://b/k' iam_role default allowoverwrite cleanpath", "Cannot specify both"),
    ("unload ('select 1 as a') to 's3://b/k' iam_role default maxfilesize 1 mb", "MAXFILESIZE must be between"),
]


@pytest.mark.parametrize(("statement", "message"), REFUSED, ids=[each[1] for each in REFUSED])
def test_what_unload_does_not_take_is_refused(
    warehouse: Warehouse, lake_bucket: str, statement: str, message: str
) -> None:
    with pytest.raises(SqlFailedError) as failed:
        warehouse.run(statement.replace("//b/", f"//{lake_bucket}/"))
    assert message in str(failed.value)
