"""`python -m tests.browser.pictures`: takes the pictures of docs/images/dashboards from a simulated store.

Each sheet of the retail dashboard wide or narrow, light or dark; the gallery of every kind; the states in which there
is nothing to draw, and why.
"""

from __future__ import annotations

import json
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from local_aws.server import LocalAws
from producer import Simulation
from tests.accounts import new_account
from tests.browser.conftest import CHROMIUM
from tests.local_aws.dashboards.gallery import definition
from tests.local_aws.quicksight_world import World, make_world
from tests.local_aws.retail_world import deploy, published

OUT = Path(__file__).parents[2] / "docs/images/dashboards"
DAYS = 75
PICTURES = (
    # name, dashboard, sheet, colours, width, height at most
    ("sales-light", "retail_sales", "sales", "light", 1440, 2400),
    ("sales-dark-narrow", "retail_sales", "sales", "dark", 390, 1900),
    ("countries-dark", "retail_sales", "countries", "dark", 1440, 2400),
    ("customers-light", "retail_sales", "customers", "light", 1440, 2400),
    ("customers-light-narrow", "retail_sales", "customers", "light", 390, 1500),
    ("products-dark", "retail_sales", "products", "dark", 1440, 2400),
    ("pipeline-light", "retail_sales", "pipeline", "light", 1440, 2400),
    ("gallery-light", "gallery", "s", "light", 1280, 4200),
    ("states-light", "states", "s", "light", 1280, 1200),
)


def orders(folder: str) -> str:
    """SQL that makes the orders which a simulated store sends, those that can be read."""
    file = Path(folder) / "orders.json"
    with file.open("wb") as out:
        for arrival in Simulation(seed=1, first_day=date(2010, 12, 1), days=DAYS):
            try:
                record = json.loads(arrival.payload)
                date.fromisoformat(record["InvoiceDate"][:10])
                float(record["UnitPrice"])
            except (ValueError, KeyError, TypeError):
                continue
            out.write(json.dumps(record).encode() + b"\n")
    columns = {"InvoiceNo": "VARCHAR", "StockCode": "VARCHAR", "Description": "VARCHAR", "Quantity": "BIGINT",
               "InvoiceDate": "TIMESTAMP", "UnitPrice": "DOUBLE", "CustomerID": "VARCHAR", "Country": "VARCHAR",
               "event_id": "VARCHAR"}  # fmt: skip
    return f"""CREATE TABLE orders AS SELECT DISTINCT ON (event_id) InvoiceNo AS invoice_no, StockCode AS stock_code,
        Description AS description, Quantity AS quantity, InvoiceDate AS order_time, UnitPrice AS unit_price,
        nullif(split_part(CustomerID, '.', 1), '') AS customer_id, Country AS country
        FROM read_json('{file}', format='newline_delimited', columns={columns}, ignore_errors=true)
        WHERE InvoiceNo IS NOT NULL AND Quantity IS NOT NULL AND UnitPrice IS NOT NULL AND InvoiceDate IS NOT NULL"""


def states(world: World) -> None:
    """A dashboard whose data sets were refreshed in vain, never loaded, or are gone."""
    world.engine.run("CREATE TABLE late AS SELECT 'tea' AS product, 7 AS revenue")
    physical = {"t": world.table("late", product="STRING", revenue="INTEGER")}
    world.loaded("late", physical, Name="Sales by product")
    world.loaded("never", {"t": world.table("nowhere", product="STRING", revenue="INTEGER")}, Name="Stock")

    def kpi(name: str, identifier: str, title: str, column: str = "revenue") -> dict[str, Any]:
        field = {"FieldId": name, "Column": {"DataSetIdentifier": identifier, "ColumnName": column}}
        wells = {"Values": [{"NumericalMeasureField": field}]}
        heading = {"Visibility": "VISIBLE", "FormatText": {"PlainText": title}}
        return {"KPIVisual": {"VisualId": name, "Title": heading, "ChartConfiguration": {"FieldWells": wells}}}

    sets = [{"Identifier": name, "DataSetArn": world.data_set_arn(name)} for name in ("late", "never")]
    visuals = [kpi("a", "late", "Stale: the last refresh failed"), kpi("b", "never", "Never loaded"),
               kpi("c", "late", "Cannot be drawn", "broken")]  # fmt: skip
    calculated = [{"DataSetIdentifier": "late", "Name": "broken", "Expression": "sum({product})"}]
    body = {"DataSetIdentifierDeclarations": sets, "CalculatedFields": calculated,
            "Sheets": [{"SheetId": "s", "Name": "States", "Visuals": visuals}]}  # fmt: skip
    world.client.create_dashboard(
        AwsAccountId=world.account, DashboardId="states", Name="Where something is wrong", Definition=body
    )
    published(world, "states")
    world.engine.run("DROP TABLE late")
    world.ingest("late", "nightly")


def main() -> None:
    from playwright.sync_api import sync_playwright

    OUT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, LocalAws() as server, sync_playwright() as running:
        world = make_world(server, new_account())
        world.engine.run(orders(folder))
        deploy(world)
        gallery = definition(world.data_set_arn("order_lines"))
        world.client.create_dashboard(
            AwsAccountId=world.account, DashboardId="gallery", Name="Every kind of visual", Definition=gallery
        )
        published(world, "gallery")
        states(world)
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, dashboard, sheet, colours, width, most in PICTURES:
            page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=colours)
            page.goto(
                f"{server.url}/dashboards/{world.account}/{dashboard}?sheet={sheet}", wait_until="networkidle",
                timeout=120_000,
            )  # fmt: skip
            page.wait_for_timeout(800)
            height = min(most, page.evaluate("document.documentElement.scrollHeight"))
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(800)
            page.screenshot(path=OUT / f"{name}.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
