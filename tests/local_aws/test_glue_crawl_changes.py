"""What a crawl does when data changed: update and delete behaviours, inheritance, new folders only; through boto3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.local_aws.glue_helpers import Crawls, columns

LOG = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}
NEW_FOLDERS = {"RecrawlPolicy": {"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"}, "SchemaChangePolicy": LOG}


def deleting(behavior: str) -> dict[str, str]:
    return {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": behavior}


@pytest.fixture
def crawls(client: Callable[..., Any], bucket: str) -> Crawls:
    found = Crawls(client, bucket)
    found.put_json("raw/day=1/part", [{"a": 1, "b": "x"}])
    found.put_json("raw/day=2/part", [{"a": 2, "b": "y"}])
    return found


def test_update_in_database_adds_changes_and_removes_columns(crawls: Crawls) -> None:
    crawls.create()
    crawls.run()
    crawls.put_json("raw/day=1/part", [{"c": True, "a": 1.5}])
    crawls.put_json("raw/day=2/part", [{"c": False, "a": 2}])
    assert crawls.run()["changes"] == {"UPDATE TABLE": 1, "UPDATE PARTITION": 2}
    assert list(columns(crawls.tables()["raw"]).items()) == [("a", "double"), ("c", "boolean")]
    assert columns(crawls.partitions("raw")["2"]) == {"c": "boolean", "a": "int"}
    assert crawls.versions("raw") == 2


def test_update_log_leaves_the_table_and_adds_partitions(crawls: Crawls) -> None:
    crawls.create(SchemaChangePolicy=LOG)
    crawls.run()
    crawls.put_json("raw/day=3/part", [{"a": 1, "b": "x", "c": 1}])
    assert crawls.run()["changes"] == {"ADD PARTITION": 1}
    assert list(columns(crawls.tables()["raw"])) == ["a", "b"]


def test_columns_that_the_owner_changed_survive_merge_new_columns(crawls: Crawls) -> None:
    crawls.create(configuration={"CrawlerOutput": {"Tables": {"AddOrUpdateBehavior": "MergeNewColumns"}}})
    crawls.run()
    table = crawls.tables()["raw"]
    descriptor = table["StorageDescriptor"]
    descriptor["Columns"][0]["Type"] = "bigint"
    members = ("Name", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters")
    crawls.glue.update_table(DatabaseName="orderlogs", TableInput={name: table[name] for name in members})
    crawls.put_json("raw/day=3/part", [{"a": 1, "b": "x", "c": 1}])
    crawls.run()
    assert columns(crawls.tables()["raw"]) == {"a": "bigint", "b": "string", "c": "int"}


def test_nested_fields_are_merged_too(crawls: Crawls) -> None:
    crawls.put_json("nested/part-1", [{"at": {"city": "Paris"}, "lines": [{"n": 1}]}])
    crawls.create("nested/", configuration={"CrawlerOutput": {"Tables": {"AddOrUpdateBehavior": "MergeNewColumns"}}})
    crawls.run()
    crawls.put_json("nested/part-2", [{"at": {"zip": "75001"}, "lines": [{"n": "one", "price": 1.5}]}])
    crawls.run()
    assert columns(crawls.tables()["nested"]) == {
        "at": "struct<city:string,zip:string>",
        "lines": "array<struct<n:int,price:double>>",
    }


def test_change_of_format_deprecates_under_merge_new_columns(crawls: Crawls) -> None:
    crawls.create(configuration={"CrawlerOutput": {"Tables": {"AddOrUpdateBehavior": "MergeNewColumns"}}})
    crawls.run()
    for day in (1, 2):
        crawls.put_json(f"raw/day={day}/part", [{"a": 1, "b": "x"}], zipped=True)
    assert crawls.run()["changes"] == {"UPDATE TABLE": 1}
    table = crawls.tables()["raw"]
    assert "DEPRECATED_BY_CRAWLER" in table["Parameters"]
    assert table["Parameters"]["compressionType"] == "none"
    assert "Summary" not in crawls.run()


def test_inherit_from_table_gives_partitions_the_tables_schema(crawls: Crawls) -> None:
    crawls.put_json("raw/day=2/part", [{"a": 2.5, "b": "y", "c": 1}])
    crawls.create(configuration={"CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}}})
    crawls.run()
    expected = {"a": "double", "b": "string", "c": "int"}
    assert columns(crawls.tables()["raw"]) == expected
    assert [columns(each) for each in crawls.partitions("raw").values()] == [expected, expected]


def test_partitions_have_their_own_schema_otherwise(crawls: Crawls) -> None:
    crawls.put_json("raw/day=2/part", [{"a": 2.5, "b": "y", "c": 1}])
    crawls.create()
    crawls.run()
    assert columns(crawls.partitions("raw")["1"]) == {"a": "int", "b": "string"}


@pytest.mark.parametrize(
    ("behavior", "left", "changes"),
    [
        pytest.param("DELETE_FROM_DATABASE", ["2"], {"DELETE PARTITION": 1}, id="delete"),
        pytest.param("DEPRECATE_IN_DATABASE", ["1", "2"], {}, id="deprecate"),
        pytest.param("LOG", ["1", "2"], {}, id="log"),
    ],
)
def test_partition_whose_files_are_gone(crawls: Crawls, behavior: str, left: list[str], changes: Any) -> None:
    crawls.create(SchemaChangePolicy=deleting(behavior))
    crawls.run()
    crawls.s3.delete_object(Bucket=crawls.bucket, Key="raw/day=1/part")
    assert crawls.run()["changes"] == changes
    assert list(crawls.partitions("raw")) == left


@pytest.mark.parametrize(
    ("behavior", "changes"),
    [
        pytest.param("DELETE_FROM_DATABASE", {"DELETE TABLE": 1}, id="delete"),
        pytest.param("DEPRECATE_IN_DATABASE", {"UPDATE TABLE": 1}, id="deprecate"),
        pytest.param("LOG", {}, id="log"),
    ],
)
def test_table_whose_files_are_gone(crawls: Crawls, behavior: str, changes: Any) -> None:
    crawls.create(SchemaChangePolicy=deleting(behavior))
    crawls.run()
    for day in (1, 2):
        crawls.s3.delete_object(Bucket=crawls.bucket, Key=f"raw/day={day}/part")
    assert crawls.run()["changes"] == changes
    tables = crawls.tables()
    assert list(tables) == ([] if behavior == "DELETE_FROM_DATABASE" else ["raw"])
    if behavior == "DEPRECATE_IN_DATABASE":
        assert "DEPRECATED_BY_CRAWLER" in tables["raw"]["Parameters"]
        crawls.put_json("raw/day=1/part", [{"a": 1, "b": "x"}])
        crawls.run()
        assert "DEPRECATED_BY_CRAWLER" not in crawls.tables()["raw"]["Parameters"]


def test_tables_of_others_are_left_alone(crawls: Crawls) -> None:
    crawls.put_json("other/part", [{"a": 1}])
    crawls.create("other/", "other")
    crawls.run("other")
    crawls.s3.delete_object(Bucket=crawls.bucket, Key="other/part")
    crawls.create("", "all", SchemaChangePolicy=deleting("DELETE_FROM_DATABASE"))
    crawls.run("all")
    assert "other" in crawls.tables()


def test_new_folders_only_sees_new_folders_and_nothing_else(crawls: Crawls) -> None:
    crawls.create(**NEW_FOLDERS)
    assert crawls.run()["changes"] == {"ADD TABLE": 1, "ADD PARTITION": 2}
    before = crawls.partitions("raw")
    crawls.put_json("raw/day=1/part-2", [{"a": 1, "b": "x", "c": 1}])
    crawls.s3.delete_object(Bucket=crawls.bucket, Key="raw/day=2/part")
    crawls.put_json("raw/day=3/part", [{"a": 1, "b": "x"}])
    assert crawls.run()["changes"] == {"ADD PARTITION": 1}
    after = crawls.partitions("raw")
    assert after.pop("3")
    assert after == before
    assert list(columns(crawls.tables()["raw"])) == ["a", "b"]


def test_new_folders_only_neither_reads_nor_repairs_old_folders(crawls: Crawls) -> None:
    crawls.create(**NEW_FOLDERS)
    crawls.run()
    crawls.put("raw/day=1/strange.csv", "a,b\n1,2\n3,4\n")
    crawls.glue.delete_partition(DatabaseName="orderlogs", TableName="raw", PartitionValues=["2"])
    crawls.put_json("raw/day=3/part", [{"a": 1, "b": "x"}])
    assert crawls.run()["changes"] == {"ADD PARTITION": 1}
    assert set(crawls.partitions("raw")) == {"1", "3"}


def test_table_threshold_fails_the_crawl_before_it_writes(crawls: Crawls) -> None:
    crawls.put("raw2/part.csv", "a,b\n1,2\n3,4\n")
    crawls.create("", configuration={"CrawlerOutput": {"Tables": {"TableThreshold": 1}}})
    crawl = crawls.run()
    assert (crawl["State"], crawls.tables()) == ("FAILED", {})
    assert "greater than the table threshold" in crawl["ErrorMessage"]
