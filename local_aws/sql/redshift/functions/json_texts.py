"""JSON in texts. https://docs.aws.amazon.com/redshift/latest/dg/text-json-functions.html

Deviates: objects and arrays come out without the blanks between their parts.
"""

from __future__ import annotations

from sqlglot import exp

from local_aws.sql.redshift.functions.call import TEXT, Build, Call, Function, fill, template, typed

INT, BOOL = typed("int4"), typed("bool")
VALID = (
    "CASE WHEN NOT json_valid(_1) THEN false"
    " WHEN regexp_matches(_1, ',\\s*[]}]|NaN|Infinity') THEN py_json_valid(_1) WHEN _1 IS NOT NULL THEN true END"
)
"""DuckDB's reader takes some texts that are not JSON: those that may be such are read again."""


def _safe(text: exp.Expr) -> exp.Expr:
    """The text where it is JSON, else NULL: DuckDB's functions fail on others, also where nobody asks for the value."""
    return fill(f"CASE WHEN {VALID} THEN _1 END", [text])


def _checked(text: exp.Expr, found: exp.Expr, lenient: bool) -> exp.Expr:
    """What was found, if the text is JSON at all; else NULL or an error."""
    bad = "NULL" if lenient else "error('ERROR: JSON parsing error')"
    return fill(f"CASE WHEN _1 IS NULL THEN NULL WHEN NOT ({VALID}) THEN {bad} ELSE _2 END", [text, found])


def _lenient(arguments: list[exp.Expr]) -> bool:
    """Takes `null_if_invalid` off the arguments."""
    return isinstance(arguments[-1], exp.Boolean) and bool(arguments.pop().this)


def _path(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/JSON_EXTRACT_PATH_TEXT.html: NULL for a path that is not there."""
    steps = list(call.arguments[1:])
    lenient = _lenient(steps)
    tree: exp.Expr = fill("json(_1)", [_safe(call.argument(0))])
    for step in steps[:-1]:
        tree = fill("json_extract(_1, '$.\"' || _2 || '\"')", [tree, step])
    tree = fill("json_extract_string(_1, '$.\"' || _2 || '\"')", [tree, steps[-1]])
    return _checked(call.argument(0), tree, lenient)


def _element(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/JSON_EXTRACT_ARRAY_ELEMENT_TEXT.html: empty beyond the array."""
    arguments = list(call.arguments)
    lenient = len(arguments) > 2 and _lenient(arguments)
    arguments[0] = _safe(arguments[0])
    found = fill(
        "CASE WHEN _2 < 0 OR _2 >= json_array_length(_1) THEN ''"
        " ELSE json_extract_string(_1, '$[' || CAST(_2 AS BIGINT) || ']') END",
        arguments,
    )
    return _checked(call.argument(0), found, lenient)


def _length(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/JSON_ARRAY_LENGTH.html: an error for what is no array."""
    arguments = list(call.arguments)
    lenient = len(arguments) > 1 and _lenient(arguments)
    other = "NULL" if lenient else "error('ERROR: JSON parsing error')"
    body = f"CASE json_type(_1) WHEN 'ARRAY' THEN json_array_length(_1) ELSE {other} END"
    return _checked(call.argument(0), fill(body, [_safe(arguments[0])]), lenient)


def _is(kind: str) -> Build:
    """https://docs.aws.amazon.com/redshift/latest/dg/IS_VALID_JSON.html: an object; …_ARRAY.html: an array."""
    body = f"coalesce(json_type(_1) = '{kind}', CASE WHEN _2 IS NOT NULL THEN false END)"
    return lambda call: fill(body, [_safe(call.argument(0)), call.argument(0)])


_PARSED = f"CASE WHEN {VALID} THEN json(_1) WHEN _1 IS NOT NULL THEN error('ERROR: Invalid JSON') END"

JSON_TEXTS: dict[str, Function] = {
    "json_extract_path_text": Function(2, 7, _path, TEXT),
    "json_extract_array_element_text": Function(2, 3, _element, TEXT),
    "json_array_length": Function(1, 2, _length, INT),
    "is_valid_json": Function(1, 1, _is("OBJECT"), BOOL),
    "is_valid_json_array": Function(1, 1, _is("ARRAY"), BOOL),
    "can_json_parse": Function(1, 1, template(VALID), BOOL),
    "json_parse": Function(1, 1, template(_PARSED), typed("super")),
    "json_serialize": Function(1, 1, template("CAST(to_json(_1) AS VARCHAR)"), TEXT),
}
