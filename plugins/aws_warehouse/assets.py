"""The assets that wake the DAGs. An asset event says only that there may be work: the ledger says what."""

from __future__ import annotations

from airflow.sdk import Asset

ORDER_LINES = Asset(name="order_lines", uri="x-warehouse://lake/order_lines", group="warehouse")
SALES_MARTS = Asset(name="sales_marts", uri="x-warehouse://redshift/sales", group="warehouse")
