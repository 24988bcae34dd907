"""Parquet columns of another type than the table's: what Trino reads is read, the rest is HIVE_BAD_DATA."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from local_aws.server import LocalAws
from tests.local_aws.athena_client import Athena, QueryFailedError

INCOMPATIBLE = "HIVE_BAD_DATA: Field a's type {} in parquet file"
CASES: dict[str, tuple[str, Any, str | None]] = {
    "wider integer": ("bigint", pa.array([1], pa.int32()), "1"),
    "float as double": ("double", pa.array([1.5], pa.float32()), "1.5"),
    "double as float": ("float", pa.array([1.5]), INCOMPATIBLE.format("DOUBLE")),
    "text as integer": ("int", pa.array(["1"]), INCOMPATIBLE.format("BINARY")),
    "integer as text": ("string", pa.array([1]), INCOMPATIBLE.format("INT64")),
    "decimal rounded": ("decimal(5,1)", pa.array([Decimal("1.25")]), "1.3"),
    "bytes as text": ("string", pa.array(["ü".encode()]), "ü"),
    "bytes that are no text": ("string", pa.array([b"\xff"]), "HIVE_BAD_DATA"),
    "text as bytes": ("binary", pa.array(["xy"]), "78 79"),
    "text beyond its length": ("varchar(2)", pa.array(["hello"]), "he"),
    "char is filled up": ("char(5)", pa.array(["hi"]), "hi   "),
    "field of a struct missing": ("struct<x:int,y:string>", pa.array([{"x": 1}]), "{x=1, y=null}"),
    "fields in another order": ("struct<y:string,x:int>", pa.array([{"x": 1, "y": "q"}]), "{y=q, x=1}"),
    "text in a struct's integer": ("struct<x:int>", pa.array([{"x": "1"}]), INCOMPATIBLE.format("row(x varchar)")),
    "text in an array of integers": ("array<int>", pa.array([["1"]]), INCOMPATIBLE.format("array(varchar)")),
}


@pytest.mark.parametrize("case", CASES)
def test_parquet_column_of_another_type(local_aws: LocalAws, shared_athena: Athena, case: str) -> None:
    kind, column, expected = CASES[case]
    name = f"parquet_{list(CASES).index(case)}"
    buffer = io.BytesIO()
    pq.write_table(pa.table({"a": column}), buffer)
    local_aws.app.account("199999999999", "us-east-1").lake.objects.put("shared-athena", f"{name}/f", buffer.getvalue())
    shared_athena.execute(
        f"CREATE EXTERNAL TABLE {name} (a {kind}) STORED AS PARQUET LOCATION 's3://shared-athena/{name}/'"
    )
    if expected is not None and expected.startswith("HIVE_BAD_DATA"):
        with pytest.raises(QueryFailedError) as raised:
            shared_athena.rows(f"SELECT a FROM {name}")
        assert str(raised.value).startswith(expected)
    else:
        assert shared_athena.rows(f"SELECT a FROM {name}") == [(expected,)]
