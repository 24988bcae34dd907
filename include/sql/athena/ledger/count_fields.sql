-- Purpose:  what the records of one arrival window are made of: each field that is there, by the type of its value.
-- Grain:    a field and a type.
-- Inputs:   order_text.
-- Params:   window(): whole hours of arrival, [start, end).
-- Safe:     reads only. What is no JSON object has no fields; the merge sets it aside. The most frequent come first, so
--           that a record of a thousand odd fields hides none.
WITH objects AS (
  SELECT try(cast(try(json_parse(line)) AS MAP (varchar, json))) AS fields
  FROM order_text
  WHERE {{ window().predicate }}
    AND regexp_like(line, '^\s*\{')
),

members AS (
  SELECT member.field_name, json_format(member.value) AS value_text
  FROM objects
  CROSS JOIN unnest(map_keys(fields), map_values(fields)) AS member (field_name, value)
)

SELECT
  field_name,
  CASE
    WHEN value_text IS NULL OR value_text = 'null' THEN 'null'
    WHEN value_text IN ('true', 'false') THEN 'boolean'
    WHEN starts_with(value_text, '"') THEN 'text'
    WHEN starts_with(value_text, '{') THEN 'object'
    WHEN starts_with(value_text, '[') THEN 'list'
    WHEN regexp_like(value_text, '^-?[0-9]+$') THEN 'whole number'
    ELSE 'number'
  END AS field_type,
  count(*) AS record_count
FROM members
GROUP BY 1, 2
ORDER BY 3 DESC, 1 ASC, 2 ASC
LIMIT 500
