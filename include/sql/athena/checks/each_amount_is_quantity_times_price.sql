-- Asserts:  each amount is quantity times price, and none is missing.
-- Params:   window(): whole hours of arrival, [start, end).
SELECT
  event_id,
  quantity,
  unit_price,
  revenue
FROM order_lines
WHERE order_day IN (
  SELECT order_day
  FROM order_records
  WHERE {{ window().predicate }}
    AND reject_reason IS NULL
)
AND (revenue IS NULL OR revenue <> quantity * unit_price)
ORDER BY event_id
LIMIT 100
