-- Purpose:  sales by day, country and product.
-- Grain:    an order day, a country, a stock code.
-- Safe:     IF NOT EXISTS.
CREATE TABLE IF NOT EXISTS sales.sales_by_day (
  order_day DATE NOT NULL,
  country VARCHAR(400),
  stock_code VARCHAR(200),
  description VARCHAR(2000),
  is_non_product BOOLEAN NOT NULL,
  lines BIGINT NOT NULL,
  cancelled_lines BIGINT NOT NULL,
  orders BIGINT NOT NULL,
  units BIGINT NOT NULL,
  revenue DECIMAL(38, 4) NOT NULL
)
DISTSTYLE AUTO
SORTKEY (order_day)
