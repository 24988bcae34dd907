"""The dashboard's page: first paint in a browser, and what a cross-filter takes at a million order lines and at many.

A cross-filter is `data.json` asked under a choice that nobody has made yet: every visual of the sheet is computed
anew. The large data set has 50 million lines where the machine has the memory, else 10 million; the row says which.
Chromium is needed for the first paint; without one that row is left out.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import statistics
import time
import urllib.parse
import urllib.request
from typing import Any

from benchmarks import Row
from local_aws.server import LocalAws
from tests.accounts import new_account
from tests.local_aws.quicksight_world import World, make_world
from tests.local_aws.retail_world import body, deploy, published

LINES, MANY, FEW = 1_000_000, 50_000_000, 10_000_000
MEMORY_FOR_MANY = 14 * 2**30
COUNTRIES = ("United Kingdom", "France", "EIRE", "Germany", "Spain", "Norway", "Japan", "Italy", "Malta", "Israel")
ORDERS = """
CREATE TABLE orders AS SELECT
    CASE WHEN n % 61 = 0 THEN 'C' ELSE '' END || (536000 + n // 8) AS invoice_no,
    (20000 + n * 7919 % 4000)::VARCHAR AS stock_code,
    'PRODUCT ' || n * 7919 % 4000 AS description,
    CASE WHEN n % 61 = 0 THEN -1 ELSE 1 + n % 11 END AS quantity,
    TIMESTAMP '2010-12-01 08:00:00' + INTERVAL (n * 31536000 // {lines}) SECOND AS order_time,
    (n * 7919 % 4000) / 100 AS unit_price,
    CASE WHEN n % 5 = 0 THEN NULL ELSE (17000 + n // 8 % 5000)::VARCHAR END AS customer_id,
    {countries}[1 + n // 8 % 10] AS country
FROM range({lines}) AS t(n)
"""
"""Invoices of eight lines over a year."""
LARGE = """
CREATE SCHEMA IF NOT EXISTS sales;
CREATE VIEW sales.fact_order_lines AS SELECT
    'e' AS event_id, CAST(order_time AS DATE) AS order_day, order_time, invoice_no, stock_code, description,
    quantity::BIGINT AS quantity, CAST(unit_price AS DECIMAL(18, 4)) AS unit_price,
    CAST(quantity * unit_price AS DECIMAL(18, 4)) AS revenue, customer_id, country,
    starts_with(invoice_no, 'C') AS is_cancellation, false AS is_adjustment, false AS is_non_product,
    customer_id IS NOT NULL AS is_known_customer
FROM orders
"""


def orders(lines: int) -> str:
    return ORDERS.format(lines=lines, countries=list(COUNTRIES))


def run(scale: float) -> list[Row]:
    lines, many = int(LINES * scale), int((MANY if _memory() >= MEMORY_FOR_MANY else FEW) * scale)
    with LocalAws() as server:
        made = make_world(server, new_account())
        made.engine.run(orders(lines))
        deploy(made)
        address = f"{server.url}/dashboards/{made.account}/retail_sales"
        rows = _painted(address)
        rows += _filtered(address, "sales", f"{lines / 1e6:g} million order lines", "at most 200")
        large = make_world(server, new_account())
        _load(large, many)
        address = f"{server.url}/dashboards/{large.account}/large"
        return rows + _filtered(address, "sales", f"{many / 1e6:g} million order lines", "")


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")


def _load(world: World, lines: int) -> None:
    """The order lines alone, and the visuals of the sales sheet that are over them."""
    world.engine.run(orders(lines).replace("CREATE TABLE", "CREATE VIEW", 1))  # so many lines are not kept twice
    world.engine.run(LARGE)
    answer = world.client.create_data_set(**body("data_sets/order_lines.json", world))
    assert world.ended("order_lines", answer["IngestionId"], seconds=900)["IngestionStatus"] == "COMPLETED"
    world.engine.run("DROP VIEW sales.fact_order_lines; DROP VIEW orders")
    made = body("dashboards/retail_sales.json", world)
    definition = made["Definition"]
    sheet = definition["Sheets"][0]
    over = [each for each in sheet["Visuals"] if '"DataSetIdentifier": "order_lines"' in json.dumps(each)]
    ids = {next(iter(each.values()))["VisualId"] for each in over}
    places = sheet["Layouts"][0]["Configuration"]["GridLayout"]
    places["Elements"] = [each for each in places["Elements"] if each["ElementId"] in ids]
    definition["Sheets"] = [{**sheet, "Visuals": over}]
    definition["DataSetIdentifierDeclarations"] = definition["DataSetIdentifierDeclarations"][:1]
    kept = [each for each in definition["FilterGroups"] if each["FilterGroupId"] in {"period", "country"}]
    for each in kept:
        selected = each["ScopeConfiguration"]["SelectedSheets"]
        selected["SheetVisualScopingConfigurations"] = [{"SheetId": "sales", "Scope": "ALL_VISUALS"}]
    definition["FilterGroups"] = kept
    made["DashboardId"] = "large"
    world.client.create_dashboard(**made)
    published(world, "large")


def _filtered(address: str, sheet: str, what: str, aim: str) -> list[Row]:
    """Each country picked in turn: milliseconds until the sheet is answered."""
    _asked(address, sheet, {})  # what a first reader waits for is not a filter's time
    began = time.process_time()
    taken = [_asked(address, sheet, {"filters": {"country-filter": {"values": [name]}}}) for name in COUNTRIES]
    computed = (time.process_time() - began) * 1000 / len(taken)
    return [
        Row(f"cross-filter at {what}, median of {len(taken)}", statistics.median(taken), "ms", aim),
        Row(f"cross-filter at {what}, slowest", max(taken), "ms"),
        Row(f"cross-filter at {what}, CPU time of server and client", computed, "ms"),
    ]


def _asked(address: str, sheet: str, state: dict[str, Any]) -> float:
    query = urllib.parse.urlencode({"sheet": sheet, "state": json.dumps(state)})
    began = time.perf_counter()
    with urllib.request.urlopen(f"{address}/data.json?{query}") as answer:
        found = json.load(answer)
    taken = (time.perf_counter() - began) * 1000
    failed = [each["message"] for each in found["sheets"][0]["visuals"] if each["state"] == "failed"]
    if failed:
        raise SystemExit(f"a visual failed: {failed[0]}")
    return taken


def _painted(address: str) -> list[Row]:
    """First contentful paint, and when the last card has its chart; medians of loads with a warm server."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        return []
    from playwright.sync_api import sync_playwright

    first, whole = [], []
    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for number in itertools.count():
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(address, wait_until="load")
            whole.append(page.evaluate("performance.now()"))
            paint = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
            first.append(page.evaluate(f"new Promise(done => requestAnimationFrame(() => done({paint})))"))
            page.close()
            if number == 5:
                break
        browser.close()
    return [
        Row("first paint of the retail dashboard on loopback", statistics.median(first[1:]), "ms", "below 1,000"),
        Row("the same, every card drawn", statistics.median(whole[1:]), "ms"),
    ]
