"""The whole path in one process: a store's files, local_aws, the real DAGs, in accounts of their own."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from laptop import endpoint, environment
from laptop.airflow import InProcessAirflow
from laptop.store import BUFFERING, bounds, days_of, send_day
from local_aws.server import LocalAws
from producer import Arrival, Kind, Replay, Simulation
from tests.accounts import new_account
from tests.layers import LAKE, WAREHOUSE

FIRST_DAY = date(2010, 12, 2)
DAYS = 4
"""Thursday to Sunday: there are no orders on the Saturday."""
COLUMNS = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]
REAL_ROWS = [
    [
        "536365",
        "85123A",
        "WHITE HANGING HEART T-LIGHT HOLDER",
        "6",
        "2010-12-02 08:26:00",
        "2.55",
        "17850.0",
        "United Kingdom",
    ],
    [
        "536365",
        "85123A",
        "WHITE HANGING HEART T-LIGHT HOLDER",
        "6",
        "2010-12-02 08:26:00",
        "2.55",
        "17850.0",
        "United Kingdom",
    ],
    ["536370", "37370", "SET 3 RETROSPOT TEA,COFFEE,SUGAR", "24", "2010-12-02 08:45:00", "4.25", "12583.0", "France"],
    ["C536379", "D", "Discount", "-1", "2010-12-02 09:41:00", "27.5", "14527.0", "United Kingdom"],
    ["536414", "22139", "", "56", "2010-12-02 11:52:00", "0.0", "", "United Kingdom"],
    ["A563185", "B", "Adjust bad debt", "1", "2010-12-03 14:50:00", "11062.06", "", "United Kingdom"],
    ["536544", "DOT", "DOTCOM POSTAGE", "1", "2010-12-03 14:32:00", "569.77", "", "United Kingdom"],
    ["536597", "22220", 'CAKE STAND "LOVEBIRD", 2 TIER', "1", "2010-12-03 17:35:00", "19.95", "18011", "EIRE"],
    ["537032", "22220", "damages", "-3", "2010-12-05 13:28:00", "0.0", "", "United Kingdom"],
]
"""Dirt as it is in real files: a quoted comma, a line twice, a cancellation, an adjustment, no customer, no price, a
note of the stock in the place of a name."""


@dataclass
class World:
    """One account with the warehouse in it."""

    account: str
    server: LocalAws
    airflow: InProcessAirflow

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.server.url,
            region_name=environment.REGION,
            aws_access_key_id=self.account,
            aws_secret_access_key="secret",
        )

    def use(self) -> None:
        """Point Airflow's connection at this account."""
        extra = {"endpoint_url": self.server.url, "region_name": environment.REGION}
        connection = {"conn_type": "aws", "login": self.account, "password": "secret", "extra": extra}
        os.environ["AIRFLOW_CONN_AWS_DEFAULT"] = json.dumps(connection)
        self.airflow.settings.__dict__.pop("outputs", None)

    def send(self, day: date, arrivals: Any) -> int:
        """Send a day's records as this account's store, and end the day."""
        os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"] = self.account, "secret"
        return send_day(self.server.url, self.airflow.settings.stream, day, arrivals).records

    def window(self, day: date, days: int = 1) -> dict[str, str]:
        start = bounds(day)[0]
        endpoint.set_clock(self.server.url, start + timedelta(days=days) + BUFFERING)
        return self.run(
            "order_lake",
            {"window_start": start.isoformat(), "window_end": (start + timedelta(days=days)).isoformat()},
        )

    def run(self, dag_id: str, conf: dict[str, Any] | None = None) -> dict[str, str]:
        self.use()
        return self.airflow.run(dag_id, conf)

    def publish(self) -> None:
        self.run("order_warehouse")
        self.run("sales_dashboards")

    @property
    def ledger(self) -> Any:
        self.use()
        return self.airflow.ledger()

    def athena(self, sql: str) -> list[dict[str, str | None]]:
        """Rows as Athena prints them."""
        athena = self.client("athena")
        query = athena.start_query_execution(
            QueryString=sql, WorkGroup="orders", QueryExecutionContext={"Database": "orderlogs"}
        )["QueryExecutionId"]
        status = _until_ended(lambda: athena.get_query_execution(QueryExecutionId=query)["QueryExecution"]["Status"])
        assert status["State"] == "SUCCEEDED", status
        pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=query)
        rows = [
            [cell.get("VarCharValue") for cell in row["Data"]] for page in pages for row in page["ResultSet"]["Rows"]
        ]
        return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]] if rows else []  # type: ignore[arg-type]

    def redshift(self, sql: str) -> list[dict[str, Any]]:
        """Rows as the Data API gives them."""
        data = self.client("redshift-data")
        statement = data.execute_statement(Sql=sql, WorkgroupName="orders", Database="dev")["Id"]
        status = _until_ended(lambda: data.describe_statement(Id=statement), "Status")
        assert status["Status"] == "FINISHED", status.get("Error")
        rows = []
        for page in data.get_paginator("get_statement_result").paginate(Id=statement):
            names = [column["name"] for column in page["ColumnMetadata"]]
            rows += [dict(zip(names, map(_value, record), strict=True)) for record in page["Records"]]
        return rows

    def spice(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query over SPICE's own storage; `{order_lines}` stands for the data set's table."""
        service: Any = self.server.app.account(self.account, environment.REGION).services["quicksight"]
        tables = {name: service.spice.table(name) for name in self.airflow.settings.data_sets}
        return list(service.spice.query(sql.format(**tables)).rows)


def _value(field: dict[str, Any]) -> Any:
    return None if field.get("isNull") else next(iter(field.values()))


def _until_ended(look: Callable[[], Any], key: str = "State") -> Any:
    import time

    while True:
        found = look()
        if found[key] in {"SUCCEEDED", "FAILED", "CANCELLED", "FINISHED", "ABORTED"}:
            return found
        time.sleep(0.02)


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory, local_aws: LocalAws) -> InProcessAirflow:
    """The repository's DAGs in this process."""
    return InProcessAirflow(tmp_path_factory.mktemp("airflow") / "run.log")


@pytest.fixture(scope="session")
def new_world(local_aws: LocalAws, airflow: InProcessAirflow) -> Iterator[Callable[[], World]]:
    """`new_world()`: a deployed warehouse in a fresh account."""

    def make() -> World:
        world = World(new_account(), local_aws, airflow)
        world.run("warehouse_deploy")
        return world

    yield make
    endpoint.set_clock(local_aws.url, None)


@pytest.fixture(scope="session")
def order_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of orders, one a day, with real dirt; the simulated store's clean lines fill them up."""
    folder = tmp_path_factory.mktemp("orders")
    by_day: dict[str, list[list[str]]] = {}
    for row in REAL_ROWS:
        by_day.setdefault(row[4][:10], []).append(row)
    for arrival in Simulation(FIRST_DAY, DAYS, seed=7, orders_per_day=12):
        if arrival.kind is Kind.ORDER:
            order = json.loads(arrival.payload)
            row = ["" if order[name] is None else str(order[name]) for name in COLUMNS]
            by_day.setdefault(row[4][:10], []).append(row)
    for number, (day, rows) in enumerate(sorted(by_day.items())):
        with (folder / f"{day}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows([_original_layout(row) for row in rows] if number == 1 else rows)
    return folder


def _original_layout(row: list[str]) -> list[str]:
    """The dates of the original download: `12/3/10 8:26`. Whole minutes alone can be written so."""
    moment = datetime.fromisoformat(row[4])
    text = f"{moment.month}/{moment.day}/{moment:%y} {moment.hour}:{moment.minute:02}"
    return [*row[:4], text if not moment.second else row[4], *row[5:]]


def arrivals(files: Path) -> Iterator[tuple[date, list[Arrival]]]:
    """The days of the files with their arrivals, the empty one too."""
    for day, records in days_of(Replay(files, FIRST_DAY, DAYS), FIRST_DAY, DAYS):
        yield day, list(records)


@pytest.fixture(scope="session")
def world(new_world: Callable[[], World], order_files: Path) -> World:
    """The files' days, in order, through every layer."""
    made = new_world()
    for day, records in arrivals(order_files):
        made.send(day, records)
        made.window(day)
    made.publish()
    return made


def tables(world: World) -> dict[str, list[Any]]:
    """Every row of every table of lake and warehouse, in an order of its own."""
    found: dict[str, list[Any]] = {name: world.athena(sql) for name, sql in LAKE.items()}
    for table in WAREHOUSE:
        rows = world.redshift(f"SELECT * FROM sales.{table}")
        found[table] = sorted(tuple(str(cell) for cell in row.values()) for row in rows)
    return found


def content(world: World) -> dict[str, list[Any]]:
    """Every row of every table of every layer, in an order of its own."""
    found = tables(world)
    # what the windows scanned and cost differs from one run to the next
    for name in set(world.airflow.settings.data_sets) - {"pipeline_windows"}:
        found[f"spice {name}"] = sorted(tuple(map(str, row)) for row in world.spice(f"SELECT * FROM {{{name}}}"))
    return found
