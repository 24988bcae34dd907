"""dlt with its Athena destination, staged on S3: each table format by each write disposition.

The settings are what dlt's documentation shows: https://dlthub.com/docs/dlt-ecosystem/destinations/athena
"""

from __future__ import annotations

import datetime
import decimal
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import dlt
import pytest

PACKAGES = ("dlt", "pyathena")


@pytest.fixture(scope="module", autouse=True)
def settings(bucket: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    made = {
        "DESTINATION__FILESYSTEM__BUCKET_URL": f"s3://{bucket}/stage",
        "DESTINATION__ATHENA__QUERY_RESULT_BUCKET": f"s3://{bucket}/results",
        "RUNTIME__DLTHUB_TELEMETRY": "false",
    }
    for destination in ("FILESYSTEM", "ATHENA"):
        for name, variable in (
            ("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID"),
            ("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY"),
            ("ENDPOINT_URL", "AWS_ENDPOINT_URL"),
            ("REGION_NAME", "AWS_REGION"),
        ):
            made[f"DESTINATION__{destination}__CREDENTIALS__{name}"] = os.environ[variable]
    before = dict(os.environ)
    os.environ.update(made)
    yield
    os.environ.clear()
    os.environ.update(before)


def orders(first: int, count: int, price: str = "1.10") -> list[dict[str, Any]]:
    start = datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    return [
        {
            "id": number,
            "name": f'n{number}, "quoted"',
            "at": start + datetime.timedelta(hours=number),
            "day": (start + datetime.timedelta(days=number % 3)).date(),
            "amount": decimal.Decimal(price) * number,
            "share": number / 7,
            "paid": number % 2 == 0,
            "tags": [{"tag": "a", "weight": 1}, {"tag": "b", "weight": number}],
            "ship": {"to": "x", "by": None if number % 2 else "post"},
        }
        for number in range(first, first + count)
    ]


class Loaded:
    """A pipeline of one table `orders`, and what is in it."""

    def __init__(self, place: Path, table_format: str, disposition: Any) -> None:
        self.table_format, self.disposition = table_format, disposition
        name = f"{table_format}_{disposition if isinstance(disposition, str) else disposition['strategy']}"
        self.pipeline = dlt.pipeline(
            name, destination="athena", staging="filesystem", dataset_name=f"dlt_{name}", pipelines_dir=str(place)
        )

    def load(self, rows: list[dict[str, Any]], **hints: Any) -> None:
        if self.table_format == "iceberg":
            hints["table_format"] = "iceberg"
        resource = dlt.resource(rows, name="orders", primary_key="id", write_disposition=self.disposition, **hints)
        self.pipeline.run(resource).raise_on_failed_jobs()

    def rows(self, sql: str) -> list[list[Any]]:
        with self.pipeline.sql_client() as client:
            found = client.execute_sql(sql)
        return [list(row) for row in found or []]


WAYS = [
    pytest.param("hive", "append", [[150, 100]], id="hive-append"),
    pytest.param("hive", "replace", [[75, 75]], id="hive-replace"),
    pytest.param("iceberg", "append", [[150, 100]], id="iceberg-append"),
    pytest.param("iceberg", "replace", [[75, 75]], id="iceberg-replace"),
    pytest.param("iceberg", "merge", [[100, 100]], id="iceberg-merge"),
    pytest.param("iceberg", {"disposition": "merge", "strategy": "upsert"}, [[100, 100]], id="iceberg-upsert"),
]


@pytest.mark.parametrize(("table_format", "disposition", "counts"), WAYS)
def test_two_loads_hold(tmp_path: Path, table_format: str, disposition: Any, counts: list[list[int]]) -> None:
    loaded = Loaded(tmp_path, table_format, disposition)
    loaded.load(orders(0, 75))
    loaded.load(orders(25, 75))
    assert loaded.rows("select count(*), count(distinct id) from orders") == counts
    assert loaded.rows("select count(*) from orders__tags") == [[2 * counts[0][0]]]
    assert loaded.rows("select amount, paid, day, ship__by from orders where id = 50 limit 1") == [
        [decimal.Decimal("55.0"), True, datetime.date(2024, 1, 3), "post"]
    ]
    kept = loaded.pipeline.dataset()["orders"].df()
    assert len(kept) == counts[0][0]
    assert kept.loc[kept["id"] == 99, "name"].tolist() == ['n99, "quoted"']


def test_history_is_kept(tmp_path: Path) -> None:
    loaded = Loaded(tmp_path, "iceberg", {"disposition": "merge", "strategy": "scd2"})
    rows = [{"id": number, "name": f"n{number}"} for number in range(3)]
    loaded.load(rows)
    loaded.load([*rows[:2], {"id": 2, "name": "other"}])
    sql = "select count(*), count(_dlt_valid_to) from orders where id = 2"
    assert loaded.rows(sql) == [[2, 1]]


def test_new_column_is_added(tmp_path: Path) -> None:
    pipeline = dlt.pipeline(
        "wider", destination="athena", staging="filesystem", dataset_name="dlt_wider", pipelines_dir=str(tmp_path)
    )
    for row in ({"id": 1, "kind": "a"}, {"id": 2, "kind": "b", "since": datetime.date(2024, 1, 1)}):
        pipeline.run([row], table_name="orders").raise_on_failed_jobs()
    with pipeline.sql_client() as client:
        found = client.execute_sql("select count(*), count(kind), count(since) from orders")
    assert [list(row) for row in found or []] == [[2, 2, 1]]


def test_partitions_are_by_what_is_asked(tmp_path: Path) -> None:
    from dlt.destinations.adapters import athena_adapter, athena_partition

    pipeline = dlt.pipeline(
        "parts", destination="athena", staging="filesystem", dataset_name="dlt_parts", pipelines_dir=str(tmp_path)
    )
    resource = dlt.resource(orders(0, 30), name="orders", table_format="iceberg")
    made = athena_adapter(resource, partition=["day", athena_partition.bucket(4, "id")])
    pipeline.run(made).raise_on_failed_jobs()
    with pipeline.sql_client() as client:
        found = client.execute_sql('select count(distinct partition.day) from "orders$partitions"')
    assert [list(row) for row in found or []] == [[3]]


def test_dataset_is_dropped(tmp_path: Path) -> None:
    pipeline = dlt.pipeline(
        "gone", destination="athena", staging="filesystem", dataset_name="dlt_gone", pipelines_dir=str(tmp_path)
    )
    pipeline.run([{"id": 1}], table_name="orders").raise_on_failed_jobs()
    with pipeline.sql_client() as client:
        client.drop_dataset()
    names = [each["Name"] for each in boto3.client("glue").get_databases()["DatabaseList"]]
    assert "dlt_gone" not in names
