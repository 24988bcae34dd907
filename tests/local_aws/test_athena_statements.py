"""Statements on Hive tables, prepared or explained; results that are taken again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import botocore.exceptions
import pytest

from tests.local_aws.athena_client import Athena

Client = Callable[..., Any]


@pytest.fixture
def table(athena: Athena, client: Client, bucket: str) -> str:
    client("s3").put_object(Bucket=bucket, Key="t/k=a/f", Body=b"1,x\n")
    athena.execute(
        f"""CREATE EXTERNAL TABLE t (n int, s string) PARTITIONED BY (k string)
        ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION 's3://{bucket}/t/'"""
    )
    athena.execute("MSCK REPAIR TABLE t")
    return "t"


CHANGES = [
    ("CHANGE COLUMN n m bigint COMMENT 'c' AFTER s", ["s", "m", "k"]),
    ("CHANGE s t string FIRST", ["t", "n", "k"]),
    ("DROP COLUMN n", ["s", "k"]),
    ("REPLACE COLUMNS (z string)", ["z", "k"]),
    ("ADD COLUMNS (z string)", ["n", "s", "z", "k"]),
]


@pytest.mark.parametrize(("change", "columns"), CHANGES, ids=[case[0] for case in CHANGES])
def test_columns_of_a_hive_table_change(athena: Athena, table: str, change: str, columns: list[str]) -> None:
    athena.execute(f"ALTER TABLE {table} {change}")
    assert athena.lines(f"SHOW COLUMNS IN {table}") == columns


@pytest.mark.parametrize("change", ["CHANGE COLUMN nope m int", "DROP COLUMN nope", "CHANGE n n int AFTER nope"])
def test_column_that_is_not_there_cannot_change(athena: Athena, table: str, change: str) -> None:
    assert athena.reason(f"ALTER TABLE {table} {change}").startswith("COLUMN_NOT_FOUND: Column 'nope' does not exist")


def test_renamed_partition_keeps_its_files(athena: Athena, table: str) -> None:
    athena.execute(f"ALTER TABLE {table} PARTITION (k = 'a') RENAME TO PARTITION (k = 'z')")
    assert athena.rows(f"SELECT * FROM {table}") == [("1", "x", "z")]
    missing = athena.reason(f"ALTER TABLE {table} PARTITION (k = 'a') RENAME TO PARTITION (k = 'y')")
    assert missing.startswith("PARTITION_NOT_FOUND")


def test_serde_properties_change_how_new_partitions_are_read(athena: Athena, client: Client, bucket: str) -> None:
    client("s3").put_object(Bucket=bucket, Key="p/f", Body=b"1;x\n")
    athena.execute(f"CREATE EXTERNAL TABLE p (n int, s string) LOCATION 's3://{bucket}/p/'")
    assert athena.rows("SELECT * FROM p") == [(None, None)]
    athena.execute("ALTER TABLE p SET SERDEPROPERTIES ('field.delim' = ';')")
    assert athena.rows("SELECT * FROM p") == [("1", "x")]


def test_delimiter_of_several_characters_counts_as_a_whole(athena: Athena, client: Client, bucket: str) -> None:
    client("s3").put_object(Bucket=bucket, Key="m/f", Body=b"1|~|a|b|~|x~y\n")
    athena.execute(
        f"""CREATE EXTERNAL TABLE m (n int, s string, u string)
        ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.MultiDelimitSerDe'
        WITH SERDEPROPERTIES ('field.delim' = '|~|') LOCATION 's3://{bucket}/m/'"""
    )
    assert athena.rows("SELECT * FROM m") == [("1", "a|b", "x~y")]


EXPLAINED = [
    ("EXPLAIN SELECT 1", "EXPLAIN"),
    ("EXPLAIN (TYPE VALIDATE) SELECT 1", "EXPLAIN"),
    ("EXPLAIN (TYPE DISTRIBUTED, FORMAT TEXT) SELECT 1", "EXPLAIN"),
    ("EXPLAIN ANALYZE SELECT 1", "EXPLAIN_ANALYZE"),
]


@pytest.mark.parametrize(("sql", "verb"), EXPLAINED, ids=[case[0] for case in EXPLAINED])
def test_queries_are_explained(athena: Athena, sql: str, verb: str) -> None:
    assert athena.execute(sql)["SubstatementType"] == verb
    lines = athena.lines(sql)
    assert len(lines) > 1
    assert lines[0] == ("Valid" if "VALIDATE" in sql else "Query Plan")


def test_explain_analyze_reads_what_the_query_reads(athena: Athena, table: str) -> None:
    assert athena.execute(f"EXPLAIN ANALYZE SELECT * FROM {table}")["Statistics"]["DataScannedInBytes"] == 4
    assert "EXPLAIN with FORMAT JSON" in athena.reason("EXPLAIN (FORMAT JSON) SELECT 1")


REUSE = {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": 5}}


def test_result_of_the_same_query_is_reused_only_if_asked(athena: Athena, table: str) -> None:
    sql = f"SELECT count(*) FROM {table}"
    first = athena.execute(sql, ResultReuseConfiguration=REUSE)
    again = athena.execute(sql, ResultReuseConfiguration=REUSE)
    other = athena.execute(f"{sql} ", ResultReuseConfiguration=REUSE)
    unasked = athena.execute(sql)
    reused = [each["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"] for each in (first, again, other)]
    assert reused == [False, True, False]
    assert not unasked["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"]
    assert (first["Statistics"]["DataScannedInBytes"], again["Statistics"]["DataScannedInBytes"]) == (4, 0)
    assert again["ResultConfiguration"]["OutputLocation"] == first["ResultConfiguration"]["OutputLocation"]
    assert athena.rows(sql, ResultReuseConfiguration=REUSE) == [("1",)]


def test_result_that_is_too_old_or_gone_is_made_anew(
    athena: Athena, client: Client, bucket: str, account_id: str, table: str
) -> None:
    sql = f"SELECT n FROM {table}"
    first = athena.execute(sql)
    key = first["ResultConfiguration"]["OutputLocation"].removeprefix(f"s3://{bucket}/")
    client("s3").delete_object(Bucket=bucket, Key=key)
    anew = athena.execute(sql, ResultReuseConfiguration=REUSE)
    assert not anew["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"]
    at_once = {"ResultReuseByAgeConfiguration": {"Enabled": True, "MaxAgeInMinutes": 0}}
    old = athena.execute(sql, ResultReuseConfiguration=at_once)
    assert not old["Statistics"]["ResultReuseInformation"]["ReusedPreviousResult"]


def test_engine_versions_are_listed_and_others_refused(athena: Athena) -> None:
    listed = [each["SelectedEngineVersion"] for each in athena.client.list_engine_versions()["EngineVersions"]]
    assert listed == ["AUTO", "Athena engine version 3"]
    spark = {"EngineVersion": {"SelectedEngineVersion": "PySpark engine version 3"}}
    with pytest.raises(botocore.exceptions.ClientError, match="engine version PySpark engine version 3"):
        athena.client.create_work_group(Name="spark", Configuration=spark)
