-- Purpose:  the counts of one arrival window at every layer, each taken on its own: none is a difference of others.
-- Grain:    one row.
-- Inputs:   order_text (what arrived), order_records (what it is), order_lines, order_rejects (what became of it).
-- Params:   window(): whole hours of arrival, [start, end).
-- Safe:     reads only; of order_lines the days that the window touches.
-- Balance:  raw_records = accepted + seen_before + repeated + rejected, and missing = 0.
WITH raw AS (
  SELECT count(*) AS raw_records, count(DISTINCT "$path") AS raw_objects
  FROM order_text
  WHERE {{ window().predicate }}
),

readable AS (
  SELECT event_id, order_day, count(*) AS copies
  FROM order_records
  WHERE {{ window().predicate }}
    AND reject_reason IS NULL
  GROUP BY event_id, order_day
),

unreadable AS (
  SELECT line, arrival_hour, count(*) AS copies
  FROM order_records
  WHERE {{ window().predicate }}
    AND reject_reason IS NOT NULL
  GROUP BY line, arrival_hour
),

lines AS (
  SELECT
    count_if(kept.arrival_hour >= TIMESTAMP '{{ window().start_text }}'
      AND kept.arrival_hour < TIMESTAMP '{{ window().end_text }}') AS accepted,
    count_if(kept.arrival_hour < TIMESTAMP '{{ window().start_text }}') AS seen_before,
    count_if(kept.event_id IS NULL OR kept.arrival_hour >= TIMESTAMP '{{ window().end_text }}') AS missing
  FROM readable
  LEFT JOIN (
    SELECT event_id, order_day, arrival_hour
    FROM order_lines
    WHERE order_day IN (
      SELECT order_day
      FROM order_records
      WHERE {{ window().predicate }}
        AND reject_reason IS NULL
    )
  ) AS kept
    ON kept.event_id = readable.event_id AND kept.order_day = readable.order_day
),

repeats AS (
  SELECT coalesce(sum(copies - 1), 0) AS repeated
  FROM (
    SELECT copies FROM readable
    UNION ALL
    SELECT copies FROM unreadable
  ) AS records
),

rejects AS (
  SELECT count(*) AS rejected
  FROM order_rejects
  WHERE arrival_hour >= TIMESTAMP '{{ window().start_text }}'
    AND arrival_hour < TIMESTAMP '{{ window().end_text }}'
)

SELECT
  raw.raw_objects,
  raw.raw_records,
  lines.accepted,
  lines.seen_before,
  repeats.repeated,
  rejects.rejected,
  lines.missing
FROM raw, lines, repeats, rejects
