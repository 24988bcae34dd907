"""TPC-H by others on the same Parquet files: local Spark and ministack, for `make bench WITH=spark,ministack`.

Each is installed from the package index into an environment of its own, under `.venv-bench`; Spark needs a Java
runtime. Spark runs in local mode on all cores, each query once warm and then measured twice, rows collected; ministack
is asked through Athena's API as local_aws is. A query that one of them refuses or answers otherwise is not right and
not counted in its ratio, which is over plain DuckDB on the queries that it has right.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import duckdb
from botocore.exceptions import BotoCoreError, ClientError

from benchmarks import Row
from benchmarks.endpoint import REGION
from benchmarks.tpch import HIVE, QUERIES, TABLES, Rows, Waiting, generate, plain, same

OPTIONAL = ("spark", "ministack")
PACKAGES = {"spark": "pyspark==4.3.0", "ministack": "ministack[full]==1.5.33"}
ENVIRONMENTS = Path(__file__).parent.parent / ".venv-bench"
TIMES = 2
Answer = tuple[float, Rows]


def interpreter(name: str) -> Path:
    """The Python of a peer's environment, which is made where it is not there."""
    place = ENVIRONMENTS / name
    mark, python = place / ".ready", place / "bin" / "python"
    if not mark.exists() or mark.read_text() != PACKAGES[name]:
        print(f"  installing {PACKAGES[name]}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", place], check=True)
        subprocess.run(
            [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", PACKAGES[name]], check=True
        )
        mark.write_text(PACKAGES[name])
    return python


SPARK = """
import json, sys, time
from pyspark.sql import SparkSession
place, queries, times = sys.argv[1], json.load(open(sys.argv[2])), int(sys.argv[3])
session = (SparkSession.builder.master("local[*]").config("spark.ui.enabled", "false")
           .config("spark.driver.memory", "4g").config("spark.sql.shuffle.partitions", "4").getOrCreate())
for table in json.load(open(sys.argv[4])):
    session.read.parquet(f"{place}/{table}.parquet").createOrReplaceTempView(table)
for name, sql in queries.items():
    best, rows = 0.0, []
    try:
        for turn in range(times + 1):
            begun = time.perf_counter()
            rows = session.sql(sql).collect()
            took = time.perf_counter() - begun
            best = took if turn < 2 else min(best, took)
    except Exception as error:
        print(json.dumps([name, None, str(error)[:200]]), flush=True)
    else:
        texts = [["" if value is None else str(value) for value in row] for row in rows]
        print(json.dumps([name, best, texts]), flush=True)
"""


def spark(place: Path) -> Iterator[tuple[str, Answer | None]]:
    """Each query's best time and rows; None where it is refused."""
    (place / "queries.json").write_text(json.dumps(QUERIES))
    (place / "tables.json").write_text(json.dumps(TABLES))
    given = [str(place), str(place / "queries.json"), str(TIMES), str(place / "tables.json")]
    command = [str(interpreter("spark")), "-c", SPARK, *given]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("["):
                name, best, rows = json.loads(line)
                yield name, None if best is None else (best, rows)
    if process.returncode:
        raise SystemExit("Spark did not run: it needs a Java runtime")


@contextmanager
def _ministack(place: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = {"S3_DATA_DIR": str(place / "ministack"), "S3_PERSIST": "1", "GATEWAY_PORT": str(port)}
    command = [str(interpreter("ministack").with_name("ministack"))]
    server = subprocess.Popen(
        command, env={**os.environ, **data}, cwd=place, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(600):
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def _asker(url: str, place: Path, reference: duckdb.DuckDBPyConnection) -> Callable[[str], Rows]:
    """The tables made there, and what asks a query of them. :raises RuntimeError: for one that fails."""
    keys = {"region_name": REGION, "aws_access_key_id": "test", "aws_secret_access_key": "test"}
    s3, glue, athena = (boto3.client(each, endpoint_url=url, **keys) for each in ("s3", "glue", "athena"))
    waiting = Waiting()
    s3.create_bucket(Bucket="tpch")
    glue.create_database(DatabaseInput={"Name": "tpch"})
    for table in TABLES:
        s3.upload_file(str(place / f"{table}.parquet"), "tpch", f"{table}/{table}.parquet")
        described = reference.execute(f"DESCRIBE {table}").fetchall()
        storage = {
            "Columns": [{"Name": name, "Type": HIVE.get(kind, kind.lower())} for name, kind, *_ in described],
            "Location": f"s3://tpch/{table}/",
            "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
            "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
            "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
        }
        glue.create_table(DatabaseName="tpch", TableInput={"Name": table, "StorageDescriptor": storage})

    def ask(sql: str) -> Rows:
        started = athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": "tpch"},
            ResultConfiguration={"OutputLocation": "s3://tpch/out/"},
        )["QueryExecutionId"]
        status: dict[str, Any] = {}

        def ended() -> bool:
            status.update(athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"])
            return status["State"] not in {"QUEUED", "RUNNING"}

        waiting.until(sql, ended)
        if status["State"] != "SUCCEEDED":
            raise RuntimeError(status.get("StateChangeReason", "")[:200])
        pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=started)
        rows = [row["Data"] for page in pages for row in page["ResultSet"]["Rows"]]
        return [[cell.get("VarCharValue", "") for cell in row] for row in rows][1:]

    return ask


def ministack(place: Path) -> Iterator[tuple[str, Answer | None]]:
    """Each query's best time and rows; None where it is refused."""
    with _ministack(place) as url:
        ask = _asker(url, place, plain(place))
        for name, sql in QUERIES.items():
            try:
                times, rows = [], Rows()
                for _ in range(TIMES + 1):
                    begun = time.perf_counter()
                    rows = ask(sql)
                    times.append(time.perf_counter() - begun)
                yield name, (min(times[1:]), rows)
            except (RuntimeError, ClientError, BotoCoreError):
                yield name, None


def measure(name: str, place: Path, reference: duckdb.DuckDBPyConnection) -> list[Row]:
    """How many it has right, and its time on these over plain DuckDB's."""
    right, took, direct = 0, 0.0, 0.0
    for query, answer in {"spark": spark, "ministack": ministack}[name](place):
        expected = reference.execute(QUERIES[query]).fetchall()
        times = []
        for _ in range(TIMES):
            begun = time.perf_counter()
            reference.execute(QUERIES[query]).fetchall()
            times.append(time.perf_counter() - begun)
        found = answer is not None and same(expected, answer[1])
        print(
            f"    {query}  {name} {f'{answer[0] * 1e3:6.0f} ms' if answer else 'refused'}  right: {found}", flush=True
        )
        if found and answer is not None:
            right, took, direct = right + 1, took + answer[0], direct + min(times)
    rows = [Row(f"{PACKAGES[name]}: right answers", right, "of 22")]
    if right:
        rows += [
            Row(f"{PACKAGES[name]}: the {right} right ones", took, "s"),
            Row(f"{PACKAGES[name]} over plain DuckDB, on these", took / direct, "×"),
        ]
    return rows


def run(scale: float) -> list[Row]:
    wanted = os.environ.get("BENCH_WITH", "").split(",")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        generate(scale, place)
        reference = plain(place)
        return [row for name in OPTIONAL if name in wanted for row in measure(name, place, reference)]
