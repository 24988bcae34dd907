-- Asserts:  customer_orders accounts for every line of a known customer.
-- Level:    error
-- Params:   :first_day, :last_day (dates).
SELECT fact.order_day, fact.line_count AS fact_lines, orders.line_count AS order_lines
FROM (
  SELECT order_day, COUNT(*) AS line_count
  FROM sales.fact_order_lines
  WHERE order_day BETWEEN CAST(:first_day AS DATE) AND CAST(:last_day AS DATE)
    AND is_known_customer
  GROUP BY order_day
) AS fact
LEFT JOIN (
  SELECT order_day, SUM(lines) AS line_count
  FROM sales.customer_orders
  WHERE order_day BETWEEN CAST(:first_day AS DATE) AND CAST(:last_day AS DATE)
  GROUP BY order_day
) AS orders ON orders.order_day = fact.order_day
WHERE fact.line_count <> COALESCE(orders.line_count, 0)
ORDER BY fact.order_day
LIMIT 100
