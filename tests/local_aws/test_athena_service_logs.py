"""The logs that AWS services write, read by the tables that Athena's pages define for them.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/querying-aws-service-logs.html
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.local_aws.athena_client import Athena

Put = Callable[[str, str], None]

_ALB = (
    "http 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.000 0.001 "
    '0.000 200 200 34 366 "GET http://www.example.com:80/ HTTP/1.1" "curl/7.46.0" - -\n'
)
_ALB_REGEX = (
    "([^ ]*) ([^ ]*) ([^ ]*) ([^ ]*):([0-9]*) ([^ ]*)[:-]([0-9]*) ([-.0-9]*) ([-.0-9]*) ([-.0-9]*) (|[-0-9]*) "
    r"(-|[-0-9]*) ([-0-9]*) ([-0-9]*) \"([^ ]*) (.*) (- |[^ ]*)\" \"([^\"]*)\" ([A-Z0-9-_]+) ([A-Za-z0-9.-]*)"
)
_TRAIL = """CREATE EXTERNAL TABLE trail (eventname string, requestparameters string, readonly string,
useridentity struct<username:string, sessioncontext:struct<attributes:struct<mfaauthenticated:string>>>,
resources array<struct<arn:string, accountid:string>>) PARTITIONED BY (`timestamp` string) ROW FORMAT SERDE '{serde}'
STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat' LOCATION 's3://{bucket}/trail/'
TBLPROPERTIES ('projection.enabled'='true', 'projection.timestamp.type'='date',
'projection.timestamp.format'='yyyy/MM/dd', 'projection.timestamp.range'='2024/01/01,2024/12/31',
'storage.location.template'='s3://{bucket}/trail/${{timestamp}}')"""


@pytest.fixture
def put(client: Callable[..., Any], bucket: str) -> Put:
    def puts(key: str, text: str) -> None:
        body = gzip.compress(text.encode()) if key.endswith(".gz") else text.encode()
        client("s3").put_object(Bucket=bucket, Key=key, Body=body)

    return puts


def test_load_balancer_logs(athena: Athena, put: Put, bucket: str) -> None:
    put("alb/2024/05/01/a.log.gz", _ALB)
    names = "type time elb client_ip client_port target_ip target_port request_time target_time response_time "
    names += "status target_status received sent verb url proto agent cipher protocol"
    columns = ", ".join(f"{name} {'int' if name.endswith('_port') else 'string'}" for name in names.split())
    athena.execute(
        f"""CREATE EXTERNAL TABLE alb ({columns}) PARTITIONED BY (day string)
        ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe'
        WITH SERDEPROPERTIES ('input.regex' = '{_ALB_REGEX}')
        LOCATION 's3://{bucket}/alb/' TBLPROPERTIES ('projection.enabled'='true', 'projection.day.type'='date',
        'projection.day.range'='2024/01/01,NOW', 'projection.day.format'='yyyy/MM/dd',
        'storage.location.template'='s3://{bucket}/alb/${{day}}')"""
    )
    asked = """SELECT client_port, url, parse_datetime(time, 'yyyy-MM-dd''T''HH:mm:ss.SSSSSS''Z') FROM alb
               WHERE day = '2024/05/01'"""
    assert athena.rows(asked) == [("2817", "http://www.example.com:80/", "2018-07-02 22:23:00.186 UTC")]


@pytest.mark.parametrize(
    "serde", ["org.apache.hive.hcatalog.data.JsonSerDe", "com.amazon.emr.hive.serde.CloudTrailSerde"]
)
def test_cloudtrail_logs(athena: Athena, put: Put, bucket: str, serde: str) -> None:
    record = {
        "eventName": "GetObject",
        "requestParameters": {"bucketName": "b", "key": "é"},
        "readOnly": True,
        "userIdentity": {"userName": "Alice", "sessionContext": {"attributes": {"mfaAuthenticated": "false"}}},
        "resources": [{"ARN": "arn:aws:s3:::b", "accountId": "1"}],
    }
    put("trail/2024/05/01/a.json.gz", json.dumps({"Records": [record, {"eventName": "PutObject"}]}, indent=1))
    athena.execute(_TRAIL.format(serde=serde, bucket=bucket))
    asked = """SELECT eventname, json_extract_scalar(requestparameters, '$.key'), readonly, useridentity.username,
    useridentity.sessioncontext.attributes.mfaauthenticated, resources[1].arn FROM trail
    WHERE "timestamp" = '2024/05/01' ORDER BY 1"""
    assert athena.rows(asked) == [
        ("GetObject", "é", "true", "Alice", "false", "arn:aws:s3:::b"),
        ("PutObject", None, None, None, None, None),
    ]


@pytest.mark.parametrize("content", ['{"Records": 1}', "[]", '{"Records": ['])
def test_a_file_that_is_no_cloudtrail_log_is_named(athena: Athena, put: Put, bucket: str, content: str) -> None:
    put("trail/2024/05/01/broken.json", content)
    athena.execute(_TRAIL.format(serde="org.apache.hive.hcatalog.data.JsonSerDe", bucket=bucket))
    reason = athena.reason("SELECT eventname FROM trail")
    assert reason.startswith(f"HIVE_CURSOR_ERROR: Failed to read s3://{bucket}/trail/2024/05/01/broken.json")


def test_an_alias_of_one_column_holds_the_rows_of_an_array(athena: Athena) -> None:
    asked = """WITH w AS (SELECT ARRAY[CAST(ROW('host', 1) AS ROW(name varchar, n integer))] AS headers,
    CAST(NULL AS array(row(name varchar))) AS labels)
    SELECT h, h.name, label.name FROM w, UNNEST(headers) AS t(h), UNNEST(CASE WHEN cardinality(labels) >= 1 THEN labels
    ELSE ARRAY[CAST(ROW('none') AS ROW(name varchar))] END) AS l(label)"""
    assert athena.rows(asked) == [("{name=host, n=1}", "host", "none")]


def test_an_alias_of_a_column_a_field_spreads_the_rows(athena: Athena) -> None:
    asked = "SELECT language, year FROM UNNEST(ARRAY[ROW('Java', 1995), ROW('SQL', 1974)]) AS t(language, year)"
    assert athena.rows(asked) == [("Java", "1995"), ("SQL", "1974")]


@pytest.mark.parametrize("layout", ["dd/MMM/yyyy:HH:mm:ss Z", "dd/MMM/yyyy:HH:mm:ss ZZ"])
def test_an_access_logs_time_has_its_offset(athena: Athena, layout: str) -> None:
    shown = "2019-02-06 00:00:38.000 UTC"
    assert athena.value(f"parse_datetime('06/Feb/2019:00:00:38 +0000', '{layout}')") == shown
    elsewhere = "'06/Feb/2019:00:00:38 +0530'"
    assert athena.value(f"parse_datetime({elsewhere}, '{layout}')") == "2019-02-06 00:00:38.000 +05:30"
    column = athena.value(f"parse_datetime(x, '{layout}') FROM (VALUES {elsewhere}) t(x)")
    assert column == "2019-02-06 00:00:38.000 +05:30"


def test_queries_without_a_database_are_in_default(athena: Athena, bucket: str) -> None:
    nowhere = replace(athena, database="default")
    nowhere.execute(f"CREATE EXTERNAL TABLE t (a int) LOCATION 's3://{bucket}/default/'")
    assert nowhere.rows("SELECT a FROM t") == []
    assert "default" in athena.lines("SHOW DATABASES")
