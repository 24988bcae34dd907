-- Purpose:  shows the lake's Glue database to Redshift, so that Spectrum reads it where it lies.
-- Safe:     IF NOT EXISTS; an external schema owns no data.
CREATE EXTERNAL SCHEMA IF NOT EXISTS {{ warehouse.external_schema }}
FROM DATA CATALOG
DATABASE '{{ warehouse.database }}'
IAM_ROLE '{{ warehouse.spectrum_role_arn }}'
REGION '{{ warehouse.region }}'
