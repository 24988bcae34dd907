"""The console: what clients did is seen, and nothing that they wrote is taken for markup."""

from __future__ import annotations

import gzip
import html
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from local_aws.console.page import SECTIONS
from local_aws.server import LocalAws
from tests.local_aws.athena_client import Athena
from tests.local_aws.browser import CHROMIUM, Page, browser

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


def test_an_empty_account_says_how_to_point_a_client_at_it(local_aws: LocalAws, account_id: str, read: Read) -> None:
    assert f"export AWS_ENDPOINT_URL={local_aws.url} export AWS_ACCESS_KEY_ID={account_id} " in read("")


def test_a_crawl_tells_what_it_changed(client: Any, bucket: str, read: Read) -> None:
    for day in "12":
        client("s3").put_object(Bucket=bucket, Key=f"raw/orders/day={day}/a.json", Body=b'{"id": 1}')
    glue = client("glue")
    glue.create_database(DatabaseInput={"Name": "shop"})
    target = {"S3Targets": [{"Path": f"s3://{bucket}/raw/orders/"}]}
    glue.create_crawler(Name="orders", Role="arn:aws:iam::123456789012:role/r", DatabaseName="shop", Targets=target)
    glue.start_crawler(Name="orders")
    while glue.get_crawler(Name="orders")["Crawler"]["State"] != "READY":
        time.sleep(0.02)
    assert "1 table added: orders; 2 partitions added" in read("crawlers")


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


def _ask(page: Page, sql: str) -> str:
    """Type SQL into the query box, run it, and read what comes out."""
    page.run(f"document.getElementById('sql').value = {json.dumps(sql)}; document.getElementById('run').click()")
    page.until("!document.getElementById('run').disabled")
    return str(page.run("document.getElementById('outcome').innerText"))


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH: apt-get install chromium")
def test_a_browser_runs_queries_and_sets_faults(
    client: Any, local_aws: LocalAws, account_id: str, tmp_path: Path
) -> None:
    serverless = client("redshift-serverless")
    serverless.create_namespace(namespaceName="shop", dbName="dev")
    serverless.create_workgroup(workgroupName="shop", namespaceName="shop")
    local_aws.faults.clear()
    whose = f"?account={account_id}&region=us-east-1"
    with browser(tmp_path) as page:
        page.open(f"{local_aws.url}{HOME}/sql{whose}")
        answered = _ask(page, "SELECT 'Å' AS name, 2 AS n UNION ALL SELECT NULL, 3 ORDER BY n")
        assert answered.startswith("SUCCEEDED in ")
        assert answered.endswith("name\tn\nÅ\t2\nNULL\t3")
        assert "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved" in _ask(page, "SELECT nope")
        assert "MALFORMED" in _ask(page, "SELEC 1") or "mismatched" in _ask(page, "SELEC 1")
        page.run("document.getElementById('engine').value = 'redshift shop'")
        assert _ask(page, "SELECT 1 AS one").endswith("one\n1")
        page.call("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
        for section in SECTIONS:
            page.open(f"{local_aws.url}{HOME}/{section}{whose}")
            assert page.run("document.documentElement.scrollWidth") == 390, f"{section} is too wide for a telephone"
        page.open(f"{local_aws.url}{HOME}/control{whose}")
        page.run("document.getElementById('fault').value = 'glue.GetTable#9=drop'")
        page.run("document.getElementById('faults').requestSubmit()")
        page.until("document.body.innerText.includes('glue.GetTable#9=drop')")
        assert [each["fault"] for each in local_aws.faults.shapes()] == ["glue.GetTable#9=drop"]
        assert not [each for each in page.errors if "400" not in each]
    local_aws.faults.clear()


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH: apt-get install chromium")
def test_a_narrow_screen_cuts_nothing_off(
    client: Any, local_aws: LocalAws, account_id: str, bucket: str, athena: Athena, tmp_path: Path
) -> None:
    location = f"s3://{bucket}/a-folder-of-a-long-name/and-another-one-below-it/orders/"
    athena.execute(f"CREATE EXTERNAL TABLE orders_of_a_store (n int) LOCATION '{location}'")
    cut = "[...document.querySelectorAll('.scroll')].some(each => each.scrollWidth > each.clientWidth)"
    with browser(tmp_path) as page:
        page.call("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
        for section in ("", "catalog", "athena"):
            page.open(f"{local_aws.url}{HOME}/{section}?account={account_id}&region=us-east-1")
            assert page.run("document.querySelectorAll('.scroll').length") > 0
            assert page.run(cut) is False
            assert page.run("document.documentElement.scrollWidth") == 390
