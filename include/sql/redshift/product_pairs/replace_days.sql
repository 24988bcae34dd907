-- Purpose:  recounts which products known customers bought together on the order days [first_day, last_day].
-- Grain:    an order day and two products; products have codes that begin with five digits.
-- Inputs:   fact_order_lines.
-- Params:   :first_day, :last_day (dates).
-- Safe:     the days are emptied first, in the same transaction.
DELETE FROM sales.product_pairs
WHERE order_day BETWEEN CAST(:first_day AS DATE) AND CAST(:last_day AS DATE);

INSERT INTO sales.product_pairs (order_day, stock_code_a, stock_code_b, orders)
WITH baskets AS (
  SELECT DISTINCT order_day, invoice_no, stock_code
  FROM sales.fact_order_lines
  WHERE order_day BETWEEN CAST(:first_day AS DATE) AND CAST(:last_day AS DATE)
    AND is_known_customer
    AND NOT is_non_product
    AND NOT is_cancellation
    AND quantity > 0
)

SELECT
  a.order_day,
  a.stock_code AS stock_code_a,
  b.stock_code AS stock_code_b,
  COUNT(*) AS orders
FROM baskets AS a
INNER JOIN baskets AS b
  ON b.order_day = a.order_day AND b.invoice_no = a.invoice_no AND b.stock_code > a.stock_code
GROUP BY a.order_day, a.stock_code, b.stock_code
