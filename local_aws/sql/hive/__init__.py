"""Athena's DDL, which is Hive's: read from its tokens, carried out on the Data Catalog.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/ddl-reference.html
"""
