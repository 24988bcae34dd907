"""Crawlers and what they know, schedules, classifiers and statistics outlive the process that kept them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from tests.local_aws.test_durable import child

STATISTICS = {
    "ColumnName": "total",
    "ColumnType": "bigint",
    "AnalyzedTime": 0,
    "StatisticsData": {"Type": "LONG", "LongColumnStatisticsData": {"NumberOfNulls": 1, "NumberOfDistinctValues": 2}},
}


def _wait(glue: Any) -> None:
    while glue.get_crawler(Name="orders")["Crawler"]["State"] != "READY":
        os.sched_yield()


def _build(glue: Any, s3: Any) -> None:
    s3.create_bucket(Bucket="lake")
    for day in ("1", "2"):
        s3.put_object(Bucket="lake", Key=f"raw/orders/day={day}/a.json", Body=b'{"total": 5}\n')
    glue.create_database(DatabaseInput={"Name": "shop"})
    glue.create_classifier(CsvClassifier={"Name": "semicolons", "Delimiter": ";"})
    glue.create_crawler(
        Name="orders",
        Role="crawler",
        DatabaseName="shop",
        Targets={"S3Targets": [{"Path": "s3://lake/raw/orders/"}]},
        Classifiers=["semicolons"],
        Schedule="cron(0 3 * * ? *)",
        RecrawlPolicy={"RecrawlBehavior": "CRAWL_NEW_FOLDERS_ONLY"},
        SchemaChangePolicy={"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
    )
    glue.start_crawler(Name="orders")
    _wait(glue)
    place = {"DatabaseName": "shop", "TableName": "orders"}
    glue.update_column_statistics_for_table(ColumnStatisticsList=[STATISTICS], **place)
    glue.update_column_statistics_for_partition(PartitionValues=["1"], ColumnStatisticsList=[STATISTICS], **place)


def _tables(glue: Any) -> list[str]:
    return [each["Name"] for each in glue.get_tables(DatabaseName="shop")["TableList"]]


def test_a_crawler_its_schedule_history_and_knowledge_and_statistics_outlive_the_process(tmp_path: Path) -> None:
    with child(tmp_path) as aws:
        glue = aws.client("glue")
        _build(glue, aws.client("s3"))
        shown, crawls = glue.get_crawler(Name="orders")["Crawler"], glue.list_crawls(CrawlerName="orders")["Crawls"]
        classifiers, table = glue.get_classifiers()["Classifiers"], _tables(glue)[0]
    with child(tmp_path) as aws:
        glue = aws.client("glue")
        assert glue.get_crawler(Name="orders")["Crawler"] == shown
        assert shown["Schedule"] == {"ScheduleExpression": "cron(0 3 * * ? *)", "State": "SCHEDULED"}
        assert glue.list_crawls(CrawlerName="orders")["Crawls"] == crawls
        assert glue.get_classifiers()["Classifiers"] == classifiers
        place = {"DatabaseName": "shop", "TableName": table, "ColumnNames": ["total"]}
        kept = glue.get_column_statistics_for_table(**place)["ColumnStatisticsList"]
        kept += glue.get_column_statistics_for_partition(PartitionValues=["1"], **place)["ColumnStatisticsList"]
        assert [each["ColumnName"] for each in kept] == ["total", "total"]
        glue.stop_crawler_schedule(CrawlerName="orders")
        # it still knows its folders: only the new one is crawled, a new file in an old one is passed over
        aws.client("s3").put_object(Bucket="lake", Key="raw/orders/day=3/a.json", Body=b'{"total": 5}\n')
        aws.client("s3").put_object(Bucket="lake", Key="raw/orders/day=2/b.json", Body=b'{"more": 5}\n')
        glue.start_crawler(Name="orders")
        _wait(glue)
        found = glue.get_partitions(DatabaseName="shop", TableName=table)["Partitions"]
        assert sorted(each["Values"][0] for each in found) == ["1", "2", "3"]
        assert all(len(each["StorageDescriptor"]["Columns"]) == 1 for each in found)
        assert len(glue.list_crawls(CrawlerName="orders")["Crawls"]) == 2
    with child(tmp_path) as aws:
        shown = aws.client("glue").get_crawler(Name="orders")["Crawler"]
        assert shown["Schedule"]["State"] == "NOT_SCHEDULED"
        aws.client("glue").start_crawler_schedule(CrawlerName="orders")
