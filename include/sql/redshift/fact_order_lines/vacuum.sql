-- Purpose:  gives back the space of the rows that loads replaced in fact_order_lines, sorts the rest, and tells the
--           planner anew (docs.aws.amazon.com/redshift/latest/dg/t_Reclaiming_storage_space202.html).
-- Grain:    none: no row changes.
-- Safe:     running it twice changes nothing more. Not within a transaction.
VACUUM FULL sales.fact_order_lines;

ANALYZE sales.fact_order_lines
