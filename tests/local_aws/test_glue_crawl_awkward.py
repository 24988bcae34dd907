"""Data as it comes: odd keys, differing records, values that widen, folders and files that are no data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from local_aws.server import LocalAws
from tests.local_aws.glue_helpers import Crawls, columns


@pytest.fixture
def crawls(client: Callable[..., Any], bucket: str) -> Crawls:
    return Crawls(client, bucket)


def _crawled(crawls: Crawls) -> dict[str, Any]:
    crawls.create()
    assert crawls.run()["State"] == "COMPLETED"
    return crawls.tables()


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        pytest.param([{"Id": 1}, {"id": "x"}, {"ID": 2}], {"id": "string"}, id="keys that differ in case"),
        pytest.param([{"a.b": 1, "c d": 2}], {"a.b": "int", "c d": "int"}, id="dots and spaces"),
        pytest.param([{"n": None}, {"n": None}], {"n": "string"}, id="nothing but nulls"),
        pytest.param([{"n": None}, {"n": 1}, {"n": 2**40}, {"n": 1.5}], {"n": "double"}, id="int to bigint to double"),
        pytest.param([{"n": 1}, {"n": "01"}], {"n": "string"}, id="number and text"),
        pytest.param([{"n": True}, {"n": 1}], {"n": "string"}, id="boolean and number"),
        pytest.param(
            [{"l": [{"a": 1}, {"b": "x"}]}, {"l": []}, {"l": [{"a": 1.5, "c": [1]}]}],
            {"l": "array<struct<a:double,b:string,c:array<int>>>"},
            id="arrays of structs with differing fields",
        ),
        pytest.param([{"l": [1, "x"]}, {"s": {}}], {"l": "array<string>", "s": "string"}, id="mixed and empty"),
    ],
)
def test_json_records(crawls: Crawls, records: list[Any], expected: dict[str, str]) -> None:
    crawls.put_json("raw/a.json", records)
    assert columns(_crawled(crawls)["raw"]) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param('id,t\r\n1,"a\r\nb"\r\n2,"c, d"\r\n', {"id": "string", "t": "string"}, id="quoted newline, CRLF"),
        pytest.param("id,n\n1,2\n2\n" + "3,4\n" * 20, {"id": "bigint", "n": "bigint"}, id="a ragged row"),
        pytest.param("id,d\n1,2010-12-01\n2,01/12/2010\n", {"id": "bigint", "d": "string"}, id="dates"),
    ],
)
def test_csv_text(crawls: Crawls, body: str, expected: dict[str, str]) -> None:
    crawls.put("raw/a.csv", body)
    assert columns(_crawled(crawls)["raw"]) == expected


def test_types_widen_over_partitions(crawls: Crawls) -> None:
    for day, value in enumerate((1, 2**40, 1.5)):
        crawls.put_json(f"raw/day={day}/a.json", [{"n": value, "t": "x"}])
    assert columns(_crawled(crawls)["raw"]) == {"n": "double", "t": "string"}


def test_markers_hidden_and_empty_files_are_no_data(crawls: Crawls) -> None:
    crawls.put_json("raw/day=1/a.json", [{"n": 1}])
    for key in ("raw/_SUCCESS", "raw/day=1/.part.crc", "raw/day=2/", "raw/day=1_$folder$", "raw/day=3/empty.json"):
        crawls.put(key, "")
    crawls.put("raw/_temporary/0/x.json", "{broken")
    assert list(_crawled(crawls)) == ["raw"]
    assert list(crawls.partitions("raw")) == ["1"]


def test_deep_hive_folders_keep_their_values_as_written(
    crawls: Crawls, local_aws: LocalAws, account_id: str, bucket: str
) -> None:
    objects = local_aws.app.account(account_id, "us-east-1").lake.objects
    for folder in ("Year=2010/city=S%C3%A3o%20Paulo/at=10%3A30", "Year=2011/city=Ulm/at=11"):
        objects.put(bucket, f"raw/{folder}/a.json", b'{"n": 1}')
    table = _crawled(crawls)["raw"]
    assert [each["Name"] for each in table["PartitionKeys"]] == ["year", "city", "at"]
    assert list(crawls.partitions("raw")) == ["2010/S%C3%A3o%20Paulo/10%3A30", "2011/Ulm/11"]
