"""Texts as dates and timestamps, in every form that Redshift reads without a format.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_Date_and_time_literals.html and
https://docs.aws.amazon.com/redshift/latest/dg/r_Datetime_types.html: month before day where both are numbers; a
TIMESTAMP ignores the zone of its text.
"""

from __future__ import annotations

import contextlib
import re
from datetime import date

from sqlglot import exp

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.functions.call import cast, fill
from local_aws.sql.redshift.types import ColumnType

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_Y, _M, _D = r"(?P<year>\d{4})", r"(?P<month>\d{1,2})", r"(?P<day>\d{1,2})"
_TIME = (
    r"(?:(?:[ T]\s*|\s+)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?P<fraction>\.\d+)?)?"
    r"\s*(?P<half>[ap]m)?)?\s*(?P<zone>z|[+-]\d{1,2}(?::?\d{2})?|[a-z][a-z_]+(?:/[a-z_]+)*)?"
)
_DATES = (
    rf"{_Y}-{_M}-{_D}",
    rf"{_Y}/{_M}/{_D}",
    r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})",
    rf"{_M}[/-]{_D}[/-](?P<year>\d{{4}}|\d{{2}})",
    rf"{_D}\.{_M}\.{_Y}",
    rf"{_NAME}[ -]{_D},?[ -]\s*{_Y}",
    rf"{_D}[ -]{_NAME}[ -]{_Y}",
    rf"{_Y}-{_NAME}-{_D}",
)
_PATTERNS = tuple(re.compile(rf"\s*{each}{_TIME}\s*", re.IGNORECASE) for each in _DATES)
_WORDS = {"now": 0, "today": 0, "tomorrow": 1, "yesterday": -1}
"""Words for moments, in days from now: https://docs.aws.amazon.com/redshift/latest/dg/r_Date_and_time_literals.html"""
_ENDLESS = re.compile(r"\s*[-+]?inf(inity)?\s*", re.IGNORECASE)
"""PostgreSQL's endless times, which Redshift has not."""
TEMPORAL = frozenset({"date", "timestamp", "timestamptz"})


def plain(text: str, kind: str) -> str:
    """The text in ISO form, for a value of this type. :raises ValueError: if it is in no form that Redshift reads."""
    found = next((match for each in _PATTERNS if (match := each.fullmatch(text))), None)
    if found is None:
        raise ValueError(text)
    part = found.groupdict()
    month = _MONTHS.index(part["name"].lower()) + 1 if part.get("name") else int(part["month"])
    year = int(part["year"])
    if len(part["year"]) == 2:
        year += 2000 if year < 70 else 1900
    day = date(year, month, int(part["day"])).isoformat()
    if kind == "date":
        return day
    zone = (part["zone"] or "") if kind == "timestamptz" else ""
    zone = "+00" if zone.lower() == "z" else zone
    return f"{day} {_time(part)}{zone if zone[:1] in {'+', '-'} else f' {zone}' if zone else ''}"


def _time(part: dict[str, str | None]) -> str:
    hour = int(part["hour"] or 0)
    if part["half"]:
        hour = hour % 12 + (12 if part["half"].lower() == "pm" else 0)
    return f"{hour:02}:{part['minute'] or '00'}:{part['second'] or '00'}{(part['fraction'] or '')[:7]}"


def zoned_time(node: exp.Expr) -> exp.Expr:
    """A text as a TIMETZ, which is kept and shown in UTC.

    https://docs.aws.amazon.com/redshift/latest/dg/r_Datetime_types.html#r_Datetime_types-timetz. Deviates: a zone's
    name stands for its winter time.
    """
    if isinstance(node, exp.Literal):
        if not re.match(r"\s*\d{1,2}:\d{2}", node.name):
            raise errors.error(f'invalid input syntax for type time with time zone: "{node.name}"')
        dated: exp.Expr = exp.Literal.string(f"2000-01-01 {node.name.strip()}")
    else:
        dated = fill("'2000-01-01 ' || trim(_1)", [node])
    return fill("CAST(timezone('UTC', _1) AS TIME)", [moment(dated, ColumnType("timestamptz"))])


def read(text: str, kind: str) -> str:
    """`plain`, for the engine's rows. :raises ValueError: in Redshift's words."""
    try:
        return plain(text, kind)
    except ValueError as problem:
        if str(problem) == text:
            raise ValueError(f'ERROR: invalid input syntax for type {kind}: "{text}"') from problem
        raise ValueError(f'ERROR: date/time field value out of range: "{text}"') from problem


def moment(node: exp.Expr, kind: ColumnType) -> exp.Expr:
    """A text as a date or timestamp: a literal is read now, others by the engine, odd ones row by row."""
    if isinstance(node, exp.Literal):
        text = node.name
        days = _WORDS.get(text.strip().lower())
        if days is not None:
            now = "CAST(getvariable('now') AS TIMESTAMP)"
            return cast(
                fill(now if text.strip().lower() == "now" else f"date_trunc('day', {now}) + to_days({days})", []),
                kind.duckdb,
            )
        if _ENDLESS.fullmatch(text):
            raise errors.error(f'invalid input syntax for type {kind.name}: "{text}"')
        with contextlib.suppress(ValueError):  # words such as 'epoch'; what is wrong is told by the engine
            text = plain(text, kind.name)
        return cast(exp.Literal.string(text), kind.duckdb)
    zoned = f"WHEN regexp_matches(_1, ':[0-9.]+ *[-+A-Za-z]') THEN CAST(py_moment(_1, '{kind.name}') AS {kind.duckdb})"
    zoned = zoned if kind.name == "timestamp" else ""
    endless = f"WHEN regexp_matches(_1, '^ *[-+]?[iI]') THEN CAST(py_moment(_1, '{kind.name}') AS {kind.duckdb})"
    tried = f"coalesce(TRY_CAST(_1 AS {kind.duckdb}), CAST(py_moment(_1, '{kind.name}') AS {kind.duckdb}))"
    return fill(f"CASE {zoned} {endless} WHEN true THEN {tried} END", [node])
