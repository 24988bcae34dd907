"""Operators that start a remote job once, whatever happens to the worker."""
