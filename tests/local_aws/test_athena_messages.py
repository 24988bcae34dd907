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


@pytest.mark.parametrize(
    ("name", "kind", "reason"),
    [
        ("other", "LAMBDA", "local_aws does not support data catalogs of the type LAMBDA: other"),
        ("other", "HIVE", "local_aws does not support data catalogs of the type HIVE: other"),
        ("other", "GLUE", "local_aws does not support a further name for a Glue Data Catalog: other"),
        ("AwsDataCatalog", "GLUE", "DataCatalog AwsDataCatalog already exists"),
    ],
)
def test_data_catalogs_are_refused_by_name(athena: Athena, name: str, kind: str, reason: str) -> None:
    with pytest.raises(athena.client.exceptions.InvalidRequestException, match=reason):
        athena.client.create_data_catalog(Name=name, Type=kind, Parameters={"catalog-id": "1"})


def test_functions_of_lambda_are_refused_by_name(athena: Athena) -> None:
    sql = "USING EXTERNAL FUNCTION twice(n INT) RETURNS INT LAMBDA 'twice' SELECT twice(2)"
    assert athena.reason(sql).startswith("NOT_SUPPORTED: local_aws does not support USING EXTERNAL FUNCTION")


def _cells(lines: list[str]) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("\t")] for line in lines]


def test_describe_tells_a_partition_a_column_and_the_formatted_details(athena: Athena, bucket: str) -> None:
    athena.execute(
        f"CREATE EXTERNAL TABLE t (n int COMMENT 'how many', s string) PARTITIONED BY (k string)"
        f" LOCATION 's3://{bucket}/t/' TBLPROPERTIES ('made.by' = 'hand')"
    )
    athena.execute("ALTER TABLE t ADD PARTITION (k = 'a')")
    athena.execute("ALTER TABLE t ADD COLUMNS (later int)")
    assert _cells(athena.lines("DESCRIBE t n")) == [["n", "int", "how many"]]
    whole = _cells(athena.lines("DESCRIBE FORMATTED t"))
    assert whole[:3] == [["# col_name", "data_type", "comment"], ["", "", ""], ["n", "int", "how many"]]
    assert ["Location:", f"s3://{bucket}/t/", ""] in whole
    assert ["Table Type:", "EXTERNAL_TABLE", ""] in whole
    assert ["", "made.by", "hand"] in whole
    assert ["# Storage Information", "", ""] in whole
    partition = _cells(athena.lines("DESCRIBE FORMATTED t PARTITION (k = 'a')"))
    assert ["later", "int", ""] not in partition
    assert ["Partition Value:", "[a]", ""] in partition
    assert any(row[0] == "Location:" and row[1].rstrip("/") == f"s3://{bucket}/t/k=a" for row in partition)
    assert "Partition not found" in athena.reason("DESCRIBE t PARTITION (k = 'b')")
    assert "Invalid column" in athena.reason("DESCRIBE t nope")
    assert "DESCRIBE EXTENDED" in athena.reason("DESCRIBE EXTENDED t")
