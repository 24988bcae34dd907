-- Purpose:  the rows and the revenue of the order days [first_day, last_day] in the lake, the fact and the mart.
-- Grain:    an order day and a layer.
-- Inputs:   order_lines by Spectrum, fact_order_lines, sales_by_day; each counted on its own.
-- Params:   :first_day, :last_day (dates).
-- Safe:     reads only.
SELECT CAST(order_day AS VARCHAR) AS order_day, 'lake' AS layer, COUNT(*) AS line_count, SUM(revenue) AS revenue
FROM {{ warehouse.external_schema }}.order_lines
WHERE order_day BETWEEN CAST(:first_day AS DATE) AND CAST(:last_day AS DATE)
GROUP BY order_day
UNION ALL
SELECT CAST(order_day AS VARCHAR), 'fact', COUNT(*), SUM(revenue)
FROM sales.fact_order_lines
WHERE order_day BETWEEN CAST(:first_day AS DATE) AND CAST(:last_day AS DATE)
GROUP BY order_day
UNION ALL
SELECT CAST(order_day AS VARCHAR), 'marts', SUM(lines), SUM(revenue)
FROM sales.sales_by_day
WHERE order_day BETWEEN CAST(:first_day AS DATE) AND CAST(:last_day AS DATE)
GROUP BY order_day
