-- Answers:  the pairs of products that most orders hold, with their descriptions.
SELECT
  pairs.stock_code_a,
  a.description AS description_a,
  pairs.stock_code_b,
  b.description AS description_b,
  SUM(pairs.orders) AS orders
FROM sales.product_pairs AS pairs
INNER JOIN sales.dim_product AS a ON a.stock_code = pairs.stock_code_a
INNER JOIN sales.dim_product AS b ON b.stock_code = pairs.stock_code_b
GROUP BY pairs.stock_code_a, a.description, pairs.stock_code_b, b.description
ORDER BY orders DESC
LIMIT 50
