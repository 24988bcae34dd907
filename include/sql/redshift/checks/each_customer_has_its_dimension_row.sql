-- Asserts:  each known customer of the fact table has exactly one row in dim_customer.
-- Level:    error
-- Params:   :first_day, :last_day (dates).
SELECT fact.customer_id, COUNT(customer.customer_id) AS known
FROM (
  SELECT DISTINCT customer_id
  FROM sales.fact_order_lines
  WHERE order_day BETWEEN CAST(:first_day AS DATE) AND CAST(:last_day AS DATE)
    AND customer_id IS NOT NULL
) AS fact
LEFT JOIN sales.dim_customer AS customer ON customer.customer_id = fact.customer_id
GROUP BY fact.customer_id
HAVING COUNT(customer.customer_id) <> 1
ORDER BY fact.customer_id
LIMIT 100
