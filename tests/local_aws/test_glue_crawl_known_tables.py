"""Crawls of tables that are in the catalog already."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import botocore.exceptions
import pytest

from tests.local_aws.glue_helpers import Crawls, columns

LOG_DELETIONS = {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"}
NOTHING_UPDATED = {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"}


@pytest.fixture
def crawls(client: Callable[..., Any], bucket: str) -> Crawls:
    return Crawls(client, bucket)


def known(crawls: Crawls, name: str = "sold", keys: tuple[str, ...] = ("year",), **changes: Any) -> None:
    """A table as somebody wrote it, with one column that the data has and one that it has not."""
    descriptor = {
        "Columns": [{"Name": "id", "Type": "int"}, {"Name": "old", "Type": "string"}],
        "Location": f"s3://{crawls.bucket}/{name}",
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe", "Parameters": {}},
        **changes.pop("StorageDescriptor", {}),
    }
    crawls.glue.create_table(
        DatabaseName="orderlogs",
        TableInput={
            "Name": name,
            "PartitionKeys": [{"Name": key, "Type": "int"} for key in keys],
            "StorageDescriptor": descriptor,
            "Parameters": {"classification": "json"},
            **changes,
        },
    )


def create(crawls: Crawls, *tables: str, **options: Any) -> None:
    targets = {"CatalogTargets": [{"DatabaseName": "orderlogs", "Tables": list(tables)}]}
    options.setdefault("SchemaChangePolicy", LOG_DELETIONS)
    crawls.create(Targets=targets, **options)


def test_table_is_brought_up_to_its_data_and_none_is_made(crawls: Crawls) -> None:
    known(crawls)
    crawls.put_json("sold/2010/a.json", [{"id": 1, "name": "x"}])
    crawls.put_json("sold/2011/a.json", [{"unlike": 1.5}])
    create(crawls, "sold")
    assert crawls.run()["changes"] == {"UPDATE TABLE": 1, "ADD PARTITION": 2}
    [table] = crawls.tables().values()
    assert columns(table) == {"id": "int", "name": "string", "unlike": "double"}
    assert table["PartitionKeys"] == [{"Name": "year", "Type": "int"}]
    assert table["StorageDescriptor"]["Location"] == f"s3://{crawls.bucket}/sold"
    assert set(crawls.partitions("sold")) == {"2010", "2011"}
    assert crawls.run()["changes"] == {}


def test_update_log_adds_partitions_alone(crawls: Crawls) -> None:
    known(crawls)
    crawls.put_json("sold/year=2010/a.json", [{"id": 1, "name": "x"}])
    create(crawls, "sold", SchemaChangePolicy=NOTHING_UPDATED)
    assert crawls.run()["changes"] == {"ADD PARTITION": 1}
    assert columns(crawls.tables()["sold"]) == {"id": "int", "old": "string"}


def test_only_the_named_tables_are_crawled(crawls: Crawls) -> None:
    for name in ("sold", "bought", "other"):
        known(crawls, name)
        crawls.put_json(f"{name}/year=2010/a.json", [{"id": 1, "old": "x"}])
    create(crawls, "sold", "bought", SchemaChangePolicy=NOTHING_UPDATED)
    assert crawls.run()["changes"] == {"ADD PARTITION": 2}
    assert crawls.partitions("other") == {}


@pytest.mark.parametrize(
    ("key", "keys"),
    [
        pytest.param("sold/2010/12/a.json", ("year",), id="deeper-than-the-keys"),
        pytest.param("sold/a.json", ("year",), id="no-folders"),
        pytest.param("elsewhere/2010/a.json", ("year",), id="no-data"),
    ],
)
def test_table_that_its_folders_do_not_fit_is_left_as_it_is(crawls: Crawls, key: str, keys: tuple[str, ...]) -> None:
    known(crawls, keys=keys)
    crawls.put_json(key, [{"id": 1, "name": "x"}])
    create(crawls, "sold")
    found = crawls.run()
    assert found["State"] == "COMPLETED"
    assert found["changes"] == {}
    assert columns(crawls.tables()["sold"]) == {"id": "int", "old": "string"}


def test_table_whose_data_is_gone_stays(crawls: Crawls) -> None:
    known(crawls)
    crawls.put_json("sold/year=2010/a.json", [{"id": 1}])
    create(crawls, "sold")
    crawls.run()
    crawls.s3.delete_object(Bucket=crawls.bucket, Key="sold/year=2010/a.json")
    assert crawls.run()["changes"] == {}
    assert set(crawls.partitions("sold")) == {"2010"}


def test_compatible_schemas_are_combined_unless_told_otherwise(crawls: Crawls) -> None:
    known(crawls)
    create(crawls, "sold")
    shown = json.loads(crawls.glue.get_crawler(Name="orders")["Crawler"]["Configuration"])
    assert shown["Grouping"] == {"TableGroupingPolicy": "CombineCompatibleSchemas"}


def test_table_that_is_missing_fails_the_crawl(crawls: Crawls) -> None:
    create(crawls, "sold")
    found = crawls.run()
    assert found["State"] == "FAILED"
    assert "Table sold was not found" in found["ErrorMessage"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param({"SchemaChangePolicy": {"DeleteBehavior": "DEPRECATE_IN_DATABASE"}}, "LOG", id="deprecation"),
        pytest.param({"SchemaChangePolicy": {"DeleteBehavior": "DELETE_FROM_DATABASE"}}, "LOG", id="deletion"),
    ],
)
def test_deletions_can_only_be_logged(crawls: Crawls, options: dict[str, Any], message: str) -> None:
    with pytest.raises(botocore.exceptions.ClientError, match="InvalidInputException.*" + message):
        create(crawls, "sold", **options)


def test_catalog_targets_are_not_mixed_with_others(crawls: Crawls) -> None:
    catalog = {"CatalogTargets": [{"DatabaseName": "orderlogs", "Tables": ["sold"]}]}
    targets = {**catalog, "S3Targets": [{"Path": f"s3://{crawls.bucket}/x"}]}
    with pytest.raises(botocore.exceptions.ClientError, match="cannot be mixed"):
        crawls.create(Targets=targets, SchemaChangePolicy=LOG_DELETIONS)
