"""Texts of records to the values of columns: SQL that converts a batch, and what is wrong where it cannot.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-conversion.html; the codes:
https://docs.aws.amazon.com/redshift/latest/dg/r_Load_Error_Reference.html
"""

from __future__ import annotations

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.catalog import Column
from local_aws.sql.redshift.functions import formats
from local_aws.sql.redshift.functions.call import CUT
from local_aws.sql.redshift.load import log
from local_aws.sql.redshift.load.log import LoadError
from local_aws.sql.redshift.load.options import NESTED, Copy
from local_aws.sql.redshift.types import ColumnType

TRUE, FALSE = ("1", "t", "true", "y", "yes"), ("0", "f", "false", "n", "no")
_SHOWN = {"int2": "Short", "int4": "Integer", "int8": "Long", "numeric": "Decimal", "float4": "Float"}
_AUTO_DATES = ("%Y-%m-%d", "%m/%d/%Y", "%Y/%m/%d", "%d %b %Y", "%b %d %Y", "%B %d %Y", "%d-%b-%Y", "%Y%m%d", "%m-%d-%Y")
_AUTO_TIMES = ("%H:%M:%S.%f", "%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p")


def text_sql(column: Column, copy: Copy, name: str) -> str:
    """The text of a field after the NULL, blank and empty rules; empty is NULL in all columns but texts."""
    value = name
    if column.type.name == "bpchar" or (copy.has("trim_blanks") and column.type.is_text):
        value = f"rtrim({value}, ' ')"
    if copy.format not in NESTED or copy.null != "\\N":
        value = f"nullif({value}, {_literal(copy.null)})"
    if not column.type.is_text:
        return f"nullif(trim({value}), '')"
    if copy.has("blanks_as_null"):
        value = f"(CASE WHEN trim({value}) = '' AND {value} <> '' THEN NULL ELSE {value} END)"
    return f"nullif({value}, '')" if copy.has("empty_as_null") else value


def value_sql(column: Column, copy: Copy, text: str) -> str:
    """The value of `text`, NULL where it has none: DuckDB's SQL. :raises SqlError: for types that COPY cannot load."""
    kind = column.type
    if kind.is_text:
        return _cut(text, kind.length or 0) if copy.has("truncate") else text
    if kind.is_integer:
        return f"(CASE WHEN regexp_matches({text}, '^[+-]?[0-9]+$') THEN TRY_CAST({text} AS {kind.duckdb}) END)"
    if kind.name == "numeric":
        return _decimal(kind, copy, text)
    if kind.name in {"float4", "float8"}:
        return f"TRY_CAST({text} AS {kind.duckdb})"
    if kind.name == "bool":
        values = (", ".join(map(_literal, each)) for each in (TRUE, FALSE))
        return "(CASE WHEN lower({0}) IN ({1}) THEN true WHEN lower({0}) IN ({2}) THEN false END)".format(text, *values)
    if kind.name == "date":
        return f"CAST({_date(copy, text)} AS DATE)"
    if kind.name in {"timestamp", "timestamptz"}:
        return f"CAST({_time(copy, text, kind.name)} AS {kind.duckdb})"
    if kind.name == "time":
        return f"TRY_CAST({text} AS TIME)"
    if kind.name == "super":
        return f"(CASE WHEN json_valid({text}) THEN {text} END)"
    raise errors.unsupported(f"COPY into columns of the type {kind.text}")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _cut(text: str, length: int) -> str:
    """At most `length` bytes, whole characters only (TRUNCATECOLUMNS)."""
    return f"({CUT.format(length).replace('_1', text)})"


def _decimal(kind: ColumnType, copy: Copy, text: str) -> str:
    """Digits beyond the scale fall away, unless ROUNDEC rounds them."""
    plain = f"regexp_matches({text}, '^[+-]?[0-9]*[.]?[0-9]*$')"
    cut = f"regexp_extract({text}, '^[+-]?[0-9]*([.][0-9]{{0,{kind.scale}}})?')"
    source = text if copy.has("round") else f"(CASE WHEN {plain} THEN {cut} ELSE {text} END)"
    return f"TRY_CAST({source} AS {kind.duckdb})"


def _by_format(text: str, form: str) -> str:
    """The moment of a text, NULL where it has not the format."""
    formats.check(form)
    fast = formats.parsed(form)
    return f"try_strptime({text}, {_literal(fast)})" if fast else f"try(py_to_moment({text}, {_literal(form)}, true))"


def _date(copy: Copy, text: str) -> str:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_DATEFORMAT_and_TIMEFORMAT_strings.html"""
    if copy.date_format.lower() == "auto":
        tries = [*_AUTO_DATES, *(f"{each} {time}" for each in _AUTO_DATES[:3] for time in _AUTO_TIMES)]
        return f"try_strptime({text}, [{', '.join(map(_literal, tries))}])"
    if copy.date_format:
        return _by_format(text, copy.date_format)
    return f"TRY_CAST(left({text}, 10) AS DATE)"


def _time(copy: Copy, text: str, kind: str) -> str:
    form = copy.time_format.lower()
    if form in {"epochsecs", "epochmillisecs"}:
        scale = 1_000_000 if form == "epochsecs" else 1000
        return f"make_timestamp(CAST(round(TRY_CAST({text} AS DECIMAL(30,9)) * {scale}) AS BIGINT))"
    if form and form != "auto":
        return _by_format(text, copy.time_format)
    stored = "TIMESTAMPTZ" if kind == "timestamptz" else "TIMESTAMP"
    if form != "auto":
        return f"TRY_CAST({text} AS {stored})"
    tries = [f"{day} {time}" for day in _AUTO_DATES for time in _AUTO_TIMES] + list(_AUTO_DATES)
    return f"coalesce(TRY_CAST({text} AS {stored}), try_strptime({text}, [{', '.join(map(_literal, tries))}]))"


def bad_sql(column: Column, copy: Copy, text: str, value: str) -> str:
    """Whether a field with this text and value cannot be loaded."""
    kind = column.type
    needed = f"{text} IS NULL" if not column.nullable and column.identity is None else "false"
    if kind.is_text:
        long = "false" if copy.has("truncate") else f"coalesce(strlen({text}) > {kind.length}, false)"
        return f"({needed} OR {long})"
    if copy.has("any_date") and kind.name in {"date", "timestamp", "timestamptz"}:
        return needed
    return f"({needed} OR ({text} IS NOT NULL AND {value} IS NULL))"


def reason(column: Column, copy: Copy, text: str | None) -> LoadError:
    """What is wrong with a field; file, line and raw line are the caller's to add."""
    kind = column.type
    code, message, position = _problem(kind, copy, text)
    length = str(kind.length) if kind.length is not None else ""
    return LoadError("", 0, code, message, "", column.name, kind.name, length, position, text or "")


def _problem(kind: ColumnType, copy: Copy, text: str | None) -> tuple[int, str, int]:
    if text is None or (text == "" and not kind.is_text):
        return log.MISSING, "Missing data for not-null field", 0
    if kind.is_text:
        return log.TOO_LONG, "String length exceeds DDL length", 0
    if kind.name == "date":
        if not copy.date_format and len(text) < 10:
            return log.BAD_DATE, "Invalid Date Format - length must be 10 or more", 0
        return log.BAD_DATE, f"Invalid date format or value [{copy.date_format or 'YYYY-MM-DD'}]", 0
    if kind.name in {"timestamp", "timestamptz", "time"}:
        form = copy.time_format or "YYYY-MM-DD HH24:MI:SS"
        return log.BAD_TIME, f"Invalid timestamp format or value [{form}]", 0
    if kind.name == "bool":
        return log.BAD_BOOLEAN, "Unknown boolean format", 0
    if kind.name == "super":
        return log.BAD_JSON, "Invalid JSON in a SUPER column", 0
    return _bad_number(kind, text.strip())


def _bad_number(kind: ColumnType, text: str) -> tuple[int, str, int]:
    """The first character that is no digit where one belongs, or a number that is too large."""
    allowed = "0123456789" if kind.is_integer else "0123456789."
    for position, character in enumerate(text):
        if character not in allowed and not (position == 0 and character in "+-"):
            shown = _SHOWN.get(kind.name, "Double")
            return log.BAD_DIGIT, f"Invalid digit, Value '{character}', Pos {position}, Type: {shown}", position
    if kind.is_integer:
        return log.OVERFLOW, f"Overflow, Column type: {_SHOWN[kind.name]}", 0
    return log.BAD_DECIMAL, f"Numeric data overflow ({kind.text})", 0
