"""A lake of its own for each test."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from local_aws import iceberg
from local_aws.lake import Lake
from local_aws.server import LocalAws
from tests.local_aws.iceberg.iceberg_engine import DATABASE, Engine


@pytest.fixture
def lake(local_aws: LocalAws, account_id: str, bucket: str) -> Lake:
    lake = local_aws.app.account(account_id, "us-east-1").lake
    lake.catalog.create_database({"Name": DATABASE})
    return lake


@pytest.fixture
def engine(lake: Lake) -> Engine:
    return Engine(lake)


@pytest.fixture
def create(lake: Lake, bucket: str) -> Callable[..., str]:
    """`create("t", {"id": "bigint"}, ["id"])`: an empty table; returns its location."""

    def make(name: str, columns: dict[str, str], partitioning: tuple[str, ...] = (), **properties: str) -> str:
        location = f"s3://{bucket}/lake/{name}"
        named = [(column, kind, None) for column, kind in columns.items()]
        iceberg.create(lake, DATABASE, name, named, partitioning, location, {"table_type": "ICEBERG", **properties})
        return location

    return make
