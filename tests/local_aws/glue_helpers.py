"""What the tests of the crawler share: put files, crawl, look."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterable
from typing import Any

Client = Callable[..., Any]


class Crawls:
    """A database and crawlers over one bucket, through boto3."""

    def __init__(self, client: Client, bucket: str) -> None:
        self.glue, self.s3, self.bucket = client("glue"), client("s3"), bucket
        self.glue.create_database(DatabaseInput={"Name": "orderlogs"})

    def put(self, key: str, body: str | bytes, *, zipped: bool = False) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=gzip.compress(data) if zipped else data)

    def put_json(self, key: str, records: Iterable[Any], *, zipped: bool = False) -> None:
        self.put(key, "".join(json.dumps(each) + "\n" for each in records), zipped=zipped)

    def create(self, path: str = "raw/", name: str = "orders", **options: Any) -> None:
        configuration = options.pop("configuration", None)
        if configuration is not None:
            options["Configuration"] = json.dumps({"Version": 1.0, **configuration})
        targets = options.pop("Targets", {"S3Targets": [{"Path": f"s3://{self.bucket}/{path}"}]})
        options.setdefault("DatabaseName", "orderlogs")
        self.glue.create_crawler(Name=name, Role="crawler", Targets=targets, **options)

    def run(self, name: str = "orders") -> dict[str, Any]:
        """Crawl to the end; the crawl as ListCrawls shows it, its summary parsed: (kind, action) → count."""
        self.glue.start_crawler(Name=name)
        self.wait(name)
        crawl: dict[str, Any] = self.glue.list_crawls(CrawlerName=name)["Crawls"][0]
        found = json.loads(crawl.get("Summary", "{}"))
        crawl["changes"] = {
            f"{action} {kind}": json.loads(text)["Count"] for kind in found for action, text in found[kind].items()
        }
        return crawl

    def wait(self, name: str = "orders") -> None:
        deadline = time.monotonic() + 20
        while self.glue.get_crawler(Name=name)["Crawler"]["State"] != "READY":
            assert time.monotonic() < deadline, "the crawl does not end"
            time.sleep(0.01)

    def tables(self) -> dict[str, Any]:
        return {each["Name"]: each for each in self.glue.get_tables(DatabaseName="orderlogs")["TableList"]}

    def partitions(self, table: str) -> dict[str, Any]:
        found = self.glue.get_partitions(DatabaseName="orderlogs", TableName=table)["Partitions"]
        return {"/".join(each["Values"]): each for each in found}

    def versions(self, table: str) -> int:
        return len(self.glue.get_table_versions(DatabaseName="orderlogs", TableName=table)["TableVersions"])


def columns(described: dict[str, Any]) -> dict[str, str]:
    return {each["Name"]: each["Type"] for each in described["StorageDescriptor"]["Columns"]}
