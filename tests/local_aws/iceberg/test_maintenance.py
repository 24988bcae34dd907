"""OPTIMIZE and VACUUM: the same rows in fewer files, and no file that nothing needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from local_aws import iceberg
from local_aws.errors import AwsError
from local_aws.lake import Lake
from tests.local_aws.iceberg.iceberg_engine import DATABASE, Engine


@pytest.fixture
def clock(lake: Lake) -> Iterator[Callable[[int], None]]:
    """`clock(3)`: it is noon, three days after the start."""
    yield lambda day: lake.clock.set(datetime(2010, 12, 1, 12, tzinfo=UTC) + timedelta(days=day))
    lake.clock.set(datetime.now(UTC))


@pytest.fixture
def many_files(create: Callable[..., str], engine: Engine) -> None:
    create("t", {"id": "bigint", "day": "date"}, ("day",))
    for number in range(6):
        rows = [f"({number}, DATE '2010-12-01')"] + [f"({number}, DATE '2010-12-02')"] * (number < 4)
        engine.execute(f"INSERT INTO t VALUES {', '.join(rows)}")


def folders(lake: Lake) -> dict[str, int]:
    counts: dict[str, int] = {}
    for each in iceberg.plan(lake, DATABASE, "t").files:
        day = each.uri.split("/")[-2]
        counts[day] = counts.get(day, 0) + 1
    return counts


def test_optimize_packs_partitions_that_have_enough_small_files(many_files: None, lake: Lake, engine: Engine) -> None:
    before = engine.rows("SELECT * FROM t ORDER BY id, day")
    assert folders(lake) == {"day=2010-12-01": 6, "day=2010-12-02": 4}
    outcome = engine.execute("OPTIMIZE t REWRITE DATA USING BIN_PACK")
    assert folders(lake) == {"day=2010-12-01": 1, "day=2010-12-02": 4}
    assert engine.rows("SELECT * FROM t ORDER BY id, day") == before
    assert outcome.bytes_scanned > 0
    snapshot = lake.iceberg.table(DATABASE, "t").current_snapshot()
    assert (snapshot.summary.operation.value, snapshot.summary["total-data-files"]) == ("replace", "5")
    assert engine.execute("OPTIMIZE t REWRITE DATA USING BIN_PACK").snapshot_id is None


def test_optimize_keeps_to_its_condition(many_files: None, lake: Lake, engine: Engine) -> None:
    engine.execute("ALTER TABLE t SET TBLPROPERTIES ('optimize_rewrite_data_file_threshold'='2')")
    engine.execute("OPTIMIZE orderlogs.t REWRITE DATA USING BIN_PACK WHERE day = DATE '2010-12-02'")
    assert folders(lake) == {"day=2010-12-01": 6, "day=2010-12-02": 1}


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("OPTIMIZE t REWRITE DATA USING BIN_PACK WHERE id = 1", "NOT_SUPPORTED"),
        ("OPTIMIZE t REWRITE DATA", "SYNTAX_ERROR"),
        ("OPTIMIZE t REWRITE DATA USING BIN_PACK AND day = 1", "SYNTAX_ERROR"),
    ],
)
def test_optimize_refuses_other_conditions(many_files: None, engine: Engine, statement: str, code: str) -> None:
    with pytest.raises(AwsError) as raised:
        engine.execute(statement)
    assert raised.value.code == code


def test_vacuum_expires_old_snapshots_and_removes_what_only_they_named(
    create: Callable[..., str], lake: Lake, engine: Engine, bucket: str, clock: Callable[[int], None]
) -> None:
    clock(0)
    location = create(
        "t", {"id": "bigint"}, vacuum_max_snapshot_age_seconds="90000", vacuum_max_metadata_files_to_keep="2"
    )
    engine.execute("INSERT INTO t VALUES (1), (2)")
    lake.objects.put(bucket, "lake/t/data/orphan.parquet", b"left by a writer that died")
    lake.objects.put(bucket, "lake/t2/data/other.parquet", b"of another table")
    clock(1)
    engine.execute("UPDATE t SET id = id + 10")
    clock(2)
    kept = engine.execute("INSERT INTO t VALUES (3)").snapshot_id
    fresh = lake.objects.put(bucket, "lake/t/data/just-written.parquet", b"not committed yet")
    engine.execute("VACUUM t")
    table = lake.iceberg.table(DATABASE, "t")
    assert [each.snapshot_id for each in table.snapshots()][-1] == kept
    assert len(table.snapshots()) == 2
    clock(4)
    engine.execute("VACUUM t")
    assert [each.snapshot_id for each in lake.iceberg.table(DATABASE, "t").snapshots()] == [kept]
    left = {each.uri for each in lake.objects.listing(bucket, "lake/t/data/")}
    assert left == {each.uri for each in iceberg.plan(lake, DATABASE, "t").files}
    assert fresh.uri not in left
    metadata = [each.uri for each in lake.objects.listing(*_split(f"{location}/metadata/"))]
    assert sum(uri.endswith(".json") for uri in metadata) == 3
    assert sum("/snap-" in uri for uri in metadata) == 1
    assert lake.objects.exists(bucket, "lake/t2/data/other.parquet")
    assert engine.rows("SELECT id FROM t ORDER BY id") == [(3,), (11,), (12,)]


def test_vacuum_keeps_fresh_snapshots_and_files_in_flight(
    create: Callable[..., str], lake: Lake, engine: Engine, bucket: str
) -> None:
    create("t", {"id": "bigint"})
    engine.execute("INSERT INTO t VALUES (1)")
    engine.execute("DELETE FROM t")
    fresh = lake.objects.put(bucket, "lake/t/data/just-written.parquet", b"not committed yet")
    before = lake.objects.listing(bucket, "lake/t/")
    engine.execute("VACUUM t")
    assert lake.objects.listing(bucket, "lake/t/") == before
    assert fresh in before


def _split(uri: str) -> tuple[str, str]:
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    return bucket, prefix


def test_properties_are_set_and_unset_by_athenas_names(create: Callable[..., str], lake: Lake, engine: Engine) -> None:
    create("t", {"id": "bigint"})

    def properties() -> dict[str, Any]:
        return iceberg.describe(lake, DATABASE, "t").properties

    assert properties()["write.parquet.compression-codec"] == "zstd"
    engine.execute("ALTER TABLE t SET TBLPROPERTIES ('write_compression'='SNAPPY', 'vacuum_min_snapshots_to_keep'='3')")
    assert properties()["write.parquet.compression-codec"] == "snappy"
    assert properties()["vacuum_min_snapshots_to_keep"] == "3"
    engine.execute("ALTER TABLE orderlogs.t UNSET TBLPROPERTIES ('vacuum_min_snapshots_to_keep')")
    assert "vacuum_min_snapshots_to_keep" not in properties()
    with pytest.raises(AwsError, match="INVALID_TABLE_PROPERTY"):
        engine.execute("ALTER TABLE t SET TBLPROPERTIES ('color'='red')")
