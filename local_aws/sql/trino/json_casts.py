"""CAST to and from JSON: texts built member by member, so that numbers, moments and names are written as Trino does.

Evidence: https://trino.io/docs/current/functions/json.html#cast-to-json and …#cast-from-json
"""

from __future__ import annotations

from collections.abc import Callable

from local_aws.sql import types
from local_aws.sql.trino.failures import fail
from local_aws.sql.trino.typed import name, text
from local_aws.sql.types import Type

Cast = Callable[[str, Type, Type, bool], "str | None"]
Printed = Callable[[str, Type], "str | None"]


def written(sql: str, source: Type, printed: Printed, depth: int = 0) -> str | None:
    """The JSON text of a value, NULL for NULL; None for a type that JSON cannot hold."""
    one = f"j{depth}"
    if source.name in {"double", "real"}:
        plain = f"java_{source.name}({sql})"
        return f"CASE WHEN isfinite({sql}) THEN {plain} ELSE '\"' || {plain} || '\"' END"
    if source.is_number:
        return printed(sql, source)
    if source.name in {"boolean", "json"}:
        return f"CAST({sql} AS VARCHAR)"
    if source.is_text:
        return f"CAST(to_json({sql}) AS VARCHAR)"
    if source.name == "unknown":
        return "CAST(NULL AS VARCHAR)"
    if source.name == "array":
        element = written(one, source.element, printed, depth + 1)
        return None if element is None else _joined(f"list_transform({sql}, lambda {one}: {_or_null(element)})", "[]")
    if source.name == "map":
        return _map(sql, source, printed, depth)
    if source.name == "row":
        return _row(sql, source, printed, depth)
    moment = printed(sql, source) if source.name in {"date", "time", "timestamp", "timestamp with time zone"} else None
    return None if moment is None else f"('\"' || {moment} || '\"')"


def _or_null(sql: str) -> str:
    return f"coalesce({sql}, 'null')"


def _joined(parts: str, brackets: str) -> str:
    return f"('{brackets[0]}' || array_to_string({parts}, ',') || '{brackets[1]}')"


def _map(sql: str, source: Type, printed: Printed, depth: int) -> str | None:
    """Members in the order of their keys."""
    one, (key, value) = f"j{depth}", source.args
    label, inner = printed(f"{one}.key", key), written(f"{one}.value", value, printed, depth + 1)
    if label is None or inner is None:
        return None
    pairs = f"list_transform(map_entries({sql}), lambda {one}: struct_pack(k := {label}, v := {_or_null(inner)}))"
    members = f"list_transform(list_sort({pairs}), lambda {one}: CAST(to_json({one}.k) AS VARCHAR) || ':' || {one}.v)"
    return _joined(members, "{}")


def _row(sql: str, source: Type, printed: Printed, depth: int) -> str | None:
    members = []
    for n, (label, kind) in enumerate(source.fields, 1):
        inner = written(f"struct_extract_at({sql}, {n})", kind, printed, depth)
        if inner is None:
            return None
        members.append(f"to_json({text(label)}) || ':' || {_or_null(inner)}")
    return f"CASE WHEN {sql} IS NOT NULL THEN '{{' || {' || chr(44) || '.join(members)} || '}}' END"


def read(sql: str, kind: Type, safe: bool, cast: Cast) -> str | None:
    """A JSON array, object or scalar as an array, a map or a row.

    A value that is computed is bound to a name first: DuckDB computes what stands in a lambda anew for each element.
    """
    if "(" in sql:
        once = read("document", kind, safe, cast)
        return None if once is None else f"list_transform([{sql}], lambda document: {once})[1]"
    null = f"CAST(NULL AS {kind.duckdb})"
    if kind.name == "array":
        element = cast("e", types.JSON, kind.element, safe)
        if element is None:
            return None
        made = f"list_transform(CAST({sql} AS JSON[]), lambda e: {element})"
        wrong = _wrong(sql, kind, "array", safe)
        return f"CASE json_type({sql}) WHEN 'ARRAY' THEN {made} WHEN 'NULL' THEN {null} ELSE {wrong} END"
    if kind.name == "map":
        value, key = cast("e.v", types.JSON, kind.args[1], safe), cast("e.k", types.VARCHAR, kind.args[0], safe)
        if value is None or key is None:
            return None
        pairs = f"list_transform(json_keys({sql}), lambda k: struct_pack(k := k, v := json_member({sql}, k)))"
        entries = f"list_transform({pairs}, lambda e: struct_pack(k := {key}, v := {value}))"
        made, wrong = f"map_from_entries({entries})", _wrong(sql, kind, "object", safe)
        return f"CASE json_type({sql}) WHEN 'OBJECT' THEN {made} WHEN 'NULL' THEN {null} ELSE {wrong} END"
    return _read_row(sql, kind, safe, cast)


def _read_row(sql: str, kind: Type, safe: bool, cast: Cast) -> str | None:
    """An object by the names of its members, without regard to case; an array by position."""
    by_name, by_place = [], []
    for n, (label, each) in enumerate(kind.fields):
        found = [
            cast(f"json_extract({sql}, '$[{n}]')", types.JSON, each, safe),
            cast(f"json_field({sql}, {text(label)})", types.JSON, each, safe),
        ]
        if found[0] is None or found[1] is None:
            return None
        field = name(label or f"field{n}")
        by_place.append(f"{field} := {found[0]}")
        by_name.append(f"{field} := {found[1]}")
    wrong, null = _wrong(sql, kind, "array or object", safe), f"CAST(NULL AS {kind.duckdb})"
    return (
        f"CASE json_type({sql}) WHEN 'OBJECT' THEN struct_pack({', '.join(by_name)}) "
        f"WHEN 'ARRAY' THEN struct_pack({', '.join(by_place)}) WHEN 'NULL' THEN {null} ELSE {wrong} END"
    )


def _wrong(sql: str, kind: Type, expected: str, safe: bool) -> str:
    if safe:
        return f"CAST(NULL AS {kind.duckdb})"
    message = f"'Cannot cast to {kind.trino}. Expected a json {expected}, but got ' || CAST({sql} AS VARCHAR)"
    return fail("INVALID_CAST_ARGUMENT", message, kind)
