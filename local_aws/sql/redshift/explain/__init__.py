"""EXPLAIN: a query's plan in Redshift's text form."""
