"""The retail dashboard in a real browser: its numbers are those of SQL on the source, and axe finds nothing serious."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.server import LocalAws
from tests.browser.conftest import needs_chromium
from tests.local_aws.dashboards.test_drawn_numbers import LINES, ORDERS, asked
from tests.local_aws.quicksight_world import World
from tests.local_aws.retail_world import deployed

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def retail(local_aws: LocalAws) -> World:
    return deployed(local_aws, ORDERS)


def opened(browser: Any, retail: World, local_aws: LocalAws, theme: str = "light", width: int = 1440) -> Any:
    page = browser.new_page(viewport={"width": width, "height": 1000}, color_scheme=theme)
    page.goto(f"{local_aws.url}/dashboards/{retail.account}/retail_sales", wait_until="networkidle")
    return page


def test_pivot_on_the_page_is_the_sql_of_its_cells(browser: Any, retail: World, local_aws: LocalAws) -> None:
    page = opened(browser, retail, local_aws)
    page.get_by_role("tab", name="Countries and customers").click()
    page.wait_for_selector('[data-id="country-months"] tbody tr')
    lines = page.locator('[data-id="country-months"] tbody tr').all()
    shown = {line.locator("th").first.inner_text(): line.locator("td").last.inner_text() for line in lines}
    total = asked(retail, f"SELECT country, sum(revenue) FROM {LINES} GROUP BY 1")
    for country, revenue in total:
        assert shown[country] == f"£{revenue:,.0f}"
    page.close()


def test_map_and_forecast_are_drawn(browser: Any, retail: World, local_aws: LocalAws) -> None:
    page = opened(browser, retail, local_aws)
    assert "forecast by local_aws" in page.locator('[data-id="revenue-by-day"] .note').inner_text()
    page.get_by_role("tab", name="Countries and customers").click()
    page.wait_for_selector('[data-id="map-revenue"] svg path')
    assert page.locator('[data-id="map-revenue"] svg path').count() > 150
    page.close()


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_axe_finds_nothing_serious(browser: Any, retail: World, local_aws: LocalAws, theme: str, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="pip install -r requirements-dev.txt")
    page = opened(browser, retail, local_aws, theme, width)
    for tab in page.get_by_role("tab").all():
        tab.click()
        page.wait_for_load_state("networkidle")
        found = axe.Axe().run(page).response["violations"]
        bad = [(each["id"], each["nodes"][0]["target"]) for each in found if each["impact"] in {"serious", "critical"}]
        assert not bad, (tab.inner_text(), bad)
    page.close()
