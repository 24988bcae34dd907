-- Purpose:  what a stock code stands for.
-- Grain:    a stock code.
-- Safe:     IF NOT EXISTS.
CREATE TABLE IF NOT EXISTS sales.dim_product (
  stock_code VARCHAR(200) NOT NULL,
  description VARCHAR(2000),
  is_non_product BOOLEAN NOT NULL,
  is_priced BOOLEAN NOT NULL,
  described_at TIMESTAMP NOT NULL
)
DISTSTYLE ALL
SORTKEY (stock_code)
