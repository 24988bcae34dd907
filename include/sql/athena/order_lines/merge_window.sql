-- Purpose:  brings the readable records of one arrival window into order_lines, each event once.
-- Grain:    an order line, by event_id and order_day; the day is in the key so that only touched days are read.
-- Inputs:   order_records.
-- Params:   window(): whole hours of arrival, [start, end). Rendered, not bound: MERGE takes no execution parameters
--           (docs.aws.amazon.com/athena/latest/ug/querying-with-prepared-statements.html); a window is digits only.
-- Safe:     the second run matches every event and changes nothing. Windows may come in any order: where an event
--           arrived twice, the earliest arrival stands in the end.
MERGE INTO order_lines AS kept
USING (
  SELECT *
  FROM (
    SELECT
      event_id,
      invoice_no,
      stock_code,
      description,
      quantity,
      unit_price,
      revenue,
      order_time,
      order_day,
      customer_id,
      country,
      is_cancellation,
      is_adjustment,
      is_non_product,
      is_known_customer,
      arrival_hour,
      row_number() OVER (PARTITION BY event_id, order_day ORDER BY arrival_hour, line) AS copy
    FROM order_records
    WHERE {{ window().predicate }}
      AND reject_reason IS NULL
  )
  WHERE copy = 1
) AS arrived
ON kept.event_id = arrived.event_id AND kept.order_day = arrived.order_day
WHEN MATCHED AND arrived.arrival_hour < kept.arrival_hour THEN UPDATE SET
  invoice_no = arrived.invoice_no,
  stock_code = arrived.stock_code,
  description = arrived.description,
  quantity = arrived.quantity,
  unit_price = arrived.unit_price,
  revenue = arrived.revenue,
  order_time = arrived.order_time,
  customer_id = arrived.customer_id,
  country = arrived.country,
  is_cancellation = arrived.is_cancellation,
  is_adjustment = arrived.is_adjustment,
  is_non_product = arrived.is_non_product,
  is_known_customer = arrived.is_known_customer,
  arrival_hour = arrived.arrival_hour
WHEN NOT MATCHED THEN INSERT (
  event_id, invoice_no, stock_code, description, quantity, unit_price, revenue, order_time, order_day,
  customer_id, country, is_cancellation, is_adjustment, is_non_product, is_known_customer, arrival_hour
) VALUES (
  arrived.event_id, arrived.invoice_no, arrived.stock_code, arrived.description, arrived.quantity,
  arrived.unit_price, arrived.revenue, arrived.order_time, arrived.order_day, arrived.customer_id,
  arrived.country, arrived.is_cancellation, arrived.is_adjustment, arrived.is_non_product,
  arrived.is_known_customer, arrived.arrival_hour
)
