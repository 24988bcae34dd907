"""Tables of ORC and Avro files, columns found by name or place, and the hidden columns of a file's rows."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import fastavro
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc

from tests.local_aws.athena_client import Athena

Client = Callable[..., Any]


def orc_file(**columns: Any) -> bytes:
    buffer = io.BytesIO()
    orc.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


def parquet_file(**columns: Any) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer)
    return buffer.getvalue()


AVRO: dict[str, Any] = {
    "type": "record",
    "name": "Order",
    "fields": [
        {"name": "Id", "type": "long"},
        {"name": "price", "type": ["null", {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}]},
        {"name": "day", "type": {"type": "int", "logicalType": "date"}},
        {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "tags", "type": {"type": "map", "values": "string"}},
        {
            "name": "items",
            "type": {
                "type": "array",
                "items": {"type": "record", "name": "Item", "fields": [{"name": "n", "type": "int"}]},
            },
        },
        {"name": "kind", "type": {"type": "enum", "name": "Kind", "symbols": ["A", "B"]}},
    ],
}


def avro_file(schema: dict[str, Any], rows: list[dict[str, Any]], codec: str = "null") -> bytes:
    buffer = io.BytesIO()
    fastavro.writer(buffer, schema, rows, codec=codec)
    return buffer.getvalue()


@pytest.mark.parametrize("codec", ["null", "deflate", "snappy", "zstandard"])
def test_avro_file_gives_rows_of_the_declared_types(athena: Athena, client: Client, bucket: str, codec: str) -> None:
    row = {"Id": 1, "price": Decimal("1.50"), "day": date(2010, 12, 1), "at": datetime(2010, 12, 1, 8, tzinfo=UTC)}
    rows = [
        row | {"tags": {"k": "v"}, "items": [{"n": 1}, {"n": 2}], "kind": "A"},
        row | {"Id": 2, "price": None, "tags": {}, "items": [], "kind": "B"},
    ]
    data = avro_file(AVRO, rows, codec)
    client("s3").put_object(Bucket=bucket, Key="t/f.avro", Body=data)
    athena.execute(
        f"""CREATE EXTERNAL TABLE t (id bigint, price decimal(9,2), day date, at timestamp, tags map<string,string>,
        items array<struct<n:int>>, kind string, later string) STORED AS AVRO LOCATION 's3://{bucket}/t/'"""
    )
    moment = "2010-12-01 08:00:00.000"
    assert athena.rows("SELECT * FROM t ORDER BY id") == [
        ("1", "1.50", "2010-12-01", moment, "{k=v}", "[{n=1}, {n=2}]", "A", None),
        ("2", None, "2010-12-01", moment, "{}", "[]", "B", None),
    ]
    assert athena.execute("SELECT id FROM t")["Statistics"]["DataScannedInBytes"] == len(data)


PLACES = [
    pytest.param("ORC", "", [("x", "1")], id="orc_by_place"),
    pytest.param("ORC", "'orc.column.index.access'='false'", [(None, "1")], id="orc_by_name"),
    pytest.param("PARQUET", "", [(None, "1")], id="parquet_by_name"),
    pytest.param("PARQUET", "'parquet.column.index.access'='true'", [("x", "1")], id="parquet_by_place"),
]


@pytest.mark.parametrize(("form", "setting", "expected"), PLACES)
def test_columns_are_found_by_name_or_by_place(
    athena: Athena, client: Client, bucket: str, form: str, setting: str, expected: list[Any]
) -> None:
    write = orc_file if form == "ORC" else parquet_file
    client("s3").put_object(Bucket=bucket, Key="t/f", Body=write(old=["x"], n=pa.array([1], pa.int32())))
    libraries = {"ORC": "orc.OrcSerde", "PARQUET": "parquet.serde.ParquetHiveSerDe"}
    settings = f"WITH SERDEPROPERTIES ({setting})" if setting else ""
    athena.execute(
        f"""CREATE EXTERNAL TABLE t (fresh string, n bigint)
        ROW FORMAT SERDE 'org.apache.hadoop.hive.ql.io.{libraries[form]}' {settings} LOCATION 's3://{bucket}/t/'"""
    )
    assert athena.rows("SELECT * FROM t") == expected


@pytest.mark.parametrize("form", ["ORC", "AVRO"])
def test_file_of_another_format_cannot_be_opened(athena: Athena, client: Client, bucket: str, form: str) -> None:
    client("s3").put_object(Bucket=bucket, Key="t/f", Body=b"not what it should be\n" * 9)
    athena.execute(f"CREATE EXTERNAL TABLE t (a int) STORED AS {form} LOCATION 's3://{bucket}/t/'")
    assert athena.reason("SELECT a FROM t").startswith("HIVE_CANNOT_OPEN_SPLIT: Error opening Hive split s3://")


def test_partitions_of_one_table_may_have_formats_of_their_own(athena: Athena, client: Client, bucket: str) -> None:
    client("s3").put_object(Bucket=bucket, Key="t/k=a/f", Body=b"1\n")
    client("s3").put_object(Bucket=bucket, Key="t/k=b/f", Body=orc_file(n=[2]))
    athena.execute(
        f"CREATE EXTERNAL TABLE t (n int) PARTITIONED BY (k string) STORED AS TEXTFILE LOCATION 's3://{bucket}/t/'"
    )
    athena.execute("MSCK REPAIR TABLE t")
    glue = client("glue")
    shape = glue.get_partition(DatabaseName="shop", TableName="t", PartitionValues=["b"])["Partition"]
    storage = shape["StorageDescriptor"]
    storage["SerdeInfo"] = {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.orc.OrcSerde"}
    glue.update_partition(
        DatabaseName="shop",
        TableName="t",
        PartitionValueList=["b"],
        PartitionInput={"Values": ["b"], "StorageDescriptor": storage},
    )
    assert athena.rows("SELECT n, k FROM t ORDER BY n") == [("1", "a"), ("2", "b")]


def test_rows_tell_their_file_and_partition(athena: Athena, client: Client, bucket: str) -> None:
    client("s3").put_object(Bucket=bucket, Key="t/y=1/k=b/f", Body=b"abc\n")
    athena.execute(f"CREATE EXTERNAL TABLE t (s string) PARTITIONED BY (y int, k string) LOCATION 's3://{bucket}/t/'")
    athena.execute("MSCK REPAIR TABLE t")
    sql = 'SELECT "$path", "$file_size", "$partition", "$file_modified_time" > timestamp \'2020-01-01\' FROM t'
    assert athena.rows(sql) == [(f"s3://{bucket}/t/y=1/k=b/f", "4", "y=1/k=b", "true")]
    assert athena.rows("SELECT * FROM t") == [("abc", "1", "b")]


def test_columns_may_be_called_as_the_engine_calls_its_own(athena: Athena, client: Client, bucket: str) -> None:
    for n, day in enumerate(("mon", "tue")):
        body = parquet_file(file_index=[f"i{n}"], filename=[f"f{n}"], file_row_number=[7])
        client("s3").put_object(Bucket=bucket, Key=f"odd/day={day}/a.parquet", Body=body)
    athena.execute(
        "CREATE EXTERNAL TABLE odd (file_index string, filename string, file_row_number bigint)"
        f" PARTITIONED BY (day string) STORED AS PARQUET LOCATION 's3://{bucket}/odd/'"
    )
    athena.execute("MSCK REPAIR TABLE odd")
    rows = athena.rows('SELECT file_index, filename, file_row_number, day, "$path" FROM odd ORDER BY day DESC')
    place = f"s3://{bucket}/odd"
    assert rows == [
        ("i1", "f1", "7", "tue", f"{place}/day=tue/a.parquet"),
        ("i0", "f0", "7", "mon", f"{place}/day=mon/a.parquet"),
    ]


def test_partitions_at_one_place_have_its_rows_each(athena: Athena, client: Client, bucket: str) -> None:
    client("s3").put_object(Bucket=bucket, Key="same/a.parquet", Body=parquet_file(n=[1, 2]))
    athena.execute(
        f"CREATE EXTERNAL TABLE same (n bigint) PARTITIONED BY (day string) STORED AS PARQUET LOCATION 's3://{bucket}/t/'"
    )
    for day in ("mon", "tue"):
        athena.execute(f"ALTER TABLE same ADD PARTITION (day = '{day}') LOCATION 's3://{bucket}/same/'")
    assert athena.rows("SELECT day, sum(n) FROM same GROUP BY day ORDER BY day") == [("mon", "3"), ("tue", "3")]


def test_files_with_different_columns_are_read_by_name(athena: Athena, client: Client, bucket: str) -> None:
    for name, body in (("a", parquet_file(n=[1], old=["x"])), ("b", parquet_file(new=[True], n=[2]))):
        client("s3").put_object(Bucket=bucket, Key=f"grown/{name}.parquet", Body=body)
    athena.execute(
        "CREATE EXTERNAL TABLE grown (n bigint, old string, new boolean) STORED AS PARQUET"
        f" LOCATION 's3://{bucket}/grown/'"
    )
    assert athena.rows("SELECT n, old, new FROM grown ORDER BY n") == [("1", "x", None), ("2", None, "true")]
    assert athena.rows("SELECT count(*) FROM grown") == [("2",)]


def test_result_keeps_names_that_repeat_and_texts_as_they_are(shared_athena: Athena, client: Client) -> None:
    made = shared_athena.execute("SELECT 'a\"b' AS x, 'c,\nd' AS x, '' AS \"odd \"\"name\", CAST(NULL AS varchar) AS n")
    rows = shared_athena.client.get_query_results(QueryExecutionId=made["QueryExecutionId"])["ResultSet"]["Rows"]
    assert [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows] == [
        ["x", "x", 'odd "name', "n"],
        ['a"b', "c,\nd", "", None],
    ]
