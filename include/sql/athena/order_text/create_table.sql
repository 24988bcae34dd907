-- Purpose:  the raw records as text, one row a line, whatever it holds: what cannot be read must be seen as well.
-- Grain:    a line of an object that Firehose delivered.
-- Inputs:   s3://<bucket>/raw/, the objects that the crawler types as orderlogs_raw.
-- Safe:     IF NOT EXISTS; the table owns no data. Partitions are projected, so none can be forgotten.
CREATE EXTERNAL TABLE IF NOT EXISTS order_text (
  line string
)
PARTITIONED BY (year string, month string, day string, hour string)
ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.RegexSerDe'
WITH SERDEPROPERTIES ('input.regex' = '(?s)(.*)')
STORED AS TEXTFILE
LOCATION 's3://{{ warehouse.bucket }}/raw/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.year.type' = 'integer',
  'projection.year.range' = '2000,2100',
  'projection.year.digits' = '4',
  'projection.month.type' = 'integer',
  'projection.month.range' = '1,12',
  'projection.month.digits' = '2',
  'projection.day.type' = 'integer',
  'projection.day.range' = '1,31',
  'projection.day.digits' = '2',
  'projection.hour.type' = 'integer',
  'projection.hour.range' = '0,23',
  'projection.hour.digits' = '2',
  'storage.location.template' = 's3://{{ warehouse.bucket }}/raw/year=${year}/month=${month}/day=${day}/hour=${hour}/'
)
