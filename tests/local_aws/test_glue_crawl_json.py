"""Crawls of JSON records as Firehose delivers them, through boto3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.local_aws.glue_helpers import Crawls, columns

LAKE = {
    "CrawlerOutput": {
        "Partitions": {"AddOrUpdateBehavior": "InheritFromTable"},
        "Tables": {"AddOrUpdateBehavior": "MergeNewColumns"},
    }
}
POLICY = {"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "LOG"}


def order(number: int, **more: Any) -> dict[str, Any]:
    return {
        "InvoiceNo": f"53636{number}",
        "StockCode": "20725",
        "Description": "SET 3 RETROSPOT TEA,COFFEE,SUGAR",
        "Quantity": number,
        "InvoiceDate": "2010-12-01 08:26:00",
        "UnitPrice": 1.65,
        "CustomerID": None,
        "Country": "France",
        **more,
    }


def hour(day: int, hour: int) -> str:
    return f"raw/year=2010/month=12/day={day:02}/hour={hour:02}"


@pytest.fixture
def crawls(client: Callable[..., Any], bucket: str) -> Crawls:
    return Crawls(client, bucket)


@pytest.fixture
def lake(crawls: Crawls) -> Crawls:
    """Two days of four hours each, gzip, and the crawler of the pipeline."""
    for day in (1, 2):
        for each in range(8, 12):
            crawls.put_json(f"{hour(day, each)}/part-1", [order(n) for n in range(3)], zipped=True)
    crawls.create(TablePrefix="orderlogs_", configuration=LAKE, SchemaChangePolicy=POLICY)
    return crawls


def test_firehose_folders_become_one_table_with_all_partitions(lake: Crawls) -> None:
    crawl = lake.run()
    assert crawl["State"] == "COMPLETED"
    assert crawl["changes"] == {"ADD TABLE": 1, "ADD PARTITION": 8}
    [(name, table)] = lake.tables().items()
    assert name == "orderlogs_raw"
    assert table["PartitionKeys"] == [{"Name": key, "Type": "string"} for key in ("year", "month", "day", "hour")]
    assert columns(table) == {
        "invoiceno": "string",
        "stockcode": "string",
        "description": "string",
        "quantity": "int",
        "invoicedate": "string",
        "unitprice": "double",
        "customerid": "string",
        "country": "string",
    }
    assert set(lake.partitions(name)) == {
        f"2010/12/{day}/{each}" for day in ("01", "02") for each in ("08", "09", 10, 11)
    }


def test_table_has_the_parameters_that_crawls_leave(lake: Crawls) -> None:
    lake.run()
    table = lake.tables()["orderlogs_raw"]
    parameters = table["Parameters"]
    sizes = lake.s3.list_objects_v2(Bucket=lake.bucket)["Contents"]
    assert parameters | {"averageRecordSize": "?"} == {
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        "UPDATED_BY_CRAWLER": "orders",
        "averageRecordSize": "?",
        "classification": "json",
        "compressionType": "gzip",
        "objectCount": "8",
        "recordCount": "24",
        "sizeKey": str(sum(each["Size"] for each in sizes)),
        "typeOfData": "file",
    }
    descriptor = table["StorageDescriptor"]
    assert descriptor["Location"] == f"s3://{lake.bucket}/raw/"
    assert descriptor["Compressed"] is True
    assert descriptor["SerdeInfo"] == {
        "SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe",
        "Parameters": {"paths": "Country,CustomerID,Description,InvoiceDate,InvoiceNo,Quantity,StockCode,UnitPrice"},
    }
    partition = lake.partitions("orderlogs_raw")["2010/12/01/08"]
    assert partition["StorageDescriptor"]["Location"] == f"s3://{lake.bucket}/{hour(1, 8)}/"
    assert partition["Parameters"]["recordCount"] == "3"


def test_second_crawl_without_changes_changes_nothing(lake: Crawls) -> None:
    lake.run()
    before = lake.tables(), lake.partitions("orderlogs_raw"), lake.versions("orderlogs_raw")
    crawl = lake.run()
    assert "Summary" not in crawl
    assert (lake.tables(), lake.partitions("orderlogs_raw"), lake.versions("orderlogs_raw")) == before


def test_recrawl_adds_the_new_partition_alone(lake: Crawls) -> None:
    lake.run()
    lake.put_json(f"{hour(3, 0)}/part-1", [order(1)], zipped=True)
    assert lake.run()["changes"] == {"ADD PARTITION": 1}
    assert "2010/12/03/00" in lake.partitions("orderlogs_raw")
    assert lake.versions("orderlogs_raw") == 1


def test_late_file_updates_its_partition_alone(lake: Crawls) -> None:
    lake.run()
    lake.put_json(f"{hour(1, 9)}/part-2", [order(n) for n in range(5)], zipped=True)
    assert lake.run()["changes"] == {"UPDATE PARTITION": 1}
    assert lake.partitions("orderlogs_raw")["2010/12/01/09"]["Parameters"]["recordCount"] == "8"


def test_new_column_is_added_and_inherited_by_every_partition(lake: Crawls) -> None:
    lake.run()
    lake.put_json(f"{hour(3, 0)}/part-1", [order(1, event_id="e-1")], zipped=True)
    assert lake.run()["changes"] == {"UPDATE TABLE": 1, "ADD PARTITION": 1, "UPDATE PARTITION": 8}
    assert list(columns(lake.tables()["orderlogs_raw"]))[-1] == "event_id"
    assert {tuple(columns(each)) for each in lake.partitions("orderlogs_raw").values()} == {
        tuple(columns(lake.tables()["orderlogs_raw"]))
    }


def test_merge_new_columns_never_changes_a_type(lake: Crawls) -> None:
    lake.run()
    lake.put_json(f"{hour(3, 0)}/part-1", [order(1, Quantity="many")], zipped=True)
    assert lake.run()["changes"] == {"ADD PARTITION": 1}
    assert columns(lake.tables()["orderlogs_raw"])["quantity"] == "int"


def test_records_that_are_no_json_hinder_nothing(lake: Crawls) -> None:
    lake.put(f"{hour(1, 8)}/part-9", "not a record\n{broken\n" + '{"InvoiceNo": "1"}\n', zipped=True)
    lake.run()
    assert list(lake.tables()) == ["orderlogs_raw"]
    assert "invoiceno" in columns(lake.tables()["orderlogs_raw"])


def test_partition_of_nothing_but_unreadable_records_is_a_partition(lake: Crawls) -> None:
    lake.put(f"{hour(2, 20)}/part-1", "not a record\n", zipped=True)
    assert lake.run()["changes"] == {"ADD TABLE": 1, "ADD PARTITION": 9}
    partition = lake.partitions("orderlogs_raw")["2010/12/02/20"]
    assert partition["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"].endswith("JsonSerDe")
