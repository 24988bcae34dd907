-- Purpose:  sets the unreadable records of one arrival window aside, with reason, text and source object; and replays
--           those set aside before: what can be read now, after a fix of order_records, is set aside no longer.
-- Grain:    a distinct text in an arrival hour; a text delivered twice in the hour is one reject.
-- Inputs:   order_records; order_rejects, for what was set aside before.
-- Params:   window(): whole hours of arrival, [start, end).
-- Safe:     keyed on text and hour; the second run matches every reject and changes nothing. order_lines is merged
--           first, so that a replayed record is in it before its reject goes.
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
    AND (
      reject_reason IS NOT NULL
      OR line IN (
        SELECT line
        FROM order_rejects
        WHERE arrival_hour >= TIMESTAMP '{{ window().start_text }}'
          AND arrival_hour < TIMESTAMP '{{ window().end_text }}'
      )
    )
  GROUP BY line, arrival_hour
) AS arrived
ON kept.reject_id = arrived.reject_id AND kept.arrival_hour = arrived.arrival_hour
WHEN MATCHED AND arrived.reason IS NULL THEN DELETE
WHEN MATCHED AND arrived.reason <> kept.reason THEN UPDATE SET reason = arrived.reason
WHEN NOT MATCHED AND arrived.reason IS NOT NULL
  THEN INSERT (reject_id, arrival_hour, reason, line, source_object)
  VALUES (arrived.reject_id, arrived.arrival_hour, arrived.reason, arrived.line, arrived.source_object)
