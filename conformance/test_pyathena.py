"""PyAthena: its cursors, and SQLAlchemy on its dialect."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar

import pandas
import pytest
import sqlalchemy as sa
from pyathena import aio_connect, connect
from pyathena.aio.cursor import AioCursor, AioDictCursor
from pyathena.arrow.cursor import ArrowCursor
from pyathena.async_cursor import AsyncCursor, AsyncDictCursor
from pyathena.cursor import DictCursor
from pyathena.error import OperationalError
from pyathena.pandas.cursor import PandasCursor
from pyathena.polars.cursor import PolarsCursor
from pyathena.s3fs.cursor import S3FSCursor
from pyathena.spark.cursor import SparkCursor
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

PACKAGES = ("pyathena", "sqlalchemy")

VALUES = "(VALUES (1, 'a', DECIMAL '1.50', DATE '2024-02-29', TIMESTAMP '2024-02-29 01:02:03.004', true), (2, NULL, NULL, NULL, NULL, NULL))"
QUERY = f"SELECT * FROM {VALUES} AS t(id, name, price, day, at, flag) ORDER BY id"
FIRST = (1, "a", Decimal("1.50"), date(2024, 2, 29), datetime(2024, 2, 29, 1, 2, 3, 4000), True)


@pytest.fixture(scope="module")
def settings(bucket: str, database: str) -> dict[str, Any]:
    return {"s3_staging_dir": f"s3://{bucket}/results/", "schema_name": database, "poll_interval": 0.05}


@pytest.fixture(scope="module")
def engine(bucket: str, database: str) -> Iterator[sa.Engine]:
    made = sa.create_engine(
        f"awsathena+rest://@athena.us-east-1.amazonaws.com:443/{database}"
        f"?s3_staging_dir=s3://{bucket}/results/&location=s3://{bucket}/tables/&file_format=parquet&poll_interval=0.05"
    )
    yield made
    made.dispose()


def test_cursor_reads_typed_rows(settings: dict[str, Any]) -> None:
    cursor = connect(**settings).cursor().execute(QUERY)
    assert cursor.fetchall() == [FIRST, (2, None, None, None, None, None)]
    assert [each[0] for each in cursor.description] == ["id", "name", "price", "day", "at", "flag"]
    assert cursor.state == "SUCCEEDED"
    assert cursor.data_scanned_in_bytes == 0


def test_cursor_pages_through_many_rows(settings: dict[str, Any]) -> None:
    cursor = connect(**settings).cursor()
    cursor.execute("SELECT n FROM UNNEST(sequence(1, 2500)) AS t(n) ORDER BY n")
    assert [row[0] for row in cursor] == list(range(1, 2501))


def test_cursor_binds_parameters_of_both_styles(settings: dict[str, Any]) -> None:
    cursor = connect(**settings).cursor()
    assert cursor.execute("SELECT %(a)s, %(b)d", {"a": "it's", "b": 3}).fetchall() == [("it's", 3)]
    assert cursor.execute("SELECT ? + 1", ["41"], paramstyle="qmark").fetchall() == [(42,)]


def test_cursor_converts_arrays_maps_and_rows(settings: dict[str, Any]) -> None:
    query = "SELECT ARRAY[1, 2], MAP(ARRAY['k'], ARRAY['v']), CAST(ROW(1, 'x') AS ROW(a integer, b varchar)), JSON '{\"a\": 1}'"
    assert connect(**settings).cursor().execute(query).fetchone() == (
        [1, 2],
        {"k": "v"},
        {"a": "1", "b": "x"},
        {"a": 1},
    )


def test_failed_query_raises_with_athenas_reason(settings: dict[str, Any]) -> None:
    with pytest.raises(OperationalError, match="TABLE_NOT_FOUND"):
        connect(**settings).cursor().execute("SELECT * FROM nowhere")


def test_executemany_inserts_each(settings: dict[str, Any], bucket: str) -> None:
    cursor = connect(**settings).cursor()
    cursor.execute(f"CREATE EXTERNAL TABLE many (a int, b string) STORED AS PARQUET LOCATION 's3://{bucket}/many/'")
    cursor.executemany("INSERT INTO many VALUES (%(a)d, %(b)s)", [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}])
    assert cursor.execute("SELECT a, b FROM many ORDER BY a").fetchall() == [(1, "x"), (2, "y")]


def test_metadata_lists_tables_and_databases(settings: dict[str, Any], database: str) -> None:
    cursor = connect(**settings).cursor()
    cursor.execute("CREATE OR REPLACE VIEW seen AS SELECT 1 AS one")
    assert cursor.get_table_metadata("seen").columns[0].name == "one"
    assert database in [each.name for each in cursor.list_databases("AwsDataCatalog")]
    assert "seen" in [each.name for each in cursor.list_table_metadata("AwsDataCatalog", database)]


def test_result_reuse_is_told(settings: dict[str, Any]) -> None:
    cursor = connect(**settings).cursor()
    for _ in range(2):
        cursor.execute("SELECT 4711", result_reuse_enable=True, result_reuse_minutes=60)
    assert cursor.reused_previous_result is True


def test_dict_cursor(settings: dict[str, Any]) -> None:
    assert connect(**settings, cursor_class=DictCursor).cursor().execute(QUERY).fetchone()["price"] == Decimal("1.50")


@pytest.mark.parametrize("unload", [False, True], ids=["csv", "unload"])
def test_pandas_cursor(settings: dict[str, Any], unload: bool) -> None:
    frame = connect(**settings, cursor_class=PandasCursor).cursor(unload=unload).execute(QUERY).as_pandas()
    assert frame["id"].tolist() == [1, 2]
    assert frame["at"][0] == pandas.Timestamp("2024-02-29 01:02:03.004")


def test_pandas_cursor_in_chunks(settings: dict[str, Any]) -> None:
    cursor = connect(**settings, cursor_class=PandasCursor).cursor()
    frames = cursor.execute("SELECT n FROM UNNEST(sequence(1, 250)) AS t(n)", chunksize=100).as_pandas()
    assert [len(frame) for frame in frames] == [100, 100, 50]


@pytest.mark.refused("AWS Error")
@pytest.mark.parametrize("unload", [False, True], ids=["csv", "unload"])
def test_arrow_cursor(settings: dict[str, Any], unload: bool) -> None:
    """PyAthena's own limit: it hands no endpoint to Arrow's file system, which then asks AWS itself."""
    table = connect(**settings, cursor_class=ArrowCursor).cursor(unload=unload).execute(QUERY).as_arrow()
    assert table.column("name").to_pylist() == ["a", None]
    assert table.column("price").to_pylist() == [Decimal("1.50"), None]


@pytest.mark.parametrize("unload", [False, True], ids=["csv", "unload"])
def test_polars_cursor(settings: dict[str, Any], unload: bool) -> None:
    frame = connect(**settings, cursor_class=PolarsCursor).cursor(unload=unload).execute(QUERY).as_polars()
    assert frame["id"].to_list() == [1, 2]
    assert frame["day"].to_list() == [date(2024, 2, 29), None]


def test_s3fs_cursor(settings: dict[str, Any]) -> None:
    assert connect(**settings, cursor_class=S3FSCursor).cursor().execute(QUERY).fetchone() == FIRST


def test_async_cursor(settings: dict[str, Any]) -> None:
    with connect(**settings, cursor_class=AsyncCursor).cursor() as cursor:
        _, future = cursor.execute("SELECT 1")
        assert future.result().fetchall() == [(1,)]


def test_async_cursor_cancels(settings: dict[str, Any]) -> None:
    with connect(**settings, cursor_class=AsyncDictCursor).cursor() as cursor:
        query = (
            "SELECT count(*) FROM UNNEST(sequence(1, 5000)) a(x), "
            "UNNEST(sequence(1, 5000)) b(y), UNNEST(sequence(1, 5000)) c(z) WHERE x * y % 7 = z"
        )
        query_id, future = cursor.execute(query)
        cursor.cancel(query_id)
        assert future.result(timeout=20).state == "CANCELLED"


def test_alchemy_selects_with_bound_values(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        assert connection.execute(sa.text("SELECT :a || 'b'"), {"a": "a"}).scalar() == "ab"


def test_alchemy_creates_inserts_reflects(engine: sa.Engine, bucket: str, database: str) -> None:
    columns = [
        sa.Column("id", sa.Integer),
        sa.Column("name", sa.String),
        sa.Column("price", sa.Numeric(10, 2)),
        sa.Column("at", sa.TIMESTAMP),
        sa.Column("day", sa.Date),
        sa.Column("flag", sa.Boolean),
        sa.Column("ratio", sa.Float),
    ]
    table = sa.Table(
        "made", sa.MetaData(), *columns, awsathena_location=f"s3://{bucket}/made/", awsathena_compression="SNAPPY"
    )
    table.create(engine)
    row = {
        "id": 1,
        "name": "x",
        "price": Decimal("2.50"),
        "at": datetime(2024, 1, 1),
        "day": date(2024, 1, 2),
        "flag": True,
        "ratio": 0.5,
    }
    with engine.connect() as connection:
        connection.execute(table.insert(), row)
        assert dict(connection.execute(table.select()).one()._mapping) == row
    found = sa.Table("made", sa.MetaData(), autoload_with=engine)
    assert [type(each.type).__name__.upper() for each in found.columns] == [
        "INTEGER",
        "STRING",
        "DECIMAL",
        "TIMESTAMP",
        "DATE",
        "BOOLEAN",
        "FLOAT",
    ]
    inspector = sa.inspect(engine)
    assert "made" in inspector.get_table_names()
    assert inspector.has_table("made") and not inspector.has_table("unmade")
    assert database in inspector.get_schema_names()
    assert inspector.get_table_options("made")["awsathena_location"] == f"s3://{bucket}/made/"
    table.drop(engine)
    assert not sa.inspect(engine).has_table("made")


def test_alchemy_makes_partitioned_and_iceberg_tables(engine: sa.Engine, bucket: str) -> None:
    meta = sa.MetaData()
    hive = sa.Table(
        "parted",
        meta,
        sa.Column("a", sa.Integer),
        sa.Column("p", sa.String, awsathena_partition=True),
        awsathena_location=f"s3://{bucket}/parted/",
        awsathena_file_format="PARQUET",
    )
    ice = sa.Table(
        "ice",
        meta,
        sa.Column("a", sa.Integer),
        sa.Column("at", sa.TIMESTAMP, awsathena_partition=True, awsathena_partition_transform="day"),
        awsathena_location=f"s3://{bucket}/ice/",
        awsathena_tblproperties={"table_type": "ICEBERG"},
    )
    meta.create_all(engine)
    with engine.connect() as connection:
        connection.execute(hive.insert(), {"a": 1, "p": "x"})
        connection.execute(ice.insert(), {"a": 2, "at": datetime(2024, 1, 1)})
        assert connection.execute(hive.select()).all() == [(1, "x")]
        assert connection.execute(ice.select()).all() == [(2, datetime(2024, 1, 1))]
        connection.execute(ice.delete().where(ice.c.a == 2))
        assert connection.execute(ice.select()).all() == []


def test_alchemy_reflects_views(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE OR REPLACE VIEW v1 AS SELECT 1 AS a, 'x' AS b"))
    inspector = sa.inspect(engine)
    assert "v1" in inspector.get_view_names()
    assert [each["name"] for each in inspector.get_columns("v1")] == ["a", "b"]
    assert "SELECT" in inspector.get_view_definition("v1")


def test_pandas_to_sql_and_read_sql(engine: sa.Engine) -> None:
    frame = pandas.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "it's"]})
    with engine.connect() as connection:
        frame.to_sql("framed", connection, index=False, if_exists="fail", method="multi")
        back = pandas.read_sql("SELECT * FROM framed ORDER BY a", connection)
    assert back.to_dict("list") == frame.to_dict("list")


def test_orm_maps_classes(engine: sa.Engine, bucket: str) -> None:
    class Base(DeclarativeBase):
        pass

    class Order(Base):
        __tablename__ = "mapped"
        __table_args__: ClassVar[dict[str, Any]] = {
            "awsathena_location": f"s3://{bucket}/mapped/",
            "awsathena_tblproperties": {"table_type": "ICEBERG"},
        }
        id: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
        customer: Mapped[str] = mapped_column(sa.String)
        amount: Mapped[Decimal] = mapped_column(sa.Numeric(10, 2))

    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all([Order(id=n, customer="ab"[n % 2], amount=Decimal(n) / 4) for n in range(4)])
        session.commit()
    with Session(engine) as session:
        totals = sa.select(Order.customer, sa.func.sum(Order.amount)).group_by(Order.customer).order_by(Order.customer)
        assert session.execute(totals).all() == [("a", Decimal("0.50")), ("b", Decimal("1.00"))]
        ranked = sa.select(Order.id, sa.func.rank().over(order_by=Order.amount.desc())).where(Order.customer == "a")
        assert sorted(session.execute(ranked).all()) == [(0, 2), (2, 1)]
        assert session.scalars(sa.select(Order.id).where(Order.id.in_([1, 3])).order_by(Order.id).limit(1)).all() == [1]


@pytest.mark.refused("StartSession")
def test_spark_cursor_is_refused(settings: dict[str, Any]) -> None:
    connect(**settings, work_group="primary", cursor_class=SparkCursor).cursor().execute("print(1)")


@pytest.mark.parametrize("cursor_class", [AioCursor, AioDictCursor], ids=["tuples", "dicts"])
def test_native_asyncio_cursor(settings: dict[str, Any], cursor_class: Any) -> None:
    async def run() -> Any:
        async with await aio_connect(**settings) as connection, connection.cursor(cursor_class) as cursor:
            await cursor.execute(QUERY)
            return await cursor.fetchone()

    found = asyncio.run(run())
    assert (tuple(found.values()) if isinstance(found, dict) else found) == FIRST
