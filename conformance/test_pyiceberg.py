"""PyIceberg on its Glue catalog: tables that it makes, that Athena makes, and both change."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pyarrow as pa
import pytest
from pyathena import connect
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.exceptions import NoSuchTableError, TableAlreadyExistsError
from pyiceberg.expressions import EqualTo, GreaterThan
from pyiceberg.io.fsspec import FsspecFileIO
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import DayTransform
from pyiceberg.types import DoubleType, LongType, NestedField, StringType, TimestampType

PACKAGES = ("pyiceberg",)
SCHEMA = Schema(
    NestedField(1, "id", LongType()),
    NestedField(2, "name", StringType()),
    NestedField(3, "at", TimestampType()),
)
ROWS = pa.table({"id": [1, 2, 3], "name": ["a", "b", None], "at": [datetime(2024, 1, day) for day in (1, 1, 2)]})


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """Files by fsspec: Arrow's own file system takes no endpoint from the environment."""
    return load_catalog("glue", type="glue", **{"py-io-impl": f"{FsspecFileIO.__module__}.FsspecFileIO"})


@pytest.fixture(scope="module")
def query(bucket: str, database: str) -> Callable[[str], list[Any]]:
    connection = connect(s3_staging_dir=f"s3://{bucket}/results/", schema_name=database, poll_interval=0.05)
    return lambda sql: connection.cursor().execute(sql).fetchall()


def make(catalog: Catalog, database: str, bucket: str, name: str, **more: Any) -> Any:
    table = catalog.create_table(f"{database}.{name}", SCHEMA, location=f"s3://{bucket}/{name}", **more)
    table.append(ROWS)
    return table


def test_catalog_creates_lists_renames_drops(catalog: Catalog, bucket: str) -> None:
    catalog.create_namespace("made", {"comment": "by pyiceberg"})
    assert ("made",) in catalog.list_namespaces()
    make(catalog, "made", bucket, "first")
    with pytest.raises(TableAlreadyExistsError):
        catalog.create_table("made.first", SCHEMA, location=f"s3://{bucket}/first")
    catalog.rename_table("made.first", "made.second")
    assert catalog.list_tables("made") == [("made", "second")]
    assert len(catalog.load_table("made.second").scan().to_arrow()) == 3
    catalog.drop_table("made.second")
    with pytest.raises(NoSuchTableError):
        catalog.load_table("made.second")
    catalog.drop_namespace("made")


def test_athena_reads_what_pyiceberg_wrote(
    catalog: Catalog, database: str, bucket: str, query: Callable[[str], list[Any]]
) -> None:
    spec = PartitionSpec(PartitionField(3, 1000, DayTransform(), "at_day"))
    table = make(catalog, database, bucket, "written", partition_spec=spec)
    assert query("SELECT id, name FROM written ORDER BY id") == [(1, "a"), (2, "b"), (3, None)]
    table.delete(EqualTo("id", 1))
    table.overwrite(ROWS.slice(2), overwrite_filter=GreaterThan("id", 2))
    assert query("SELECT count(*), max(id) FROM written") == [(2, 3)]
    assert query('SELECT count(*) FROM "written$snapshots"')[0][0] >= 3


def test_schema_evolves_under_athena(
    catalog: Catalog, database: str, bucket: str, query: Callable[[str], list[Any]]
) -> None:
    table = make(catalog, database, bucket, "evolving")
    with table.update_schema() as update:
        update.add_column("price", DoubleType())
        update.rename_column("name", "label")
    assert query("SELECT id, label, price FROM evolving WHERE id = 1") == [(1, "a", None)]
    query("ALTER TABLE evolving ADD COLUMNS (more bigint)")
    assert "more" in table.refresh().schema().column_names


def test_pyiceberg_reads_what_athena_wrote(
    catalog: Catalog, database: str, bucket: str, query: Callable[[str], list[Any]]
) -> None:
    query(f"""CREATE TABLE merged (id bigint, v string) PARTITIONED BY (bucket(4, id))
        LOCATION 's3://{bucket}/merged/' TBLPROPERTIES ('table_type' = 'ICEBERG')""")
    query("INSERT INTO merged VALUES (1, 'a'), (2, 'b')")
    before = catalog.load_table(f"{database}.merged").current_snapshot()
    query("""MERGE INTO merged t USING (VALUES (2, 'B'), (3, 'c')) AS s(id, v) ON t.id = s.id
        WHEN MATCHED THEN UPDATE SET v = s.v WHEN NOT MATCHED THEN INSERT (id, v) VALUES (s.id, s.v)""")
    table = catalog.load_table(f"{database}.merged")
    assert sorted(table.scan().to_arrow().column("v").to_pylist()) == ["B", "a", "c"]
    assert before is not None
    assert table.scan(snapshot_id=before.snapshot_id, row_filter="id = 2").to_arrow().column("v").to_pylist() == ["b"]
    assert len(table.history()) == 2


def test_second_committer_of_the_same_state_tries_again(catalog: Catalog, database: str, bucket: str) -> None:
    make(catalog, database, bucket, "contested")
    one, two = (catalog.load_table(f"{database}.contested") for _ in range(2))
    one.append(ROWS)
    two.append(ROWS)
    assert len(catalog.load_table(f"{database}.contested").scan().to_arrow()) == 9


def test_upsert_and_dynamic_overwrite(catalog: Catalog, database: str, bucket: str) -> None:
    table = make(catalog, database, bucket, "upserted")
    changed = pa.table({"id": [3, 4], "name": ["c", "d"], "at": [datetime(2024, 1, 3)] * 2})
    result = table.upsert(changed, join_cols=["id"])
    assert (result.rows_updated, result.rows_inserted) == (1, 1)
    assert sorted(filter(None, table.scan().to_arrow().column("name").to_pylist())) == ["a", "b", "c", "d"]
