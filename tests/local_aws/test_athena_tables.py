"""Tables through Athena: DDL on the catalog, what is read of them, what is written to them."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.local_aws.athena_client import Athena

RAW = """CREATE EXTERNAL TABLE IF NOT EXISTS `order_text` (`line` string COMMENT 'the raw record')
PARTITIONED BY (year string, month string) ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\001' STORED AS TEXTFILE
LOCATION 's3://{bucket}/raw/' TBLPROPERTIES ('projection.enabled' = 'true',
'projection.year.type' = 'integer', 'projection.year.range' = '2009,2030',
'projection.month.type' = 'integer', 'projection.month.range' = '1,12', 'projection.month.digits' = '2',
'storage.location.template' = 's3://{bucket}/raw/year=${{year}}/month=${{month}}/')"""


def put(client: Callable[..., Any], bucket: str, key: str, text: str) -> int:
    body = gzip.compress(text.encode()) if key.endswith(".gz") else text.encode()
    client("s3").put_object(Bucket=bucket, Key=key, Body=body)
    return len(body)


def test_raw_records_are_read_with_their_objects(athena: Athena, client: Callable[..., Any], bucket: str) -> None:
    athena.execute(RAW.format(bucket=bucket))
    size = put(client, bucket, "raw/year=2010/month=12/a.gz", '{"InvoiceNo": "1"}\nno "json", \\x\n')
    put(client, bucket, "raw/year=2011/month=01/b.gz", "{}\n")
    sql = """SELECT json_extract_scalar(line, '$.InvoiceNo'), try(json_parse(line)) IS NULL, line, "$path"
             FROM "shop"."order_text" WHERE year = '2010' AND month BETWEEN '11' AND '12' ORDER BY 2"""
    uri = f"s3://{bucket}/raw/year=2010/month=12/a.gz"
    assert athena.rows(sql) == [
        ("1", "false", '{"InvoiceNo": "1"}', uri),
        (None, "true", 'no "json", \\x', uri),
    ]
    assert athena.execute(sql)["Statistics"]["DataScannedInBytes"] == size


def test_the_seeds_own_query_over_quoted_commas(athena: Athena, client: Callable[..., Any], bucket: str) -> None:
    put(client, bucket, "csv/year=2010/month=12/a.csv", '536365,"SET 3 RETROSPOT TEA,COFFEE,SUGAR",France\n')
    athena.execute(
        f"""CREATE EXTERNAL TABLE orderlogs_x (invoiceno string, description string, country string)
        PARTITIONED BY (year string, month string) ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'
        LOCATION 's3://{bucket}/csv/'"""
    )
    sql = """select description, count(*) AS count from "orderlogs_x" where country='France' and year='2010'
             and month='12' group by description"""
    assert athena.rows(sql) == []
    athena.execute("MSCK REPAIR TABLE orderlogs_x")
    assert athena.rows(sql) == [("SET 3 RETROSPOT TEA,COFFEE,SUGAR", "1")]


def test_ddl_changes_the_glue_catalog(athena: Athena, client: Callable[..., Any], bucket: str) -> None:
    glue = client("glue")
    athena.execute("CREATE DATABASE IF NOT EXISTS made COMMENT 'x'")
    athena.execute(
        f"""CREATE EXTERNAL TABLE made.t (a int, `b-c` array<string>) PARTITIONED BY (d date)
        ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' WITH SERDEPROPERTIES ('ignore.malformed.json'='true')
        LOCATION 's3://{bucket}/t/' TBLPROPERTIES ('k'='v');"""
    )
    athena.execute("ALTER TABLE made.t ADD COLUMNS (e decimal(18,4))")
    athena.execute("ALTER TABLE made.t SET TBLPROPERTIES ('k' = 'w')")
    athena.execute(f"ALTER TABLE made.t ADD PARTITION (d = '2010-12-01') LOCATION 's3://{bucket}/elsewhere/'")
    athena.execute("ALTER TABLE made.t ADD IF NOT EXISTS PARTITION (d = '2010-12-01') PARTITION (d = '2010-12-02')")
    shape = glue.get_table(DatabaseName="made", Name="t")["Table"]
    columns = [(each["Name"], each["Type"]) for each in shape["StorageDescriptor"]["Columns"]]
    assert columns == [("a", "int"), ("b-c", "array<string>"), ("e", "decimal(18,4)")]
    assert shape["StorageDescriptor"]["SerdeInfo"]["Parameters"] == {"ignore.malformed.json": "true"}
    assert shape["Parameters"]["k"] == "w"
    locations = {
        each["Values"][0]: each["StorageDescriptor"]["Location"]
        for each in glue.get_partitions(DatabaseName="made", TableName="t")["Partitions"]
    }
    assert locations == {"2010-12-01": f"s3://{bucket}/elsewhere/", "2010-12-02": f"s3://{bucket}/t/d=2010-12-02"}
    assert athena.lines("SHOW PARTITIONS made.t") == ["d=2010-12-01", "d=2010-12-02"]
    athena.execute("ALTER TABLE made.t DROP PARTITION (d = '2010-12-01')")
    assert athena.lines("SHOW PARTITIONS made.t") == ["d=2010-12-02"]
    assert athena.lines("SHOW TABLES IN made 't*'") == ["t"]
    assert "SCHEMA_NOT_EMPTY" in athena.reason("DROP DATABASE made")
    athena.execute("DROP TABLE made.t")
    athena.execute("DROP DATABASE made")
    assert athena.lines("SHOW DATABASES") == ["shop"]


def test_show_create_table_makes_the_same_table(athena: Athena, client: Callable[..., Any], bucket: str) -> None:
    athena.execute(RAW.format(bucket=bucket))
    first = client("glue").get_table(DatabaseName="shop", Name="order_text")["Table"]
    text = "\n".join(athena.lines("SHOW CREATE TABLE order_text"))
    athena.execute("DROP TABLE order_text")
    athena.execute(text)
    second = client("glue").get_table(DatabaseName="shop", Name="order_text")["Table"]
    assert second["Parameters"] == first["Parameters"]
    assert second["StorageDescriptor"]["SerdeInfo"] == first["StorageDescriptor"]["SerdeInfo"]


def test_table_made_by_a_query_takes_inserts(athena: Athena, client: Callable[..., Any], bucket: str) -> None:
    athena.execute(
        f"""CREATE TABLE made WITH (format = 'PARQUET', external_location = 's3://{bucket}/made/',
        partitioned_by = ARRAY['year']) AS
        SELECT * FROM (VALUES (1, decimal '1.50', '2010'), (2, null, '2011')) t(n, price, year)"""
    )
    inserted = athena.execute("INSERT INTO made SELECT 3, decimal '2.5', '2012'")
    assert athena.client.get_query_results(QueryExecutionId=inserted["QueryExecutionId"])["UpdateCount"] == 1
    athena.execute("INSERT INTO made (year, n) VALUES ('2012', 4)")
    assert athena.rows("SELECT * FROM made ORDER BY n") == [
        ("1", "1.50", "2010"),
        ("2", None, "2011"),
        ("3", "2.50", "2012"),
        ("4", None, "2012"),
    ]
    assert inserted["SubstatementType"] == "INSERT"
    assert "mismatched column types" in athena.reason("INSERT INTO made VALUES ('x', 1.5, '2012')")
    assert "HIVE_PATH_ALREADY_EXISTS" in athena.reason(
        f"CREATE TABLE again WITH (external_location = 's3://{bucket}/made/') AS SELECT 1 AS n"
    )


def test_unload_writes_files(athena: Athena, client: Callable[..., Any], bucket: str) -> None:
    athena.execute(f"UNLOAD (SELECT 1 AS n, 'x' AS t) TO 's3://{bucket}/out/' WITH (format = 'JSON')")
    [found] = client("s3").list_objects_v2(Bucket=bucket, Prefix="out/")["Contents"]
    body = client("s3").get_object(Bucket=bucket, Key=found["Key"])["Body"].read()
    assert gzip.decompress(body) == b'{"n": 1, "t": "x"}\n'


def test_iceberg_table_is_merged_twice_and_stays_the_same(athena: Athena, bucket: str) -> None:
    athena.execute(
        f"""CREATE TABLE lines (event_id string, quantity bigint, price decimal(18,4), order_day date, at timestamp)
        PARTITIONED BY (order_day) LOCATION 's3://{bucket}/lake/lines/' TBLPROPERTIES ('table_type' = 'ICEBERG')"""
    )
    merge = """MERGE INTO lines t USING (
        SELECT event_id, try_cast(q AS bigint) AS quantity, cast('2.55' AS decimal(18,4)) AS price,
               cast(at AS date) AS order_day, at
        FROM (VALUES ('a', '6', timestamp '2010-12-01 08:26:00'),
                     ('b', 'x', timestamp '2010-12-02 09:00:00')) v(event_id, q, at)
    ) s ON t.event_id = s.event_id AND t.order_day = s.order_day
    WHEN NOT MATCHED THEN INSERT (event_id, quantity, price, order_day, at)
    VALUES (s.event_id, s.quantity, s.price, s.order_day, s.at)"""
    counts = []
    for _ in range(2):
        made = athena.execute(merge)["QueryExecutionId"]
        counts.append(athena.client.get_query_results(QueryExecutionId=made)["UpdateCount"])
    assert counts == [2, 0]
    assert athena.rows("SELECT * FROM lines WHERE order_day = date '2010-12-01'") == [
        ("a", "6", "2.5500", "2010-12-01", "2010-12-01 08:26:00.000000")
    ]
    athena.execute("UPDATE lines SET quantity = 7 WHERE quantity IS NULL")
    athena.execute("DELETE FROM lines WHERE event_id = 'a'")
    assert athena.rows("SELECT event_id, quantity FROM lines") == [("b", "7")]
    assert athena.rows('SELECT count(*) FROM "lines$snapshots"') == [("3",)]
    athena.execute("DROP TABLE lines")
    assert athena.lines("SHOW TABLES") == []


def test_malformed_json_fails_the_query(athena: Athena, client: Callable[..., Any], bucket: str) -> None:
    put(client, bucket, "j/a", '{"a": 1\n')
    athena.execute(
        f"CREATE EXTERNAL TABLE j (a int) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://{bucket}/j/'"
    )
    assert athena.reason("SELECT a FROM j").startswith("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")


def test_iceberg_table_is_read_as_it_was(athena: Athena, bucket: str) -> None:
    athena.execute(f"CREATE TABLE t (n int) LOCATION 's3://{bucket}/lake/t/' TBLPROPERTIES ('table_type' = 'ICEBERG')")
    athena.execute("INSERT INTO t VALUES 1")
    [(first, made)] = athena.rows('SELECT snapshot_id, committed_at FROM "t$snapshots"')
    time.sleep(0.01)
    athena.execute("ALTER TABLE t ADD COLUMNS (label string)")
    athena.execute("INSERT INTO t VALUES (2, 'b')")
    assert athena.rows(f"SELECT * FROM t FOR VERSION AS OF {first}") == [("1",)]
    assert athena.rows(f"SELECT a.n, b.n FROM t FOR TIMESTAMP AS OF TIMESTAMP '{made}' a JOIN t b ON a.n < b.n") == [
        ("1", "2")
    ]
    assert athena.rows("SELECT n FROM t FOR TIMESTAMP AS OF (now() + interval '1' day) ORDER BY n") == [("1",), ("2",)]
    assert "No version history table" in athena.reason("SELECT * FROM t FOR TIMESTAMP AS OF DATE '2009-01-01'")
    assert "snapshot ID does not exist" in athena.reason("SELECT * FROM t FOR VERSION AS OF 1")
    assert athena.rows("SELECT n FROM t FOR VERSION AS OF 'main' ORDER BY n") == [("1",), ("2",)]
    assert "COLUMN_NOT_FOUND" in athena.reason(f"SELECT label FROM t FOR VERSION AS OF {first}")
    athena.execute(f"CREATE VIEW old_t AS SELECT * FROM t FOR VERSION AS OF {first}")
    assert athena.rows("SELECT n FROM old_t") == [("1",)]


def test_only_iceberg_tables_have_versions(athena: Athena, bucket: str) -> None:
    athena.execute(f"CREATE EXTERNAL TABLE h (a int) LOCATION 's3://{bucket}/h/'")
    assert "does not support versioned tables" in athena.reason("SELECT * FROM h FOR VERSION AS OF 1")


def test_iceberg_partitioning_is_read_with_its_quotes(athena: Athena, bucket: str) -> None:
    athena.execute(
        f"""CREATE TABLE parts (id bigint, `d` date, `timestamp` timestamp)
        PARTITIONED BY (`d`, bucket(4, `id`), day(`timestamp`)) LOCATION 's3://{bucket}/parts/'
        TBLPROPERTIES ('table_type' = 'ICEBERG')"""
    )
    shown = athena.lines("SHOW CREATE TABLE parts")
    assert [line for line in shown if "bucket" in line or "day(" in line]
    athena.execute("INSERT INTO parts VALUES (1, DATE '2020-01-01', TIMESTAMP '2020-01-02 03:04:05')")
    assert athena.rows("SELECT id FROM parts WHERE d = DATE '2020-01-01'") == [("1",)]


def test_iceberg_partitioning_that_cannot_be_is_refused(athena: Athena, bucket: str) -> None:
    create = f"""CREATE TABLE parts (id bigint, d date) PARTITIONED BY ({{}}) LOCATION 's3://{bucket}/parts/'
        TBLPROPERTIES ('table_type' = 'ICEBERG')"""
    assert athena.reason(create.format("f(g(id))")).startswith("INVALID_TABLE_PROPERTY")
    assert athena.reason(create.format("month(d), d")).startswith("NOT_SUPPORTED")


def test_partitions_are_rows_of_their_own_table(athena: Athena, bucket: str) -> None:
    athena.execute(
        f"""CREATE TABLE sold WITH (format = 'PARQUET', external_location = 's3://{bucket}/sold/',
        partitioned_by = ARRAY['year', 'day']) AS SELECT * FROM (VALUES (1, 2010, date '2010-12-01'),
        (2, 2010, date '2010-12-02'), (3, 2011, null)) t(n, year, day)"""
    )
    listed = [("2010", "2010-12-01"), ("2010", "2010-12-02"), ("2011", None)]
    assert athena.rows('SELECT * FROM "sold$partitions" ORDER BY year, day') == listed
    assert athena.rows('SELECT max(day) FROM shop."sold$partitions" WHERE year = 2010') == [("2010-12-02",)]
    athena.execute(f"CREATE EXTERNAL TABLE empty (n int) PARTITIONED BY (k int) LOCATION 's3://{bucket}/none/'")
    assert athena.rows('SELECT * FROM "empty$partitions"') == []


@pytest.mark.parametrize("name", ["plain$partitions", "plain$any", "$partitions", "none$partitions"])
def test_metadata_table_that_is_not_there_is_not_found(athena: Athena, bucket: str, name: str) -> None:
    athena.execute(f"CREATE EXTERNAL TABLE plain (n int) LOCATION 's3://{bucket}/plain/'")
    assert athena.reason(f'SELECT * FROM "{name}"').startswith("TABLE_NOT_FOUND")
