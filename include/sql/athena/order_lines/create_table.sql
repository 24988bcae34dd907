-- Purpose:  the curated order lines, each event once, typed and flagged; what everything downstream reads.
-- Grain:    an order line, by event_id and order_day.
-- Inputs:   none.
-- Safe:     IF NOT EXISTS.
-- Columns:  arrival_hour is the earliest hour in which the event arrived; revenue is quantity times unit_price, exact.
CREATE TABLE IF NOT EXISTS order_lines (
  event_id string,
  invoice_no string,
  stock_code string,
  description string,
  quantity bigint,
  unit_price decimal(18, 4),
  revenue decimal(18, 4),
  order_time timestamp,
  order_day date,
  customer_id string,
  country string,
  is_cancellation boolean,
  is_adjustment boolean,
  is_non_product boolean,
  is_known_customer boolean,
  arrival_hour timestamp
)
PARTITIONED BY (order_day)
LOCATION 's3://{{ warehouse.bucket }}/lake/order_lines/'
TBLPROPERTIES ('table_type' = 'ICEBERG', 'format' = 'parquet')
