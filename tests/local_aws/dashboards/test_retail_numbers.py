"""Every visual of the retail dashboard draws the numbers of plain SQL on the source."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest

from tests.local_aws.dashboards.drawing import LINES, asked, bars, drawn, show
from tests.local_aws.quicksight_world import World

SALE = "NOT is_cancellation AND NOT is_adjustment"
BY_DAY = f"FROM {LINES} GROUP BY 1 ORDER BY 1"
EXPECTED = {
    "summary": f"""SELECT * FROM (SELECT 'revenue', sum(revenue)::DOUBLE FROM {LINES}
        UNION ALL SELECT 'orders', count(DISTINCT invoice_no) FROM {LINES} WHERE {SALE})""",
    "kpi-revenue": f"SELECT order_day, sum(revenue) {BY_DAY}",
    "kpi-orders": f"SELECT order_day, count(DISTINCT invoice_no) FILTER (WHERE {SALE}) {BY_DAY}",
    "kpi-average-order": f"""SELECT order_day, sum(revenue) FILTER (WHERE {SALE})::DOUBLE
        / count(DISTINCT invoice_no) FILTER (WHERE {SALE}) {BY_DAY}""",
    "kpi-cancellation-rate": f"""SELECT order_day, count(DISTINCT invoice_no) FILTER (WHERE is_cancellation)
        / count(DISTINCT invoice_no) FILTER (WHERE NOT is_adjustment) {BY_DAY}""",
    "revenue-by-day": f"SELECT order_day, sum(revenue) FROM {LINES} GROUP BY 1 ORDER BY 1",
    "countries": f"""SELECT country, sum(revenue) FROM {LINES} WHERE country <> 'United Kingdom'
        GROUP BY 1 ORDER BY 2 DESC""",
    "top-products": f"""SELECT description, sum(revenue) FROM {LINES} WHERE NOT is_non_product
        GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 15""",
    "order-lines": f"""SELECT order_time, invoice_no, stock_code, description, quantity, unit_price, revenue,
        customer_id, country FROM {LINES} ORDER BY 1 DESC, 2 DESC, 3 LIMIT 500""",
}


def test_every_visual_of_the_retail_dashboard_equals_sql_on_the_source(retail: World, address: str) -> None:
    visuals = drawn(address, retail)
    assert {visual["state"] for visual in visuals.values()} == {"drawn"}
    assert set(visuals) == set(EXPECTED)
    for name, sql in EXPECTED.items():
        assert visuals[name]["rows"] == asked(retail, sql), name


SCORED = """(SELECT *,
    CASE WHEN r >= 4 AND f >= 4 THEN 'Champions' WHEN r >= 3 AND f >= 3 THEN 'Loyal' WHEN r >= 4 THEN 'New or promising'
        WHEN f >= 4 THEN 'At risk' WHEN r <= 2 AND f <= 2 THEN 'Hibernating' ELSE 'Need attention' END AS segment
    FROM (SELECT *, ntile(5) OVER (ORDER BY last, customer_id) AS r, ntile(5) OVER (ORDER BY orders, customer_id) AS f
    FROM (SELECT customer_id, max(country) AS country, max(order_day) AS last, sum(revenue) AS revenue,
        count(*) FILTER (WHERE NOT is_cancellation) AS orders, count(*) FILTER (WHERE is_cancellation) AS cancelled
    FROM (SELECT customer_id, order_day, invoice_no, is_cancellation, max(country) AS country, sum(revenue) AS revenue
        FROM sales.fact_order_lines WHERE is_known_customer GROUP BY ALL) GROUP BY 1)))"""
WINDOWS = "orderlogs_schema.ledger_windows"
SHEETS = {
    "countries": {
        "map-revenue": f"SELECT country, sum(revenue) FROM {LINES} GROUP BY 1 ORDER BY 2 DESC",
    },
    "customers": {
        "cohorts": f"""SELECT date_trunc('month', first)::TIMESTAMP, date_trunc('month', order_day)::TIMESTAMP,
            count(DISTINCT customer_id)
            FROM (SELECT *, min(order_day) OVER (PARTITION BY customer_id) AS first FROM {LINES}
            WHERE is_known_customer) GROUP BY 1, 2 ORDER BY 1, 2""",
        "segments": f"SELECT segment, count(*) FROM {SCORED} GROUP BY 1 ORDER BY 2 DESC, 1",
        "segment-revenue": f"SELECT segment, sum(revenue) FROM {SCORED} GROUP BY 1 ORDER BY 2 DESC",
        "recency-frequency": f"SELECT r, f, count(*) FROM {SCORED} GROUP BY 1, 2 ORDER BY 1 DESC, 2",
        "best-customers": f"""SELECT customer_id, country, segment, last, max(last) OVER () - last, orders, cancelled,
            revenue FROM {SCORED} ORDER BY revenue DESC, 1""",
    },
    "products": {
        "bought-together": f"""WITH baskets AS (SELECT DISTINCT order_day, invoice_no, stock_code, description
                FROM {LINES} WHERE is_known_customer AND NOT is_non_product AND NOT is_cancellation AND quantity > 0)
            SELECT a.description, b.description, count(*) FROM baskets AS a JOIN baskets AS b
            ON b.invoice_no = a.invoice_no AND b.order_day = a.order_day AND b.stock_code > a.stock_code
            GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2""",
    },
    "pipeline": {
        "freshness": f"SELECT max(window_end[:10]::TIMESTAMP) FROM {WINDOWS}",
        "rejected": f"SELECT sum(rejected) FROM {WINDOWS}",
        "lost": f"SELECT sum(raw_records - accepted - seen_before - repeated - rejected) FROM {WINDOWS}",
        "cost": f"SELECT sum(cost_usd) FROM {WINDOWS}",
        "arrived": f"SELECT window_start[:10]::TIMESTAMP, sum(raw_records) FROM {WINDOWS} GROUP BY 1 ORDER BY 1",
        "arrivals": f"""SELECT window_start[:10]::TIMESTAMP, sum(accepted), sum(seen_before), sum(repeated),
            sum(rejected), sum(cost_usd) FROM {WINDOWS} GROUP BY 1 ORDER BY 1""",
    },
}


def sheet_of(address: str, retail: World, name: str) -> dict[str, dict[str, Any]]:
    place = f"{address}/dashboards/{retail.account}/retail_sales/data.json?sheet={name}"
    with urllib.request.urlopen(place) as answer:
        sheet = next(each for each in json.load(answer)["sheets"] if each["id"] == name)
    return {each["id"]: each for each in sheet["visuals"]}


@pytest.mark.parametrize(("sheet", "visual"), [(sheet, name) for sheet, some in SHEETS.items() for name in some])
def test_visual_of_another_sheet_equals_sql_on_the_source(retail: World, address: str, sheet: str, visual: str) -> None:
    found = sheet_of(address, retail, sheet)[visual]
    assert found["state"] == "drawn", found["message"]
    expected = asked(retail, SHEETS[sheet][visual])
    assert [[pytest.approx(each) if isinstance(each, float) else each for each in row] for row in expected] == found[
        "rows"
    ]


def test_every_visual_of_every_sheet_is_drawn_and_its_places_are_found(retail: World, address: str) -> None:
    for name in ("sales", *SHEETS):
        assert {each["state"] for each in sheet_of(address, retail, name).values()} == {"drawn"}, name
    drawn_map = sheet_of(address, retail, "countries")["map-revenue"]
    names = [row[0] for row in drawn_map["rows"]]
    shapes = dict(zip(names, drawn_map["options"]["shapes"], strict=True))
    assert shapes["EIRE"] == "Ireland"


def test_other_holds_what_lies_past_the_limit(retail: World, address: str) -> None:
    rows = show(retail, address, bars(retail, sort={"CategoryItemsLimit": {"ItemsLimit": 8}}))["rows"]
    by_country = asked(retail, f"SELECT country, sum(revenue) FROM {LINES} GROUP BY 1 ORDER BY 2 DESC")
    assert rows[:8] == by_country[:8]
    assert rows[8][0] == {"other": len(by_country) - 8}
    assert rows[8][1] == pytest.approx(sum(revenue for _, revenue in by_country[8:]))
    assert len(rows) == 9


# one bar chart a case: the Definition's parts, and the SQL that must give the same rows
