"""Partitions with awkward names, values and schemas, and tables whose files are lists of files."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import orc

from tests.local_aws.athena_client import Athena

Put = Callable[[str, bytes], None]
_IO = "org.apache.hadoop.hive.ql.io"


@pytest.fixture
def put(client: Callable[..., Any], bucket: str) -> Put:
    return lambda key, body: client("s3").put_object(Bucket=bucket, Key=key, Body=body)


def _orc(table: pa.Table) -> bytes:
    buffer = io.BytesIO()
    orc.write_table(table, buffer)
    return buffer.getvalue()


def test_repair_reads_what_folders_escape(athena: Athena, put: Put, bucket: str) -> None:
    put("t/p=a%3Ab%2Fc/x", b"1\n")
    athena.execute(f"CREATE EXTERNAL TABLE t (n int) PARTITIONED BY (p string) LOCATION 's3://{bucket}/t/'")
    athena.execute("MSCK REPAIR TABLE t")
    assert athena.rows("SELECT p, \"$partition\" FROM t WHERE p = 'a:b/c'") == [("a:b/c", "p=a%3Ab%2Fc")]
    assert athena.lines("SHOW PARTITIONS t") == ["p=a%3Ab%2Fc"]


def test_written_partition_is_found_again_by_repair(athena: Athena, client: Callable[..., Any], bucket: str) -> None:
    athena.execute(
        f"CREATE TABLE t WITH (partitioned_by = ARRAY['p'], external_location = 's3://{bucket}/t/')"
        " AS SELECT 1 AS n, 'a/b=c' AS p"
    )
    [key] = [each["Key"] for each in client("s3").list_objects_v2(Bucket=bucket, Prefix="t/")["Contents"]]
    assert key.startswith("t/p=a%2Fb%3Dc/")
    athena.execute("ALTER TABLE t DROP PARTITION (p = 'a/b=c')")
    athena.execute("MSCK REPAIR TABLE t")
    assert athena.rows("SELECT n, p FROM t") == [("1", "a/b=c")]


def test_repair_passes_over_keys_in_another_case(athena: Athena, put: Put, bucket: str) -> None:
    put("t/userId=1/x", b"1\n")
    athena.execute(f"CREATE EXTERNAL TABLE t (n int) PARTITIONED BY (userid int) LOCATION 's3://{bucket}/t/'")
    athena.execute("MSCK REPAIR TABLE t")
    assert athena.rows("SELECT * FROM t") == []


def test_partition_value_of_another_type_is_named(athena: Athena, put: Put, bucket: str) -> None:
    put("t/p=abc/x", b"1\n")
    athena.execute(f"CREATE EXTERNAL TABLE t (n int) PARTITIONED BY (p int) LOCATION 's3://{bucket}/t/'")
    athena.execute("MSCK REPAIR TABLE t")
    assert athena.reason("SELECT * FROM t") == (
        "HIVE_INVALID_PARTITION_VALUE: Invalid partition value 'abc' for INTEGER partition key: p"
    )


@pytest.mark.parametrize(
    ("declared", "own", "matches"),
    [("int", "boolean", False), ("string", "boolean", False), ("int", "bigint", False), ("bigint", "int", True)],
)
def test_partition_of_another_schema(
    athena: Athena, client: Callable[..., Any], put: Put, bucket: str, declared: str, own: str, matches: bool
) -> None:
    put("t/p=1/x", b"7\n")
    athena.execute(f"CREATE EXTERNAL TABLE t (a {declared}) PARTITIONED BY (p int) LOCATION 's3://{bucket}/t/'")
    athena.execute("MSCK REPAIR TABLE t")
    glue, names = client("glue"), {"DatabaseName": "shop", "TableName": "t"}
    storage = glue.get_table(DatabaseName="shop", Name="t")["Table"]["StorageDescriptor"]
    changed = {**storage, "Location": f"s3://{bucket}/t/p=1/", "Columns": [{"Name": "a", "Type": own}]}
    glue.update_partition(
        **names, PartitionValueList=["1"], PartitionInput={"Values": ["1"], "StorageDescriptor": changed}
    )
    if matches:
        assert athena.rows("SELECT a FROM t") == [("7",)]
        return
    reason = athena.reason("SELECT a FROM t")
    assert reason.startswith(
        "HIVE_PARTITION_SCHEMA_MISMATCH: There is a mismatch between the table and partition schemas."
    )
    assert f"declared as type '{declared}', but partition 'p=1' declared column 'a' as type '{own}'" in reason


def test_inventory_is_read_through_its_symlinks(athena: Athena, put: Put, bucket: str) -> None:
    put("inventory/data/a.orc", _orc(pa.table({"bucket": ["b"], "key": ["k"], "size": [5]})))
    put("inventory/hive/dt=2020-01-01-00-00/symlink.txt", f"s3://{bucket}/inventory/data/a.orc\n".encode())
    athena.execute(
        f"""CREATE EXTERNAL TABLE t (bucket string, key string, size bigint) PARTITIONED BY (dt string)
        ROW FORMAT SERDE '{_IO}.orc.OrcSerde' STORED AS INPUTFORMAT '{_IO}.SymlinkTextInputFormat'
        OUTPUTFORMAT '{_IO}.IgnoreKeyTextOutputFormat' LOCATION 's3://{bucket}/inventory/hive/'
        TBLPROPERTIES ('projection.enabled' = 'true', 'projection.dt.type' = 'date',
        'projection.dt.format' = 'yyyy-MM-dd-HH-mm', 'projection.dt.range' = '2020-01-01-00-00,NOW',
        'projection.dt.interval' = '1', 'projection.dt.interval.unit' = 'HOURS')"""
    )
    assert athena.rows("SELECT * FROM t WHERE dt = '2020-01-01-00-00'") == [("b", "k", "5", "2020-01-01-00-00")]
    put("inventory/hive/dt=2020-01-01-01-00/symlink.txt", f"s3://{bucket}/gone.orc\n".encode())
    assert athena.reason("SELECT * FROM t WHERE dt = '2020-01-01-01-00'").startswith("HIVE_BAD_DATA")


def test_unknown_input_format_is_refused(athena: Athena, put: Put, bucket: str) -> None:
    put("t/x", b"1\n")
    athena.execute(
        f"""CREATE EXTERNAL TABLE t (a string) STORED AS INPUTFORMAT 'org.apache.hadoop.mapred.SequenceFileInputFormat'
        OUTPUTFORMAT '{_IO}.HiveSequenceFileOutputFormat' LOCATION 's3://{bucket}/t/'"""
    )
    assert "SequenceFileInputFormat" in athena.reason("SELECT a FROM t")


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ("(a int, A int)", "FAILED: SemanticException [Error 10036]: Duplicate column name: a"),
        ("(a int) PARTITIONED BY (a int)", "FAILED: SemanticException [Error 10035]: Column repeated"),
        ("(a decimal(39,2))", "SYNTAX_ERROR"),
    ],
)
def test_columns_that_no_table_has(athena: Athena, bucket: str, columns: str, reason: str) -> None:
    assert athena.reason(f"CREATE EXTERNAL TABLE t {columns} LOCATION 's3://{bucket}/t/'").startswith(reason)


def test_column_that_is_not_read_may_have_another_type(athena: Athena, put: Put, bucket: str) -> None:
    put("t/x", _orc(pa.table({"a": ["x"], "b": [1]})))
    athena.execute(f"CREATE EXTERNAL TABLE t (a int, b bigint) STORED AS ORC LOCATION 's3://{bucket}/t/'")
    assert athena.rows("SELECT b FROM t") == [("1",)]
    assert athena.reason("SELECT a FROM t").startswith("HIVE_BAD_DATA")
