-- Purpose:  keeps the first order day and the latest country of each customer that ordered in [first_day, last_day].
-- Grain:    a customer.
-- Inputs:   fact_order_lines; the days limit what is read.
-- Params:   :first_day, :last_day (dates).
-- Safe:     the earliest day and the latest country win, whatever the order in which days are loaded.
CREATE TEMP TABLE latest_customers AS
SELECT customer_id, country, order_time AS located_at, first_order_day
FROM (
  SELECT
    customer_id,
    country,
    order_time,
    MIN(order_day) OVER (PARTITION BY customer_id) AS first_order_day,
    ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY order_time DESC, country DESC) AS recency
  FROM sales.fact_order_lines
  WHERE order_day BETWEEN CAST(:first_day AS DATE) AND CAST(:last_day AS DATE)
    AND customer_id IS NOT NULL
) AS ranked
WHERE recency = 1;

UPDATE sales.dim_customer
SET first_order_day = latest.first_order_day
FROM latest_customers AS latest
WHERE dim_customer.customer_id = latest.customer_id
  AND latest.first_order_day < dim_customer.first_order_day;

UPDATE sales.dim_customer
SET country = latest.country, located_at = latest.located_at
FROM latest_customers AS latest
WHERE dim_customer.customer_id = latest.customer_id
  AND (
    latest.located_at > dim_customer.located_at
    OR (latest.located_at = dim_customer.located_at AND latest.country > dim_customer.country)
  );

INSERT INTO sales.dim_customer (customer_id, country, first_order_day, located_at)
SELECT latest.customer_id, latest.country, latest.first_order_day, latest.located_at
FROM latest_customers AS latest
LEFT JOIN sales.dim_customer AS known ON known.customer_id = latest.customer_id
WHERE known.customer_id IS NULL;

DROP TABLE latest_customers
