"""Date and time functions. Instants are kept in UTC; the zone that they are shown in is their type's (`zones`).

Deviates: a zone that differs by row is kept within its SELECT and in the result alone; elsewhere it is refused.
Evidence: https://trino.io/docs/current/functions/datetime.html
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.trino import formats, zones
from local_aws.sql.trino.casts import cast, printed
from local_aws.sql.trino.failures import fail
from local_aws.sql.trino.typed import At, Typed, coerce, settled, text, zone_text

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
hour(C) -> bigint: hour({0})
minute(C) -> bigint: minute({0})
second(C) -> bigint: second({0})
millisecond(C) -> bigint: (millisecond({0}) % 1000)
year(interval year to month) -> bigint: CAST(trunc(in_months({0}) / 12) AS BIGINT)
month(interval year to month) -> bigint: CAST(in_months({0}) % 12 AS BIGINT)
day(interval day to second) -> bigint: CAST(trunc(in_millis({0}) / 86400000) AS BIGINT)
hour(interval day to second) -> bigint: CAST(trunc(in_millis({0}) % 86400000 / 3600000) AS BIGINT)
minute(interval day to second) -> bigint: CAST(trunc(in_millis({0}) % 3600000 / 60000) AS BIGINT)
second(interval day to second) -> bigint: CAST(trunc(in_millis({0}) % 60000 / 1000) AS BIGINT)
millisecond(interval day to second) -> bigint: CAST(in_millis({0}) % 1000 AS BIGINT)
to_milliseconds(interval day to second) -> bigint: CAST(in_millis({0}) AS BIGINT)
parse_duration(varchar) -> interval day to second: to_milliseconds(py_parse_duration({0}))
last_day_of_month(M) -> date: last_day({0})
from_unixtime(double) -> timestamp with time zone: to_timestamp({0})
to_unixtime(timestamp with time zone) -> double: epoch({0})
to_unixtime(timestamp) -> double: epoch({0})
from_iso8601_date(varchar) -> date: CASE WHEN regexp_full_match({0}, '\\d{4}-\\d{2}-\\d{2}')
    AND TRY_CAST({0} AS DATE) IS NOT NULL THEN TRY_CAST({0} AS DATE) ELSE CAST(py_iso_date({0}) AS DATE) END
"""

_EXACT = {"millisecond", "second", "minute", "hour"}
_UNITS = ("millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year")


def unit(arg: Typed, at: At) -> str:
    """A unit's name, which must be a literal here."""
    if arg.constant is None:
        raise unsupported("a date unit that is no literal", at)
    if arg.constant.lower() not in _UNITS:
        raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"'{arg.constant}' is not a valid TIMESTAMP field", at)
    return arg.constant.lower()


def _check_unit(step: str, value: Typed, at: At) -> None:
    """:raises QueryFailed: where a date is asked for hours, or a time for days."""
    wrong = _EXACT if value.type.name == "date" else set(_UNITS) - _EXACT if value.type.name == "time" else ()
    if step in wrong:
        message = f"'{step}' is not a valid {value.type.name.upper()} field"
        raise QueryFailed("INVALID_FUNCTION_ARGUMENT", message, at)


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
    step = unit(args[0], at)
    _check_unit(step, value, at)
    if value.type.zone:
        clock = zones.local(value.sql, value.type)
        if step in _EXACT:
            return Typed(f"({value.sql} - ({clock} - date_trunc('{step}', {clock})))", value.type)
        return Typed(zones.instant(f"date_trunc('{step}', {clock})", value.type.zone), value.type)
    return Typed(f"CAST(date_trunc('{step}', {value.sql}) AS {value.type.duckdb})", value.type)


def date_add(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    value, step = _moment(compiler, "date_add", args[2], args, at), unit(args[0], at)
    _check_unit(step, value, at)
    if not args[1].type.is_integer:
        raise compiler.wrong_arguments("date_add", args, ["date_add(varchar(x), bigint, timestamp(p))"], at)
    amount = f"(CAST({args[1].sql} AS BIGINT) * 3)" if step == "quarter" else f"CAST({args[1].sql} AS BIGINT)"
    interval = f"({amount} * INTERVAL 1 {'MONTH' if step == 'quarter' else step.upper()})"
    if value.type.zone and step not in _EXACT:
        return Typed(zones.instant(f"{zones.local(value.sql, value.type)} + {interval}", value.type.zone), value.type)
    return Typed(f"CAST({value.sql} + {interval} AS {value.type.duckdb})", value.type)


def date_diff(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """Whole units between two moments: a day less one second is no day."""
    first, second = (_moment(compiler, "date_diff", arg, args, at) for arg in args[1:])
    kind = compiler.common_of([first.type, second.type], at)
    if {first.type.name, second.type.name} == {"date"}:
        _check_unit(unit(args[0], at), first, at)
    step, written = unit(args[0], at), [f"CAST({each.sql} AS {kind.duckdb})" for each in (first, second)]
    if first.type.zone and step not in _EXACT:  # days are those of the first one's zone
        written = [zones.local(each, first.type) for each in written]
    return Typed(f"date_sub('{step}', {', '.join(written)})", types.BIGINT)


def date(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    return cast(args[0], types.DATE, safe=False, at=at)


def _parsed(value: Typed, layout: str, kind: types.Type) -> str:
    wrong = fail("INVALID_FUNCTION_ARGUMENT", f"'Invalid format: \"' || {value.sql} || '\"'", kind)
    read = f"CAST(try_strptime({value.sql}, {text(layout)}) AS {kind.duckdb})"
    return f"CASE WHEN {value.sql} IS NULL THEN NULL ELSE coalesce({read}, {wrong}) END"


def date_parse(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    layout = formats.mysql(_layout(args, at), parsing=True, at=at)
    made = _parsed(args[0], layout, types.TIMESTAMP)
    if re.search("(?<!%)%y", layout):  # two digits are those of 1970 to 2069
        made = f"two_digits({made})"
    return Typed(made, types.TIMESTAMP)


def parse_datetime(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """Deviates: where a format has a zone but at its end, a text that is no literal must be of UTC."""
    layout, kind = formats.joda_parsing(_layout(args, at), at), types.TIMESTAMP_TZ
    if "%z" in layout:
        args = [replace(args[0], sql=f"regexp_replace({args[0].sql}, 'Z$', '+00:00')"), args[1]]
    if "%z" not in layout:
        return Typed(_parsed(args[0], layout, kind), kind)
    if args[0].constant is not None:
        zone = re.search(r"(Z|[+-]\d{2}:?\d{2})$", args[0].constant)
        kind = replace(kind, zone=zones.canonical(zone[1]) or "") if zone else kind
        return Typed(_parsed(args[0], layout, kind), kind)
    if compiler.row_zones and layout.endswith("%z"):
        own = f"=offset_zone(regexp_extract({args[0].sql}, '(Z|[+-]\\d{{2}}:?\\d{{2}})$'))"
        return Typed(_parsed(args[0], layout, kind), replace(kind, zone=own))
    elsewhere = f"NOT regexp_matches({args[0].sql}, '(Z|[+-]00:?00)$')"
    other = fail("NOT_SUPPORTED", f"'local_aws does not support time zones other than UTC: ' || {args[0].sql}", kind)
    return Typed(f"CASE WHEN {elsewhere} THEN {other} ELSE {_parsed(args[0], layout, kind)} END", kind)


def date_format(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    value = _moment(compiler, "date_format", args[0], args, at)
    layout = formats.mysql(_layout(args, at), parsing=False, at=at)
    return Typed(f"strftime(CAST({zones.seen_as_local(value).sql} AS TIMESTAMP), {text(layout)})", types.VARCHAR)


def format_datetime(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    value = _moment(compiler, "format_datetime", args[0], args, at)
    clock = f"CAST({zones.seen_as_local(value).sql} AS TIMESTAMP)"
    zone = zone_text(value.type.zone)
    minutes = zones.offset(value) if value.type.zone else "0"
    parts = []
    for layout, template in formats.joda(_layout(args, at), at):
        if layout:
            parts.append(f"strftime({clock}, {text(layout)})")
        else:
            parts.append(template.replace("{0}", clock).replace("{zone}", zone).replace("{minutes}", minutes))
    return Typed(f"({' || '.join(parts or [text('')])})", types.VARCHAR)


def from_iso8601_timestamp(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """A moment in the zone that its text names."""
    known = zones.moment(args[0].constant) if args[0].constant is not None else None
    if known is not None and known.type.zone and "T" in (args[0].constant or ""):
        return known
    value, kind = args[0].sql, types.TIMESTAMP_TZ
    shape = r"\d{4}-\d{2}-\d{2}(T\d{2}(:\d{2}(:\d{2}([.,]\d+)?)?)?(Z|[+-]\d{2}(:?\d{2})?)?)?"
    zone = f"offset_zone(regexp_extract({value}, 'T[^Z+-]*(Z|[+-]\\d{{2}}(?::?\\d{{2}})?)$', 1))"
    whole = f"regexp_replace(regexp_replace({value}, 'T([^Z+-]*).*$', ' \\1'), ' (\\d\\d)$', ' \\1:00')"
    read = f"instant_in(TRY_CAST({whole} AS TIMESTAMP), {zone})"
    wrong = fail("INVALID_FUNCTION_ARGUMENT", f"'Invalid format: \"' || {value} || '\"'", kind)
    fits = f"regexp_full_match({value}, '{shape}')"
    sql = f"CASE WHEN {value} IS NULL THEN NULL WHEN {fits} THEN coalesce({read}, {wrong}) ELSE {wrong} END"
    found = Typed(sql, replace(kind, zone=f"={zone}"))
    return found if compiler.row_zones else settled(found)


def to_iso8601(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    value = _moment(compiler, "to_iso8601", args[0], args, at)
    if value.type.name == "date":
        return Typed(printed(value.sql, value.type) or "", types.VARCHAR)
    clock = zones.seen_as_local(value).sql
    zone = "Z" if value.type.name == "timestamp with time zone" and not value.type.zone else ""
    made = f"strftime(CAST({clock} AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%g{zone}')"
    return Typed(f"({made} || zone_text({zones.offset(value)}))" if value.type.zone else made, types.VARCHAR)


def _in_zone(kind: types.Type, zone: str) -> types.Type:
    digits = kind.args if kind.name.startswith("timestamp") else (3,)
    return types.Type("timestamp with time zone", digits, zone=zone)


def _zone(compiler: Expressions, arg: Typed, at: At) -> str:
    return zones.of_row(arg, at, allowed=compiler.row_zones)


def _shown_in(instant: str, kind: types.Type, zone: str) -> Typed:
    """An instant in a zone; without one, none."""
    if zone.startswith("="):
        instant = f"CASE WHEN {zone_text(zone)} IS NOT NULL THEN {instant} END"
    return Typed(instant, _in_zone(kind, zone))


def at_timezone(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """The same instant, shown in another zone; a timestamp without one is of the session's, UTC."""
    value = _moment(compiler, "at_timezone", args[0], args, at)
    zone = _zone(compiler, args[1], at)
    return _shown_in(f"CAST({value.sql} AS TIMESTAMPTZ)", value.type, zone)


def with_timezone(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """When a clock in the zone shows the timestamp."""
    value, zone = _moment(compiler, "with_timezone", args[0], args, at), _zone(compiler, args[1], at)
    if value.type.name not in {"timestamp", "date"}:
        raise compiler.wrong_arguments("with_timezone", args, ["with_timezone(timestamp(p), varchar(x))"], at)
    return Typed(zones.instant(value.sql, zone), _in_zone(value.type, zone))


def from_unixtime(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    zone = _zone(compiler, args[1], at)
    return _shown_in(f"to_timestamp({coerce(args[0], types.DOUBLE).sql})", types.TIMESTAMP_TZ, zone)


def from_unixtime_offset(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    hours, minutes = (each.constant for each in args[1:])
    if hours is None or minutes is None:
        raise unsupported("a time zone that is no literal", at)
    total = int(hours) * 60 + int(minutes)
    offset = f"{'-' if total < 0 else '+'}{abs(total) // 60:02}:{abs(total) % 60:02}"
    return from_unixtime(compiler, [args[0], Typed(text(offset), types.VARCHAR, offset)], at)


def zone_part(sql: str) -> Special:
    def special(compiler: Expressions, args: list[Typed], at: At) -> Typed:
        """The hours, or the minutes without them, that the zone is ahead of UTC; both negative west of it."""
        if args[0].type.name != "timestamp with time zone":
            raise compiler.wrong_arguments("timezone_hour", args, ["timezone_hour(timestamp(p) with time zone)"], at)
        return Typed(f"CAST({sql.format(zones.offset(args[0]))} AS BIGINT)", types.BIGINT)

    return special


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
    "date_format/2": date_format,
    "format_datetime/2": format_datetime,
    "from_iso8601_timestamp/1": from_iso8601_timestamp,
    "to_iso8601/1": to_iso8601,
    "at_timezone/2": at_timezone,
    "with_timezone/2": with_timezone,
    "from_unixtime/2": from_unixtime,
    "from_unixtime/3": from_unixtime_offset,
    "timezone_hour/1": zone_part("trunc({} / 60)"),
    "timezone_minute/1": zone_part("sign({0}) * (abs({0}) % 60)"),
    "current_timezone/0": lambda compiler, args, at: Typed("'UTC'", types.VARCHAR, "UTC"),
    "now/0": now,
}
