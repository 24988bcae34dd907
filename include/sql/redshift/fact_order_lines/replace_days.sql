-- Purpose:  loads the order days [first_day, last_day] from the lake in place of what the warehouse had of them.
-- Grain:    an order line.
-- Inputs:   order_lines, by Spectrum; only these days' partitions are read.
-- Params:   :first_day, :last_day (dates).
-- Safe:     the days are emptied first, in the same transaction: the second run ends with the same rows.
DELETE FROM sales.fact_order_lines
WHERE order_day BETWEEN CAST(:first_day AS DATE) AND CAST(:last_day AS DATE);

INSERT INTO sales.fact_order_lines (
  event_id, order_day, order_time, invoice_no, stock_code, description, quantity, unit_price, revenue,
  customer_id, country, is_cancellation, is_adjustment, is_non_product, is_known_customer
)
SELECT
  event_id,
  order_day,
  order_time,
  invoice_no,
  stock_code,
  LEFT(description, 500),
  quantity,
  unit_price,
  revenue,
  customer_id,
  country,
  is_cancellation,
  is_adjustment,
  is_non_product,
  is_known_customer
FROM {{ warehouse.external_schema }}.order_lines
WHERE order_day BETWEEN CAST(:first_day AS DATE) AND CAST(:last_day AS DATE)
