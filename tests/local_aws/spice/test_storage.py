"""SPICE's tables: replaced as a whole, under readers' eyes."""

from __future__ import annotations

import threading
from pathlib import Path

import pyarrow as pa
import pytest

from local_aws.clock import Clock
from local_aws.jobs import Job, Jobs
from local_aws.lake import Lake
from local_aws.spice.preparation import plan
from local_aws.spice.staging import TooManyUnreadable
from local_aws.spice.storage import Spice

PLAN = plan(
    {
        "PhysicalTableMap": {
            "t": {
                "RelationalTable": {
                    "DataSourceArn": "arn",
                    "Name": "t",
                    "InputColumns": [{"Name": "id", "Type": "INTEGER"}, {"Name": "name", "Type": "STRING"}],
                }
            }
        }
    }
)


@pytest.fixture
def spice(tmp_path: Path) -> Spice:
    return Spice(Lake("123456789012", "us-east-1", tmp_path, Clock(), Jobs()))


def load(spice: Spice, ids: list[str | None], tolerated: float = 0.5) -> None:
    arrived = {"source_0": pa.table({"id": ids, "name": ["n" * 3] * len(ids)})}
    spice.replace("set", "ingestion", PLAN, arrived, tolerated, Job("test"))


def test_readers_see_the_old_rows_or_the_new_ones_while_they_are_replaced(spice: Spice) -> None:
    load(spice, ["1"] * 1000)
    seen: set[tuple[int, int]] = set()
    failures: list[Exception] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            try:
                [(count, total)] = spice.query('SELECT count(*), sum(id) FROM "data set"').rows
                seen.add((count, int(total)))
            except Exception as error:
                failures.append(error)
                return

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for round_number in range(20):
        load(spice, ["2"] * 3000 if round_number % 2 == 0 else ["1"] * 1000)
    stop.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert seen <= {(1000, 1000), (3000, 6000)}


def test_too_many_unreadable_rows_replace_nothing(spice: Spice) -> None:
    load(spice, ["1", "2", "x"])
    with pytest.raises(TooManyUnreadable, match="2 of 3 rows"):
        load(spice, ["3", "x", "y"])
    assert spice.query('SELECT id FROM "data set" ORDER BY 1').rows == [(1,), (2,)]
    tables = spice.query("SELECT table_name FROM duckdb_tables()").rows
    assert tables == [("data set",)]


def test_size_is_counted_by_the_rule_of_spice(spice: Spice) -> None:
    load(spice, ["1", None])
    loaded = spice.loaded("set")
    assert loaded is not None
    assert (loaded.rows, loaded.dropped, loaded.size) == (2, 0, 2 * 2 * 8 + 2 * 3)


def test_data_set_ids_that_look_like_sql_are_names(spice: Spice) -> None:
    arrived = {"source_0": pa.table({"id": ["1"], "name": ["a"]})}
    spice.replace('x"; DROP TABLE "data set', "i", PLAN, arrived, 0, Job("test"))
    load(spice, ["1"])
    spice.drop('x"; DROP TABLE "data set')
    assert spice.query('SELECT count(*) FROM "data set"').rows == [(1,)]
