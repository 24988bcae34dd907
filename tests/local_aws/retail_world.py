"""The retail dashboard, deployed from the project's own JSON over a warehouse that a test fills with order lines."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from local_aws.server import LocalAws
from tests.accounts import new_account
from tests.local_aws.quicksight_world import World, make_world

DATA_SETS = ("order_lines", "sales_by_day", "customers", "product_pairs", "pipeline_windows")
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
GROUP BY ALL;
CREATE TABLE sales.customer_orders AS
SELECT
    customer_id, order_day, invoice_no, min(order_time) AS ordered_at, max(country) AS country, is_cancellation,
    count(*) AS lines, CAST(sum(quantity) AS BIGINT) AS units, CAST(sum(revenue) AS DECIMAL(18, 4)) AS revenue
FROM sales.fact_order_lines
WHERE is_known_customer
GROUP BY ALL;
CREATE TABLE sales.dim_product AS
SELECT stock_code, mode(description ORDER BY description) FILTER (unit_price > 0) AS description,
    bool_or(is_non_product) AS is_non_product
FROM sales.fact_order_lines
GROUP BY ALL;
CREATE TABLE sales.product_pairs AS
WITH baskets AS (
    SELECT DISTINCT order_day, invoice_no, stock_code FROM sales.fact_order_lines
    WHERE is_known_customer AND NOT is_non_product AND NOT is_cancellation AND quantity > 0
)
SELECT a.order_day, a.stock_code AS stock_code_a, b.stock_code AS stock_code_b, count(*) AS orders
FROM baskets AS a JOIN baskets AS b ON b.invoice_no = a.invoice_no AND b.stock_code > a.stock_code
    AND b.order_day = a.order_day
GROUP BY ALL;
CREATE SCHEMA IF NOT EXISTS orderlogs_schema;
CREATE TABLE orderlogs_schema.ledger_windows AS
SELECT
    strftime(order_day, '%Y-%m-%dT00:00:00Z') AS window_start,
    strftime(order_day + 1, '%Y-%m-%dT00:00:00Z') AS window_end,
    24 AS raw_objects, count(*) + 5 AS raw_records, count(*) AS accepted, 2 AS seen_before, 1 AS repeated,
    2 AS rejected, 0 AS missing, 4096 * count(*) AS bytes_scanned, 0.0002 + count(*) / 1e8 AS cost_usd
FROM sales.fact_order_lines
GROUP BY order_day
"""
"""From `orders`: invoice_no, stock_code, description, quantity, order_time, unit_price, customer_id, country."""


def body(path: str, world: World) -> dict[str, Any]:
    """One of the project's request bodies, its placeholders filled for this account."""
    text = (HOME / path).read_text().replace("${AwsAccountId}", world.account)
    text = text.replace("${DataSourceArn}", world.source_arn)
    text = text.replace("${ExternalSchema}", "orderlogs_schema")
    for data_set in DATA_SETS:
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
    for name in DATA_SETS:
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
