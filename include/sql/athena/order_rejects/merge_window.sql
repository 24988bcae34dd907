-- Purpose:  sets the unreadable records of one arrival window aside, with reason, text and source object.
-- Grain:    a distinct text in an arrival hour; a text delivered twice in the hour is one reject.
-- Inputs:   order_records.
-- Params:   window(): whole hours of arrival, [start, end).
-- Safe:     keyed on text and hour; the second run matches every reject and changes nothing.
MERGE INTO order_rejects AS kept
USING (
  SELECT
    to_hex(sha256(to_utf8(line))) AS reject_id,
    arrival_hour,
    min(reject_reason) AS reason,
    line,
    min(source_object) AS source_object
  FROM order_records
  WHERE {{ window().predicate }}
    AND reject_reason IS NOT NULL
  GROUP BY line, arrival_hour
) AS arrived
ON kept.reject_id = arrived.reject_id AND kept.arrival_hour = arrived.arrival_hour
WHEN NOT MATCHED THEN INSERT (reject_id, arrival_hour, reason, line, source_object)
VALUES (arrived.reject_id, arrived.arrival_hour, arrived.reason, arrived.line, arrived.source_object)
