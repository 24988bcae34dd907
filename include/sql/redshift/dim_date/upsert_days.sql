-- Purpose:  adds the days of [first_day, last_day] that have orders to the calendar.
-- Grain:    a day; day_of_week is 0 for Sunday to 6 for Saturday.
-- Inputs:   fact_order_lines.
-- Params:   :first_day, :last_day (dates).
-- Safe:     only days that are not there yet are added.
INSERT INTO sales.dim_date (
  date_day, year_number, quarter_number, month_number, day_of_month, iso_week, day_of_week, is_weekend
)
SELECT DISTINCT
  fact.order_day,
  EXTRACT(YEAR FROM fact.order_day),
  EXTRACT(QUARTER FROM fact.order_day),
  EXTRACT(MONTH FROM fact.order_day),
  EXTRACT(DAY FROM fact.order_day),
  EXTRACT(WEEK FROM fact.order_day),
  EXTRACT(DOW FROM fact.order_day),
  EXTRACT(DOW FROM fact.order_day) IN (0, 6)
FROM sales.fact_order_lines AS fact
LEFT JOIN sales.dim_date AS known ON known.date_day = fact.order_day
WHERE fact.order_day BETWEEN CAST(:first_day AS DATE) AND CAST(:last_day AS DATE)
  AND known.date_day IS NULL
