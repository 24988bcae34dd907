"""SPICE: data sets prepared by their logical tables, ingested from an engine, kept typed, read by dashboards."""
