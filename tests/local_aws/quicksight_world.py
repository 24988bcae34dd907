"""A QuickSight account with a data source over an engine that a test fills with SQL: real SQL, on DuckDB."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import duckdb
import pyarrow as pa
import pytest
from botocore.config import Config

from local_aws.errors import AwsError
from local_aws.lake import Lake
from local_aws.server import LocalAws

ENDED = {"COMPLETED", "FAILED", "CANCELLED"}


def _database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"python_enable_replacements": False})  # a missing table is no Python variable


@dataclass
class Engine:
    """Stands where Redshift is, when a test is about QuickSight alone."""

    database: duckdb.DuckDBPyConnection = field(default_factory=_database)
    gate: threading.Event | None = None
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fetch(self, sql: str, source: dict[str, Any]) -> pa.Table:
        if self.gate is not None and sql != "SELECT 1":
            self.gate.wait(20)
        with self.lock:
            self.asked.append((sql, source))
            try:
                return self.database.sql(sql).to_arrow_table()
            except duckdb.Error as error:
                raise AwsError("ValidationException", str(error)) from error

    def run(self, sql: str) -> None:
        with self.lock:
            self.database.execute(sql)


@dataclass
class World:
    """One account: its client, engine and lake."""

    client: Any
    account: str
    engine: Engine
    lake: Lake
    service: Any

    @property
    def source_arn(self) -> str:
        return f"arn:aws:quicksight:us-east-1:{self.account}:datasource/warehouse"

    def data_set_arn(self, data_set_id: str) -> str:
        return f"arn:aws:quicksight:us-east-1:{self.account}:dataset/{data_set_id}"

    def create_source(self) -> None:
        self.client.create_data_source(
            AwsAccountId=self.account,
            DataSourceId="warehouse",
            Name="Warehouse",
            Type="REDSHIFT",
            DataSourceParameters={"RedshiftParameters": {"Host": "orders.local", "Port": 5439, "Database": "dev"}},
        )

    def table(self, name: str, **columns: str) -> dict[str, Any]:
        """A PhysicalTableMap's table: `id="INTEGER"`."""
        listed = [{"Name": column, "Type": kind} for column, kind in columns.items()]
        relational = {"DataSourceArn": self.source_arn, "Schema": "main", "Name": name, "InputColumns": listed}
        return {"RelationalTable": relational}

    def create_data_set(self, data_set_id: str, physical: dict[str, Any], **more: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.client.create_data_set(
            AwsAccountId=self.account,
            DataSetId=data_set_id,
            Name=more.pop("Name", data_set_id),
            PhysicalTableMap=physical,
            ImportMode=more.pop("ImportMode", "SPICE"),
            **more,
        )
        return answer

    def ended(self, data_set_id: str, ingestion_id: str, seconds: float = 20) -> dict[str, Any]:
        """The ingestion, once it has ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            answer = self.client.describe_ingestion(
                AwsAccountId=self.account, DataSetId=data_set_id, IngestionId=ingestion_id
            )
            ingestion: dict[str, Any] = answer["Ingestion"]
            if ingestion["IngestionStatus"] in ENDED:
                return ingestion
            time.sleep(0.01)
        raise AssertionError(f"{ingestion_id} has not ended: {ingestion}")

    def loaded(self, data_set_id: str, physical: dict[str, Any], **more: Any) -> dict[str, Any]:
        """Create a data set and wait for its first ingestion."""
        answer = self.create_data_set(data_set_id, physical, **more)
        return self.ended(data_set_id, answer["IngestionId"])

    def ingest(self, data_set_id: str, ingestion_id: str) -> dict[str, Any]:
        self.client.create_ingestion(AwsAccountId=self.account, DataSetId=data_set_id, IngestionId=ingestion_id)
        return self.ended(data_set_id, ingestion_id)

    def rows(self, data_set_id: str, order: str = "ALL") -> list[tuple[Any, ...]]:
        """What SPICE holds."""
        spice = self.service.spice
        return list(spice.query(f"SELECT * FROM {spice.table(data_set_id)} ORDER BY {order}").rows)


def client_of(local_aws: LocalAws, account_id: str) -> Any:
    return boto3.client(
        "quicksight",
        endpoint_url=local_aws.url,
        region_name="us-east-1",
        aws_access_key_id=account_id,
        aws_secret_access_key="secret",
        config=Config(retries={"total_max_attempts": 1}),
    )


def make_world(local_aws: LocalAws, account_id: str) -> World:
    """An account with the data source `warehouse`, over an empty engine."""
    account = local_aws.app.account(account_id, "us-east-1")
    engine = Engine()
    account.lake.engines["REDSHIFT"] = engine
    made = World(client_of(local_aws, account_id), account_id, engine, account.lake, account.services["quicksight"])
    made.create_source()
    return made


@pytest.fixture
def world(local_aws: LocalAws, account_id: str) -> Iterator[World]:
    """A fresh account of the test's own."""
    made = make_world(local_aws, account_id)
    yield made
    if made.engine.gate is not None:
        made.engine.gate.set()
