"""TPC-H through Athena's API, over plain DuckDB on the same Parquet files.

The data is made by `tpchgen-cli`; the queries are the standard's with its validation parameters, one text for both.
Numbers are compared to a millionth, or to the digits that Trino prints where DuckDB has a double: Trino's average and
quotient of decimals are decimals. Both sides take turns, and each query's best of five counts, from the first request
to the last row of the result file. The server is a process of its own; plain DuckDB runs in the client's.
"""

from __future__ import annotations

import csv
import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

import boto3
import duckdb

from benchmarks import Row
from benchmarks.endpoint import ACCOUNT, REGION, Endpoint, running

QUERIES = {
    path.stem: path.read_text().strip() for path in sorted(Path(__file__).with_name("tpch_queries").glob("*.sql"))
}
TABLES = ("customer", "lineitem", "nation", "orders", "part", "partsupp", "region", "supplier")
HIVE = {"BIGINT": "bigint", "INTEGER": "int", "VARCHAR": "string", "DATE": "date"}
ROUNDS = 5
Rows = list[list[str]]


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


class Waiting:
    """When to ask for a job's state: first when it should be done by what it took before, then every two ms.

    Asking must not cost what is measured, and what is measured must not be the time between two questions.
    """

    def __init__(self) -> None:
        self._took: dict[str, float] = {}

    def until(self, job: str, ended: Callable[[], bool]) -> None:
        begun = time.perf_counter()
        time.sleep(0.9 * self._took.get(job, 0.0))
        while not ended():
            time.sleep(0.002)
        self._took[job] = min(time.perf_counter() - begun, self._took.get(job, 1e9))


class Athena:
    """Athena over the same files, each in its table's folder."""

    def __init__(self, url: str, place: Path, reference: duckdb.DuckDBPyConnection) -> None:
        keys = {"region_name": REGION, "aws_access_key_id": ACCOUNT, "aws_secret_access_key": "any"}
        self.s3, glue, self.athena = (boto3.client(name, endpoint_url=url, **keys) for name in ("s3", "glue", "athena"))
        self._waiting = Waiting()
        self.s3.create_bucket(Bucket="tpch")
        glue.create_database(DatabaseInput={"Name": "tpch"})
        for table in TABLES:
            self.s3.upload_file(str(place / f"{table}.parquet"), "tpch", f"{table}/{table}.parquet")
            columns = reference.execute(f"DESCRIBE {table}").fetchall()
            declared = ", ".join(f"{name} {HIVE.get(kind, kind.lower())}" for name, kind, *_ in columns)
            self.rows(f"CREATE EXTERNAL TABLE {table} ({declared}) STORED AS PARQUET LOCATION 's3://tpch/{table}/'")

    def rows(self, sql: str) -> Rows:
        """The rows of a statement's result file, as texts. :raises RuntimeError: if it fails."""
        started = self.athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": "tpch"},
            ResultConfiguration={"OutputLocation": "s3://tpch/out/"},
        )["QueryExecutionId"]
        found: dict[str, Any] = {}

        def ended() -> bool:
            found.update(self.athena.get_query_execution(QueryExecutionId=started)["QueryExecution"])
            return found["Status"]["State"] not in {"QUEUED", "RUNNING"}

        self._waiting.until(sql, ended)
        if found["Status"]["State"] != "SUCCEEDED":
            raise RuntimeError(f"{sql[:60]}: {found['Status'].get('StateChangeReason')}")
        where = found["ResultConfiguration"]["OutputLocation"].removeprefix("s3://tpch/")
        if not where.endswith(".csv"):
            return []
        text = self.s3.get_object(Bucket="tpch", Key=where)["Body"].read().decode()
        return list(csv.reader(io.StringIO(text)))[1:]


def same(expected: list[tuple[Any, ...]], found: Rows, units: float = 0.5) -> bool:
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


@dataclass
class Race:
    """Plain DuckDB against what is measured, query by query: best times, and CPU time of all rounds."""

    reference: duckdb.DuckDBPyConnection
    server: Endpoint
    ask: Callable[[str], Rows]
    units: float = 0.5
    direct: dict[str, float] = field(default_factory=dict)
    through: dict[str, float] = field(default_factory=dict)
    direct_cpu: float = 0.0
    through_cpu: float = 0.0

    def run(self, rounds: int = ROUNDS) -> None:
        """:raises AssertionError: for an answer that is not DuckDB's."""
        for name, sql in QUERIES.items():
            if not same(self.reference.execute(sql).fetchall(), self.ask(sql), self.units):
                raise AssertionError(f"{name}: the answer is not DuckDB's")
            turns = [self._turn(sql) for _ in range(rounds)]
            self.direct[name], self.through[name] = (min(each) for each in zip(*turns, strict=True))
            a, b = self.direct[name], self.through[name]
            print(f"    {name}  plain {a * 1e3:6.0f} ms  through the API {b * 1e3:6.0f} ms  {b / a:5.2f} ×", flush=True)

    def _turn(self, sql: str) -> tuple[float, float]:
        times = [time.perf_counter()]
        computed = [time.process_time()]
        self.reference.execute(sql).fetchall()
        times.append(time.perf_counter())
        computed += [time.process_time(), time.process_time() + self.server.cpu_seconds()]
        self.ask(sql)
        times.append(time.perf_counter())
        computed.append(time.process_time() + self.server.cpu_seconds())
        self.direct_cpu += computed[1] - computed[0]
        self.through_cpu += computed[3] - computed[2]
        return times[1] - times[0], times[2] - times[1]

    def rows(self, name: str, aim: str = "") -> list[Row]:
        direct, through = sum(self.direct.values()), sum(self.through.values())
        return [
            Row(f"{name}: right answers", len(self.through), "of 22", "22"),
            Row(f"{name}: plain DuckDB beside it", direct, "s"),
            Row(name, through, "s"),
            Row(f"{name} over plain DuckDB", through / direct, "×", aim),
            Row(f"{name} over plain DuckDB, by CPU time of client and server", self.through_cpu / self.direct_cpu, "×"),
        ]


def run(scale: float) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder, running() as server:
        place = Path(folder)
        generate(scale, place)
        reference = plain(place)
        athena = Athena(server.url, place, reference)
        race = Race(reference, server, athena.rows)
        race.run()
        bare = []
        for _ in range(50):
            begun = time.perf_counter()
            athena.rows("SELECT 1")
            bare.append((time.perf_counter() - begun) * 1e3)
        slowest = sorted(race.direct, key=lambda name: race.through[name] / race.direct[name], reverse=True)[:3]
        return [
            *race.rows("Athena", "at most 1.15"),
            Row("SELECT 1, from the request to the result file read", min(bare), "ms"),
            *(
                Row(
                    f"{name}, furthest from plain: {race.direct[name] * 1e3:.0f} ms there",
                    race.through[name] * 1e3,
                    "ms",
                )
                for name in slowest
            ),
        ]
