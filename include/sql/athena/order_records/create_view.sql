-- Purpose:  says once what a readable order line is, what each of its columns means, and why a record is set aside.
-- Grain:    a raw line; reject_reason is NULL for a readable one.
-- Inputs:   order_text. Always filter on year, month, day and hour: they are the partitions.
-- Safe:     a view; replacing it changes no data.
CREATE OR REPLACE VIEW order_records AS
WITH fields AS (
  SELECT
    line,
    "$path" AS source_object,
    year,
    month,
    day,
    hour,
    try(json_parse(line)) IS NOT NULL AS is_json,
    regexp_like(line, '^\s*\{') AS is_object,
    strpos(line, chr(65533)) > 0 AS has_broken_bytes,
    json_extract_scalar(line, '$.raw_line') IS NOT NULL AS is_unsplit,
    nullif(json_extract_scalar(line, '$.event_id'), '') AS event_id,
    nullif(json_extract_scalar(line, '$.InvoiceNo'), '') AS invoice_no,
    nullif(json_extract_scalar(line, '$.StockCode'), '') AS stock_code,
    nullif(json_extract_scalar(line, '$.Description'), '') AS description,
    json_extract_scalar(line, '$.Quantity') AS quantity_text,
    json_extract_scalar(line, '$.InvoiceDate') AS order_time_text,
    json_extract_scalar(line, '$.UnitPrice') AS unit_price_text,
    nullif(regexp_replace(json_extract_scalar(line, '$.CustomerID'), '\.0$', ''), '') AS customer_id,
    nullif(json_extract_scalar(line, '$.Country'), '') AS country
  FROM order_text
),

typed AS (
  SELECT
    *,
    try_cast(quantity_text AS bigint) AS quantity,
    try_cast(unit_price_text AS decimal(18, 4)) AS unit_price,
    try_cast(order_time_text AS timestamp(6)) AS order_time
  FROM fields
),

priced AS (
  SELECT
    *,
    try_cast(cast(quantity AS decimal(19, 0)) * unit_price AS decimal(18, 4)) AS revenue
  FROM typed
)

SELECT
  line,
  source_object,
  year,
  month,
  day,
  hour,
  cast(concat(year, '-', month, '-', day, ' ', hour, ':00:00') AS timestamp(6)) AS arrival_hour,
  event_id,
  invoice_no,
  stock_code,
  description,
  quantity,
  unit_price,
  revenue,
  order_time,
  cast(order_time AS date) AS order_day,
  customer_id,
  country,
  coalesce(upper(substr(invoice_no, 1, 1)) = 'C', FALSE) AS is_cancellation,
  coalesce(upper(substr(invoice_no, 1, 1)) = 'A', FALSE)
  OR coalesce(quantity < 0 AND upper(substr(invoice_no, 1, 1)) <> 'C', FALSE) AS is_adjustment,
  NOT coalesce(regexp_like(stock_code, '^[0-9]{5}'), FALSE) AS is_non_product,
  customer_id IS NOT NULL AS is_known_customer,
  CASE
    WHEN has_broken_bytes THEN 'not UTF-8'
    WHEN NOT is_json THEN 'not JSON'
    WHEN NOT is_object THEN 'not a JSON object'
    WHEN is_unsplit THEN 'not an order line of eight fields'
    WHEN event_id IS NULL THEN 'no event_id'
    WHEN invoice_no IS NULL THEN 'no InvoiceNo'
    WHEN quantity_text IS NULL THEN 'no Quantity'
    WHEN quantity IS NULL THEN 'Quantity is not a whole number'
    WHEN order_time_text IS NULL THEN 'no InvoiceDate'
    WHEN order_time IS NULL THEN 'InvoiceDate is not a date and time'
    WHEN unit_price_text IS NULL THEN 'no UnitPrice'
    WHEN unit_price IS NULL THEN 'UnitPrice is not an amount'
    WHEN revenue IS NULL THEN 'Quantity times UnitPrice is out of range'
  END AS reject_reason
FROM priced
