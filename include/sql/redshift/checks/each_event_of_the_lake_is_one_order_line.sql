-- Asserts:  each event of the lake is one order line, in the order days that are about to be loaded.
-- Level:    error
-- When:     before the load, by Spectrum.
-- Params:   :first_day, :last_day (dates).
SELECT event_id, CAST(order_day AS VARCHAR) AS order_day, COUNT(*) AS line_count
FROM {{ warehouse.external_schema }}.order_lines
WHERE order_day BETWEEN CAST(:first_day AS DATE) AND CAST(:last_day AS DATE)
GROUP BY event_id, order_day
HAVING COUNT(*) > 1
ORDER BY event_id
LIMIT 100
