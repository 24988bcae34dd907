"""SQL over the lake: what a table is (`types`, `scan`), which statement asks (`router`), each dialect's rewriting."""
