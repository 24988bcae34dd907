-- Purpose:  products bought together.
-- Grain:    an order day and two products, the lesser stock code first.
-- Safe:     IF NOT EXISTS.
CREATE TABLE IF NOT EXISTS sales.product_pairs (
  order_day DATE NOT NULL,
  stock_code_a VARCHAR(200) NOT NULL,
  stock_code_b VARCHAR(200) NOT NULL,
  orders BIGINT NOT NULL
)
DISTSTYLE AUTO
SORTKEY (order_day)
