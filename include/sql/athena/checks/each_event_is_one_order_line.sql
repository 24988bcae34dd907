-- Asserts:  each event of the window is one order line.
-- Level:    error
-- Params:   window(): whole hours of arrival, [start, end).
SELECT
  event_id,
  order_day,
  count(*) AS line_count
FROM order_lines
WHERE order_day IN (
  SELECT order_day
  FROM order_records
  WHERE {{ window().predicate }}
    AND reject_reason IS NULL
)
GROUP BY event_id, order_day
HAVING count(*) > 1
ORDER BY event_id
LIMIT 100
