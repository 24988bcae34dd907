"""Links from a task to its remote job: local_aws' console where the connection names one, else AWS'."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from aws_warehouse import links
from aws_warehouse.connection import AwsParams

AWS = AwsParams(aws_conn_id="aws_default", region_name="us-east-1", verify=None, botocore_config=None)
CASES = [
    (
        links.AthenaQueryLink(),
        {"id": "q-1"},
        "/athena/q-1",
        "https://us-east-1.console.aws.amazon.com/athena/home?region=us-east-1#/query-editor/history/q-1",
    ),
    (
        links.CrawlerLink(),
        {"crawler": "orders raw"},
        "/crawlers",
        "https://us-east-1.console.aws.amazon.com/glue/home?region=us-east-1#/v2/data-catalog/crawlers/view/orders%20raw",
    ),
    (
        links.RedshiftStatementLink(),
        {"id": "s-1"},
        "/redshift/s-1",
        "https://us-east-1.console.aws.amazon.com/sqlworkbench/home?region=us-east-1#/client",
    ),
    (
        links.IngestionLink(),
        {"data_set": "order_lines", "account": "1"},
        "/quicksight",
        "https://us-east-1.quicksight.aws.amazon.com/sn/data-sets/order_lines/view",
    ),
]


@pytest.mark.parametrize(("link", "job", "path", "url"), CASES, ids=[case[0].name for case in CASES])
def test_link_goes_to_the_console_of_the_connection(
    connection: Any, local_aws: Any, monkeypatch: pytest.MonkeyPatch, link: Any, job: Any, path: str, url: str
) -> None:
    operator = SimpleNamespace(jobs=[{"id": "earlier", "crawler": "x", "data_set": "x", "account": "1"}, job], aws=AWS)
    assert link.get_link(operator, ti_key=None) == f"{local_aws.url}/_local_aws/console{path}"
    plain = {"conn_type": "aws", "login": "a", "password": "b", "extra": {"region_name": "us-east-1"}}
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(plain))
    assert link.get_link(operator, ti_key=None) == url


def test_dashboard_is_drawn_locally_and_in_quicksight_on_aws() -> None:
    assert links.dashboard("us-east-1", "http://here:1/", "123", "retail_sales") == (
        "http://here:1/dashboards/123/retail_sales"
    )
    assert links.dashboard("eu-west-1", None, "123", "retail_sales") == (
        "https://eu-west-1.quicksight.aws.amazon.com/sn/dashboards/retail_sales"
    )


def test_task_that_started_nothing_has_no_link() -> None:
    assert links.AthenaQueryLink().get_link(SimpleNamespace(), ti_key=None) == ""


@pytest.mark.parametrize(
    ("region", "address"),
    [
        ("us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com"),
        ("cn-north-1", "https://cn-north-1.console.amazonaws.cn"),
    ],
)
def test_partition_has_its_own_console(region: str, address: str) -> None:
    assert links.console(region) == address
