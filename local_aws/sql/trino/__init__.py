"""Athena's SQL (Trino) compiled to DuckDB's: parsed, resolved and typed as Trino does, then written out.

What Trino decides by types (division, decimal precision, casts, comparisons) is decided here, before DuckDB, which
is more lenient, sees the query. Each name is looked up here too: nothing that is not named in these modules can
reach DuckDB, so no query touches a file or a setting.
Evidence: https://docs.aws.amazon.com/athena/latest/ug/functions.html and https://trino.io/docs/current/
"""
