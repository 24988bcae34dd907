-- Purpose:  the calendar of the order days.
-- Grain:    a day.
-- Safe:     IF NOT EXISTS.
CREATE TABLE IF NOT EXISTS sales.dim_date (
  date_day DATE NOT NULL,
  year_number INTEGER NOT NULL,
  quarter_number INTEGER NOT NULL,
  month_number INTEGER NOT NULL,
  day_of_month INTEGER NOT NULL,
  iso_week INTEGER NOT NULL,
  day_of_week INTEGER NOT NULL,
  is_weekend BOOLEAN NOT NULL
)
DISTSTYLE ALL
SORTKEY (date_day)
