-- Purpose:  gives back the space of the rows that loads replaced in customer_orders, sorts the rest, and tells the
--           planner anew (docs.aws.amazon.com/redshift/latest/dg/t_Reclaiming_storage_space202.html).
-- Grain:    none: no row changes.
-- Safe:     running it twice changes nothing more. Not within a transaction.
VACUUM FULL sales.customer_orders;

ANALYZE sales.customer_orders
