-- Purpose:  keeps the latest description of each stock code of [first_day, last_day]. A line with a price names what is
--           sold; one without is a note of the stock ("damaged", "amazon"), and stands only until there is a name.
-- Grain:    a stock code.
-- Inputs:   fact_order_lines; the days limit what is read.
-- Params:   :first_day, :last_day (dates).
-- Safe:     the latest name wins (ties: the last in order), else the latest note, whatever order days are loaded in.
CREATE TEMP TABLE latest_products AS
SELECT stock_code, description, is_non_product, is_priced, order_time AS described_at
FROM (
  SELECT
    stock_code,
    description,
    is_non_product,
    unit_price > 0 AS is_priced,
    order_time,
    ROW_NUMBER() OVER (
      PARTITION BY stock_code
      ORDER BY
        CASE WHEN description IS NULL THEN 2 WHEN unit_price > 0 THEN 0 ELSE 1 END, order_time DESC, description DESC
    ) AS recency
  FROM sales.fact_order_lines
  WHERE order_day BETWEEN CAST(:first_day AS DATE) AND CAST(:last_day AS DATE)
    AND stock_code IS NOT NULL
) AS ranked
WHERE recency = 1;

UPDATE sales.dim_product
SET description = latest.description, is_priced = latest.is_priced, described_at = latest.described_at
FROM latest_products AS latest
WHERE dim_product.stock_code = latest.stock_code
  AND latest.description IS NOT NULL
  AND (
    dim_product.description IS NULL
    OR (latest.is_priced AND NOT dim_product.is_priced)
    OR (
      latest.is_priced = dim_product.is_priced
      AND (
        latest.described_at > dim_product.described_at
        OR (latest.described_at = dim_product.described_at AND latest.description > dim_product.description)
      )
    )
  );

INSERT INTO sales.dim_product (stock_code, description, is_non_product, is_priced, described_at)
SELECT latest.stock_code, latest.description, latest.is_non_product, latest.is_priced, latest.described_at
FROM latest_products AS latest
LEFT JOIN sales.dim_product AS known ON known.stock_code = latest.stock_code
WHERE known.stock_code IS NULL;

DROP TABLE latest_products
