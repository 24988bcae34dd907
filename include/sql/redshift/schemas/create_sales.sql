-- Purpose:  the schema of the warehouse's own tables.
-- Safe:     IF NOT EXISTS.
CREATE SCHEMA IF NOT EXISTS sales
