-- Purpose:  the store's known customers.
-- Grain:    a customer.
-- Safe:     IF NOT EXISTS.
CREATE TABLE IF NOT EXISTS sales.dim_customer (
  customer_id VARCHAR(200) NOT NULL,
  country VARCHAR(400),
  first_order_day DATE NOT NULL,
  located_at TIMESTAMP NOT NULL
)
DISTSTYLE ALL
SORTKEY (customer_id)
