"""Statements whose rows pass through in batches: what fails or is stopped on the way leaves nothing."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from local_aws.iceberg import write
from tests.local_aws.athena_client import Athena

ICEBERG = "CREATE TABLE made (n bigint) LOCATION 's3://{bucket}/made/' TBLPROPERTIES ('table_type' = 'ICEBERG')"
NUMBERS = "SELECT (a - 1) * 1000 + b AS n FROM UNNEST(sequence(1, 400)) AS x(a), UNNEST(sequence(1, 1000)) AS y(b)"
LATE = f"SELECT CASE WHEN n = 399999 THEN n / (n - n) ELSE n END AS n FROM ({NUMBERS})"
ENDLESS = (
    "SELECT a * b * c AS n FROM UNNEST(sequence(1, 9999)) AS x(a), UNNEST(sequence(1, 9999)) AS y(b),"
    " UNNEST(sequence(1, 9999)) AS z(c)"
)
WRITES = [
    pytest.param("INSERT INTO made {query}", ICEBERG, id="insert into iceberg"),
    pytest.param(
        "CREATE TABLE other WITH (table_type = 'ICEBERG', is_external = false,"
        " location = 's3://{bucket}/made/') AS {query}",
        "",
        id="ctas into iceberg",
    ),
    pytest.param("CREATE TABLE other WITH (external_location = 's3://{bucket}/made/') AS {query}", "", id="ctas"),
    pytest.param("UNLOAD ({query}) TO 's3://{bucket}/made/' WITH (format = 'TEXTFILE')", "", id="unload"),
]


@pytest.fixture
def data_files(client: Callable[..., Any], bucket: str) -> Callable[[], list[str]]:
    def listed() -> list[str]:
        found = client("s3").list_objects_v2(Bucket=bucket, Prefix="made/").get("Contents", [])
        return [each["Key"] for each in found if "/metadata/" not in each["Key"]]

    return listed


@pytest.fixture
def small_portions(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(write, "PORTION", 2**20)
    yield


@pytest.mark.usefixtures("small_portions")
@pytest.mark.parametrize(("statement", "before"), WRITES)
def test_a_late_failure_has_trinos_words_and_leaves_no_file(
    athena: Athena, bucket: str, data_files: Callable[[], list[str]], statement: str, before: str
) -> None:
    if before:
        athena.execute(before.format(bucket=bucket))
    assert athena.reason(statement.format(bucket=bucket, query=LATE)) == "DIVISION_BY_ZERO: Division by zero"
    assert data_files() == []


@pytest.mark.parametrize(("statement", "before"), [pytest.param("{query}", "", id="select"), *WRITES])
def test_a_running_statement_is_stopped_and_leaves_no_file(
    athena: Athena, bucket: str, data_files: Callable[[], list[str]], statement: str, before: str
) -> None:
    if before:
        athena.execute(before.format(bucket=bucket))
    execution = athena.start(statement.format(bucket=bucket, query=ENDLESS))
    while (
        athena.client.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]["State"] == "QUEUED"
    ):
        time.sleep(0.01)
    time.sleep(0.3)  # well under way
    athena.client.stop_query_execution(QueryExecutionId=execution)
    assert athena.wait(execution)["Status"]["State"] == "CANCELLED"
    assert data_files() == []


@pytest.mark.usefixtures("small_portions")
def test_many_portions_are_one_snapshot(athena: Athena, bucket: str, data_files: Callable[[], list[str]]) -> None:
    athena.execute(ICEBERG.format(bucket=bucket))
    athena.execute(f"INSERT INTO made {NUMBERS}")
    assert len(data_files()) > 1
    assert athena.rows("SELECT count(*), sum(n), count(DISTINCT n) FROM made") == [("400000", "80000200000", "400000")]
    assert athena.rows('SELECT count(*) FROM "made$snapshots"') == [("1",)]


CELLS = [
    pytest.param("1e0", "1.0", 1.0, id="whole double"),
    pytest.param("1e16", "1.0E16", 1e16, id="large double"),
    pytest.param("-1e-4", "-1.0E-4", -1e-4, id="small double"),
    pytest.param("CAST(1.1 AS real)", "1.1", 1.1, id="real"),
    pytest.param("DECIMAL '-0.00000001'", "-0.00000001", "-0.00000001", id="small decimal"),
    pytest.param("DATE '0001-01-02'", "0001-01-02", "0001-01-02", id="date"),
    pytest.param("TIMESTAMP '2010-12-01 08:26:00.250'", *["2010-12-01 08:26:00.250"] * 2, id="timestamp"),
    pytest.param("TIMESTAMP '2010-12-01 08:26:00'", *["2010-12-01 08:26:00"] * 2, id="timestamp of a second"),
    pytest.param("true", "true", True, id="boolean"),
    pytest.param("CAST(NULL AS varchar)", "\\N", None, id="null"),
    pytest.param("'é'", "é", "é", id="text"),
    pytest.param("'a\"b\\' || chr(9)", 'a"b\\\t', 'a"b\\\t', id="text with quotes"),
    pytest.param("ARRAY['x', NULL]", "x\x02\\N", ["x", None], id="array"),
]


@pytest.mark.parametrize(("expression", "as_text", "as_json"), CELLS)
def test_cells_are_written_as_hive_writes_them(
    athena: Athena, client: Callable[..., Any], bucket: str, expression: str, as_text: str, as_json: Any
) -> None:
    found = {}
    for form in ("TEXTFILE", "JSON"):
        athena.execute(f"UNLOAD (SELECT {expression} AS c, 7 AS n) TO 's3://{bucket}/{form}/' WITH (format = '{form}')")
        [each] = client("s3").list_objects_v2(Bucket=bucket, Prefix=f"{form}/")["Contents"]
        found[form] = gzip.decompress(client("s3").get_object(Bucket=bucket, Key=each["Key"])["Body"].read()).decode()
    assert found["TEXTFILE"] == f"{as_text}\x017\n"
    assert json.loads(found["JSON"]) == {"c": as_json, "n": 7}
