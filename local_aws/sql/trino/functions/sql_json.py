"""SQL/JSON: json_value, json_query, json_exists, json_object, json_array.

Deviates: PASSING is refused.
Evidence: https://trino.io/docs/current/functions/json.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlglot import exp

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.trino import casts
from local_aws.sql.trino.failures import fail
from local_aws.sql.trino.functions import json_paths
from local_aws.sql.trino.typed import At, Scope, Typed, coerce
from local_aws.sql.types import Type

if TYPE_CHECKING:
    from local_aws.sql.trino.expressions import Expressions

NAMES = frozenset({"json_value", "json_query", "json_exists", "json_object", "json_array"})
_NO_ITEMS = "'JSON path found no items'"


def compiled(compiler: Expressions, node: exp.Anonymous, scope: Scope, at: At) -> Typed:
    name, options = str(node.this).lower(), dict(node.meta.get("options") or {})
    if name in {"json_object", "json_array"}:
        args = [compiler.value(each, scope) for each in node.expressions]
        return (_object if name == "json_object" else _array)(args, options, at)
    if options.get("passing"):
        raise unsupported(f"PASSING in {name}", at)
    document, path, *defaults = (compiler.value(each, scope) for each in node.expressions)
    if not (document.type.is_text or document.type.name in {"json", "unknown"}):
        raise QueryFailed("TYPE_MISMATCH", f"Cannot read input of type {document.type.trino} as JSON", at)
    if path.constant is None:
        raise unsupported("a JSON path that is no literal", at)
    json_paths.parse(path.constant, at)
    found = f"py_json_items(CAST({document.sql} AS VARCHAR), {path.sql})"
    call = _Call(name, found, options, defaults, at, options.get("returning"))
    return {"json_value": _value, "json_query": _query, "json_exists": _exists}[name](call)


class _Call:
    """A call over the items that a path finds. `found` is NULL, or begins with `v` (items) or `x` (a failure)."""

    def __init__(
        self, name: str, found: str, options: dict[str, Any], defaults: list[Typed], at: At, returning: exp.Expr | None
    ) -> None:
        from local_aws.sql.trino.expressions import trino_type

        self.name, self.found, self.options, self.defaults, self.at = name, found, options, defaults, at
        self.kind = trino_type(returning, at) if returning is not None else types.VARCHAR
        self.items = f"json_extract(CAST(substr({found}, 2) AS JSON), '$[*]')"
        self.failed = f"left({found}, 1) = 'x'"

    def otherwise(self, event: str, reason: str, kind: Type) -> str:
        """What stands for no value `ON EMPTY` or `ON ERROR`."""
        given = self.options.get(event, "NULL")
        if isinstance(given, int):
            return coerce(self.defaults[given - 2], kind).sql
        if given == "ERROR":
            code = "PATH_EVALUATION_ERROR" if self.name == "json_exists" else f"{self.name.upper()}_RESULT_ERROR"
            return fail(code, reason, kind)
        return {"EMPTY ARRAY": "'[]'", "EMPTY OBJECT": "'{}'"}.get(given, f"CAST(NULL AS {kind.duckdb})")


def _value(call: _Call) -> Typed:
    """The one scalar that the path finds."""
    item = f"({call.items})[1]"
    scalar = casts.cast(Typed(f"json_extract_string({item}, '$')", types.VARCHAR), call.kind, safe=True, at=call.at).sql
    failed = call.otherwise("error", f"'cannot extract SQL scalar from JSON: ' || {call.found}", call.kind)
    sql = (
        f"CASE WHEN {call.found} IS NULL THEN NULL WHEN {call.failed} THEN {failed} "
        f"WHEN len({call.items}) = 0 THEN {call.otherwise('empty', _NO_ITEMS, call.kind)} "
        f"WHEN len({call.items}) > 1 OR json_type({item}) IN ('ARRAY', 'OBJECT') THEN {failed} "
        f"WHEN json_type({item}) = 'NULL' THEN NULL ELSE coalesce({scalar}, {failed}) END"
    )
    return Typed(f"CAST({sql} AS {call.kind.duckdb})", call.kind)


def _query(call: _Call) -> Typed:
    """The JSON text of what the path finds, in an array where a wrapper is asked for."""
    if not call.kind.is_text:
        raise unsupported(f"json_query RETURNING {call.kind.trino}", call.at)
    item, wrapper = f"({call.items})[1]", call.options.get("wrapper")
    one = f"CAST({item} AS VARCHAR)"
    if call.options.get("quotes") == "OMIT":
        one = f"CASE WHEN json_type({item}) = 'VARCHAR' THEN json_extract_string({item}, '$') ELSE {one} END"
    failed = call.otherwise("error", f"'JSON path found multiple items: ' || {call.found}", types.VARCHAR)
    several, whole = failed, f"substr({call.found}, 2)"
    if wrapper == "UNCONDITIONAL":
        one = several = whole
    elif wrapper == "CONDITIONAL":
        one, several = f"CASE WHEN json_type({item}) IN ('ARRAY', 'OBJECT') THEN {one} ELSE {whole} END", whole
    sql = (
        f"CASE WHEN {call.found} IS NULL THEN NULL WHEN {call.failed} THEN {failed} "
        f"WHEN len({call.items}) = 0 THEN {call.otherwise('empty', _NO_ITEMS, types.VARCHAR)} "
        f"WHEN len({call.items}) > 1 THEN {several} ELSE {one} END"
    )
    return Typed(sql, call.kind)


def _exists(call: _Call) -> Typed:
    given = call.options.get("error", "FALSE")
    failed = call.otherwise("error", call.found, types.BOOLEAN) if given not in {"TRUE", "FALSE"} else given
    sql = f"CASE WHEN {call.found} IS NULL THEN NULL WHEN {call.failed} THEN {failed} ELSE len({call.items}) > 0 END"
    return Typed(sql, types.BOOLEAN)


def _json(value: Typed, at: At) -> str:
    if value.type.is_text or value.type.name in {"json", "boolean", "unknown"} or value.type.is_number:
        return f"coalesce(to_json({value.sql}), CAST('null' AS JSON))"
    raise unsupported(f"{value.type.trino} as a JSON value: cast it to varchar", at)


def _object(args: list[Typed], options: dict[str, Any], at: At) -> Typed:
    """`{"key":value,…}`; members that are NULL stay unless they are to be ABSENT."""
    if not args:
        return Typed("'{}'", types.VARCHAR)
    members = []
    for key, value in zip(args[::2], args[1::2], strict=True):
        if not key.type.is_text:
            raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"Invalid type of JSON object key: {key.type.trino}", at)
        member = f"to_json({key.sql}) || ':' || {_json(value, at)}"
        members.append(
            f"CASE WHEN {value.sql} IS NOT NULL THEN {member} END" if options["nulls"] == "ABSENT" else member
        )
    return Typed(f"('{{' || concat_ws(',', {', '.join(members)}) || '}}')", types.VARCHAR)


def _array(args: list[Typed], options: dict[str, Any], at: At) -> Typed:
    """`[value,…]`; values that are NULL are left out unless it says NULL ON NULL."""
    if not args:
        return Typed("'[]'", types.VARCHAR)
    values = [
        _json(each, at)
        if options["nulls"] == "NULL"
        else f"CASE WHEN {each.sql} IS NOT NULL THEN {_json(each, at)} END"
        for each in args
    ]
    return Typed(
        f"('[' || concat_ws(',', {', '.join(f'CAST({each} AS VARCHAR)' for each in values)}) || ']')", types.VARCHAR
    )
