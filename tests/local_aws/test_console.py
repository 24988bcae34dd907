"""The console: what clients did is seen, and nothing that they wrote is taken for markup."""

from __future__ import annotations

import gzip
import html
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from local_aws.console.page import SECTIONS
from local_aws.server import LocalAws
from tests.local_aws.athena_client import Athena

HOME = "/_local_aws/console"
Read = Callable[..., str]


@pytest.fixture
def read(local_aws: LocalAws, account_id: str) -> Read:
    """`read("storage/bucket")`: a page of the test's account, its text without markup."""
    local_aws.app.account(account_id, "us-east-1")

    def get(path: str, status: int = 200, raw: bool = False, **query: str) -> str:
        asked = "&".join(f"{key}={quote(text)}" for key, text in query.items())
        address = f"{local_aws.url}{HOME}/{path}?account={account_id}&region=us-east-1&{asked}"
        try:
            with urllib.request.urlopen(address) as answer:
                found, page = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            found, page = error.code, error.read().decode()
        assert found == status
        return page if raw else " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())

    return get


@pytest.mark.parametrize("section", SECTIONS)
def test_an_empty_account_has_every_page(read: Read, section: str) -> None:
    page = read(section, raw=True)
    assert SECTIONS[section][0] in page
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page), "nothing is loaded from elsewhere"


def test_the_front_page_is_the_overview(local_aws: LocalAws) -> None:
    with urllib.request.urlopen(f"{local_aws.url}/") as answer:
        assert "<h1>Overview</h1>" in answer.read().decode()
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_objects_are_shown_with_sizes_and_their_text(client: Any, bucket: str, read: Read) -> None:
    text = '{"name": "<b>bold</b>"}\n'
    client("s3").put_object(Bucket=bucket, Key="raw/day=1/a.json.gz", Body=gzip.compress(text.encode()))
    client("s3").put_object(Bucket=bucket, Key="raw/day=2/b.bin", Body=b"\0" * 2500)
    assert re.search(rf"{bucket} 2 2\.5 KB", read("storage"))
    assert "day=1/ 1" in read(f"storage/{bucket}", prefix="raw/")
    assert text.strip() in read(f"storage/{bucket}/{quote('raw/day=1/a.json.gz', safe='')}")
    assert "This is no text" in read(f"storage/{bucket}/{quote('raw/day=2/b.bin', safe='')}")


def test_queries_are_shown_with_state_statistics_and_error(athena: Athena, read: Read) -> None:
    made = athena.start("SELECT '<script>alert(1)</script>' AS x, nope")
    assert athena.wait(made)["Status"]["State"] == "FAILED"
    assert "FAILED" in read("athena")
    page = read(f"athena/{made}", raw=True)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "COLUMN_NOT_FOUND" in page


def test_tables_are_shown_with_schema_and_partitions(client: Any, bucket: str, read: Read) -> None:
    glue = client("glue")
    glue.create_database(DatabaseInput={"Name": "shop"})
    storage = {"Columns": [{"Name": "price", "Type": "decimal(10,2)"}], "Location": f"s3://{bucket}/orders/"}
    keys = [{"Name": "day", "Type": "string"}]
    glue.create_table(
        DatabaseName="shop", TableInput={"Name": "orders", "StorageDescriptor": storage, "PartitionKeys": keys}
    )
    partition = {"Values": ["2010-12-01"], "StorageDescriptor": {"Location": f"s3://{bucket}/orders/day=2010-12-01/"}}
    glue.create_partition(DatabaseName="shop", TableName="orders", PartitionInput=partition)
    assert "orders" in read("catalog")
    page = read("catalog/shop/orders")
    assert "price decimal(10,2)" in page
    assert f"2010-12-01 s3://{bucket}/orders/day=2010-12-01/" in page


def test_streams_show_what_was_delivered(client: Any, bucket: str, read: Read) -> None:
    firehose = client("firehose")
    firehose.create_delivery_stream(
        DeliveryStreamName="orders",
        ExtendedS3DestinationConfiguration={
            "RoleARN": "arn:aws:iam::123456789012:role/firehose",
            "BucketARN": f"arn:aws:s3:::{bucket}",
            "Prefix": "raw/!{timestamp:yyyy}/",
            "ErrorOutputPrefix": "errors/",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0},
        },
    )
    assert "Nothing delivered yet" in read("streams")
    firehose.put_record(DeliveryStreamName="orders", Record={"Data": b"x"})
    assert re.search(r"raw/\d{4}/orders-1-\S+ 1 B", read("streams"))


def test_faults_and_calls_are_shown(client: Any, local_aws: LocalAws, read: Read) -> None:
    local_aws.faults.clear()
    local_aws.faults.reset_calls()
    local_aws.faults.add("athena.StartQueryExecution#7=throttle")
    client("glue").get_databases()
    page = read("control")
    local_aws.faults.clear()
    assert "athena.StartQueryExecution#7=throttle 0 0" in page
    assert "glue.GetDatabases 1" in page


def test_a_page_that_is_not_there_says_so(read: Read) -> None:
    assert "There is no such page" in read("nowhere", status=404)
    assert "NoSuchBucket" in read("storage/no-such-bucket", status=404)
