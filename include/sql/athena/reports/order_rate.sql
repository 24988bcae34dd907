-- Answers:  the ten-second spans in which ten orders or more came in, the alarm threshold of the store.
-- Inputs:   order_lines. The store stamps orders by the minute, so a minute's orders count for each of its spans.
SELECT
  from_unixtime(floor(to_unixtime(order_time) / 10) * 10) AS span_start,
  count(DISTINCT invoice_no) AS orders
FROM order_lines
WHERE NOT is_cancellation
GROUP BY floor(to_unixtime(order_time) / 10)
HAVING count(DISTINCT invoice_no) >= 10
ORDER BY span_start
