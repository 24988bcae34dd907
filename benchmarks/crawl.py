"""Crawling a lake: 20,000 objects in 200 partitions, again with one new folder, and GetPartitions of 5,000.

The first crawl reads every object; the second one knows all of them but those of the new folder. Times are of the whole
process (the endpoint and the client that waits for it), in CPU seconds, which other work on the machine changes least.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3

from benchmarks import Row
from local_aws.server import LocalAws

ACCOUNT, REGION, BUCKET = "111122223333", "us-east-1", "crawl-benchmark"
FOLDERS, FILES, PARTITIONS = 200, 100, 5000
LINES = b"".join(b'{"order_id": %d, "total": 12.5, "customer": {"name": "a", "city": "b"}}\n' % n for n in range(10))


def run(scale: float) -> list[Row]:
    folders, partitions = max(2, round(FOLDERS * scale)), max(10, round(PARTITIONS * scale))
    with tempfile.TemporaryDirectory() as directory, LocalAws(directory=Path(directory) / "state") as aws:
        glue = _client(aws, "glue")
        _prepare(aws, folders)
        first = _cpu(lambda: _crawl(glue, folders))
        _fill(aws, folders)
        second = _cpu(lambda: _crawl(glue, folders + 1))
        _make_partitions(glue, partitions)
        listed = _cpu(lambda: _list(glue, partitions))
    count = f"{folders * FILES:,} objects in {folders} partitions"
    return [
        Row(f"first crawl, {count}", first, "s"),
        Row("crawl again, one new folder", second, "s"),
        Row("crawl again, of the first crawl", second / first, "×"),
        Row(f"GetPartitions, all {partitions:,} by pages", listed, "s"),
    ]


def _client(aws: LocalAws, service: str) -> Any:
    keys = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "any"}
    return boto3.client(service, endpoint_url=aws.url, region_name=REGION, **keys)


def _cpu(work: Callable[[], None]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def _prepare(aws: LocalAws, folders: int) -> None:
    _client(aws, "s3").create_bucket(Bucket=BUCKET)
    for folder in range(folders):
        _fill(aws, folder)
    glue = _client(aws, "glue")
    glue.create_database(DatabaseInput={"Name": "lake"})
    targets = {"S3Targets": [{"Path": f"s3://{BUCKET}/orders/"}]}
    glue.create_crawler(Name="orders", Role="crawler", DatabaseName="lake", Targets=targets)


def _fill(aws: LocalAws, folder: int) -> None:
    objects = aws.app.account(ACCOUNT, REGION).lake.objects
    for number in range(FILES):
        objects.put(BUCKET, f"orders/day={folder:04}/{number:03}.json", LINES)


def _crawl(glue: Any, expected: int) -> None:
    glue.start_crawler(Name="orders")
    while glue.get_crawler(Name="orders")["Crawler"]["State"] != "READY":
        time.sleep(0.1)
    state = glue.list_crawls(CrawlerName="orders")["Crawls"][0]["State"]
    found = _count(glue, "orders")
    if (state, found) != ("COMPLETED", expected):
        raise AssertionError(f"the crawl is {state} and left {found} partitions, not {expected}")


def _make_partitions(glue: Any, partitions: int) -> None:
    columns = [{"Name": f"c{number}", "Type": "string"} for number in range(10)]
    descriptor = {"Columns": columns, "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"}}
    keys = [{"Name": "day", "Type": "string"}]
    glue.create_table(DatabaseName="lake", TableInput={"Name": "many", "PartitionKeys": keys})
    for start in range(0, partitions, 100):
        inputs = [
            {"Values": [str(n)], "StorageDescriptor": {**descriptor, "Location": f"s3://{BUCKET}/many/{n}/"}}
            for n in range(start, min(start + 100, partitions))
        ]
        glue.batch_create_partition(DatabaseName="lake", TableName="many", PartitionInputList=inputs)


def _list(glue: Any, partitions: int) -> None:
    found = _count(glue, "many")
    if found != partitions:
        raise AssertionError(f"{found} partitions were listed, not {partitions}")


def _count(glue: Any, table: str) -> int:
    pages = glue.get_paginator("get_partitions").paginate(DatabaseName="lake", TableName=table)
    return sum(len(each["Partitions"]) for each in pages)
