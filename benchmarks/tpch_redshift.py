"""TPC-H through Redshift's Data API, over plain DuckDB: its own tables, loaded by COPY, and Spectrum on Parquet.

Plain DuckDB reads the same Parquet files; Redshift's own tables need not be read from Parquet. Redshift's average of
decimals has their scale and is cut, so its last digit may differ by one.
"""

from __future__ import annotations

import csv
import io
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import sqlglot
from sqlglot import exp

from benchmarks import Row
from benchmarks.endpoint import Endpoint, running
from benchmarks.tpch import TABLES, Race, Rows, generate, plain

PLACE = {"WorkgroupName": "orders", "Database": "dev"}
BUCKET, LAKE = "tpch-redshift", "lake"


class Redshift:
    """The files as tables of its own and as an external schema, asked through the Data API."""

    def __init__(self, server: Endpoint, place: Path, reference: duckdb.DuckDBPyConnection) -> None:
        self.data = server.client("redshift-data")
        s3, serverless = server.client("s3"), server.client("redshift-serverless")
        s3.create_bucket(Bucket=BUCKET)
        serverless.create_namespace(namespaceName="orders", dbName="dev")
        serverless.create_workgroup(workgroupName="orders", namespaceName="orders")
        self.rows(
            f"CREATE EXTERNAL SCHEMA {LAKE} FROM DATA CATALOG DATABASE 'tpch' IAM_ROLE default"
            " CREATE EXTERNAL DATABASE IF NOT EXISTS"
        )
        self.copied = self.loading = 0.0
        for table in TABLES:
            s3.upload_file(str(place / f"{table}.parquet"), BUCKET, f"{table}/{table}.parquet")
            described = reference.execute(f"DESCRIBE {table}").fetchall()
            columns = ", ".join(f"{name} {kind.replace('VARCHAR', 'VARCHAR(200)')}" for name, kind, *_ in described)
            folder = f"s3://{BUCKET}/{table}/"
            self.rows(f"CREATE EXTERNAL TABLE {LAKE}.{table} ({columns}) STORED AS PARQUET LOCATION '{folder}'")
            self.rows(f"CREATE TABLE {table} ({columns})")
            begun = time.perf_counter()
            self.rows(f"COPY {table} FROM '{folder}' IAM_ROLE default FORMAT AS PARQUET")
            self.loading += time.perf_counter() - begun
            [(count,)] = reference.execute(f"SELECT count(*) FROM {table}").fetchall()
            self.copied += count

    def rows(self, sql: str) -> Rows:
        """The rows of a statement as texts. :raises RuntimeError: if it fails."""
        started = self.data.execute_statement(Sql=sql, ResultFormat="CSV", WaitTimeSeconds=30, **PLACE)
        while started["Status"] in {"SUBMITTED", "PICKED", "STARTED"}:
            started = self.data.describe_statement(Id=started["Id"], WaitTimeSeconds=30)
        if started["Status"] != "FINISHED":
            raise RuntimeError(f"{sql[:60]}: {self.data.describe_statement(Id=started['Id']).get('Error')}")
        if not started["HasResultSet"]:
            return []
        rows, page = Rows(), self.data.get_statement_result_v2(Id=started["Id"])
        while True:
            rows += csv.reader(io.StringIO("".join(each["CSVRecords"] for each in page["Records"])))
            if "NextToken" not in page:
                return rows[1:]
            page = self.data.get_statement_result_v2(Id=started["Id"], NextToken=page["NextToken"])


def external(sql: str) -> str:
    """The query of the external tables: the search path does not lead to them."""
    query = sqlglot.parse_one(sql, read="redshift")
    for table in query.find_all(exp.Table):
        if table.name in TABLES:
            table.set("db", exp.to_identifier(LAKE))
    return str(query.sql("redshift"))


def run(scale: float) -> list[Row]:
    sides: dict[str, Callable[[str], str]] = {"Redshift's own tables": str, "Redshift Spectrum": external}
    with tempfile.TemporaryDirectory() as folder, running() as server:
        generate(scale, Path(folder))
        reference = plain(Path(folder))
        redshift = Redshift(server, Path(folder), reference)
        rows = [Row("COPY of the eight tables from Parquet", redshift.copied / redshift.loading, "rows/s")]
        for name, written in sides.items():
            print(f"  {name}", flush=True)
            race = Race(reference, server, lambda sql, written=written: redshift.rows(written(sql)), units=1)  # type: ignore[misc]
            race.run(3)
            rows += race.rows(name)
    return rows
