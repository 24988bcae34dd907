-- Purpose:  the order lines in the warehouse.
-- Grain:    an order line.
-- Safe:     IF NOT EXISTS.
CREATE TABLE IF NOT EXISTS sales.fact_order_lines (
  event_id VARCHAR(64) NOT NULL,
  order_day DATE NOT NULL,
  order_time TIMESTAMP NOT NULL,
  invoice_no VARCHAR(100) NOT NULL,
  stock_code VARCHAR(200),
  description VARCHAR(2000),
  quantity BIGINT NOT NULL,
  unit_price DECIMAL(18, 4) NOT NULL,
  revenue DECIMAL(18, 4) NOT NULL,
  customer_id VARCHAR(200),
  country VARCHAR(400),
  is_cancellation BOOLEAN NOT NULL,
  is_adjustment BOOLEAN NOT NULL,
  is_non_product BOOLEAN NOT NULL,
  is_known_customer BOOLEAN NOT NULL
)
DISTSTYLE AUTO
SORTKEY (order_day)
