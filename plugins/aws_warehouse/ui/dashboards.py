"""What the page Dashboards shows: the account's QuickSight dashboards; those of local_aws are drawn in the page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from aws_warehouse import links
from aws_warehouse.settings import SETTINGS

MOST = 100


def content(show: str | None) -> dict[str, Any]:
    """All that the template shows.

    :param show: the dashboard to draw; the pipeline's own by default.
    """
    from aws_warehouse.connection import AwsParams, hook_for

    aws = AwsParams(aws_conn_id=SETTINGS.aws_conn_id, region_name=SETTINGS.region, verify=None, botocore_config=None)
    hook = hook_for("quicksight", aws)
    endpoint = links.endpoint_of(hook)
    account = hook_for("sts", aws).conn.get_caller_identity()["Account"]
    found = _dashboards(hook.conn, account)
    for each in found:
        each["url"] = links.dashboard(SETTINGS.region, endpoint, account, each["DashboardId"])
    shown = _chosen(found, show) if endpoint else None
    return {
        "found": found,
        "shown": shown,
        "is_local": bool(endpoint),
        "refreshes": _refreshes(),
        "home": links.quicksight_home(SETTINGS.region),
        "frames": _origin(endpoint) if endpoint else None,
    }


def _dashboards(client: Any, account: str) -> list[dict[str, Any]]:
    pages = client.get_paginator("list_dashboards").paginate(AwsAccountId=account, PaginationConfig={"MaxItems": MOST})
    found = [each for page in pages for each in page["DashboardSummaryList"]]
    return sorted(found, key=lambda each: (each["DashboardId"] != SETTINGS.dashboard, each["Name"].lower()))


def _chosen(found: list[dict[str, Any]], show: str | None) -> dict[str, Any] | None:
    named = [each for each in found if each["DashboardId"] == show]
    return next(iter(named or found), None)


def _refreshes() -> list[dict[str, Any]]:
    """The last good refresh of each data set; none where there is no ledger yet."""
    from aws_warehouse.ui.ledger import open_ledger

    try:
        return open_ledger()[0].refreshes()
    except ValueError:
        return []


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
