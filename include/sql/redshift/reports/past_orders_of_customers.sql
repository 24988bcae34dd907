-- Answers:  how often, since when and for how much each customer has ordered.
SELECT
  customer_id,
  MIN(order_day) AS first_order_day,
  MAX(order_day) AS last_order_day,
  SUM(CASE WHEN is_cancellation THEN 0 ELSE 1 END) AS orders,
  SUM(CASE WHEN is_cancellation THEN 1 ELSE 0 END) AS cancellations,
  SUM(revenue) AS revenue_gbp
FROM sales.customer_orders
GROUP BY customer_id
ORDER BY revenue_gbp DESC
