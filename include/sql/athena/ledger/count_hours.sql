-- Purpose:  the rows of the order days that one arrival window touches, by the hour in which they first arrived: what
--           the window brought, and what it took over from windows that ran before it but arrived after it.
-- Grain:    an order day and an arrival hour.
-- Inputs:   order_records (which days the window touches), order_lines.
-- Params:   window(): whole hours of arrival, [start, end).
-- Safe:     reads only; the days limit what is read of order_lines.
SELECT
  cast(order_day AS varchar) AS order_day,
  date_format(arrival_hour, '%Y-%m-%dT%H') AS arrival_hour,
  count(*) AS line_count
FROM order_lines
WHERE order_day IN (
  SELECT order_day
  FROM order_records
  WHERE {{ window().predicate }}
    AND reject_reason IS NULL
)
GROUP BY order_day, arrival_hour
ORDER BY order_day, arrival_hour
