-- Purpose:  the ledger's windows as rows, for the dashboard's sheet on the pipeline itself.
-- Grain:    an arrival window.
-- Inputs:   s3://<bucket>/ledger/windows/, the objects that the ledger writes, one a window.
-- Safe:     IF NOT EXISTS; the table owns no data.
CREATE EXTERNAL TABLE IF NOT EXISTS ledger_windows (
  window_start string,
  window_end string,
  raw_objects bigint,
  raw_records bigint,
  accepted bigint,
  seen_before bigint,
  repeated bigint,
  rejected bigint,
  missing bigint,
  bytes_scanned bigint,
  cost_usd double
)
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
LOCATION 's3://{{ warehouse.bucket }}/ledger/windows/'
