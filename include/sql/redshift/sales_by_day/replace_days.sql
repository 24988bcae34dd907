-- Purpose:  recounts sales by country and product for the order days [first_day, last_day].
-- Grain:    an order day, a country, a stock code; orders are the invoices that neither cancel nor adjust.
-- Inputs:   fact_order_lines; every line counts once, so lines add up to the fact's rows.
-- Params:   :first_day, :last_day (dates).
-- Safe:     the days are emptied first, in the same transaction.
DELETE FROM sales.sales_by_day
WHERE order_day BETWEEN CAST(:first_day AS DATE) AND CAST(:last_day AS DATE);

INSERT INTO sales.sales_by_day (
  order_day, country, stock_code, description, is_non_product, lines, cancelled_lines, orders, units, revenue
)
SELECT
  order_day,
  country,
  stock_code,
  MAX(description),
  is_non_product,
  COUNT(*),
  SUM(CASE WHEN is_cancellation THEN 1 ELSE 0 END),
  COUNT(DISTINCT CASE WHEN NOT is_cancellation AND NOT is_adjustment THEN invoice_no END),
  SUM(quantity),
  SUM(revenue)
FROM sales.fact_order_lines
WHERE order_day BETWEEN CAST(:first_day AS DATE) AND CAST(:last_day AS DATE)
GROUP BY order_day, country, stock_code, is_non_product
