-- Purpose:  the rejects of one arrival window by reason.
-- Grain:    a reason.
-- Inputs:   order_rejects.
-- Params:   window(): whole hours of arrival, [start, end).
-- Safe:     reads only.
SELECT
  reason,
  count(*) AS reject_count
FROM order_rejects
WHERE arrival_hour >= TIMESTAMP '{{ window().start_text }}'
  AND arrival_hour < TIMESTAMP '{{ window().end_text }}'
GROUP BY reason
ORDER BY reason
