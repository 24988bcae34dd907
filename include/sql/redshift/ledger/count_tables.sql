-- Purpose:  the rows that each SPICE data set has to hold after a refresh.
-- Grain:    a data set.
-- Inputs:   the tables behind the data sets.
-- Safe:     reads only.
SELECT 'order_lines' AS data_set, COUNT(*) AS row_count FROM sales.fact_order_lines
UNION ALL
SELECT 'sales_by_day', COUNT(*) FROM sales.sales_by_day
UNION ALL
SELECT 'customers', COUNT(DISTINCT customer_id) FROM sales.customer_orders
UNION ALL
SELECT 'product_pairs', LEAST(500, COUNT(*)) FROM (SELECT DISTINCT stock_code_a, stock_code_b FROM sales.product_pairs)
UNION ALL
SELECT 'pipeline_windows', COUNT(*) FROM {{ warehouse.external_schema }}.ledger_windows
