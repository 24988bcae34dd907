"""Draws any dashboard from its Definition and the rows that SPICE holds.

The server compiles each visual (field wells, calculated fields, filters, sorting, limits) into one SQL statement and
sends the aggregates; the page draws them. Nothing in here knows a particular dashboard.
"""
