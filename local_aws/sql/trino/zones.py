"""Time zones. An instant is held in UTC; the zone that it is shown in belongs to its type.

It is known before the query runs, or an expression of the same row (`=` and DuckDB's text), as in
`from_iso8601_timestamp(column)`: that one lives within the SELECT that computes it, and in the result's rows; what goes
on to another query must be of UTC (`settled`). So comparing, grouping and joining are those of instants, as in Trino.
Where values of several zones come together in one column, what would show or use the zone is refused.
Evidence: https://trino.io/docs/current/language/types.html#timestamp-p-with-time-zone
"""

from __future__ import annotations

import re
import zoneinfo
from functools import lru_cache

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.trino.failures import fail
from local_aws.sql.trino.typed import At, Typed, is_of_row, text, zone_text

SEVERAL = types.SEVERAL_ZONES
_UTC = {"utc", "z", "ut", "uct", "gmt", "gmt0", "greenwich", "universal", "zulu", "utc0"}
_OFFSET = re.compile(r"([+-])(\d{1,2})(?::?(\d{2}))?")


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    return {each.lower(): each for each in zoneinfo.available_timezones() if not each.startswith(("posix", "right"))}


@lru_cache(maxsize=1024)
def canonical(written: str) -> str | None:
    """A zone's name as Trino prints it, `""` for UTC; None for what is no zone."""
    lowered = written.strip().lower()
    if lowered.removeprefix("etc/") in _UTC:
        return ""
    offset = _OFFSET.fullmatch(lowered)
    if offset is None:
        return _names().get(lowered)
    hours, minutes = int(offset[2]), int(offset[3] or 0)
    if hours * 60 + minutes > 14 * 60 or minutes > 59:
        return None
    return f"{offset[1]}{hours:02}:{minutes:02}" if hours or minutes else ""


def of_literal(arg: Typed, at: At) -> str:
    """The zone that an argument names. :raises QueryFailed: where it names none, or is no literal."""
    if arg.constant is None:
        raise unsupported("a time zone that is no literal", at)
    found = canonical(arg.constant)
    if found is None:
        raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"'{arg.constant}' is not a valid time zone", at)
    return found


def of_row(arg: Typed, at: At, *, allowed: bool) -> str:
    """The zone that an argument names, be it another in each row.

    :param allowed: whether zones of rows have a place here.
    """
    if arg.constant is not None or not allowed:
        return of_literal(arg, at)
    wrong = fail(
        "INVALID_FUNCTION_ARGUMENT", f"chr(39) || {arg.sql} || chr(39) || ' is not a valid time zone'", types.VARCHAR
    )
    return f"=CASE WHEN {arg.sql} IS NOT NULL THEN coalesce(py_time_zone({arg.sql}), {wrong}) END"


def shifted(minutes: int) -> str:
    return f"INTERVAL '{minutes}' MINUTE"


def fixed(zone: str) -> int | None:
    """A zone's minutes, if its name is an offset."""
    found = _OFFSET.fullmatch(zone)
    if found is None:
        return 0 if not zone else None
    return (int(found[2]) * 60 + int(found[3] or 0)) * (-1 if found[1] == "-" else 1)


def local(sql: str, kind: types.Type) -> str:
    """What a clock in the value's zone shows, a timestamp. :raises QueryFailed: where values have several zones."""
    if kind.zone == SEVERAL:
        raise unsupported("values of several time zones in one column")
    if is_of_row(kind):
        return f"local_in(CAST({sql} AS TIMESTAMPTZ), {zone_text(kind.zone)})"
    minutes = fixed(kind.zone)
    if minutes is None:
        return f"timezone({text(kind.zone)}, {sql})"
    plain = f"timezone('UTC', CAST({sql} AS TIMESTAMPTZ))"
    return f"({plain} + {shifted(minutes)})" if minutes else plain


def instant(sql: str, zone: str) -> str:
    """When a clock in the zone shows this timestamp: the earlier time, where it does so twice."""
    if zone.startswith("="):
        return f"instant_in(CAST({sql} AS TIMESTAMP), {zone_text(zone)})"
    minutes = fixed(zone)
    if minutes is None:
        return f"earlier_instant(CAST({sql} AS TIMESTAMP), {text(zone)})"
    return f"timezone('UTC', CAST({sql} AS TIMESTAMP) - {shifted(minutes)})"


def seen_as_local(value: Typed) -> Typed:
    """A moment as functions of the calendar read it: in its own zone."""
    if value.type.name != "timestamp with time zone":
        return value
    return Typed(local(value.sql, value.type), types.Type("timestamp", value.type.args))


def offset(value: Typed) -> str:
    """The minutes that the value's zone is ahead of UTC at that time."""
    return f"zone_minutes({value.sql}, {local(value.sql, value.type)})"


def split(written: str) -> tuple[str, str] | None:
    """`2020-01-01 10:00 Europe/Berlin` as the local time and the zone; None if no zone is there."""
    shape = (
        r"\s*([+-]?\d{4,}-\d{1,2}-\d{1,2}(?:[ T]\d{1,2}(?::\d{1,2}(?::\d{1,2}(?:[.,]\d+)?)?)?)?)\s*([A-Za-z+-].*?)\s*"
    )
    found = re.fullmatch(shape, written)
    zone = canonical(found[2]) if found else None
    return (found[1], zone) if found and zone is not None else None


def moment(written: str, *, digits: int = 3) -> Typed | None:
    """A literal with a zone, as a value of that zone; None for one without."""
    parts = split(written)
    if parts is None:
        return None
    clock = parts[0].replace("T", " ").replace(",", ".")
    clock += ":00" if re.search(r" \d{1,2}$", clock) else ""
    fraction = len(clock.partition(".")[2])
    kind = types.Type("timestamp with time zone", (max(digits, min(6, fraction)),), zone=parts[1])
    return Typed(instant(f"CAST({text(clock)} AS TIMESTAMP)", parts[1]), kind)
