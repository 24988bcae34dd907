"""SUPER values: what they are, arrays and objects.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/c_Type_Info_Functions.html,
https://docs.aws.amazon.com/redshift/latest/dg/c_Array_Functions.html. Values are DuckDB's JSON; what a query reads from
nested columns of Spectrum is made JSON first.
"""

from __future__ import annotations

from sqlglot import exp

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.functions.call import TEXT, Call, Function, fill, template, typed

SUPER, BOOL, INT = typed("super"), typed("bool"), typed("int4")
_LIST = "from_json(to_json({0}), '[\"JSON\"]')"


SCALAR = "json_extract_string(to_json(_1), '$')"
"""A scalar as its text."""
NUMBERS = "('BIGINT', 'UBIGINT', 'HUGEINT', 'DOUBLE', 'DECIMAL')"
_KEY = (
    "CASE WHEN _1 IS NOT NULL AND json_type(to_json(_1)) <> 'NULL' THEN struct_pack("
    "rank := CASE json_type(to_json(_1)) WHEN 'BOOLEAN' THEN 1 WHEN 'VARCHAR' THEN 3 WHEN 'ARRAY' THEN 4"
    " WHEN 'OBJECT' THEN 5 ELSE 2 END,"
    f" number := CASE WHEN json_type(to_json(_1)) IN {NUMBERS} THEN TRY_CAST({SCALAR} AS DOUBLE) END,"
    f" value := {SCALAR}) END"
)
_MATH = {"abs": "abs", "floor": "floor", "ceil": "ceil", "ceiling": "ceil", "round": "round", "trunc": "trunc"}


def super_key(value: exp.Expr) -> exp.Expr:
    """What SUPER values are ordered by: numbers as numbers.

    Deviates: values of different types are ordered as PartiQL orders them (booleans, numbers, texts, arrays, objects),
    which the pages leave open.
    """
    return fill(_KEY, [value])


def is_math(name: str) -> bool:
    """Whether a function of numbers takes SUPER values, and gives one."""
    return name.lower() in _MATH


def math(name: str, arguments: list[exp.Expr]) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/operators-functions.html#arithmetic-functions"""
    places = arguments[1] if len(arguments) > 1 else exp.Literal.number(0)
    body = f"CAST(py_super_computed('{_MATH[name.lower()]}', CAST(to_json(_1) AS VARCHAR), _2) AS JSON)"
    return fill(body, [arguments[0], places])


def _path(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/query-super.html: NULL where the path leads nowhere."""
    kind = call.kinds[0]
    if kind is not None and kind.name != "super":
        raise errors.error(f"cannot subscript type {kind.standard} because it is not an array")
    value, steps = call.argument(0), ""
    for position, step in enumerate(call.arguments[1:], 1):
        if isinstance(step, exp.Literal):
            steps += f'."{step.name}"' if step.is_string else f"[{step.name}]"
            continue
        found, given = call.kinds[position], fill(f"json_extract(to_json(_1), '${steps}')", [value])
        if found is not None and not (found.is_integer or found.is_text):
            raise errors.error(f"array subscript must have type integer, not {found.standard}")
        path = "'$.\"' || _2 || '\"'" if found is not None and found.is_text else "'$[' || _2 || ']'"
        value, steps = fill(f"json_extract(_1, {path})", [given, step.copy()]), ""
    return fill("json_extract(to_json(_1), _2)", [value, exp.Literal.string(f"${steps}")])


def _is(*kinds: str) -> Function:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_is_array.html and its like."""
    listed = ", ".join(f"'{each}'" for each in kinds)
    return Function(1, 1, template(f"coalesce(json_type(to_json(_1)) IN ({listed}), false)"), BOOL)


def _made(name: str) -> Function:
    def build(call: Call) -> exp.Expr:
        return exp.Anonymous(this=name, expressions=[each.copy() for each in call.arguments])

    return Function(0, 1000, build, SUPER)


def _split(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/split_to_array.html"""
    by = call.argument(1) if len(call.arguments) > 1 else exp.Literal.string(",")
    return fill("to_json(string_split(_1, _2))", [call.argument(0), by])


def _subarray(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_subarray.html: from a position counted from 0, so many."""
    last = "_2 + _3" if len(call.arguments) > 2 else "1000000000"
    return fill(f"to_json(list_slice({_LIST.format('_1')}, _2 + 1, {last}))", call.arguments)


_NUMBERS = ("BIGINT", "UBIGINT", "DOUBLE", "HUGEINT", "DECIMAL")
_TYPEOF = (
    "CASE json_type(to_json(_1)) WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array' WHEN 'VARCHAR' THEN 'string'"
    " WHEN 'BOOLEAN' THEN 'boolean' WHEN 'NULL' THEN 'null' ELSE"
    " CASE WHEN _1 IS NOT NULL THEN 'number' END END"
)

SUPERS: dict[str, Function] = {
    "super_path": Function(1, 100, _path, SUPER),
    "json_typeof": Function(1, 1, template(_TYPEOF), TEXT),
    "is_array": _is("ARRAY"),
    "is_object": _is("OBJECT"),
    "is_scalar": _is("VARCHAR", "BOOLEAN", *_NUMBERS),
    **{name: _is("VARCHAR") for name in ("is_varchar", "is_char")},
    **{name: _is("BIGINT", "UBIGINT") for name in ("is_bigint", "is_integer", "is_smallint")},
    **{name: _is("DOUBLE", "DECIMAL") for name in ("is_decimal", "is_float")},
    "is_boolean": _is("BOOLEAN"),
    "get_array_length": Function(
        1, 1, template("CASE json_type(to_json(_1)) WHEN 'ARRAY' THEN json_array_length(to_json(_1)) END"), INT
    ),
    "json_size": Function(1, 1, template("strlen(CAST(to_json(_1) AS VARCHAR))"), INT),
    "lower_attribute_names": Function(1, 1, template("json(py_renamed(CAST(to_json(_1) AS VARCHAR), false))"), SUPER),
    "upper_attribute_names": Function(1, 1, template("json(py_renamed(CAST(to_json(_1) AS VARCHAR), true))"), SUPER),
    "array": _made("json_array"),
    "object": _made("json_object"),
    "split_to_array": Function(1, 2, _split, SUPER),
    "array_concat": Function(
        2, 2, template(f"to_json(list_concat({_LIST.format('_1')}, {_LIST.format('_2')}))"), SUPER
    ),
    "subarray": Function(2, 3, _subarray, SUPER),
    "array_flatten": Function(1, 1, template("to_json(flatten(from_json(to_json(_1), '[[\"JSON\"]]')))"), SUPER),
}
