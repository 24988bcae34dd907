-- Answers:  revenue, orders and lines of each order day.
-- Inputs:   order_lines.
SELECT
  order_day,
  sum(revenue) AS revenue_gbp,
  count(DISTINCT CASE WHEN NOT is_cancellation AND NOT is_adjustment THEN invoice_no END) AS orders,
  count(*) AS order_lines
FROM order_lines
GROUP BY order_day
ORDER BY order_day
