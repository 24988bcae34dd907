"""What the page says of data that is stale, and of a version that is not published."""

from __future__ import annotations

import json
import urllib.request

import pytest

from tests.local_aws.dashboards.drawing import ORDERS, bars, drawn
from tests.local_aws.quicksight_world import World, make_world, world  # noqa: F401 - a fixture
from tests.local_aws.retail_world import deploy, published


@pytest.fixture
def own_retail(world: World) -> World:  # noqa: F811
    """The retail dashboard in the test's own account."""
    world.engine.run(ORDERS)
    deploy(world)
    return world


def freshness(address: str, world: World) -> list[tuple[str, int]]:  # noqa: F811
    with urllib.request.urlopen(f"{address}/dashboards/{world.account}/retail_sales/data.json") as answer:
        found = json.load(answer)["data_sets"]
    return [(each["state"], each["rows"]) for each in found if each["id"] in {"order_lines", "sales_by_day"}]


def test_failed_refresh_is_stale_and_its_rows_are_still_drawn(own_retail: World, address: str) -> None:
    assert [state for state, _ in freshness(address, own_retail)] == ["ready", "ready"]
    before = drawn(address, own_retail)["revenue-by-day"]["rows"]
    own_retail.engine.run("DROP TABLE sales.sales_by_day")
    own_retail.ingest("sales_by_day", "nightly")
    assert [state for state, _ in freshness(address, own_retail)] == ["ready", "stale"]
    assert drawn(address, own_retail)["revenue-by-day"]["rows"] == before


def test_unpublished_version_is_not_drawn(own_retail: World, address: str) -> None:
    which = {"AwsAccountId": own_retail.account, "DashboardId": "retail_sales"}
    own_retail.client.update_dashboard(**which, Name="Retail sales", Definition=bars(own_retail))
    published(own_retail, "retail_sales", 2)
    assert "kpi-revenue" in drawn(address, own_retail)
    own_retail.client.update_dashboard_published_version(**which, VersionNumber=2)
    assert list(drawn(address, own_retail)) == ["b"]
