-- Answers:  how many lines each product had in a country and a month, straight from the crawled raw table.
-- Inputs:   orderlogs_raw, as the crawler typed it. A line that cannot be read fails this query; order_lines has none.
SELECT
  description,
  count(*) AS count
FROM "orderlogs_raw"
WHERE country = 'France'
  AND year = '2010'
  AND month = '12'
GROUP BY description
