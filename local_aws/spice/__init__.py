"""SPICE: data sets prepared by their logical tables, ingested from an engine, kept typed on disk, read by dashboards."""
