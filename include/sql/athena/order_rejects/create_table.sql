-- Purpose:  the records that could not be read, with the reason, to be looked at and replayed after a fix.
-- Grain:    a distinct text in an arrival hour.
-- Inputs:   none.
-- Safe:     IF NOT EXISTS.
CREATE TABLE IF NOT EXISTS order_rejects (
  reject_id string,
  arrival_hour timestamp,
  reason string,
  line string,
  source_object string
)
PARTITIONED BY (day(arrival_hour))
LOCATION 's3://{{ warehouse.bucket }}/lake/order_rejects/'
TBLPROPERTIES ('table_type' = 'ICEBERG', 'format' = 'parquet')
