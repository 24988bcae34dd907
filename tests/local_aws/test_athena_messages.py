"""What Athena says where something is not there or not as declared, word for word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.local_aws.athena_client import Athena

NOT_FOUND = "FAILED: SemanticException [Error 10001]: Table not found "
MISSING = [
    pytest.param("SHOW CREATE TABLE nope", NOT_FOUND + "nope", id="show create table"),
    pytest.param("SHOW COLUMNS IN nope", NOT_FOUND + "nope", id="show columns"),
    pytest.param("SHOW PARTITIONS shop.nope", NOT_FOUND + "shop.nope", id="show partitions"),
    pytest.param("SHOW TBLPROPERTIES nope", NOT_FOUND + "nope", id="show properties"),
    pytest.param("DESCRIBE nope", NOT_FOUND + "nope", id="describe"),
    pytest.param("DROP TABLE nope", NOT_FOUND + "nope", id="drop"),
    pytest.param("MSCK REPAIR TABLE nope", NOT_FOUND + "nope", id="repair"),
    pytest.param("ALTER TABLE nope ADD COLUMNS (a int)", NOT_FOUND + "shop.nope", id="alter"),
    pytest.param(
        "DROP DATABASE nope", "FAILED: SemanticException [Error 10072]: Database does not exist: nope", id="database"
    ),
]


@pytest.mark.parametrize(("sql", "reason"), MISSING)
def test_ddl_names_what_is_missing_in_hives_words(athena: Athena, sql: str, reason: str) -> None:
    found = athena.wait(athena.start(sql))["Status"]
    assert (found["State"], found["StateChangeReason"]) == ("FAILED", reason)
    assert (found["AthenaError"]["ErrorCategory"], found["AthenaError"]["ErrorType"]) == (2, 1006)


def test_partitions_of_a_table_without_keys_are_refused(athena: Athena) -> None:
    athena.execute("CREATE TABLE t AS SELECT 1 AS n")
    task = "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask."
    assert athena.reason("SHOW PARTITIONS t") == f"{task} Table t is not a partitioned table"


def test_text_under_a_parquet_table_is_named_with_its_last_bytes(
    athena: Athena, client: Callable[..., Any], bucket: str
) -> None:
    client("s3").put_object(Bucket=bucket, Key="wrong/trips.csv", Body=b"1,2\n3,46.8")
    athena.execute(f"CREATE EXTERNAL TABLE wrong (n int) STORED AS PARQUET LOCATION 's3://{bucket}/wrong/'")
    reason = "HIVE_BAD_DATA: Malformed Parquet file. Expected magic number: PAR1 got: 46.8"
    assert athena.reason("SELECT n FROM wrong") == f"{reason} [s3://{bucket}/wrong/trips.csv]"


@pytest.mark.parametrize("verb", ["ctas", "unload"])
def test_parquet_is_compressed_by_gzip_where_nothing_is_asked(
    athena: Athena, client: Callable[..., Any], bucket: str, verb: str, tmp_path: Any
) -> None:
    location = f"s3://{bucket}/made/"
    if verb == "ctas":
        athena.execute(f"CREATE TABLE made WITH (external_location = '{location}') AS SELECT 1 AS n")
    else:
        athena.execute(f"UNLOAD (SELECT 1 AS n) TO '{location}' WITH (format = 'PARQUET')")
    [each] = client("s3").list_objects_v2(Bucket=bucket, Prefix="made/")["Contents"]
    client("s3").download_file(bucket, each["Key"], str(tmp_path / "file"))
    assert pq.read_metadata(tmp_path / "file").row_group(0).column(0).compression == "GZIP"
