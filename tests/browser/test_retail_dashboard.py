"""The retail dashboard in a real browser: its numbers are those of SQL on the source, and axe finds nothing serious."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from local_aws.dashboards.__main__ import main
from local_aws.server import LocalAws
from tests.browser.conftest import needs_chromium
from tests.local_aws.dashboards.drawing import LINES, ORDERS, asked
from tests.local_aws.dashboards.test_retail_numbers import EXPECTED, SHEETS
from tests.local_aws.quicksight_world import World
from tests.local_aws.retail_world import deployed

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def retail(local_aws: LocalAws) -> World:
    return deployed(local_aws, ORDERS)


def opened(
    browser: Any, retail: World, local_aws: LocalAws, theme: str = "light", width: int = 1440, **more: str
) -> Any:
    page = browser.new_page(viewport={"width": width, "height": 1000}, color_scheme=theme)
    query = "&".join(f"{name}={value}" for name, value in more.items())
    page.goto(f"{local_aws.url}/dashboards/{retail.account}/retail_sales?{query}", wait_until="networkidle")
    return page


def numbers(text: str) -> float | None:
    """The number in a cell: pounds, dollars and thousands read off."""
    plain = re.sub(r"[£$,%\s]", "", text).replace("−", "-")
    try:
        return float(plain)
    except ValueError:
        return None


TABLES = [
    *(("sales", name) for name in EXPECTED if name != "summary"),
    *((sheet, name) for sheet, some in SHEETS.items() for name in some),
]


@pytest.mark.parametrize("sheet", ["sales", *SHEETS])
def test_numbers_on_the_page_are_those_of_sql(browser: Any, retail: World, local_aws: LocalAws, sheet: str) -> None:
    """Each visual shown as its table, cell by cell; a cell may be rounded as its format says."""
    page = opened(browser, retail, local_aws, sheet=sheet)
    for name in (name for at, name in TABLES if at == sheet):
        card = page.locator(f'[data-id="{name}"]')
        card.hover()
        toggle = card.get_by_role("button", name="Table", exact=True)
        if toggle.count():
            toggle.click()
        shown = page.evaluate(
            """name => [...document.querySelectorAll(`[data-id="${name}"] tbody tr:not(.grand)`)]
                .map(row => [...row.cells].map(cell => cell.textContent))""",
            name,
        )
        expected = asked(retail, EXPECTED.get(name) or SHEETS[sheet][name])
        assert len(shown) == len(expected), name
        for cells, row in zip(shown, expected, strict=True):
            for cell, value in zip(cells, row, strict=True):
                if isinstance(value, int | float) and (number := numbers(cell)) is not None:
                    share = 100 if cell.endswith("%") else 1
                    places = len(cell.rstrip("%").partition(".")[2])
                    assert number == pytest.approx(value * share, abs=0.51 * 10**-places), (name, cells, row)
                elif isinstance(value, str) and "T00:00" not in value and not value.startswith("20"):
                    assert cell in {value, ""}, (name, cells, row)
    page.close()


def test_pivot_on_the_page_is_the_sql_of_its_cells(browser: Any, retail: World, local_aws: LocalAws) -> None:
    page = opened(browser, retail, local_aws)
    page.get_by_role("tab", name="Countries").click()
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
    page.get_by_role("tab", name="Countries").click()
    page.wait_for_selector('[data-id="map-revenue"] svg path')
    assert page.locator('[data-id="map-revenue"] svg path').count() > 150
    page.close()


def test_product_is_gone_down_into_and_up_again(browser: Any, retail: World, local_aws: LocalAws) -> None:
    page = opened(browser, retail, local_aws)
    card = page.locator('[data-id="top-products"]')
    card.hover()
    card.get_by_role("button", name="Table", exact=True).click()
    card.get_by_role("button", name="Down", exact=True).click()
    first = card.locator("tbody tr").first
    product = first.locator("td").first.inner_text()
    first.click()
    page.wait_for_selector('[data-id="top-products"] .way b')
    card = page.locator('[data-id="top-products"]')
    assert card.locator(".way b").inner_text() == product
    card.hover()
    card.get_by_role("button", name="Table", exact=True).click()
    codes = asked(retail, f"SELECT DISTINCT stock_code FROM {LINES} WHERE description = '{product}'"
                          " AND NOT is_non_product ORDER BY 1")  # fmt: skip
    assert sorted(each.inner_text() for each in card.locator("tbody td:first-child").all()) == [one for [one] in codes]
    card.get_by_role("button", name="All Product").click()
    page.locator('[data-id="top-products"] .way b').wait_for(state="detached")
    page.close()


def test_click_filters_the_other_visuals(browser: Any, retail: World, local_aws: LocalAws) -> None:
    page = opened(browser, retail, local_aws)
    card = page.locator('[data-id="countries"]')
    card.hover()
    card.get_by_role("button", name="Table", exact=True).click()
    row = card.locator("tbody tr").first
    country = row.locator("td").first.inner_text()
    row.click()
    page.wait_for_selector("#picks button")
    [[revenue]] = asked(retail, f"SELECT sum(revenue) FROM {LINES} WHERE country = '{country}'")
    page.locator("[data-id=summary]").filter(has_text=f"£{revenue:,.0f}").wait_for()
    page.get_by_role("button", name="Reset").click()
    page.locator("#picks button").first.wait_for(state="detached")
    page.close()


def test_file_is_opened_without_a_server(browser: Any, retail: World, local_aws: LocalAws, tmp_path: Path) -> None:
    """Every sheet of it, in both colours; nothing is asked for."""
    file = tmp_path / "retail.html"
    assert main(["export", f"{local_aws.url}/dashboards/{retail.account}/retail_sales", "--out", str(file)]) == 0
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "request", lambda request: said.append(request.url) if not request.url.startswith(("file:", "data:")) else None
    )
    page.goto(file.as_uri())
    for tab in page.get_by_role("tab").all():
        tab.click()
        page.wait_for_timeout(150)
        assert page.locator(".card.visual").count() > 1
        assert not page.locator('.card.visual[data-state="failed"]').count()
    page.get_by_role("button", name="Switch to dark colours").click()
    assert said == []
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
