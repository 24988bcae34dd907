-- Purpose:  rewrites the small files that window merges leave into few, so that merges and reads cost less
--           (docs.aws.amazon.com/athena/latest/ug/querying-iceberg-data-optimization.html).
-- Grain:    none: no row changes.
-- Safe:     a new snapshot of the same rows. If a merge commits at the same time, one of them fails and is retried.
OPTIMIZE order_rejects REWRITE DATA USING BIN_PACK -- noqa: PRS
