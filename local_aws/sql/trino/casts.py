"""CAST and TRY_CAST as Trino does them: texts are read strictly, doubles are rounded half up, values print as Java.

Evidence: https://trino.io/docs/current/functions/conversion.html
"""

from __future__ import annotations

import calendar
import re
from dataclasses import replace
from datetime import datetime

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed
from local_aws.sql.trino import json_casts, zones
from local_aws.sql.trino.failures import fail
from local_aws.sql.trino.typed import At, Typed, name, text, zone_text
from local_aws.sql.types import Type

_READABLE = {
    **dict.fromkeys(types.INTEGERS, r"[+-]?\d+"),
    "decimal": r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?",
    "double": r"\s*([+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?[dDfF]?|NaN|[+-]?Infinity)\s*",
    "date": r"\s*[+-]?\d{4,}-\d{1,2}-\d{1,2}\s*",
    "timestamp": r"\s*[+-]?\d{4,}-\d{1,2}-\d{1,2}( \d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?)?\s*",
    "time": r"\s*\d{1,2}:\d{1,2}(:\d{1,2}(\.\d+)?)?\s*",
}
_NAMES = {"integer": "INT"}
_FRACTIONS = {0: "", 1: ".%g", 2: ".%g", 3: ".%g"}
_READABLE["timestamp with time zone"] = _READABLE["timestamp"] + r"(Z|UTC|\+00:00)?"
_WRITTEN = {
    "date": re.compile(r"[12]\d{3}-\d\d-\d\d"),
    "timestamp": re.compile(r"[12]\d{3}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{3})?"),
}
_WITH_ZONE = r"^\s*\d{4,}-\d{1,2}-\d{1,2}( [\d:.]+)? ?([A-Za-z]+/[A-Za-z_/]+|[+-]\d{1,2}(:?\d{2})?)\s*$"
_READABLE["real"] = _READABLE["double"]


def cast(value: Typed, kind: Type, *, safe: bool, at: At = None) -> Typed:
    """`CAST(value AS kind)`, or with `safe` TRY_CAST. :raises QueryFailed: `TYPE_MISMATCH` if there is no such cast."""
    if kind.name == "timestamp with time zone" == value.type.name:
        kind = replace(kind, zone=value.type.zone)
    if kind.name == "timestamp with time zone" and value.constant is not None and value.type.is_text:
        zoned = zones.moment(value.constant, digits=kind.args[0])
        if zoned is not None:
            return zoned
    if value.constant is not None and value.type.is_text and (known := _moment(value.constant, kind)) is not None:
        return Typed(known, kind)
    written = value.sql
    if value.type.name == "json" and not kind.is_text and "json" not in kind.trino:
        written = written.replace("py_json_canonical(", "unsorted_json(")  # no JSON is left that could be printed
    sql = _cast(written, value.type, kind, safe)
    if sql is None:
        raise QueryFailed("TYPE_MISMATCH", f"Cannot cast {value.type.trino} to {kind.trino}", at)
    return Typed(sql, kind, value.constant if kind.is_text else None)


def readable(written: str, kind: Type) -> bool:
    """Whether a text is a date, a time or a timestamp of the calendar."""
    found = re.fullmatch(_READABLE[kind.name], written)
    if found is None:
        return False
    numbers = [int(each) for each in re.findall(r"\d+", written.partition(".")[0])]
    if kind.name == "time":
        return all(each <= most for each, most in zip(numbers, (23, 59, 59), strict=False))
    year, month, day, *clock = numbers
    known = 1 <= month <= 12 and 1 <= day <= calendar.monthrange(2000 + year % 400, month)[1]
    return known and all(each <= most for each, most in zip(clock, (23, 59, 59), strict=False))


def _cast(sql: str, source: Type, kind: Type, safe: bool) -> str | None:
    plain = f"{'TRY_CAST' if safe else 'CAST'}({sql} AS {kind.duckdb})"
    if source == kind:
        return sql
    if source.name == "unknown":
        return f"CAST(NULL AS {kind.duckdb})"
    if source.name == "json":
        return _from_json(sql, kind, safe)
    if kind.name == "json":
        made = json_casts.written(sql, source, printed)
        return None if made is None else f"CAST({made} AS JSON)"
    if kind.is_text:
        return _to_text(sql, source, kind, safe)
    if source.is_text:
        return _from_text(sql, kind, safe)
    if source.name in {"array", "map", "row"} or kind.name in {"array", "map", "row"}:
        return _nested(sql, source, kind, safe)
    if source.is_number and (kind.is_number or kind.name == "boolean"):
        if source.name in {"double", "real"} and kind.is_integer:
            return plain.replace(sql, f"round({sql})", 1)
        return plain
    if source.name == "boolean" and kind.is_number:
        return plain
    if kind.name == source.name and kind.name in {"timestamp", "time"} and kind.args < source.args:
        unit = f"{10 ** (6 - kind.args[0])}"
        return f"rounded_{kind.name}({sql}, {unit})"
    moments = {"date", "timestamp", "timestamp with time zone"}
    if source.zone and kind.name in {"date", "timestamp", "time"}:
        return plain.replace(sql, zones.local(sql, source), 1)
    if {source.name, kind.name} <= moments or (source.name in moments and kind.name == "time" != source.name):
        return plain
    return plain if source.name == kind.name else None


def _moment(written: str, kind: Type) -> str | None:
    """A date or timestamp as people write it, so that no query has to find out what it is."""
    if kind.name not in _WRITTEN or not _WRITTEN[kind.name].fullmatch(written):
        return None
    try:
        datetime.fromisoformat(written)
    except ValueError:
        return None
    return f"{kind.name.upper()} '{written}'"


def _from_text(sql: str, kind: Type, safe: bool) -> str | None:
    if kind.name == "boolean":
        read = (
            f"CASE lower({sql}) WHEN 't' THEN TRUE WHEN 'true' THEN TRUE WHEN '1' THEN TRUE "
            "WHEN 'f' THEN FALSE WHEN 'false' THEN FALSE WHEN '0' THEN FALSE END"
        )
    elif kind.name in _READABLE:
        pattern = text(f"^({_READABLE[kind.name]})$")
        read = f"TRY_CAST(regexp_extract({sql}, {pattern}) AS {kind.duckdb})"
        if kind.name == "timestamp" and kind.args[0] <= 3:
            read = f"date_trunc('millisecond', {read} + INTERVAL 500 MICROSECOND)"
    elif kind.name == "uuid":
        read = f"TRY_CAST({sql} AS UUID)"
    else:
        return None
    if safe:
        return read
    if kind.name in {"date", "timestamp", "timestamp with time zone", "time"}:
        wrong = fail("INVALID_CAST_ARGUMENT", f"'Value cannot be cast to {kind.name}: ' || {sql}", kind)
        if kind.name == "timestamp with time zone":
            other = fail("NOT_SUPPORTED", f"'local_aws does not support the zone in the cast of ' || {sql}", kind)
            wrong = f"CASE WHEN regexp_matches({sql}, {text(_WITH_ZONE)}) THEN {other} ELSE {wrong} END"
    else:
        message = f"'Cannot cast ''' || {sql} || ''' to {_NAMES.get(kind.name, kind.trino.upper())}'"
        if kind.name == "decimal":
            number, (precision, scale) = text(_READABLE["decimal"]), kind.args
            reason = f"CASE WHEN regexp_full_match({sql}, {number}) THEN 'Value too large.' "
            reason += "ELSE 'Value is not a number.' END"
            message = f"'Cannot cast VARCHAR ''' || {sql} || ''' to DECIMAL({precision}, {scale}). ' || {reason}"
        wrong = fail("INVALID_CAST_ARGUMENT", message, kind)
    return f"coalesce({read}, {wrong})"  # the failure of a NULL is NULL


def _to_text(sql: str, source: Type, kind: Type, safe: bool) -> str | None:
    """A text is cut to the length that a type has; of another value the whole text must fit."""
    made = printed(sql, source)
    if made is None:
        return None
    if kind.name == "char":
        return f"rpad({made}, {kind.args[0]}, ' ')"
    if kind.name == "varchar" and kind.args and source.is_text:
        return made if source.args and source.args[0] <= kind.args[0] else f"substr({made}, 1, {kind.args[0]})"
    if kind.name == "varchar" and kind.args:
        message = f"'Value ' || {made} || ' cannot be represented as {kind.trino}'"
        wrong = "NULL" if safe else fail("INVALID_CAST_ARGUMENT", message, kind)
        return f"CASE WHEN length({made}) <= {kind.args[0]} OR {sql} IS NULL THEN {made} ELSE {wrong} END"
    return made


def printed(sql: str, source: Type) -> str | None:
    """The value's text, as Trino casts it to varchar; None for a type that has no such cast."""
    if source.is_text:
        return sql
    if source.name in {"double", "real"}:
        return f"scientific({sql})"
    if source.name == "timestamp":
        return f"strftime({sql}, '%Y-%m-%d %H:%M:%S{_FRACTIONS.get(source.args[0], '.%f')}')"
    if source.name == "timestamp with time zone":
        return f"(strftime({zones.local(sql, source)}, '%Y-%m-%d %H:%M:%S.%g') || {_zone_behind(source.zone)})"
    if source.name == "time":
        return f"(CAST({sql} AS VARCHAR) || CASE WHEN strpos(CAST({sql} AS VARCHAR), '.') > 0 THEN '' ELSE '.000' END)"
    if source.name == "decimal" and source.args[0] == source.args[1]:
        return f"with_zero(CAST({sql} AS VARCHAR))"
    if source.is_number or source.name in {"boolean", "date", "uuid"}:
        return f"CAST({sql} AS VARCHAR)"
    return None


def _zone_behind(zone: str) -> str:
    return f"' ' || {zone_text(zone)}" if zone.startswith("=") else text(f" {zone or 'UTC'}")


def _from_json(sql: str, kind: Type, safe: bool) -> str | None:
    """Scalars by their text; arrays and maps element by element."""
    scalar = f"({sql} ->> '$')"
    if kind.is_text:
        read = f"json_scalar_text({sql})"
        return read if not kind.args else _to_text(read, types.VARCHAR, kind, safe)
    if kind.name == "json":
        return sql
    if kind.name in {"array", "map", "row"}:
        return json_casts.read(sql, kind, safe, _cast)
    if kind.is_integer:  # a JSON number with a fraction is rounded, as Trino casts doubles
        number = _cast(f"TRY_CAST({scalar} AS DOUBLE)", types.DOUBLE, kind, True)
        text_read = _from_text(scalar, kind, True)
        read = f"coalesce({text_read}, {number})"
        if safe:
            return read
        wrong = fail("INVALID_CAST_ARGUMENT", f"'Cannot cast to {kind.trino}. ' || {scalar}", kind)
        return f"CASE WHEN {scalar} IS NULL THEN NULL ELSE coalesce({read}, {wrong}) END"
    return _from_text(scalar, kind, safe)


def _nested(sql: str, source: Type, kind: Type, safe: bool) -> str | None:
    if source.name != kind.name:
        return None
    if kind.name == "array":
        element = _cast("e", source.element, kind.element, safe)
        return None if element is None else f"list_transform({sql}, lambda e: {element})"
    if kind.name == "map":
        key = _cast("m.key", source.args[0], kind.args[0], safe)
        value = _cast("m.value", source.args[1], kind.args[1], safe)
        if key is None or value is None:
            return None
        entry = f"struct_pack(k := {key}, v := {value})"
        return f"map_from_entries(list_transform(map_entries({sql}), lambda m: {entry}))"
    if len(source.fields) != len(kind.fields):
        return None
    parts = []
    for n, ((_, given), (label, wanted)) in enumerate(zip(source.fields, kind.fields, strict=True)):
        part = _cast(f"struct_extract_at({sql}, {n + 1})", given, wanted, safe)
        if part is None:
            return None
        parts.append(f"{name(label or f'field{n}')} := {part}")
    return f"CASE WHEN {sql} IS NULL THEN NULL ELSE struct_pack({', '.join(parts)}) END"
