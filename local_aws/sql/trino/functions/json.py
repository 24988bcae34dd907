"""JSON functions.

A number taken out of a text keeps its writing (`2.50`): Trino's extractor returns the parser's own text. One taken
out of a JSON value is a double by then (`2.5`): `json_parse` has read it.
Evidence: https://trino.io/docs/current/functions/json.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.trino.failures import fail
from local_aws.sql.trino.typed import At, Typed, text

if TYPE_CHECKING:
    from local_aws.sql.trino.expressions import Expressions
    from local_aws.sql.trino.signatures import Special

TABLE = """
json_format(json) -> varchar: CAST({0} AS VARCHAR)
json_array_length(json) -> bigint: CASE WHEN json_type({0}) = 'ARRAY' THEN json_array_length({0}) END
json_array_length(varchar) -> bigint:
    CASE WHEN json_type(strict_json({0})) = 'ARRAY' THEN json_array_length(strict_json({0})) END
is_json_scalar(json) -> boolean: (json_type({0}) NOT IN ('OBJECT', 'ARRAY'))
is_json_scalar(varchar) -> boolean: (json_type(strict_json({0})) NOT IN ('OBJECT', 'ARRAY'))
"""

_STEP = re.compile(
    r"""\.(?P<name>[\w$-]+)|\[(?P<index>\d+)\]|\[(?P<quoted>"(?:[^"\\]|\\.)*")\]|\."(?P<dotted>[^"]*)\""""
)


def path(arg: Typed, at: At) -> str:
    """A Trino JSON path as a DuckDB one, quoted."""
    given = arg.constant
    if given is None:
        raise unsupported("a JSON path that is no literal", at)
    rest, made = given.removeprefix("$"), "$"
    if given[:1] != "$":
        rest = f".{given}"
    while rest:
        step = _STEP.match(rest)
        if step is None:
            raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"Invalid JSON path: '{given}'", at)
        if step["index"] is not None:
            made += f"[{step['index']}]"
        else:
            key = step["name"] or step["dotted"] or (step["quoted"] or '""')[1:-1]
            made += f'."{key}"'
        rest = rest[step.end() :]
    return text(made)


def document(arg: Typed) -> str:
    """The argument as DuckDB's JSON; a text that is no JSON is NULL, as for Trino's extractors."""
    return arg.sql if arg.type.name == "json" else f"strict_json({arg.sql})"


def _checked(compiler: Expressions, name: str, args: list[Typed], at: At) -> None:
    if len(args) != 2 or not (args[0].type.is_text or args[0].type.name in {"json", "unknown"}):
        expected = [f"{name}(json, JsonPath)", f"{name}(varchar(x), JsonPath)"]
        raise compiler.wrong_arguments(name, args, expected, at)


def extract_scalar(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    _checked(compiler, "json_extract_scalar", args, at)
    reader = "json_computed" if args[0].type.name == "json" else "json_written"
    return Typed(f"{reader}({document(args[0])}, {path(args[1], at)})", types.VARCHAR)


def extract(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    _checked(compiler, "json_extract", args, at)
    return Typed(f"json_extract({document(args[0])}, {path(args[1], at)})", types.JSON)


def size(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    _checked(compiler, "json_size", args, at)
    found = f"json_extract({document(args[0])}, {path(args[1], at)})"
    sql = (
        f"CASE json_type({found}) WHEN 'ARRAY' THEN CAST(json_array_length({found}) AS BIGINT) "
        f"WHEN 'OBJECT' THEN length(json_keys({found})) WHEN NULL THEN NULL ELSE 0 END"
    )
    return Typed(sql, types.BIGINT)


def parse(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """A text that is no JSON fails the query."""
    [value] = args
    wrong = fail("INVALID_FUNCTION_ARGUMENT", f"'Cannot convert value to JSON: ''' || {value.sql} || ''''", types.JSON)
    read = f"coalesce({parse_or_null(compiler, value, at).sql}, {wrong})"
    return Typed(f"CASE WHEN {value.sql} IS NULL THEN NULL ELSE {read} END", types.JSON)


def parse_or_null(compiler: Expressions, value: Typed, at: At) -> Typed:
    """`try(json_parse(value))`, without a failure: where one row of many fails, DuckDB's TRY takes each by itself."""
    if not value.type.is_text and value.type.name != "unknown":
        raise compiler.wrong_arguments("json_parse", [value], ["json_parse(varchar(x))"], at)
    # written anew: without the spaces, the members in order; what has neither members nor fractions, by DuckDB
    plain = f"CASE WHEN NOT regexp_matches({value.sql}, '[{{.eE]') THEN json(strict_json({value.sql}))"
    return Typed(f"{plain} ELSE CAST(py_json_canonical({value.sql}) AS JSON) END", types.JSON)


def contains(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """Whether a JSON array has such a scalar; NULL for what is no array."""
    if len(args) != 2 or not (args[0].type.is_text or args[0].type.name == "json"):
        raise compiler.wrong_arguments("json_array_contains", args, ["json_array_contains(json, bigint)"], at)
    kinds = {"boolean": "'BOOLEAN'", "double": "'DOUBLE'"} | dict.fromkeys(types.INTEGERS, "'UBIGINT', 'BIGINT'")
    wanted = "'VARCHAR'" if args[1].type.is_text else kinds.get(args[1].type.name)
    if wanted is None:
        raise compiler.wrong_arguments("json_array_contains", args, ["json_array_contains(json, bigint)"], at)
    found = f"TRY_CAST(e ->> '$' AS {args[1].type.duckdb}) = {args[1].sql}"
    elements = f"list_filter(CAST({document(args[0])} AS JSON[]), lambda e: json_type(e) IN ({wanted}) AND {found})"
    is_array = f"json_type({document(args[0])}) = 'ARRAY'"
    return Typed(f"CASE WHEN {is_array} THEN len({elements}) > 0 END", types.BOOLEAN)


SPECIALS: dict[str, Special] = {
    "json_extract_scalar": extract_scalar,
    "json_extract": extract,
    "json_size": size,
    "json_parse/1": parse,
    "json_array_contains": contains,
}
