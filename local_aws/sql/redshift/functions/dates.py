"""Dates and times. https://docs.aws.amazon.com/redshift/latest/dg/Date_functions_header.html

What time it is comes from DuckDB's variable `now`, which each statement sets from the clock of local_aws.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot import exp

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.functions import number_formats
from local_aws.sql.redshift.functions.call import (
    TEXT,
    Call,
    Function,
    Kinds,
    Returns,
    as_text,
    cast,
    fill,
    template,
    typed,
)
from local_aws.sql.redshift.functions.formats import check, parsed, printed
from local_aws.sql.redshift.functions.moments import moment
from local_aws.sql.redshift.types import ColumnType

TIMESTAMP = typed("timestamp")
DATE = typed("date")

# https://docs.aws.amazon.com/redshift/latest/dg/r_Dateparts_for_datetime_functions.html
_PARTS: dict[str, str] = {
    name: part
    for part, names in {
        "millennium": "millennium millennia mil mils",
        "century": "century centuries c cent cents",
        "decade": "decade decades dec decs",
        "epoch": "epoch",
        "year": "year years y yr yrs",
        "quarter": "quarter quarters qtr qtrs",
        "month": "month months mon mons",
        "week": "week weeks w",
        "dow": "dayofweek dow dw weekday",
        "doy": "dayofyear doy dy yearday",
        "day": "day days d",
        "hour": "hour hours h hr hrs",
        "minute": "minute minutes m min mins",
        "second": "second seconds s sec secs",
        "millisecond": "millisecond milliseconds ms msec msecs msecond mseconds millisec millisecs millisecon",
        "microsecond": "microsecond microseconds us usec usecs usecond useconds microsec microsecs microsecond",
    }.items()
    for name in names.split()
}
_STEPS = {
    "millennium": "to_years(1000 * CAST(_1 AS INTEGER))",
    "century": "to_years(100 * CAST(_1 AS INTEGER))",
    "decade": "to_years(10 * CAST(_1 AS INTEGER))",
    "year": "to_years(CAST(_1 AS INTEGER))",
    "quarter": "to_months(3 * CAST(_1 AS INTEGER))",
    "month": "to_months(CAST(_1 AS INTEGER))",
    "week": "to_days(7 * CAST(_1 AS INTEGER))",
    "day": "to_days(CAST(_1 AS INTEGER))",
    "hour": "to_hours(CAST(_1 AS BIGINT))",
    "minute": "to_minutes(CAST(_1 AS BIGINT))",
    "second": "to_seconds(CAST(_1 AS BIGINT))",
    "millisecond": "to_milliseconds(CAST(_1 AS BIGINT))",
    "microsecond": "to_microseconds(CAST(_1 AS BIGINT))",
}


def part_of(name: str) -> str:
    """The date part under its plain name. :raises SqlError: for a name that Redshift lacks."""
    found = _PARTS.get(name.lower())
    if found is None:
        raise errors.error(f'timestamp units "{name}" not recognized')
    return found


def _instant(call: Call, position: int) -> exp.Expr:
    """The argument as a timestamp; one with a zone keeps it."""
    kind = call.kinds[position]
    node = call.argument(position)
    if kind is not None and kind.name in {"timestamptz", "time", "timetz", "timestamp"}:
        return node
    if kind is not None and kind.is_text:
        return moment(node, ColumnType("timestamp"))
    return cast(node, "TIMESTAMP")


def _day(call: Call, position: int) -> exp.Expr:
    """The argument as a date."""
    kind = call.kinds[position]
    node = call.argument(position)
    return moment(node, ColumnType("date")) if kind is not None and kind.is_text else cast(node, "DATE")


def _compared(*kinds: str) -> Function:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_DATE_CMP.html and its like: 1 if the first is later."""

    def build(call: Call) -> exp.Expr:
        sides = []
        for position, name in enumerate(kinds):
            kind, node = ColumnType(name), call.argument(position)
            given = call.kinds[position]
            sides.append(moment(node, kind) if given is not None and given.is_text else cast(node, kind.duckdb))
        return fill("CASE WHEN _1 < _2 THEN -1 WHEN _1 > _2 THEN 1 WHEN _1 = _2 THEN 0 END", sides)

    return Function(2, 2, build, typed("int4"))


def _instant_kind(position: int) -> Returns:
    def returns(kinds: Kinds) -> ColumnType | None:
        kind = kinds[position] if position < len(kinds) else None
        return kind if kind is not None and kind.name in {"timestamptz", "time", "timetz"} else ColumnType("timestamp")

    return returns


def _dateadd(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_DATEADD_function.html: a timestamp, also of a date."""
    part = part_of(call.text(0))
    if part not in _STEPS:
        raise errors.error(f"dateadd: the date part {part} cannot be added")
    return fill("_1 + _2", [_instant(call, 2), fill(_STEPS[part], [call.argument(1)])])


def _datediff(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_DATEDIFF_function.html: boundaries crossed."""
    part = part_of(call.text(0))
    if part in {"epoch", "dow", "doy"}:
        raise errors.error(f"datediff: the date part {part} has no boundaries")
    sides = [_instant(call, 1), _instant(call, 2)]
    if part == "week":  # DuckDB counts spans of seven days; a week begins where DATE_TRUNC has it begin, on Monday
        return fill("date_diff('day', date_trunc('week', _1), date_trunc('week', _2)) // 7", sides)
    if part in {"century", "millennium"}:  # they begin with the year …01
        return fill(f"date_part('{part}', _2) - date_part('{part}', _1)", sides)
    return fill(f"date_diff('{part}', _1, _2)", sides)


def part_sql(part: str) -> str:
    """The number of a date part of `_1`: milliseconds and microseconds are those of the second alone.

    https://docs.aws.amazon.com/redshift/latest/dg/r_EXTRACT_function.html (examples with ms)
    """
    if part in {"millisecond", "microsecond"}:
        return f"(date_part('{part}', _1) % {1000 if part == 'millisecond' else 1_000_000})"
    return f"date_part('{part}', _1)"


def _date_part(call: Call) -> exp.Expr:
    return cast(fill(part_sql(part_of(call.text(0))), [_instant(call, 1)]), "DOUBLE")


def _date_trunc(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_DATE_TRUNC.html: weeks begin on Monday."""
    return fill(f"date_trunc('{part_of(call.text(0))}', _1)", [_instant(call, 1)])


def _add_months(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_ADD_MONTHS.html: the last day of a month stays the last day."""
    start = _instant(call, 0)
    body = (
        "CASE WHEN last_day(_1) = CAST(_1 AS DATE)"
        " THEN CAST(last_day(_1 + to_months(CAST(_2 AS INTEGER))) AS TIMESTAMP) + (_1 - date_trunc('day', _1))"
        " ELSE _1 + to_months(CAST(_2 AS INTEGER)) END"
    )
    return fill(body, [start, call.argument(1)])


def _next_day(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_NEXT_DAY.html"""
    names = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
    given = call.text(1).lower()
    place = next((n for n, each in enumerate(names) if len(given) > 1 and each.startswith(given)), None)
    if place is None:
        raise errors.error(f'invalid day of week "{call.text(1)}"')
    ahead = f"(({place} - date_part('dow', _1) + 6) % 7) + 1"
    return fill(f"CAST(CAST(_1 AS DATE) + to_days(CAST({ahead} AS INTEGER)) AS DATE)", [_instant(call, 0)])


def _months_between(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_MONTHS_BETWEEN_function.html: fractions of 31 days."""
    body = (
        "CASE WHEN last_day(_1) = CAST(_1 AS DATE) AND last_day(_2) = CAST(_2 AS DATE)"
        " OR date_part('day', _1) = date_part('day', _2)"
        " THEN CAST(date_diff('month', date_trunc('month', _2), date_trunc('month', _1)) AS DOUBLE)"
        " ELSE date_diff('month', date_trunc('month', _2), date_trunc('month', _1))"
        " + (epoch(_1 - date_trunc('month', _1)) - epoch(_2 - date_trunc('month', _2))) / (31 * 86400.0::DOUBLE) END"
    )
    return fill(body, [_instant(call, 0), _instant(call, 1)])


def _convert_timezone(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/CONVERT_TIMEZONE.html: from UTC unless told."""
    position = len(call.arguments) - 1
    kind = call.kinds[position]
    target = _zone(call.argument(position - 1))
    if kind is not None and kind.name == "timestamptz":
        return fill("timezone(_1, _2)", [target, call.argument(position)])
    source = _zone(call.argument(0)) if position == 2 else exp.Literal.string("UTC")
    return fill("timezone(_1, timezone(_2, _3))", [target, source, _instant(call, position)])


def _to_char(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_TO_CHAR.html"""
    kind = call.kinds[0]
    if kind is not None and (kind.is_integer or kind.name in {"numeric", "float4", "float8"}):
        return fill("py_to_char(_1, _2)", [as_text(call.argument(0), kind), call.argument(1)])
    if kind is None or kind.name not in {"date", "timestamp", "timestamptz"}:
        raise errors.unsupported(f"to_char() of {kind.standard if kind else 'a value of unknown type'}")
    return printed(cast(call.argument(0), "TIMESTAMP"), call.text(1))


def _to_number(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_TO_NUMBER.html"""
    return cast(fill("py_to_number(_1, _2)", call.arguments), call.kind.duckdb if call.kind else "DECIMAL(38,0)")


def _number_of(kind: ColumnType | None, arguments: Sequence[exp.Expr]) -> ColumnType | None:
    """A decimal with the digits of the format."""
    if len(arguments) < 2 or not isinstance(arguments[1], exp.Literal):
        return kind
    try:
        before, after = number_formats.parsed(arguments[1].name).digits
    except number_formats.FormatError as problem:
        raise errors.unsupported(str(problem)) from problem
    return ColumnType("numeric", precision=min(38, max(before + after, 1)), scale=min(after, 38))


def _strict(call: Call) -> exp.Expr:
    return call.argument(2) if len(call.arguments) > 2 else exp.false()


def _parsed(call: Call) -> exp.Expr:
    """A text read by a format; a day or time that there is not flows over, unless the third argument is TRUE."""
    text, form = call.argument(0), call.text(1)
    check(form)
    slow = fill("py_to_moment(_1, _2, _3)", [text, exp.Literal.string(form), _strict(call)])
    fast = parsed(form)
    return slow if fast is None else fill("coalesce(try_strptime(_1, _2), _3)", [text, exp.Literal.string(fast), slow])


def _to_date(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_TO_DATE_function.html"""
    return cast(_parsed(call), "DATE")


def _to_timestamp(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_TO_TIMESTAMP.html"""
    return fill("timezone('UTC', _1)", [_parsed(call)])


def _zone(node: exp.Expr) -> exp.Expr:
    """A time zone. Names are the tz database's; the POSIX form with an offset is refused."""
    if isinstance(node, exp.Literal) and re.fullmatch(r"(?!Etc/)[A-Za-z<>]* ?[+-]\d.*", node.name):
        raise errors.unsupported(f"the time zone {node.name}; use a name")
    return node


def _timezone(call: Call) -> exp.Expr:
    """AT TIME ZONE. https://docs.aws.amazon.com/redshift/latest/dg/r_AT_TIME_ZONE.html"""
    kind = call.kinds[1]
    value = call.argument(1) if kind is not None and kind.name == "timestamptz" else _instant(call, 1)
    return fill("timezone(_1, _2)", [_zone(call.argument(0)), value])


def _zoned_kind(kinds: Kinds) -> ColumnType | None:
    kind = kinds[1] if len(kinds) > 1 else None
    return ColumnType("timestamp" if kind is not None and kind.name == "timestamptz" else "timestamptz")


NOW = "getvariable('now')"

DATES: dict[str, Function] = {
    "getdate": Function(0, 0, template(f"date_trunc('second', CAST({NOW} AS TIMESTAMP))"), TIMESTAMP),
    "sysdate": Function(0, 0, template(f"CAST({NOW} AS TIMESTAMP)"), TIMESTAMP),
    "now": Function(0, 0, template(f"timezone('UTC', CAST({NOW} AS TIMESTAMP))"), typed("timestamptz")),
    "current_timestamp": Function(0, 0, template(f"timezone('UTC', CAST({NOW} AS TIMESTAMP))"), typed("timestamptz")),
    "current_date": Function(0, 0, template(f"CAST({NOW} AS DATE)"), DATE),
    "dateadd": Function(3, 3, _dateadd, _instant_kind(2)),
    "date_add": Function(3, 3, _dateadd, _instant_kind(2)),
    "datediff": Function(3, 3, _datediff, typed("int8")),
    "date_diff": Function(3, 3, _datediff, typed("int8")),
    "date_part": Function(2, 2, _date_part, typed("float8")),
    "date_trunc": Function(2, 2, _date_trunc, _instant_kind(1)),
    "date_part_year": Function(
        1, 1, lambda call: cast(fill("date_part('year', _1)", [_day(call, 0)]), "INTEGER"), typed("int4")
    ),
    "last_day": Function(1, 1, lambda call: fill("last_day(_1)", [_instant(call, 0)]), DATE),
    "next_day": Function(2, 2, _next_day, DATE),
    "add_months": Function(2, 2, _add_months, TIMESTAMP),
    "months_between": Function(2, 2, _months_between, typed("float8")),
    "convert_timezone": Function(2, 3, _convert_timezone, TIMESTAMP),
    "timezone": Function(2, 2, _timezone, _zoned_kind),
    "timeofday": Function(0, 0, template(f"strftime(CAST({NOW} AS TIMESTAMP), '%a %b %d %H:%M:%S.%f %Y UTC')"), TEXT),
    "date_cmp": _compared("date", "date"),
    "date_cmp_timestamp": _compared("date", "timestamp"),
    "date_cmp_timestamptz": _compared("date", "timestamptz"),
    "timestamp_cmp": _compared("timestamp", "timestamp"),
    "timestamp_cmp_date": _compared("timestamp", "date"),
    "timestamp_cmp_timestamptz": _compared("timestamp", "timestamptz"),
    "timestamptz_cmp": _compared("timestamptz", "timestamptz"),
    "timestamptz_cmp_date": _compared("timestamptz", "date"),
    "timestamptz_cmp_timestamp": _compared("timestamptz", "timestamp"),
    "to_char": Function(2, 2, _to_char, TEXT),
    "to_number": Function(2, 2, _to_number, lambda kinds: None, refine=_number_of),
    "to_date": Function(2, 3, _to_date, DATE),
    "to_timestamp": Function(2, 3, _to_timestamp, typed("timestamptz")),
}
