"""What a query reads: pruned files that lose no row, bytes, columns by field id, other writers' deletes, the past."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import boto3
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot
from pyiceberg.manifest import (
    DataFile,
    DataFileContent,
    FileFormat,
    ManifestContent,
    ManifestEntry,
    ManifestEntryStatus,
    ManifestWriterV2,
    write_manifest_list,
)
from pyiceberg.table import Table
from pyiceberg.table.snapshots import Operation, Snapshot, Summary
from pyiceberg.table.update import AddSnapshotUpdate, SetSnapshotRefUpdate

from local_aws import iceberg
from local_aws.errors import AwsError, Unsupported
from local_aws.lake import Lake
from local_aws.server import LocalAws
from tests.local_aws.iceberg.iceberg_engine import DATABASE, Engine


@pytest.fixture(scope="session")
def ten_days(local_aws: LocalAws) -> Lake:
    """A lake with `orders`: ten days, one file each, of 24 rows an hour apart, one of them of NULLs. To read only."""
    lake = local_aws.app.account("900000000001", "us-east-1").lake
    boto3.client(
        "s3",
        endpoint_url=local_aws.url,
        region_name=lake.region,
        aws_access_key_id=lake.account_id,
        aws_secret_access_key="secret",
    ).create_bucket(Bucket="ten-days")
    lake.catalog.create_database({"Name": DATABASE})
    make_orders(lake, "s3://ten-days/orders")
    return lake


@pytest.fixture
def orders(lake: Lake, bucket: str) -> None:
    """The same table, to change."""
    make_orders(lake, f"s3://{bucket}/orders")


def make_orders(lake: Lake, location: str) -> None:
    columns = {"id": "bigint", "day": "date", "ts": "timestamp", "n": "decimal(10,2)", "c": "string", "ok": "boolean"}
    iceberg.create(lake, DATABASE, "orders", [(*each, None) for each in columns.items()], ["day"], location)
    rows: list[tuple[Any, ...]] = []
    for number in range(240):
        moment = datetime(2010, 12, 1) + timedelta(hours=number)
        row = (number, moment.date(), moment, number / 4, f"c{number // 24}", number % 2 == 0)
        rows.append(row if number % 24 != 5 else (None, moment.date(), None, None, None, None))
    named = pa.Table.from_pylist([dict(zip(columns, row, strict=True)) for row in rows])
    iceberg.append(lake, DATABASE, "orders", named.set_column(3, "n", named["n"].cast(pa.decimal128(10, 2))))


PREDICATES = [
    ("day = DATE '2010-12-03'", 1),
    ("DATE '2010-12-03' <= day", 8),
    ("day BETWEEN DATE '2010-12-03' AND DATE '2010-12-04'", 2),
    ("day IN (DATE '2010-12-03', DATE '2010-12-09', DATE '2011-01-01')", 2),
    ("NOT day = DATE '2010-12-03'", 9),
    ("day <> DATE '2010-12-03'", 9),
    ("day = DATE '2010-12-03' OR day = DATE '2010-12-05'", 2),
    ("day = DATE '2010-12-03' OR c LIKE 'c%'", 10),
    ("day = DATE '2010-12-03' AND length(c) = 2", 1),
    ("NOT (day = DATE '2010-12-03' AND length(c) = 9)", 10),
    ("ts >= TIMESTAMP '2010-12-10 00:00:00'", 1),
    ("ts < TIMESTAMP '2010-12-01 00:00:00'", 0),
    ("CAST(ts AS DATE) = DATE '2010-12-02'", 1),
    ("CAST(ts AS DATE) <= DATE '2010-12-02'", 2),
    ("CAST(ts AS DATE) > DATE '2010-12-02'", 8),
    ("date(ts) < DATE '2010-12-02'", 1),
    ("CAST(ts AS DATE) <> DATE '2010-12-02'", 9),
    ("CAST(ts AS DATE) IN (DATE '2010-12-02', DATE '2010-12-04')", 2),
    ("ts = DATE '2010-12-02'", 1),
    ("id = 100", 1),
    ("id + 1 = 100", 10),
    ("id > -5 AND id < 24", 1),
    ("n = CAST('6.25' AS DECIMAL(10, 2))", 1),
    ("n = CAST('6.25' AS DECIMAL(10, 1))", 10),
    ("ts = TIMESTAMP '2010-12-02 00:00:00.000000'", 1),
    ("ts < CAST('2010-12-02 00:00:00.6' AS TIMESTAMP(0))", 10),
    ("ts <= CAST('2010-12-02 10:00:00' AS DATE)", 10),
    ("n > 59.5", 1),
    ("n = 6.255", 10),
    ("c = 'c4'", 1),
    ("c > 'c8'", 1),
    ("c IS NULL", 10),
    ("c IS NOT NULL AND id IS NULL", 10),
    ("day IS NULL", 0),
    ("ok", 10),
    ("ok AND id = 3", 1),
    ("TRY_CAST(c AS DATE) = DATE '2010-12-02'", 10),
]


@pytest.mark.parametrize(("predicate", "files"), PREDICATES, ids=[text for text, _ in PREDICATES])
def test_pruning_leaves_files_out_but_no_row(ten_days: Lake, predicate: str, files: int) -> None:
    lake = ten_days
    parsed = sqlglot.parse_one(predicate, dialect="athena")
    pruned, every = iceberg.plan(lake, DATABASE, "orders", parsed), iceberg.plan(lake, DATABASE, "orders")
    assert len(pruned.files) == files
    with lake.connect() as connection:
        where = parsed.sql(dialect="duckdb")
        counts = [
            connection.sql(f"SELECT count(*) FROM ({each.sql}) WHERE {where}").fetchall() for each in (pruned, every)
        ]
    assert counts[0] == counts[1]


def test_pruning_by_combined_predicates_loses_no_row(ten_days: Lake) -> None:
    dice = random.Random(3)
    simple = [text for text, _ in PREDICATES]

    def combined(depth: int) -> str:
        if depth == 0 or dice.random() < 0.2:
            return f"({dice.choice(simple)})"
        text = f"({combined(depth - 1)} {dice.choice(['AND', 'OR'])} {combined(depth - 1)})"
        return f"(NOT {text})" if dice.random() < 0.4 else text

    left_out = 0
    with ten_days.connect() as connection:
        every = iceberg.plan(ten_days, DATABASE, "orders")
        connection.execute(f"CREATE TABLE every_row AS {every.sql}")
        for _ in range(60):
            parsed = sqlglot.parse_one(combined(3), dialect="athena")
            pruned, where = iceberg.plan(ten_days, DATABASE, "orders", parsed), parsed.sql(dialect="duckdb")
            left_out += len(every.files) - len(pruned.files)
            counts = (
                f"SELECT (SELECT count(*) FROM ({pruned.sql}) WHERE {where}), count(*) FROM every_row WHERE {where}"
            )
            [(found, expected)] = connection.sql(counts).fetchall()
            assert found == expected, where
    assert left_out > 100


def test_predicate_in_duckdbs_dialect_prunes_as_well(ten_days: Lake) -> None:
    parsed = sqlglot.parse_one("ts = TIMESTAMP '2010-12-02 01:00:00'", dialect="duckdb")
    assert len(iceberg.plan(ten_days, DATABASE, "orders", parsed).files) == 1


@pytest.mark.parametrize(
    ("folder", "code"), [("data", "ICEBERG_CANNOT_OPEN_SPLIT"), ("metadata", "ICEBERG_MISSING_METADATA")]
)
def test_objects_deleted_behind_the_tables_back_fail_the_query(
    orders: None, lake: Lake, bucket: str, folder: str, code: str
) -> None:
    for each in lake.objects.listing(bucket, f"orders/{folder}/"):
        lake.objects.delete(bucket, each.key)
    with pytest.raises(AwsError) as raised:
        iceberg.plan(lake, DATABASE, "orders")
    assert raised.value.code == code


def test_bytes_scanned_are_those_of_the_column_chunks(ten_days: Lake) -> None:
    lake = ten_days
    scan = iceberg.plan(lake, DATABASE, "orders", sqlglot.parse_one("day <= DATE '2010-12-02'", dialect="athena"))
    footers = [pq.read_metadata(each.path).row_group(0) for each in scan.files]
    chunks = [
        {group.column(n).path_in_schema: group.column(n).total_compressed_size for n in range(6)} for group in footers
    ]
    assert scan.bytes_scanned(["id", "c"]) == sum(each["id"] + each["c"] for each in chunks)
    assert scan.bytes_scanned() == sum(sum(each.values()) for each in chunks)
    assert scan.bytes_scanned([]) == 0


def test_path_column_is_the_object_of_the_row(ten_days: Lake) -> None:
    lake = ten_days
    scan = iceberg.plan(lake, DATABASE, "orders", columns=["day"])
    with lake.connect() as connection:
        pairs = connection.sql(f'SELECT DISTINCT day, "$path" FROM ({scan.sql})').fetchall()
    assert len(pairs) == 10
    assert all(f"/data/day={day}/" in path for day, path in pairs)
    assert {path for _, path in pairs} == {each.uri for each in scan.files}


def test_columns_keep_their_meaning_when_renamed_dropped_and_added(
    create: Callable[..., str], lake: Lake, engine: Engine, client: Callable[..., Any]
) -> None:
    create("t", {"id": "int", "old": "string", "gone": "string"})
    engine.execute("INSERT INTO t VALUES (1, 'a', 'x')")
    for change in (
        "CHANGE COLUMN old fresh string",
        "DROP COLUMN gone",
        "ADD COLUMNS (gone bigint COMMENT 'again')",
        "CHANGE COLUMN id id bigint",
    ):
        engine.execute(f"ALTER TABLE t {change}")
    engine.execute(f"INSERT INTO t VALUES ({2**40}, 'b', 5)")
    assert engine.rows("SELECT id, fresh, gone FROM t ORDER BY id") == [(1, "a", None), (2**40, "b", 5)]
    engine.execute("UPDATE t SET gone = 7 WHERE fresh = 'a'")
    assert engine.rows("SELECT id, fresh, gone FROM t ORDER BY id") == [(1, "a", 7), (2**40, "b", 5)]
    scan = iceberg.plan(lake, DATABASE, "t")
    assert scan.hive_columns == [("id", "bigint"), ("fresh", "string"), ("gone", "bigint")]
    shown = client("glue").get_table(DatabaseName=DATABASE, Name="t")["Table"]["StorageDescriptor"]["Columns"]
    current = [each["Name"] for each in shown if each["Parameters"]["iceberg.field.current"] == "true"]
    assert current == ["id", "fresh", "gone"]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param("CHANGE COLUMN n n int", id="narrower type"),
        pytest.param("DROP COLUMN missing", id="unknown column"),
        pytest.param("ADD COLUMNS (n bigint)", id="column there already"),
        pytest.param("DROP COLUMN day", id="partition column"),
    ],
)
def test_column_change_that_cannot_be_is_refused(create: Callable[..., str], engine: Engine, change: str) -> None:
    create("t", {"n": "bigint", "day": "date"}, ("day",))
    with pytest.raises(AwsError, match="INVALID_COLUMN_CHANGE"):
        engine.execute(f"ALTER TABLE t {change}")
    engine.execute("INSERT INTO t VALUES (1, DATE '2010-12-01')")
    assert engine.rows("SELECT n, day FROM t") == [(1, date(2010, 12, 1))]


def test_time_travel_reads_the_rows_and_columns_of_then(create: Callable[..., str], lake: Lake, engine: Engine) -> None:
    ids, moments = [], []
    try:
        lake.clock.set(datetime(2010, 11, 30, tzinfo=UTC))
        create("t", {"id": "bigint", "name": "string"})
        for number, change in enumerate(("INSERT INTO t VALUES (1, 'a')", "UPDATE t SET name = 'b'", "DELETE FROM t")):
            lake.clock.set(datetime(2010, 12, 1 + number, tzinfo=UTC))
            ids.append(engine.execute(change).snapshot_id)
            moments.append(datetime(2010, 12, 1 + number, 12, tzinfo=UTC))
        engine.execute("ALTER TABLE t CHANGE COLUMN name label string")
    finally:
        lake.clock.set(datetime.now(UTC))

    def rows(**when: Any) -> list[Any]:
        with lake.connect() as connection:
            where = sqlglot.parse_one("id = 1", dialect="athena")
            relation = connection.sql(iceberg.plan(lake, DATABASE, "t", where, **when).sql)
            return [relation.columns[1], *(row[:2] for row in relation.fetchall())]

    assert [rows(snapshot_id=each) for each in ids] == [["name", (1, "a")], ["name", (1, "b")], ["name"]]
    assert [rows(as_of=each) for each in moments] == [["name", (1, "a")], ["name", (1, "b")], ["name"]]
    assert rows() == ["label"]
    with pytest.raises(AwsError, match="No version history table"):
        rows(as_of=datetime(2010, 11, 1, tzinfo=UTC))
    with pytest.raises(AwsError, match="snapshot ID does not exist"):
        rows(snapshot_id=1)


def test_metadata_tables_have_trinos_columns(orders: None, lake: Lake, engine: Engine) -> None:
    engine.execute("DELETE FROM orders WHERE day = DATE '2010-12-10'")

    def table(kind: str) -> Any:
        return iceberg.metadata_table(lake, DATABASE, "orders", kind)

    assert table("snapshots")["operation"].to_pylist() == ["append", "delete"]
    assert table("history")["is_current_ancestor"].to_pylist() == [True, True]
    assert table("files").num_rows == 9
    assert sum(table("files")["record_count"].to_pylist()) == 216
    partitions = {row["partition"]["day"]: row["record_count"] for row in table("partitions").to_pylist()}
    assert partitions == {date(2010, 12, n): 24 for n in range(1, 10)}
    assert table("manifests").num_rows == 1
    assert table("refs")["name"].to_pylist() == ["main"]
    with pytest.raises(Unsupported, match=r"\$all_files"):
        table("all_files")


class _Deletes(ManifestWriterV2):
    def content(self) -> ManifestContent:
        return ManifestContent.DELETES


def add_deletes(lake: Lake, table: Table, content: DataFileContent, rows: pa.Table) -> None:
    """What Spark or Athena commit on a merge-on-read DELETE."""
    folder, snapshot_id = table.location(), table.metadata.new_snapshot_id()
    io, now = lake.iceberg.io, table.current_snapshot()
    assert now is not None
    with io.new_output(f"{folder}/data/deletes.parquet").create() as file:
        pq.write_table(rows, file)
    data = DataFile.from_args(
        content=content,
        file_path=f"{folder}/data/deletes.parquet",
        file_format=FileFormat.PARQUET,
        partition=(),
        record_count=rows.num_rows,
        file_size_in_bytes=len(io.new_input(f"{folder}/data/deletes.parquet")),
        equality_ids=[1] if content == DataFileContent.EQUALITY_DELETES else None,
    )
    output = io.new_output(f"{folder}/metadata/deletes.avro")
    with _Deletes(table.spec(), table.schema(), output, snapshot_id, "deflate") as writer:
        writer.add(ManifestEntry.from_args(status=ManifestEntryStatus.ADDED, data_file=data))
    path, number = f"{folder}/metadata/snap-deletes.avro", table.metadata.next_sequence_number()
    with write_manifest_list(2, io.new_output(path), snapshot_id, now.snapshot_id, number, "deflate") as lists:
        lists.add_manifests([writer.to_manifest_file(), *now.manifests(io)])
    snapshot = Snapshot(
        snapshot_id=snapshot_id,
        parent_snapshot_id=now.snapshot_id,
        sequence_number=number,
        manifest_list=path,
        summary=Summary(Operation.OVERWRITE),
        schema_id=table.metadata.current_schema_id,
    )
    reference = SetSnapshotRefUpdate(ref_name="main", type="branch", snapshot_id=snapshot_id)
    lake.iceberg.commit_table(table, (), (AddSnapshotUpdate(snapshot=snapshot), reference))


@pytest.fixture
def deleted(create: Callable[..., str], lake: Lake, engine: Engine) -> None:
    create("t", {"id": "bigint", "name": "string"})
    engine.execute("INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')")
    engine.execute("INSERT INTO t VALUES (4, 'd'), (5, 'e')")
    table = lake.iceberg.table(DATABASE, "t")
    paths = {each.record_count: each.uri for each in iceberg.plan(lake, DATABASE, "t").files}
    rows = pa.table({"file_path": [paths[3], paths[2]], "pos": [1, 0]})
    add_deletes(lake, table, DataFileContent.POSITION_DELETES, rows)


def test_position_deletes_of_another_writer_are_applied(deleted: None, lake: Lake, engine: Engine) -> None:
    assert engine.rows("SELECT id FROM t ORDER BY id") == [(1,), (3,), (5,)]
    outside = lake.iceberg.table(DATABASE, "t").scan().to_arrow()["id"].to_pylist()
    assert sorted(outside) == [1, 3, 5]


@pytest.mark.parametrize(
    ("statement", "rows"),
    [
        ("UPDATE t SET name = 'x' WHERE id <= 3", [(1, "x"), (3, "x"), (5, "e")]),
        ("DELETE FROM t WHERE id > 3", [(1, "a"), (3, "c")]),
        (
            "MERGE INTO t AS t USING (SELECT 2 AS id) AS s ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = 'no'"
            " WHEN NOT MATCHED THEN INSERT (id) VALUES (s.id)",
            [(1, "a"), (2, None), (3, "c"), (5, "e")],
        ),
        ("OPTIMIZE t REWRITE DATA USING BIN_PACK", [(1, "a"), (3, "c"), (5, "e")]),
    ],
    ids=["update", "delete", "merge", "optimize"],
)
def test_deleted_rows_do_not_come_back_when_files_are_rewritten(
    deleted: None, engine: Engine, statement: str, rows: list[Any]
) -> None:
    engine.execute("ALTER TABLE t SET TBLPROPERTIES ('optimize_rewrite_delete_file_threshold'='1')")
    engine.execute(statement)
    assert engine.rows("SELECT id, name FROM t ORDER BY id") == rows


def test_equality_deletes_are_refused_by_name(create: Callable[..., str], lake: Lake, engine: Engine) -> None:
    create("t", {"id": "bigint"})
    engine.execute("INSERT INTO t VALUES (1)")
    table = lake.iceberg.table(DATABASE, "t")
    add_deletes(lake, table, DataFileContent.EQUALITY_DELETES, pa.table({"id": [1]}))
    with pytest.raises(Unsupported, match="equality deletes"):
        engine.rows("SELECT * FROM t")
