-- Purpose:  removes the snapshots that are older than the table keeps (five days unless it says otherwise),
--           and the files that no snapshot needs any more.
-- Grain:    none: no row of the present changes.
-- Safe:     running it twice removes nothing more. Queries of the past reach as far back as snapshots are kept.
VACUUM order_rejects -- noqa: PRS
