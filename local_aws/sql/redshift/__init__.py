"""Redshift's SQL on DuckDB: read by sqlglot, resolved and typed by our catalog, rewritten node by node, executed."""
