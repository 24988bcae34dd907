-- Asserts:  each stock code of the fact table has exactly one row in dim_product.
-- Level:    error
-- Params:   :first_day, :last_day (dates).
SELECT fact.stock_code, COUNT(DISTINCT product.stock_code) AS known
FROM (
  SELECT DISTINCT stock_code
  FROM sales.fact_order_lines
  WHERE order_day BETWEEN CAST(:first_day AS DATE) AND CAST(:last_day AS DATE)
    AND stock_code IS NOT NULL
) AS fact
LEFT JOIN sales.dim_product AS product ON product.stock_code = fact.stock_code
GROUP BY fact.stock_code
HAVING COUNT(product.stock_code) <> 1
ORDER BY fact.stock_code
LIMIT 100
