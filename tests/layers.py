"""What a whole copy of the warehouse is: each table of each layer."""

from __future__ import annotations

LAKE = {
    "order_lines": "SELECT * FROM order_lines ORDER BY event_id, order_day",
    "order_rejects": "SELECT reject_id, arrival_hour, reason, line FROM order_rejects ORDER BY reject_id, arrival_hour",
}
"""The tables of the lake, and how their rows are asked for."""
WAREHOUSE = (
    "fact_order_lines",
    "dim_product",
    "dim_customer",
    "dim_date",
    "sales_by_day",
    "customer_orders",
    "product_pairs",
)
