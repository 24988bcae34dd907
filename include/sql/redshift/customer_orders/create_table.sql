-- Purpose:  past orders per customer.
-- Grain:    an invoice of a known customer on an order day.
-- Safe:     IF NOT EXISTS.
CREATE TABLE IF NOT EXISTS sales.customer_orders (
  customer_id VARCHAR(200) NOT NULL,
  order_day DATE NOT NULL,
  invoice_no VARCHAR(100) NOT NULL,
  ordered_at TIMESTAMP NOT NULL,
  country VARCHAR(400),
  is_cancellation BOOLEAN NOT NULL,
  lines BIGINT NOT NULL,
  units BIGINT NOT NULL,
  revenue DECIMAL(38, 4) NOT NULL
)
DISTSTYLE AUTO
SORTKEY (customer_id, order_day)
