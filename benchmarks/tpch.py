"""TPC-H through Athena's API, over plain DuckDB on the same Parquet files.

The data is made by `tpchgen-cli`; the queries are the standard's with its validation parameters, one text for both.
Numbers are compared to a millionth, or to the digits that Trino prints where DuckDB has a double: Trino's average and
quotient of decimals are decimals. The ratio counts all 22 queries, each one's best of three.
"""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from typing import Any

import boto3
import duckdb

from benchmarks import Row
from local_aws.server import LocalAws

QUERIES = {
    path.stem: path.read_text().strip() for path in sorted(Path(__file__).with_name("tpch_queries").glob("*.sql"))
}
TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")
HIVE = {"BIGINT": "bigint", "INTEGER": "int", "VARCHAR": "string", "DATE": "date"}


def generate(scale: float, place: Path) -> None:
    """The eight tables, a Parquet file each."""
    tool = Path(sys.executable).with_name("tpchgen-cli")
    subprocess.run([tool, "parquet", "-s", str(scale), f"--output-dir={place}"], check=True, capture_output=True)


def plain(place: Path) -> duckdb.DuckDBPyConnection:
    """DuckDB with the files as views."""
    connection = duckdb.connect()
    for table in TABLES:
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{place / table}.parquet')")
    return connection


class Athena:
    """Athena over the same files, each in its table's folder."""

    def __init__(self, aws: LocalAws, place: Path, reference: duckdb.DuckDBPyConnection) -> None:
        keys = {"region_name": "us-east-1", "aws_access_key_id": "111122223333", "aws_secret_access_key": "any"}
        self.s3, glue, self.athena = (
            boto3.client(name, endpoint_url=aws.url, **keys) for name in ("s3", "glue", "athena")
        )
        self.s3.create_bucket(Bucket="tpch")
        glue.create_database(DatabaseInput={"Name": "tpch"})
        for table in TABLES:
            self.s3.upload_file(str(place / f"{table}.parquet"), "tpch", f"{table}/{table}.parquet")
            columns = reference.execute(f"DESCRIBE {table}").fetchall()
            declared = ", ".join(f"{name} {HIVE.get(kind, kind.lower())}" for name, kind, *_ in columns)
            self.rows(f"CREATE EXTERNAL TABLE {table} ({declared}) STORED AS PARQUET LOCATION 's3://tpch/{table}/'")

    def rows(self, sql: str) -> list[list[str]]:
        """The rows of a statement's result file, as texts. :raises RuntimeError: if it fails."""
        started = self.athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": "tpch"},
            ResultConfiguration={"OutputLocation": "s3://tpch/out/"},
        )["QueryExecutionId"]
        begun = time.perf_counter()
        while True:
            found = self.athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]
            if found["Status"]["State"] not in {"QUEUED", "RUNNING"}:
                break
            time.sleep(max(0.002, 0.05 * (time.perf_counter() - begun)))  # asking must not cost what is measured
        if found["Status"]["State"] != "SUCCEEDED":
            raise RuntimeError(f"{sql[:60]}: {found['Status'].get('StateChangeReason')}")
        where = found["ResultConfiguration"]["OutputLocation"].removeprefix("s3://tpch/")
        if not where.endswith(".csv"):
            return []
        text = self.s3.get_object(Bucket="tpch", Key=where)["Body"].read().decode()
        return list(csv.reader(io.StringIO(text)))[1:]


def same(expected: list[tuple[Any, ...]], found: list[list[str]], units: float = 0.5) -> bool:
    """Whether two answers agree, row for row.

    :param units: by how much of its last digit a printed quotient may differ: half for who rounds, one for who cuts.
    """
    # the csv module reads the empty line of a single NULL as no cells
    found = [row or [""] for row in found]
    return all(
        row is not None
        and other is not None
        and len(row) == len(other)
        and all(_cell(*pair, units) for pair in zip(row, other, strict=True))
        for row, other in zip_longest(expected, found)
    )


def _cell(value: Any, text: str, units: float) -> bool:
    try:
        printed = units * 10.0 ** -len(text.partition(".")[2]) if isinstance(value, float) and "." in text else 0.0
        return abs(float(value) - float(text)) <= max(printed, 1e-6 * max(1.0, abs(float(value)))) * 1.0001
    except (TypeError, ValueError):
        return ("" if value is None else str(value)) == text


def _best(call: Callable[[], Any]) -> float:
    times = []
    for _ in range(3):
        begun = time.perf_counter()
        call()
        times.append(time.perf_counter() - begun)
    return min(times)


def run(scale: float) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, LocalAws() as aws:
        place = Path(folder)
        generate(scale, place)
        reference = plain(place)
        athena = Athena(aws, place, reference)
        direct = through = 0.0
        for name, sql in QUERIES.items():
            if not same(reference.execute(sql).fetchall(), athena.rows(sql)):
                raise AssertionError(f"{name}: Athena's answer is not DuckDB's")
            direct += _best(lambda sql=sql: reference.execute(sql).fetchall())
            through += _best(lambda sql=sql: athena.rows(sql))
        return [
            Row("right answers", len(QUERIES), "of 22", "22"),
            Row("plain DuckDB", direct, "s"),
            Row("Athena", through, "s"),
            Row("Athena over plain DuckDB", through / direct, "×", "at most 1.15"),
        ]
