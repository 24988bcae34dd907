"""Expressions that fail a query with Trino's words, and the way back from DuckDB's error to those words."""

from __future__ import annotations

import re

from local_aws.sql.errors import QueryFailed
from local_aws.sql.types import Type

_MARK = "\x02"
_MARKED = re.compile(f"{_MARK}([A-Z_]+: .*?){_MARK}", re.DOTALL)
_PLAIN = re.compile(r"\b((?:HIVE|ICEBERG)_[A-Z_]+): (.*)", re.DOTALL)
_CLASS = re.compile(r"^[A-Z][A-Za-z ]* (?:Error|Exception): ")
_OVERFLOW = re.compile(r"Overflow in (addition|subtraction|multiplication) of INT(8|16|32|64) \((.*?)\)!")
_NARROW = re.compile(r"with value (\S+) can't be cast because the value is out of range for .* type (INT\d+)")
_DECIMAL = re.compile(r'Casting value "([^"]*)" to type DECIMAL\((\d+),(\d+)\) failed')
_INTEGERS = {"INT8": "tinyint", "INT16": "smallint", "INT32": "integer", "INT64": "bigint"}
_KNOWN = (
    (r"Division by zero", "DIVISION_BY_ZERO", "Division by zero"),
    (r"(?:Out of Range|Overflow|out of range)", "NUMERIC_VALUE_OUT_OF_RANGE", ""),
    (
        r"More than one row returned by a subquery",
        "SUBQUERY_MULTIPLE_ROWS",
        "Scalar sub-query has returned multiple rows",
    ),
    (
        r"aggregate function calls cannot be nested|aggregates? (?:functions )?(?:are )?not allowed",
        "NESTED_AGGREGATION",
        "",
    ),
    (r"WHERE clause cannot contain aggregates", "EXPRESSION_NOT_SCALAR", ""),
    (
        r"GROUPING statement cannot be used without groups",
        "MISSING_GROUP_BY",
        "A GROUPING() operation can only be used with a corresponding GROUPING SET/CUBE/ROLLUP/GROUP BY clause",
    ),
    (r"QUANTILE can only take", "INVALID_FUNCTION_ARGUMENT", "Percentile must be between 0 and 1"),
    (
        r"invalid perl operator|invalid escape sequence: \\\d",
        "NOT_SUPPORTED",
        "local_aws does not support look-around and back-references in patterns",
    ),
    (r"Out of Memory", "EXCEEDED_LOCAL_MEMORY_LIMIT", ""),
    (r"Map keys must be unique", "INVALID_FUNCTION_ARGUMENT", "Duplicate map keys are not allowed"),
    (r"Conversion Error", "INVALID_CAST_ARGUMENT", ""),
    (r"Invalid Input Error", "INVALID_FUNCTION_ARGUMENT", ""),
)


def fail(code: str, message: str, kind: Type) -> str:
    """An expression of type `kind` that fails with `code` and `message` (a DuckDB expression) where it is reached.

    A cast that cannot succeed: unlike `error()`, DuckDB lets it stand inside TRY.
    """
    shown = f"'{_MARK}{code}: ' || {message} || '{_MARK}'"
    return f"CAST(CAST(CAST({shown} AS INTEGER) AS VARCHAR) AS {kind.duckdb})"


def of_duckdb(error: Exception) -> QueryFailed:
    """The failure that a DuckDB error stands for."""
    text = str(error)
    for pattern in (_MARKED, _PLAIN):
        found = pattern.search(text)
        if found:
            code, _, message = found[0].strip(_MARK).partition(": ")
            return QueryFailed(code, message)
    overflow = _OVERFLOW.search(text)
    if overflow:
        kind, sum_ = {"8": "tinyint", "16": "smallint", "32": "integer"}.get(overflow[2], "bigint"), overflow[3]
        return QueryFailed("NUMERIC_VALUE_OUT_OF_RANGE", f"{kind} {overflow[1]} overflow: {sum_}")
    narrow = _NARROW.search(text)
    if narrow:
        return QueryFailed("NUMERIC_VALUE_OUT_OF_RANGE", f"Out of range for {_INTEGERS[narrow[2]]}: {narrow[1]}")
    scaled = _DECIMAL.search(text)
    if scaled and scaled[2] == "38":
        return QueryFailed("NUMERIC_VALUE_OUT_OF_RANGE", "Decimal overflow")
    if scaled:
        message = f"Cannot cast DECIMAL '{scaled[1]}' to DECIMAL({scaled[2]}, {scaled[3]})"
        return QueryFailed("INVALID_CAST_ARGUMENT", message)
    first = _CLASS.sub("", text.split("\n\nLINE ")[0].split("\n")[0].strip())
    column = re.search(r'column "([^"]+)" must appear in the GROUP BY clause', text)
    if column:
        message = f"'{column[1]}' must be an aggregate expression or appear in GROUP BY clause"
        return QueryFailed("EXPRESSION_NOT_AGGREGATE", message)
    for pattern_text, code, message in _KNOWN:
        if re.search(pattern_text, text):
            return QueryFailed(code, message or first)
    return QueryFailed("INTERNAL_ERROR", first)
