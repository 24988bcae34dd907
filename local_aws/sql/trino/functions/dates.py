"""Date and time functions. Instants are kept in UTC.

Deviates: a timestamp with time zone has no zone but UTC here; what would make or show another one is refused.
Evidence: https://trino.io/docs/current/functions/datetime.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.trino import formats
from local_aws.sql.trino.casts import cast, printed
from local_aws.sql.trino.failures import fail
from local_aws.sql.trino.typed import At, Typed, text

if TYPE_CHECKING:
    from local_aws.sql.trino.expressions import Expressions
    from local_aws.sql.trino.signatures import Special

TABLE = """
year(M) -> bigint: year({0})
quarter(M) -> bigint: quarter({0})
month(M) -> bigint: month({0})
week(M) -> bigint: week({0})
week_of_year(M) -> bigint: week({0})
year_of_week(M) -> bigint: isoyear({0})
yow(M) -> bigint: isoyear({0})
day(M) -> bigint: day({0})
day_of_month(M) -> bigint: day({0})
day_of_week(M) -> bigint: isodow({0})
dow(M) -> bigint: isodow({0})
day_of_year(M) -> bigint: dayofyear({0})
doy(M) -> bigint: dayofyear({0})
hour(M) -> bigint: hour({0})
minute(M) -> bigint: minute({0})
second(M) -> bigint: second({0})
millisecond(M) -> bigint: (millisecond({0}) % 1000)
last_day_of_month(M) -> date: last_day({0})
from_unixtime(double) -> timestamp with time zone: to_timestamp({0})
to_unixtime(timestamp with time zone) -> double: epoch({0})
to_unixtime(timestamp) -> double: epoch({0})
from_iso8601_date(varchar) -> date: CAST({0} AS DATE)
"""

_UNITS = ("millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year")


def unit(arg: Typed, at: At) -> str:
    """A unit's name, which must be a literal here."""
    if arg.constant is None:
        raise unsupported("a date unit that is no literal", at)
    if arg.constant.lower() not in _UNITS:
        raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"'{arg.constant}' is not a valid TIMESTAMP field", at)
    return arg.constant.lower()


def _moment(compiler: Expressions, name: str, arg: Typed, args: list[Typed], at: At) -> Typed:
    if arg.type.name == "unknown":
        return Typed("CAST(NULL AS TIMESTAMP)", types.TIMESTAMP)
    if arg.type.name not in {"date", "timestamp", "timestamp with time zone", "time"}:
        raise compiler.wrong_arguments(
            name, args, [f"{name}(varchar(x), …, date)", f"{name}(varchar(x), …, timestamp)"], at
        )
    return arg


def _layout(args: list[Typed], at: At) -> str:
    if args[1].constant is None:
        raise unsupported("a date format that is no literal", at)
    return args[1].constant


def date_trunc(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    value = _moment(compiler, "date_trunc", args[1], args, at)
    return Typed(f"CAST(date_trunc('{unit(args[0], at)}', {value.sql}) AS {value.type.duckdb})", value.type)


def date_add(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    value, step = _moment(compiler, "date_add", args[2], args, at), unit(args[0], at)
    if not args[1].type.is_integer:
        raise compiler.wrong_arguments("date_add", args, ["date_add(varchar(x), bigint, timestamp(p))"], at)
    amount = f"(CAST({args[1].sql} AS BIGINT) * 3)" if step == "quarter" else f"CAST({args[1].sql} AS BIGINT)"
    interval = f"({amount} * INTERVAL 1 {'MONTH' if step == 'quarter' else step.upper()})"
    return Typed(f"CAST({value.sql} + {interval} AS {value.type.duckdb})", value.type)


def date_diff(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """Whole units between two moments: a day less one second is no day."""
    first, second = (_moment(compiler, "date_diff", arg, args, at) for arg in args[1:])
    kind = compiler.common_of([first.type, second.type], at)
    sides = ", ".join(f"CAST({each.sql} AS {kind.duckdb})" for each in (first, second))
    return Typed(f"date_sub('{unit(args[0], at)}', {sides})", types.BIGINT)


def date(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    return cast(args[0], types.DATE, safe=False, at=at)


def _parsed(value: Typed, layout: str, kind: types.Type) -> str:
    wrong = fail("INVALID_FUNCTION_ARGUMENT", f"'Invalid format: \"' || {value.sql} || '\"'", kind)
    read = f"CAST(try_strptime({value.sql}, {text(layout)}) AS {kind.duckdb})"
    return f"CASE WHEN {value.sql} IS NULL THEN NULL ELSE coalesce({read}, {wrong}) END"


def date_parse(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    layout = formats.mysql(_layout(args, at), parsing=True, at=at)
    return Typed(_parsed(args[0], layout, types.TIMESTAMP), types.TIMESTAMP)


def parse_datetime(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    layout = formats.joda(_layout(args, at), parsing=True, at=at)
    return Typed(_parsed(args[0], layout, types.TIMESTAMP_TZ), types.TIMESTAMP_TZ)


def printing(name: str, convert: Callable[..., str]) -> Special:
    def special(compiler: Expressions, args: list[Typed], at: At) -> Typed:
        value = _moment(compiler, name, args[0], args, at)
        layout = convert(_layout(args, at), parsing=False, at=at)
        return Typed(f"strftime(CAST({value.sql} AS TIMESTAMP), {text(layout)})", types.VARCHAR)

    return special


def from_iso8601_timestamp(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """An instant; a text in another zone than UTC is refused, because its zone would be lost."""
    value, kind = args[0].sql, types.TIMESTAMP_TZ
    shape = r"\d{4}-\d{2}-\d{2}(T\d{2}(:\d{2}(:\d{2}([.,]\d+)?)?)?(Z|[+-]00:?00)?)?"
    zoned = r".*T.*[+-]\d{2}:?\d{2}"
    whole = f"regexp_replace(regexp_replace({value}, '(Z|[+-]00:?00)$', ''), 'T(\\d\\d)$', ' \\1:00')"
    fits = f"regexp_full_match({value}, '{shape}')"
    read = f"TRY_CAST({whole} AS TIMESTAMP) AT TIME ZONE 'UTC'"
    other = fail("NOT_SUPPORTED", f"'local_aws does not support time zones other than UTC: ' || {value}", kind)
    wrong = fail("INVALID_FUNCTION_ARGUMENT", f"'Invalid format: \"' || {value} || '\"'", kind)
    sql = (
        f"CASE WHEN {value} IS NULL THEN NULL WHEN {fits} THEN coalesce({read}, {wrong}) "
        f"WHEN regexp_full_match({value}, '{zoned}') THEN {other} ELSE {wrong} END"
    )
    return Typed(sql, kind)


def to_iso8601(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    value = _moment(compiler, "to_iso8601", args[0], args, at)
    if value.type.name == "date":
        return Typed(printed(value.sql, value.type) or "", types.VARCHAR)
    zone = "Z" if value.type.name == "timestamp with time zone" else ""
    return Typed(f"strftime(CAST({value.sql} AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%g{zone}')", types.VARCHAR)


def with_utc(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """`at_timezone(x, 'UTC')` and `with_timezone(x, 'UTC')`."""
    if (args[1].constant or "").upper() not in {"UTC", "+00:00", "ETC/UTC", "GMT", "Z"}:
        raise unsupported("time zones other than UTC", at)
    return Typed(f"CAST({args[0].sql} AS TIMESTAMPTZ)", types.TIMESTAMP_TZ)


def now(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """The lake's clock, read once a query."""
    return Typed(f"TIMESTAMPTZ '{compiler.now:%Y-%m-%d %H:%M:%S.%f}+00'", types.TIMESTAMP_TZ)


SPECIALS: dict[str, Special] = {
    "date_trunc/2": date_trunc,
    "date_add/3": date_add,
    "date_diff/3": date_diff,
    "date/1": date,
    "date_parse/2": date_parse,
    "parse_datetime/2": parse_datetime,
    "date_format/2": printing("date_format", formats.mysql),
    "format_datetime/2": printing("format_datetime", formats.joda),
    "from_iso8601_timestamp/1": from_iso8601_timestamp,
    "to_iso8601/1": to_iso8601,
    "at_timezone/2": with_utc,
    "with_timezone/2": with_utc,
    "now/0": now,
}
