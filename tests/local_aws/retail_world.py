"""The retail dashboard, deployed from the project's own JSON over a warehouse that a test fills with order lines."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from local_aws.server import LocalAws
from tests.accounts import new_account
from tests.local_aws.quicksight_world import World, make_world

HOME = Path(__file__).parents[2] / "include/quicksight"

WAREHOUSE = """
CREATE SCHEMA IF NOT EXISTS sales;
CREATE TABLE sales.fact_order_lines AS
SELECT
    'e' || row_number() OVER () AS event_id,
    CAST(order_time AS DATE) AS order_day,
    order_time,
    invoice_no,
    stock_code,
    description,
    CAST(quantity AS BIGINT) AS quantity,
    CAST(unit_price AS DECIMAL(18, 4)) AS unit_price,
    CAST(quantity * CAST(unit_price AS DECIMAL(18, 4)) AS DECIMAL(18, 4)) AS revenue,
    customer_id,
    country,
    starts_with(invoice_no, 'C') AS is_cancellation,
    starts_with(invoice_no, 'A') AS is_adjustment,
    NOT regexp_matches(stock_code, '^[0-9]{5}') AS is_non_product,
    customer_id IS NOT NULL AS is_known_customer
FROM orders;
CREATE TABLE sales.sales_by_day AS
SELECT
    order_day, country, stock_code, any_value(description) AS description, count(*) AS lines,
    count(DISTINCT invoice_no) FILTER (WHERE NOT is_cancellation AND NOT is_adjustment) AS orders,
    CAST(sum(quantity) AS BIGINT) AS units, CAST(sum(revenue) AS DECIMAL(18, 4)) AS revenue,
    count(*) FILTER (WHERE is_cancellation) AS cancelled_lines
FROM sales.fact_order_lines
GROUP BY ALL
"""
"""From `orders`: invoice_no, stock_code, description, quantity, order_time, unit_price, customer_id, country."""


def body(path: str, world: World) -> dict[str, Any]:
    """One of the project's request bodies, its placeholders filled for this account."""
    text = (HOME / path).read_text().replace("${AwsAccountId}", world.account)
    text = text.replace("${DataSourceArn}", world.source_arn)
    for data_set in ("order_lines", "sales_by_day"):
        text = text.replace(f"${{DataSetArn:{data_set}}}", world.data_set_arn(data_set))
    filled: dict[str, Any] = json.loads(text)
    return filled


def deployed(local_aws: LocalAws, orders: str) -> World:
    """The retail dashboard in an account of its own, over the rows that the SQL `orders` makes."""
    made = make_world(local_aws, new_account())
    made.engine.run(orders)
    deploy(made)
    return made


def deploy(world: World, warehouse: str = WAREHOUSE) -> None:
    """Build the warehouse's tables, create the data sets, wait for their rows, create the dashboard."""
    world.engine.run(warehouse)
    for name in ("order_lines", "sales_by_day"):
        answer = world.client.create_data_set(**body(f"data_sets/{name}.json", world))
        ingestion = world.ended(name, answer["IngestionId"], seconds=60)
        assert ingestion["IngestionStatus"] == "COMPLETED", ingestion
    world.client.create_dashboard(**body("dashboards/retail_sales.json", world))
    published(world, "retail_sales")


def published(world: World, dashboard_id: str, number: int = 1) -> None:
    """Wait until a version of a dashboard is created."""
    for _ in range(400):
        answer = world.client.describe_dashboard(
            AwsAccountId=world.account, DashboardId=dashboard_id, VersionNumber=number
        )
        version = answer["Dashboard"]["Version"]
        if version["Status"] != "CREATION_IN_PROGRESS":
            assert version["Status"] == "CREATION_SUCCESSFUL", version
            return
        time.sleep(0.01)
    raise AssertionError(version)
