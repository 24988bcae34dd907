-- Purpose:  recounts the orders of known customers for the order days [first_day, last_day].
-- Grain:    an invoice of a known customer on an order day.
-- Inputs:   fact_order_lines.
-- Params:   :first_day, :last_day (dates).
-- Safe:     the days are emptied first, in the same transaction.
DELETE FROM sales.customer_orders
WHERE order_day BETWEEN CAST(:first_day AS DATE) AND CAST(:last_day AS DATE);

INSERT INTO sales.customer_orders (
  customer_id, order_day, invoice_no, ordered_at, country, is_cancellation, lines, units, revenue
)
SELECT
  customer_id,
  order_day,
  invoice_no,
  MIN(order_time),
  MAX(country),
  is_cancellation,
  COUNT(*),
  SUM(quantity),
  SUM(revenue)
FROM sales.fact_order_lines
WHERE order_day BETWEEN CAST(:first_day AS DATE) AND CAST(:last_day AS DATE)
  AND is_known_customer
GROUP BY customer_id, order_day, invoice_no, is_cancellation
