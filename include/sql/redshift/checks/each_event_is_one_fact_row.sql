-- Asserts:  each event is one row of the fact table.
-- Level:    error
-- Params:   :first_day, :last_day (dates).
SELECT event_id, order_day, COUNT(*) AS row_count
FROM sales.fact_order_lines
WHERE order_day BETWEEN CAST(:first_day AS DATE) AND CAST(:last_day AS DATE)
GROUP BY event_id, order_day
HAVING COUNT(*) > 1
ORDER BY event_id
LIMIT 100
