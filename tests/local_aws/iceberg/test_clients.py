"""One table, many clients: pyiceberg's Glue catalog over HTTP, Athena over boto3, several of them at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyarrow as pa
import pytest
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.types import StringType

from local_aws.server import LocalAws
from tests.local_aws.athena_client import Athena

IDS = pa.schema([pa.field("id", pa.int64()), pa.field("n", pa.int64())])


@pytest.fixture
def outside(local_aws: LocalAws, client: Callable[..., Any], account_id: str) -> GlueCatalog:
    place = {"s3.endpoint": local_aws.url, "s3.region": "us-east-1"}
    keys = {"s3.access-key-id": account_id, "s3.secret-access-key": "secret"}
    return GlueCatalog("outside", client=client("glue"), **place, **keys)


def _rows(*pairs: tuple[int, int]) -> pa.Table:
    return pa.table({"id": [each[0] for each in pairs], "n": [each[1] for each in pairs]}, schema=IDS)


def test_table_of_pyiceberg_is_read_merged_and_optimised_by_athena(
    athena: Athena, outside: GlueCatalog, bucket: str
) -> None:
    table = outside.create_table("shop.t", IDS, location=f"s3://{bucket}/t", properties={"owner.team": "lake"})
    table.append(_rows((1, 10), (2, 20)))
    with table.update_schema() as change:
        change.add_column("note", StringType())
        change.rename_column("n", "amount")
    table.append(pa.table({"id": [3], "amount": [30], "note": ["new"]}, schema=table.schema().as_arrow()))
    assert athena.rows("SELECT * FROM t ORDER BY id") == [("1", "10", None), ("2", "20", None), ("3", "30", "new")]
    athena.execute(
        "MERGE INTO t USING (VALUES (2, 21), (4, 40)) AS s(id, amount) ON t.id = s.id"
        " WHEN MATCHED THEN UPDATE SET amount = s.amount"
        " WHEN NOT MATCHED THEN INSERT (id, amount) VALUES (s.id, s.amount)"
    )
    athena.execute("OPTIMIZE t REWRITE DATA USING BIN_PACK")
    table.refresh()
    found = table.scan().to_arrow().sort_by("id")
    assert list(zip(found["id"].to_pylist(), found["amount"].to_pylist(), strict=True)) == [
        (1, 10),
        (2, 21),
        (3, 30),
        (4, 40),
    ]
    assert found["note"].to_pylist() == [None, None, "new", None]
    assert athena.rows(f"SELECT id, n FROM t FOR VERSION AS OF {table.history()[0].snapshot_id} ORDER BY id")


def test_branches_and_tags_are_versions(athena: Athena, outside: GlueCatalog, bucket: str) -> None:
    table = outside.create_table("shop.t", IDS, location=f"s3://{bucket}/t")
    table.append(_rows((1, 10)))
    first = table.current_snapshot()
    assert first is not None
    table.manage_snapshots().create_tag(first.snapshot_id, "closing").create_branch(first.snapshot_id, "audit").commit()
    table.append(_rows((2, 20)))
    table.append(_rows((3, 30)), branch="audit")
    count = "SELECT count(*), sum(n) FROM t FOR VERSION AS OF '{}'"
    assert athena.rows(count.format("closing")) == [("1", "10")]
    assert athena.rows(count.format("audit")) == [("2", "40")]
    assert athena.rows(count.format("main")) == [("2", "30")]
    assert athena.reason(count.format("nope")).endswith("Cannot find snapshot with reference name: nope")
    athena.execute("INSERT INTO t VALUES (4, 40)")
    assert athena.rows('SELECT name, type FROM "t$refs" ORDER BY name') == [
        ("audit", "BRANCH"),
        ("closing", "TAG"),
        ("main", "BRANCH"),
    ]


def test_metadata_tables_tell_properties_entries_and_the_metadata_log(
    athena: Athena, outside: GlueCatalog, bucket: str
) -> None:
    table = outside.create_table("shop.t", IDS, location=f"s3://{bucket}/t", properties={"owner.team": "lake"})
    table.append(_rows((1, 10)))
    table.append(_rows((2, 20)))
    assert ("owner.team", "lake") in athena.rows('SELECT key, value FROM "t$properties"')
    assert athena.rows('SELECT status, sequence_number FROM "t$entries" ORDER BY 2') == [("1", "1"), ("1", "2")]
    log = athena.rows('SELECT file, latest_sequence_number FROM "t$metadata_log_entries" ORDER BY "timestamp", file')
    table.refresh()
    assert len(log) == 3
    assert log[-1] == (table.metadata_location, "2")


def test_commits_of_four_writers_at_once_lose_nothing(athena: Athena, outside: GlueCatalog, bucket: str) -> None:
    outside.create_table("shop.t", IDS, location=f"s3://{bucket}/t")

    def by_athena(writer: int) -> None:
        for n in range(4):
            athena.execute(f"INSERT INTO t VALUES ({writer}, {n})")

    def by_pyiceberg(writer: int) -> None:
        for n in range(4):
            while True:
                try:
                    outside.load_table("shop.t").append(_rows((writer, n)))
                    break
                except CommitFailedException:
                    continue

    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(by_athena if writer % 2 else by_pyiceberg, writer) for writer in range(4)]
        for job in jobs:
            job.result()
    assert athena.rows("SELECT count(*), count(DISTINCT id * 10 + n) FROM t") == [("16", "16")]
    assert athena.rows('SELECT count(*) FROM "t$snapshots"') == [("16",)]
