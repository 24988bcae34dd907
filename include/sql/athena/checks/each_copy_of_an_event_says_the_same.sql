-- Asserts:  each copy of an event that arrived in the window says the same; else an id was used twice, and the merge
--           keeps the earliest alone.
-- Level:    warning
-- When:     before the merge, on the window's records.
-- Params:   window(): whole hours of arrival, [start, end).
SELECT
  event_id,
  order_day,
  count(*) AS copies,
  count(DISTINCT line) AS texts,
  min(line) AS one_text,
  max(line) AS another_text
FROM order_records
WHERE {{ window().predicate }}
  AND reject_reason IS NULL
GROUP BY event_id, order_day
HAVING count(DISTINCT line) > 1
ORDER BY event_id
LIMIT 100
