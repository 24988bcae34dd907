"""Which folders become tables, which partitions, and what they are called; through boto3."""

from __future__ import annotations

import bz2
import io
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.orc as orc
import pyarrow.parquet as pq
import pytest

from tests.local_aws.glue_helpers import Crawls, columns

AB, CD = [{"a": 1, "b": 2}], [{"c": 3, "d": 4}]


@pytest.fixture
def crawls(client: Callable[..., Any], bucket: str) -> Crawls:
    return Crawls(client, bucket)


def keys(table: dict[str, Any]) -> list[str]:
    return [each["Name"] for each in table["PartitionKeys"]]


def test_unnamed_folders_are_numbered_partitions(crawls: Crawls) -> None:
    for hour in (8, 9):
        crawls.put_json(f"raw/2010/12/01/{hour:02}/part", AB)
    crawls.create()
    crawls.run()
    assert keys(crawls.tables()["raw"]) == ["partition_0", "partition_1", "partition_2", "partition_3"]
    assert set(crawls.partitions("raw")) == {"2010/12/01/08", "2010/12/01/09"}


def test_dissimilar_folders_are_tables_of_their_own(crawls: Crawls) -> None:
    crawls.put_json("table1/year=2017/data1.json", AB)
    crawls.put_json("table1/year=2018/data2.json", CD)
    crawls.create("table1/")
    crawls.run()
    assert set(crawls.tables()) == {"year_2017", "year_2018"}


def test_combine_compatible_schemas_makes_one_table_of_them(crawls: Crawls) -> None:
    crawls.put_json("table1/year=2017/data1.json", AB)
    crawls.put_json("table1/year=2018/data2.json", CD)
    crawls.create("table1/", configuration={"Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"}})
    crawls.run()
    [table] = crawls.tables().values()
    assert (table["Name"], keys(table)) == ("table1", ["year"])
    assert columns(table) == {"a": "int", "b": "int", "c": "int", "d": "int"}
    assert columns(crawls.partitions("table1")["2018"]) == {"c": "int", "d": "int"}


def test_few_odd_folders_do_not_break_a_table(crawls: Crawls) -> None:
    for day in range(9):
        crawls.put_json(f"raw/day={day}/part", AB)
    crawls.put_json("raw/day=9/part", CD)
    crawls.create()
    crawls.run()
    assert list(crawls.tables()) == ["raw"]
    assert len(crawls.partitions("raw")) == 10


@pytest.mark.parametrize(
    ("key", "values"),
    [
        pytest.param("raw/year=2011/day=1/letter", {"2010/1", "2011/1"}, id="where a partition would be"),
        pytest.param("raw/notes/letter", {"2010/1"}, id="higher up"),
        pytest.param("raw/year=2010/notes/letter", {"2010/1"}, id="of another name"),
        pytest.param("raw/letter", {"2010/1"}, id="beside the folders"),
        pytest.param("raw/year=2010/day=1/more/letter", {"2010/1"}, id="deeper"),
    ],
)
def test_unrecognised_file_breaks_no_table(crawls: Crawls, key: str, values: set[str]) -> None:
    crawls.put_json("raw/year=2010/day=1/part", AB)
    crawls.put(key, "Dear all,\n")
    crawls.create()
    crawls.run()
    [table] = crawls.tables().values()
    assert (table["Name"], keys(table), table["Parameters"]["classification"]) == ("raw", ["year", "day"], "json")
    assert set(crawls.partitions("raw")) == values


def test_folders_of_different_formats_are_tables_of_their_own(crawls: Crawls) -> None:
    crawls.put_json("lake/orders/part", AB)
    crawls.put("lake/items/part.csv", "a,b\n1,2\n3,4\n")
    crawls.create("lake/", TablePrefix="Shop-")
    crawls.run()
    assert set(crawls.tables()) == {"shop_items", "shop_orders"}


def test_dissimilar_files_of_one_folder_are_tables_of_their_own(crawls: Crawls) -> None:
    crawls.put_json("mix/one.json", AB)
    crawls.put_json("mix/two.json", CD)
    crawls.create("mix/")
    crawls.run()
    tables = crawls.tables()
    assert set(tables) == {"one_json", "two_json"}
    assert tables["one_json"]["StorageDescriptor"]["Location"] == f"s3://{crawls.bucket}/mix/one.json"


def test_table_level_says_where_tables_lie(crawls: Crawls) -> None:
    for store in ("paris", "rome"):
        crawls.put_json(f"sales/{store}/day=1/part", AB)
    crawls.create("sales/", configuration={"Grouping": {"TableLevelConfiguration": 3}})
    crawls.run()
    tables = crawls.tables()
    assert {name: keys(each) for name, each in tables.items()} == {"paris": ["day"], "rome": ["day"]}


def test_bucket_as_target_names_the_table(crawls: Crawls) -> None:
    crawls.put_json("foo=123/part", AB)
    crawls.create("")
    crawls.run()
    assert list(crawls.tables()) == [crawls.bucket.replace("-", "_")]


def test_object_as_target_is_a_table(crawls: Crawls) -> None:
    crawls.put_json("raw/one.json", AB)
    crawls.put_json("raw/two.json", AB)
    crawls.create("raw/one.json")
    crawls.run()
    [table] = crawls.tables().values()
    assert table["Parameters"]["objectCount"] == "1"


def test_two_targets_of_one_name_get_a_hash(crawls: Crawls) -> None:
    crawls.put_json("eu/orders/part", AB)
    crawls.put_json("us/orders/part", AB)
    paths = [{"Path": f"s3://{crawls.bucket}/{each}/orders"} for each in ("eu", "us")]
    crawls.create(Targets={"S3Targets": paths})
    crawls.run()
    names = sorted(crawls.tables())
    assert names[0] == "orders"
    assert len(names[1]) == len("orders_") + 32
    assert "Summary" not in crawls.run()


def test_exclusions_leave_objects_out(crawls: Crawls) -> None:
    crawls.put_json("raw/day=1/part.json", AB)
    crawls.put_json("raw/day=2/part.json", AB)
    crawls.put("raw/day=1/notes.csv", "a,b\n1,2\n3,4\n")
    target = {"Path": f"s3://{crawls.bucket}/raw/", "Exclusions": ["**.csv", "day=2/**"]}
    crawls.create(Targets={"S3Targets": [target]})
    crawls.run()
    assert set(crawls.partitions("raw")) == {"1"}
    assert crawls.tables()["raw"]["Parameters"]["objectCount"] == "1"


def test_partition_key_that_is_a_column_too_is_numbered(crawls: Crawls) -> None:
    crawls.put_json("raw/year=2010/part", [{"year": 2010, "a": 1}])
    crawls.create()
    crawls.run()
    assert keys(crawls.tables()["raw"]) == ["partition_0"]
    assert set(crawls.partitions("raw")) == {"2010"}


def test_orc_tells_its_own_schema(crawls: Crawls) -> None:
    buffer = io.BytesIO()
    nested = pa.struct([("name", pa.string()), ("tags", pa.list_(pa.int32()))])
    fields = {"Id": pa.array([1, 2], pa.int64()), "who": pa.nulls(2, nested), "price": pa.nulls(2, pa.decimal128(8, 2))}
    orc.write_table(pa.table(fields), buffer)
    crawls.put("lake/day=1/part.orc", buffer.getvalue())
    crawls.create("lake/")
    crawls.run()
    table = crawls.tables()["lake"]
    assert columns(table) == {"id": "bigint", "who": "struct<name:string,tags:array<int>>", "price": "decimal(8,2)"}
    assert (table["Parameters"]["classification"], table["Parameters"]["recordCount"]) == ("orc", "2")
    assert (
        table["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"] == "org.apache.hadoop.hive.ql.io.orc.OrcSerde"
    )
    assert list(crawls.partitions("lake")) == ["1"]


def test_parquet_tells_its_own_schema(crawls: Crawls) -> None:
    schema = pa.schema(
        [
            pa.field("Id", pa.int64()),
            pa.field("price", pa.decimal128(18, 4)),
            pa.field("day", pa.date32()),
            pa.field("at", pa.timestamp("us")),
            pa.field("tags", pa.list_(pa.string())),
            pa.field("at_home", pa.struct([pa.field("city", pa.string()), pa.field("n", pa.int32())])),
            pa.field("counts", pa.map_(pa.string(), pa.int64())),
        ]
    )
    buffer = io.BytesIO()
    pq.write_table(schema.empty_table(), buffer)
    crawls.put("lake/part.parquet", buffer.getvalue())
    crawls.create("lake/")
    crawls.run()
    table = crawls.tables()["lake"]
    assert columns(table) == {
        "id": "bigint",
        "price": "decimal(18,4)",
        "day": "date",
        "at": "timestamp",
        "tags": "array<string>",
        "at_home": "struct<city:string,n:int>",
        "counts": "map<string,bigint>",
    }
    assert table["Parameters"]["classification"] == "parquet"
    assert table["StorageDescriptor"]["InputFormat"].endswith("MapredParquetInputFormat")


@pytest.mark.parametrize(
    ("body", "compression"),
    [
        pytest.param(bz2.compress(b'{"a": 1}\n{"a": 2}\n'), "bzip2", id="bzip2"),
        pytest.param(pa.compress(b'{"a": 1}\n{"a": 2}\n', "zstd", asbytes=True), "zstd", id="zstd"),
    ],
)
def test_compressed_files_are_read(crawls: Crawls, body: bytes, compression: str) -> None:
    crawls.put("raw/part", body)
    crawls.create()
    crawls.run()
    table = crawls.tables()["raw"]
    assert columns(table) == {"a": "int"}
    assert table["Parameters"]["compressionType"] == compression
    assert table["Parameters"]["recordCount"] == "2"


def test_hidden_files_are_no_data(crawls: Crawls) -> None:
    crawls.put_json("raw/part", AB)
    crawls.put("raw/_SUCCESS", "a,b\n1,2\n")
    crawls.create()
    crawls.run()
    assert crawls.tables()["raw"]["Parameters"]["objectCount"] == "1"


@pytest.mark.parametrize(
    ("setting", "names"), [(None, ["crawler_partition_index"]), (True, ["crawler_partition_index"]), (False, [])]
)
def test_a_new_table_has_an_index_over_its_partition_keys(
    crawls: Crawls, setting: bool | None, names: list[str]
) -> None:
    crawls.put_json("raw/orders/year=2010/month=12/a.json", [{"id": 1}])
    crawls.put_json("raw/plain/a.json", [{"id": 1}])
    crawls.create(configuration=None if setting is None else {"CreatePartitionIndex": setting})
    crawls.run()
    indexes = {
        table: crawls.glue.get_partition_indexes(DatabaseName="orderlogs", TableName=table)[
            "PartitionIndexDescriptorList"
        ]
        for table in crawls.tables()
    }
    assert [each["IndexName"] for each in indexes["orders"]] == names
    assert indexes["plain"] == []
    assert all([key["Name"] for key in each["Keys"]] == ["year", "month"] for each in indexes["orders"])
