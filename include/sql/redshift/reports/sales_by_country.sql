-- Answers:  revenue, units and orders by country, the best first.
SELECT
  sales_by_day.country,
  SUM(sales_by_day.revenue) AS revenue_gbp,
  SUM(sales_by_day.units) AS units,
  SUM(sales_by_day.lines) AS order_lines
FROM sales.sales_by_day
GROUP BY sales_by_day.country
ORDER BY revenue_gbp DESC
