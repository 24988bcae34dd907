-- Purpose:  the rows that each SPICE data set has to hold after a refresh.
-- Grain:    a data set.
-- Inputs:   the tables behind the data sets.
-- Safe:     reads only.
SELECT 'order_lines' AS data_set, COUNT(*) AS row_count FROM sales.fact_order_lines
UNION ALL
SELECT 'sales_by_day', COUNT(*) FROM sales.sales_by_day
