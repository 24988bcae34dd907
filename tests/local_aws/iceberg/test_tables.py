"""Tables as other readers of Iceberg and Glue find them: catalog entry, objects, metadata, types, partitions."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.catalog.noop import NoopCatalog
from pyiceberg.serializers import FromInputFile
from pyiceberg.table import StaticTable

from local_aws import iceberg
from local_aws.errors import AwsError, Unsupported
from local_aws.iceberg.io import ObjectIO
from local_aws.lake import Lake
from local_aws.server import LocalAws
from tests.local_aws.iceberg.iceberg_engine import DATABASE, Engine

ALL_TYPES = {
    "b": "boolean",
    "i": "int",
    "l": "bigint",
    "f": "float",
    "d": "double",
    "m": "decimal(18,4)",
    "day": "date",
    "ts": "timestamp",
    "s": "string",
    "raw": "binary",
    "tags": "array<string>",
    "counts": "map<string,bigint>",
    "nested": "struct<a:int,b:array<struct<c:decimal(10,2)>>>",
}
ROW = {
    "b": True,
    "i": -1,
    "l": 2**40,
    "f": 0.5,
    "d": 1e300,
    "m": Decimal("-12345678901234.5678"),
    "day": date(2010, 12, 1),
    "ts": datetime(2010, 12, 1, 8, 26, 0, 123456),
    "s": 'a "quoted", text',
    "raw": b"\x00\xff",
    "tags": ["x", None],
    "counts": [("k", 1)],
    "nested": {"a": 1, "b": [{"c": Decimal("1.25")}]},
}


def test_catalog_entry_is_that_of_an_iceberg_table(
    create: Callable[..., str], client: Callable[..., Any], engine: Engine
) -> None:
    location = create("t", {"id": "bigint", "amount": "decimal(18,4)"})
    engine.execute("INSERT INTO t VALUES (1, 2)")
    table = client("glue").get_table(DatabaseName=DATABASE, Name="t")["Table"]
    parameters = table["Parameters"]
    assert table["TableType"] == "EXTERNAL_TABLE"
    assert parameters["table_type"] == "ICEBERG"
    assert re.fullmatch(
        re.escape(location) + r"/metadata/00001-[0-9a-f-]{36}\.metadata\.json", parameters["metadata_location"]
    )
    assert "/metadata/00000-" in parameters["previous_metadata_location"]
    assert table["StorageDescriptor"]["Location"] == location
    columns = [(each["Name"], each["Type"], each["Parameters"]) for each in table["StorageDescriptor"]["Columns"]]
    flags = {"iceberg.field.optional": "true", "iceberg.field.current": "true"}
    assert columns == [
        ("id", "bigint", {"iceberg.field.id": "1", **flags}),
        ("amount", "decimal(18,4)", {"iceberg.field.id": "2", **flags}),
    ]
    assert iceberg.is_iceberg(table)


def test_every_type_and_null_comes_back_as_written(create: Callable[..., str], lake: Lake, engine: Engine) -> None:
    create("t", ALL_TYPES)
    arrow = iceberg.plan(lake, DATABASE, "t").schema.as_arrow()
    rows = [{"l": number, **(ROW if number % 3 else dict.fromkeys(ROW)), "i": number} for number in range(10)]
    iceberg.append(lake, DATABASE, "t", pa.Table.from_pylist(rows, schema=arrow))
    engine.execute("UPDATE t SET s = 'updated' WHERE i IN (0, 4)")  # rewritten, they are the same
    expected = [{**row, "s": "updated" if row["i"] in (0, 4) else row["s"]} for row in rows]
    assert engine.run(sqlglot.parse_one("SELECT * FROM t ORDER BY i"), {}).to_pylist() == expected


def test_null_and_empty_collections_stay_apart(create: Callable[..., str], lake: Lake, engine: Engine) -> None:
    create(
        "t", {"id": "int", "items": "array<struct<a:int>>", "tags": "array<string>", "m": "map<string,struct<a:int>>"}
    )
    rows = [(0, None, None, None), (1, [], [], []), (2, [{"a": 1}, None], [None], [("k", {"a": 1}), ("n", None)])]
    names = ["id", "items", "tags", "m"]
    arrow = iceberg.plan(lake, DATABASE, "t").schema.as_arrow()
    table = pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows], schema=arrow)
    iceberg.append(lake, DATABASE, "t", table.slice(1))
    iceberg.append(lake, DATABASE, "t", table.slice(0, 1))
    assert engine.rows("SELECT * FROM t ORDER BY id") == rows


def test_data_files_are_zstd_parquet_with_field_ids(create: Callable[..., str], lake: Lake, engine: Engine) -> None:
    create("t", {"id": "bigint", "tags": "array<string>"})
    engine.execute("INSERT INTO t VALUES (1, ARRAY['a'])")
    [file] = iceberg.plan(lake, DATABASE, "t").files
    metadata = pq.read_metadata(file.path)
    assert {metadata.row_group(0).column(n).compression for n in range(2)} == {"ZSTD"}
    fields = pq.read_schema(file.path)
    assert [field.metadata[b"PARQUET:field_id"] for field in fields] == [b"1", b"2"]
    assert (file.size, file.record_count) == (file.path.stat().st_size, 1)


PARTITIONS = [
    pytest.param("day", ["day=2010-12-01", "day=2011-01-31", "day=null"], id="identity date"),
    pytest.param("country", ["country=EIRE", "country=United+Kingdom", "country=null"], id="identity text"),
    pytest.param("year(day)", ["day_year=2010", "day_year=2011", "day_year=null"], id="year"),
    pytest.param("month(ts)", ["ts_month=2010-12", "ts_month=2011-01", "ts_month=null"], id="month"),
    pytest.param("day(ts)", ["ts_day=2010-12-01", "ts_day=2011-01-31", "ts_day=null"], id="day"),
    pytest.param("hour(ts)", ["ts_hour=2010-12-01-08", "ts_hour=2011-01-31-23", "ts_hour=null"], id="hour"),
    # the values of Iceberg's specification for bucket(16): 34 and 'iceberg' are its own test vectors
    pytest.param("bucket(16, id)", ["id_bucket=3", "id_bucket=null"], id="bucket"),
    pytest.param("truncate(10, id)", ["id_trunc=30", "id_trunc=null"], id="truncate number"),
    pytest.param("truncate(2, country)", ["country_trunc=EI", "country_trunc=Un", "country_trunc=null"], id="truncate"),
]


@pytest.mark.parametrize(("transform", "folders"), PARTITIONS)
def test_each_partition_value_has_its_folder(
    create: Callable[..., str], lake: Lake, engine: Engine, transform: str, folders: list[str]
) -> None:
    location = create("t", {"id": "int", "day": "date", "ts": "timestamp", "country": "string"}, (transform,))
    engine.execute(
        "INSERT INTO t VALUES (34, DATE '2010-12-01', TIMESTAMP '2010-12-01 08:26:00', 'United Kingdom'),"
        " (34, DATE '2010-12-01', TIMESTAMP '2010-12-01 08:59:59', 'United Kingdom'),"
        " (34, DATE '2011-01-31', TIMESTAMP '2011-01-31 23:00:00', 'EIRE'), (NULL, NULL, NULL, NULL)"
    )
    uris = [each.uri.removeprefix(f"{location}/data/") for each in iceberg.plan(lake, DATABASE, "t").files]
    assert sorted(uri.rpartition("/")[0] for uri in uris) == sorted(folders)
    assert engine.rows("SELECT count(*), count(id), sum(id) FROM t") == [(4, 3, 102)]
    assert iceberg.describe(lake, DATABASE, "t").partitioning == [transform]


def test_several_partition_columns_split_rows_by_each_combination(
    create: Callable[..., str], lake: Lake, engine: Engine
) -> None:
    create("t", {"id": "bigint", "day": "date", "ts": "timestamp"}, ("day", "bucket(4, id)", "day(ts)"))
    rows = pa.table(
        {
            "id": list(range(500)),
            "day": [date(2010, 12, 1 + n % 3) for n in range(500)],
            "ts": pa.array([datetime(2010, 12, 1 + n % 2, n % 24) for n in range(500)], pa.timestamp("us")),
        }
    )
    iceberg.append(lake, DATABASE, "t", rows)
    files = iceberg.plan(lake, DATABASE, "t").files
    assert len(files) == 3 * 4 * 2
    assert len({each.uri.rpartition("/")[0] for each in files}) == len(files)
    assert engine.rows("SELECT count(DISTINCT id), sum(id) FROM t") == [(500, sum(range(500)))]


@pytest.fixture
def orders(create: Callable[..., str], engine: Engine) -> str:
    location = create("orders", {"id": "bigint", "day": "date", "amount": "decimal(18,4)"}, ("day",))
    engine.execute(
        "INSERT INTO orders VALUES (1, DATE '2010-12-01', 1.5), (2, DATE '2010-12-02', 2.25), (3, NULL, NULL)"
    )
    engine.execute("UPDATE orders SET amount = amount * 2 WHERE id = 2")
    engine.execute("DELETE FROM orders WHERE id = 3")
    return location


def test_another_reader_finds_the_same_rows_in_the_files(orders: str, lake: Lake) -> None:
    io = ObjectIO(lake.objects)
    location = lake.catalog.table(DATABASE, "orders")["Parameters"]["metadata_location"]
    metadata = FromInputFile.table_metadata(io.new_input(location))
    table = StaticTable(("orders",), metadata, location, io, NoopCatalog("static"))
    rows = table.scan(row_filter="day >= '2010-12-02'").to_arrow().to_pylist()
    assert rows == [{"id": 2, "day": date(2010, 12, 2), "amount": Decimal("4.5000")}]
    assert [each.summary.operation.value for each in table.snapshots()] == ["append", "overwrite", "delete"]
    assert table.current_snapshot().summary["total-records"] == "2"


def test_pyiceberg_with_boto3_reads_and_writes_the_same_table(
    orders: str, client: Callable[..., Any], local_aws: LocalAws, account_id: str, engine: Engine
) -> None:
    outside = GlueCatalog(
        "outside",
        client=client("glue"),
        **{
            "s3.endpoint": local_aws.url,
            "s3.region": "us-east-1",
            "s3.access-key-id": account_id,
            "s3.secret-access-key": "secret",
        },
    )
    table = outside.load_table((DATABASE, "orders"))
    assert sorted(table.scan().to_arrow()["id"].to_pylist()) == [1, 2]
    table.append(pa.table({"id": [4], "day": [date(2010, 12, 4)], "amount": [None]}, schema=table.schema().as_arrow()))
    assert engine.rows("SELECT id, day FROM orders WHERE id = 4") == [(4, date(2010, 12, 4))]
    assert engine.execute("DELETE FROM orders WHERE id = 4").deleted == 1


def test_snapshots_are_stamped_by_the_clock_and_never_out_of_order(
    create: Callable[..., str], lake: Lake, engine: Engine
) -> None:
    try:
        lake.clock.set(datetime(2010, 12, 1, 8, tzinfo=UTC))
        create("t", {"id": "bigint"})
        engine.execute("INSERT INTO t VALUES (1)")
        lake.clock.set(datetime(2010, 11, 1, 8, tzinfo=UTC))
        engine.execute("INSERT INTO t VALUES (2)")
    finally:
        lake.clock.set(datetime.now(UTC))
    moments = iceberg.metadata_table(lake, DATABASE, "t", "snapshots")["committed_at"].to_pylist()
    assert [(each.year, each.month, each.day) for each in moments] == [(2010, 12, 1)] * 2
    assert moments[0] < moments[1]


REFUSED = [
    pytest.param({"n": "smallint"}, (), {}, "NOT_SUPPORTED", id="smallint"),
    pytest.param({"n": "char(3)"}, (), {}, "NOT_SUPPORTED", id="char"),
    pytest.param({"n": "nonsense"}, (), {}, "NOT_SUPPORTED", id="unknown type"),
    pytest.param({"n": "int"}, ("m",), {}, "COLUMN_NOT_FOUND", id="partition column missing"),
    pytest.param({"n": "string"}, ("day(n)",), {}, "INVALID_TABLE_PROPERTY", id="transform of a wrong type"),
    pytest.param({"n": "int"}, (), {"bucketing": "x"}, "INVALID_TABLE_PROPERTY", id="unknown property"),
    pytest.param({"n": "int"}, (), {"write_compression": "lzma"}, "INVALID_TABLE_PROPERTY", id="unknown codec"),
]


@pytest.mark.parametrize(("columns", "partitioning", "properties", "code"), REFUSED)
def test_what_athena_refuses_is_refused(
    create: Callable[..., str],
    lake: Lake,
    columns: dict[str, str],
    partitioning: tuple[str, ...],
    properties: dict[str, str],
    code: str,
) -> None:
    with pytest.raises(AwsError) as raised:
        create("t", columns, partitioning, **properties)
    assert raised.value.code == code
    assert lake.catalog.find_table(DATABASE, "t") is None


def test_unsupported_format_and_transform_are_named(create: Callable[..., str]) -> None:
    with pytest.raises(Unsupported, match="format orc"):
        create("t", {"n": "int"}, format="orc")
    with pytest.raises(Unsupported, match=r"zorder\(n\)"):
        create("t", {"n": "int"}, ("zorder(n)",))


def test_table_cannot_be_created_twice(create: Callable[..., str]) -> None:
    create("t", {"n": "int"})
    with pytest.raises(AwsError, match="AlreadyExistsException"):
        create("t", {"n": "int"})


def test_drop_removes_table_and_data(create: Callable[..., str], lake: Lake, engine: Engine, bucket: str) -> None:
    create("t", {"n": "int"})
    create("t2", {"n": "int"})
    engine.execute("INSERT INTO t VALUES (1)")
    engine.execute("INSERT INTO t2 VALUES (1)")
    iceberg.drop(lake, DATABASE, "t")
    assert lake.objects.listing(bucket, "lake/t/") == []
    assert engine.rows("SELECT n FROM t2") == [(1,)]
    assert lake.catalog.find_table(DATABASE, "t") is None


@pytest.mark.parametrize("new", ["u", "elsewhere.u"], ids=["same-database", "other-database"])
def test_renamed_table_keeps_rows_history_and_files(
    create: Callable[..., str], client: Callable[..., Any], lake: Lake, engine: Engine, bucket: str, new: str
) -> None:
    lake.catalog.create_database({"Name": "elsewhere"})
    location = create("t", {"id": "bigint"}, ("id",))
    engine.execute("INSERT INTO t VALUES (1), (2)")
    before = lake.objects.listing(bucket)
    engine.execute(f"ALTER TABLE t RENAME TO {new}")
    assert lake.objects.listing(bucket) == before
    database, _, name = f"{DATABASE}.{new}".rpartition(".")
    database = database.rpartition(".")[2]
    assert (
        client("glue").get_table(DatabaseName=database, Name=name)["Table"]["StorageDescriptor"]["Location"] == location
    )
    assert lake.catalog.find_table(DATABASE, "t") is None
    engine.execute(f"INSERT INTO {new} VALUES (3)")
    assert sorted(engine.rows(f"SELECT id FROM {new}")) == [(1,), (2,), (3,)]
    create("t", {"other": "string"})
    assert engine.rows("SELECT other FROM t") == []


@pytest.mark.parametrize(
    ("new", "code"),
    [
        pytest.param("taken", "AlreadyExistsException", id="name-in-use"),
        pytest.param("nowhere.u", "EntityNotFoundException", id="no-such-database"),
    ],
)
def test_refused_rename_leaves_the_table(
    create: Callable[..., str], lake: Lake, engine: Engine, new: str, code: str
) -> None:
    for name in ("t", "taken"):
        create(name, {"id": "bigint"})
    with pytest.raises(AwsError) as raised:
        engine.execute(f"ALTER TABLE t RENAME TO {new}")
    assert raised.value.code == code
    assert lake.catalog.find_table(DATABASE, "t") is not None
