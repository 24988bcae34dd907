"""What CTAS, INSERT and UNLOAD write: every format and compression, partitions, limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.local_aws.athena_client import Athena

ROWS = """SELECT * FROM (VALUES
    (1, cast(1.5 AS double), decimal '1.50', date '2010-12-01', timestamp '2010-12-01 08:26:00.250', true,
     ARRAY['a', 'b'], 'é "x"'),
    (2, null, null, null, null, null, null, null)) t(n, d, price, day, at, yes, tags, label)"""
PRINTED = [
    ("1", "1.5", "1.50", "2010-12-01", "2010-12-01 08:26:00.250", "true", "[a, b]", 'é "x"'),
    ("2", None, None, None, None, None, None, None),
]
FORMS = [
    ("PARQUET", ["GZIP", "SNAPPY", "ZSTD", "NONE"]),
    ("ORC", ["ZLIB", "SNAPPY", "ZSTD", "LZ4", "NONE"]),
    ("AVRO", ["DEFLATE", "SNAPPY", "ZSTD", "NONE"]),
    ("JSON", ["GZIP", "BZIP2", "ZSTD", "NONE"]),
    ("TEXTFILE", ["GZIP", "BZIP2", "ZSTD", "NONE"]),
]


@pytest.mark.parametrize(("form", "codec"), [(form, codec) for form, codecs in FORMS for codec in codecs])
def test_table_made_by_a_query_reads_back_the_same_and_takes_inserts(athena: Athena, form: str, codec: str) -> None:
    athena.execute(f"CREATE TABLE t WITH (format = '{form}', write_compression = '{codec}') AS {ROWS}")
    assert athena.rows("SELECT * FROM t ORDER BY n") == PRINTED
    athena.execute("INSERT INTO t (label, n) VALUES ('new', 3)")
    assert athena.rows("SELECT n, label, d FROM t WHERE n = 3") == [("3", "new", None)]


def test_compression_that_the_format_has_not_is_refused(athena: Athena) -> None:
    sql = "CREATE TABLE t WITH (format = 'PARQUET', write_compression = 'BZIP2') AS SELECT 1 AS n"
    assert athena.reason(sql).startswith("INVALID_TABLE_PROPERTY: Unsupported compression BZIP2")
    assert "bucketed" in athena.reason(
        "CREATE TABLE t WITH (bucketed_by = ARRAY['n'], bucket_count = 3) AS SELECT 1 AS n"
    )


PARTITIONED = "SELECT n, n % {parts} AS k FROM UNNEST(sequence(1, 200)) AS t(n)"


def test_more_than_a_hundred_partitions_fail_and_leave_nothing(
    athena: Athena, client: Callable[..., Any], bucket: str
) -> None:
    head = f"CREATE TABLE t WITH (partitioned_by = ARRAY['k'], external_location = 's3://{bucket}/t/') AS "
    reason = athena.reason(head + PARTITIONED.format(parts=101))
    assert reason.startswith("HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers for partitions/buckets")
    assert athena.lines("SHOW TABLES") == []
    assert client("s3").list_objects_v2(Bucket=bucket, Prefix="t/")["KeyCount"] == 0
    athena.execute(head + PARTITIONED.format(parts=100))
    assert athena.rows("SELECT count(DISTINCT k), count(*) FROM t") == [("100", "200")]


def test_insert_goes_to_known_and_new_partitions(athena: Athena) -> None:
    athena.execute("CREATE TABLE t WITH (partitioned_by = ARRAY['k']) AS SELECT 1 AS n, 'a' AS k")
    for _ in range(2):
        athena.execute("INSERT INTO t VALUES (2, 'a'), (3, 'b'), (4, NULL)")
    assert athena.rows("SELECT k, count(*) FROM t GROUP BY k ORDER BY k") == [("a", "3"), ("b", "2"), (None, "2")]
    assert athena.lines("SHOW PARTITIONS t") == ["k=__HIVE_DEFAULT_PARTITION__", "k=a", "k=b"]


def test_partitions_of_a_query_and_of_a_statement_have_parameters(
    athena: Athena, bucket: str, client: Callable[..., Any]
) -> None:
    athena.execute("CREATE TABLE t WITH (partitioned_by = ARRAY['p']) AS SELECT 1 AS n, 'a' AS p")
    athena.execute("INSERT INTO t VALUES (2, 'b')")
    athena.execute(f"ALTER TABLE t ADD PARTITION (p = 'c') LOCATION 's3://{bucket}/c/'")
    found = client("glue").get_partitions(DatabaseName="shop", TableName="t")["Partitions"]
    assert [(each["Values"], each["Parameters"]) for each in found] == [(["a"], {}), (["b"], {}), (["c"], {})]


@pytest.mark.parametrize("form", [form for form, _ in FORMS])
def test_unload_into_partitions_is_read_by_a_table_over_it(athena: Athena, bucket: str, form: str) -> None:
    athena.execute(
        f"""UNLOAD (SELECT 1 AS n, 'a' AS k) TO 's3://{bucket}/out/'
        WITH (format = '{form}', partitioned_by = ARRAY['k'])"""
    )
    athena.execute(
        f"""CREATE EXTERNAL TABLE t (n int) PARTITIONED BY (k string) STORED AS {form}
        LOCATION 's3://{bucket}/out/'"""
    )
    athena.execute("MSCK REPAIR TABLE t")
    assert athena.rows("SELECT n, k FROM t") == [("1", "a")]
    assert "HIVE_PATH_ALREADY_EXISTS" in athena.reason(
        f"UNLOAD (SELECT 1 AS n) TO 's3://{bucket}/out/' WITH (format = '{form}')"
    )


def test_table_without_data_has_the_querys_columns(athena: Athena) -> None:
    athena.execute("CREATE TABLE t AS SELECT 1 AS n, 'a' AS k WITH NO DATA")
    assert athena.rows("SELECT * FROM t") == []
    athena.execute("INSERT INTO t VALUES (2, 'b')")
    assert athena.rows("SELECT * FROM t") == [("2", "b")]


def test_insert_overwrite_is_no_statement(athena: Athena) -> None:
    athena.execute("CREATE TABLE t AS SELECT 1 AS n")
    assert athena.reason("INSERT OVERWRITE t SELECT 2") == (
        "SYNTAX_ERROR: line 1:8: mismatched input 'OVERWRITE'. Expecting: 'INTO'"
    )
    assert athena.rows("SELECT * FROM t") == [("1",)]


@pytest.mark.parametrize("made_by", ["insert", "ctas"])
def test_iceberg_takes_100_partitions_a_write(
    athena: Athena, bucket: str, client: Callable[..., Any], made_by: str
) -> None:
    rows, location = "SELECT 1 AS a, n FROM UNNEST(sequence(1, {})) AS s(n)", f"s3://{bucket}/ice/"
    if made_by == "insert":
        athena.execute(
            f"CREATE TABLE t (a int, n bigint) PARTITIONED BY (n) LOCATION '{location}'"
            " TBLPROPERTIES ('table_type' = 'ICEBERG')"
        )
        write = f"INSERT INTO t {rows}"
    else:
        properties = f"table_type = 'ICEBERG', is_external = false, location = '{location}', partitioning = ARRAY['n']"
        write = f"CREATE TABLE t WITH ({properties}) AS {rows}"
    reason = athena.reason(write.format(101))
    assert reason == "ICEBERG_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers for partitions"
    assert client("s3").list_objects_v2(Bucket=bucket, Prefix="ice/data")["KeyCount"] == 0
    athena.execute(write.format(100))
    assert athena.rows("SELECT count(*) FROM t") == [("100",)]


STORED = [
    pytest.param("i", "DECIMAL '2.5'", "3", id="decimal-in-an-integer-column-is-rounded"),
    pytest.param("i", "DOUBLE '2.5'", "3", id="double-in-an-integer-column-is-rounded"),
    pytest.param("i", "BIGINT '7'", "7", id="bigint-in-an-integer-column"),
    pytest.param("d", "7", "7.0", id="integer-in-a-double-column"),
    pytest.param("at", "TIMESTAMP '2020-01-04 00:00:00-0'", "2020-01-04 00:00:00", id="zero-offset-is-dropped"),
    pytest.param(
        "at", "TIMESTAMP '2020-01-04 10:00:00 Europe/Paris'", "2020-01-04 10:00:00", id="zone-is-dropped-clock-kept"
    ),
    pytest.param("at", "DATE '2020-01-04'", "2020-01-04 00:00:00", id="date-in-a-timestamp-column"),
    pytest.param("day", "TIMESTAMP '2020-01-04 10:00:00'", "2020-01-04", id="timestamp-in-a-date-column"),
]


@pytest.mark.parametrize("kind", ["hive", "iceberg"])
@pytest.mark.parametrize(("column", "value", "stored"), STORED)
def test_insert_casts_to_the_columns_type(
    athena: Athena, bucket: str, kind: str, column: str, value: str, stored: str
) -> None:
    columns = "(i int, d double, at timestamp, day date)"
    if kind == "hive":
        athena.execute(f"CREATE EXTERNAL TABLE t {columns} STORED AS PARQUET LOCATION 's3://{bucket}/t/'")
    else:
        made = f"LOCATION 's3://{bucket}/t/' TBLPROPERTIES ('table_type' = 'ICEBERG')"
        athena.execute(f"CREATE TABLE t {columns} {made}")
    athena.execute(f"INSERT INTO t ({column}) VALUES ({value})")
    [[found]] = athena.rows(f"SELECT {column} FROM t")
    assert found is not None
    assert found.removesuffix(".000000").removesuffix(".000") == stored
    for wrong in ("'x'", "ARRAY[1]"):
        assert "mismatched column types" in athena.reason(f"INSERT INTO t ({column}) VALUES ({wrong})")
    if column == "i":
        assert "NUMERIC_VALUE_OUT_OF_RANGE" in athena.reason("INSERT INTO t (i) VALUES (BIGINT '3000000000')")
