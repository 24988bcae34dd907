"""Decimals that need more digits than the engine computes in at first: the answer is Trino's all the same.

Evidence: https://trino.io/docs/current/functions/decimal.html
"""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.local_aws.athena_client import Athena

SMALL = "(VALUES (DECIMAL '12345678.25', DECIMAL '0.0450'), (NULL, DECIMAL '1.0000')) AS t(a, b)"
LARGE = "(VALUES (DECIMAL '123456789012.25', DECIMAL '987654321098.0450')) AS t(a, b)"
MOST = "(VALUES DECIMAL '99999999999999999999999999999999999999') AS t(a)"
CASES = [
    pytest.param(f"SELECT a * a * b FROM {SMALL}", ["6858709715363.53781250", None], id="product"),
    pytest.param(f"SELECT a * b FROM {LARGE}", ["121932631136838355310956.051250"], id="product of 18 digits"),
    pytest.param(f"SELECT a * b + a - b FROM {LARGE}", ["121932631135974157778870.256250"], id="sum of a product"),
    pytest.param(f"SELECT sum(a * b) FROM {LARGE}", ["121932631136838355310956.051250"], id="sum over products"),
    pytest.param(f"SELECT avg(a * b) FROM {LARGE}", ["121932631136838355310956.051250"], id="mean of products"),
    pytest.param(f"SELECT try(a * b) FROM {LARGE}", ["121932631136838355310956.051250"], id="product in try"),
    pytest.param(
        f"SELECT try(x) FROM (SELECT a * b AS x FROM {LARGE})",
        ["121932631136838355310956.051250"],
        id="product under try",
    ),
    pytest.param(
        f"SELECT count(*) FROM {LARGE} WHERE a * b > DECIMAL '121932631136097195279131.5'", ["1"], id="product compared"
    ),
    pytest.param(
        f"SELECT a * b FROM {LARGE} UNION ALL SELECT a * b FROM {SMALL} WHERE a IS NOT NULL ORDER BY 1",
        ["555555.521250", "121932631136838355310956.051250"],
        id="products side by side",
    ),
]
FAILURES = [
    pytest.param(f"SELECT a * a FROM {MOST}", "NUMERIC_VALUE_OUT_OF_RANGE", id="more than 38 digits"),
    pytest.param(
        f"SELECT a * b FROM {LARGE} WHERE a * b / (b - b) > DECIMAL '1'", "DIVISION_BY_ZERO", id="a failure of its own"
    ),
    pytest.param(f"SELECT CAST(a * b AS integer) FROM {LARGE}", "", id="too large for the type asked for"),
]


@pytest.mark.parametrize(("sql", "expected"), CASES)
def test_decimals_have_trinos_digits(shared_athena: Athena, sql: str, expected: list[str | None]) -> None:
    assert shared_athena.rows(sql) == [(each,) for each in expected]


@pytest.mark.parametrize(("sql", "name"), FAILURES)
def test_what_trino_fails_fails(shared_athena: Athena, sql: str, name: str) -> None:
    assert shared_athena.reason(sql).startswith(name)


def test_what_is_computed_twice_is_scanned_once(athena: Athena, bucket: str, client: Callable[..., Any]) -> None:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"a": pa.array([Decimal("123456789012.25")], pa.decimal128(14, 2))}), buffer)
    client("s3").put_object(Bucket=bucket, Key="wide/a.parquet", Body=buffer.getvalue())
    athena.execute(f"CREATE EXTERNAL TABLE wide (a decimal(14,2)) STORED AS PARQUET LOCATION 's3://{bucket}/wide/'")

    def scanned(sql: str) -> int:
        return int(athena.execute(sql)["Statistics"]["DataScannedInBytes"])

    assert athena.rows("SELECT a * a FROM wide") == [("15241578753215212330650.0625",)]
    assert scanned("SELECT a * a FROM wide") == scanned("SELECT a FROM wide") > 0
