"""Every kind of visual in a real browser: drawn as a chart, the console silent, and taken out as a picture."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from local_aws.server import LocalAws
from tests.browser.conftest import needs_chromium
from tests.local_aws.dashboards.drawing import ORDERS
from tests.local_aws.dashboards.gallery import definition
from tests.local_aws.quicksight_world import World
from tests.local_aws.retail_world import deployed, published

pytestmark = needs_chromium
HTML = {"KPI", "Table", "PivotTable", "Insight", "WordCloud", "Plugin", "CustomContent", "Empty"}
"""Kinds that are no chart."""


@pytest.fixture(scope="module")
def retail(local_aws: LocalAws) -> World:
    made = deployed(local_aws, ORDERS)
    body = definition(made.data_set_arn("order_lines"))
    made.client.create_dashboard(AwsAccountId=made.account, DashboardId="gallery", Name="Gallery", Definition=body)
    published(made, "gallery")
    return made


@pytest.fixture(scope="module")
def page(browser: Any, retail: World, local_aws: LocalAws) -> Iterator[Any]:
    made = browser.new_page(viewport={"width": 1440, "height": 1000})
    made.said = []
    made.on("console", lambda message: made.said.append(message.text))
    made.on("pageerror", lambda error: made.said.append(str(error)))
    made.goto(f"{local_aws.url}/dashboards/{retail.account}/gallery", wait_until="networkidle")
    yield made
    made.close()


def test_every_chart_is_drawn_and_the_console_is_silent(page: Any, retail: World, local_aws: LocalAws) -> None:
    with urllib.request.urlopen(f"{local_aws.url}/dashboards/{retail.account}/gallery/data.json") as answer:
        visuals = json.load(answer)["sheets"][0]["visuals"]
    charts = [each["id"] for each in visuals if each["kind"] not in HTML]
    assert len(charts) > 18
    without = [name for name in charts if not page.locator(f'[data-id="{name}"] svg path').count()]
    assert (without, page.said) == ([], [])


def test_small_multiples_have_a_chart_a_panel(page: Any) -> None:
    panels = page.locator('[data-id="line-panels"] .panel')
    assert panels.count() == 6
    assert panels.locator("svg").count() == 6


@pytest.mark.parametrize("name", ["bar", "kpi", "pivot", "panels", "map"])
def test_visual_is_taken_out_as_a_picture(page: Any, name: str) -> None:
    card = page.locator(f'[data-id="{name}"]')
    card.hover()
    with page.expect_download() as waiting:
        card.get_by_role("button", name="as a PNG picture").click()
    data = waiting.value.path().read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    width = int.from_bytes(data[16:20], "big")
    assert width == pytest.approx(card.bounding_box()["width"] * 2, abs=4)
    assert len(data) > 5_000  # more than a plain ground


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_nothing_reaches_past_the_page(
    browser: Any, retail: World, local_aws: LocalAws, theme: str, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme)
    for name in ("gallery", "retail_sales"):
        page.goto(f"{local_aws.url}/dashboards/{retail.account}/{name}", wait_until="networkidle")
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, name
    page.close()


def test_colours_of_small_multiples_are_told_apart(page: Any) -> None:
    marks = page.locator('[data-id="panels"] .key i')
    colours = marks.evaluate_all("all => all.map((each) => getComputedStyle(each).backgroundColor)")
    assert len(colours) == len({*colours} - {"rgba(0, 0, 0, 0)"}) == 2
