"""Trino's answers computed in Python, independently of the engine: random expressions and queries with their values."""
