-- Asserts:  each amount is quantity times price, and none is missing.
-- Level:    error
-- When:     before the merge, on the window's records.
-- Params:   window(): whole hours of arrival, [start, end).
SELECT
  event_id,
  quantity,
  unit_price,
  revenue,
  source_object
FROM order_records
WHERE {{ window().predicate }}
  AND reject_reason IS NULL
  AND (revenue IS NULL OR revenue <> quantity * unit_price)
ORDER BY event_id
LIMIT 100
