"""Text functions. https://docs.aws.amazon.com/redshift/latest/dg/String_functions_header.html"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.functions.call import TEXT, Call, Function, as_text, fill, template, typed
from local_aws.sql.redshift.functions.words import RESERVED
from local_aws.sql.redshift.types import TYPE_NUMBERS, standard

INT = typed("int4")


def _text(least: int, most: int, body: str) -> Function:
    return Function(least, most, template(body), TEXT)


def _padded(name: str) -> Function:
    def build(call: Call) -> exp.Expr:
        filler = call.argument(2) if len(call.arguments) > 2 else exp.Literal.string(" ")
        body = f"CASE WHEN _2 <= 0 THEN '' WHEN _3 = '' THEN left(_1, _2) ELSE {name}(_1, CAST(_2 AS INTEGER), _3) END"
        return fill(body, [as_text(call.argument(0), call.kinds[0]), call.argument(1), filler])

    return Function(2, 3, build, TEXT)


def _trimmed(name: str) -> Function:
    return Function(
        1,
        2,
        lambda call: fill(f"{name}({', '.join(f'_{n + 1}' for n in range(len(call.arguments)))})", call.arguments),
        TEXT,
    )


def substring(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_SUBSTRING.html: places before 1 count, and hold nothing."""
    kind = call.kinds[0]
    if kind is not None and kind.name == "varbyte":
        raise errors.unsupported("substring() of VARBYTE")
    values = [as_text(call.argument(0), kind), *call.arguments[1:]]
    if len(values) == 2:
        return fill("substring(_1, CAST(greatest(_2, 1) AS BIGINT))", values)
    size = "CASE WHEN _3 < 0 THEN error('ERROR: negative substring length not allowed') ELSE _3 END"
    return fill(
        f"substring(_1, CAST(greatest(_2, 1) AS BIGINT), CAST(greatest({size} + least(_2 - 1, 0), 0) AS BIGINT))",
        values,
    )


def _split_part(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/SPLIT_PART.html: parts are counted from 1."""
    bad = "error('ERROR: field position must be greater than zero')"
    return fill(f"split_part(_1, _2, CAST(CASE WHEN _3 < 1 THEN {bad} ELSE _3 END AS BIGINT))", call.arguments)


def _repeat(call: Call) -> exp.Expr:
    return fill("repeat(_1, _2)", [as_text(call.argument(0), call.kinds[0]), call.argument(1)])


def _quote_ident(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_QUOTE_IDENT.html: names that need no quotes get none."""
    words = ", ".join(f"'{each}'" for each in sorted(RESERVED))
    plain = f"regexp_full_match(_1, '[a-z_][a-z0-9_$]*') AND _1 NOT IN ({words})"
    return fill(f"CASE WHEN {plain} THEN _1 ELSE '\"' || replace(_1, '\"', '\"\"') || '\"' END", call.arguments)


def _concat(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_CONCAT.html: NULL if either is."""
    sides = [as_text(each.copy(), kind) for each, kind in zip(call.arguments, call.kinds, strict=True)]
    return exp.Paren(this=exp.DPipe(this=sides[0], expression=sides[1], safe=False))


def _format_type(call: Call) -> exp.Expr:
    """PostgreSQL's name of a type, by its number and modifier, as pg_attribute has them.

    https://www.postgresql.org/docs/8.0/functions-info.html
    """
    names = " ".join(f"WHEN {number} THEN '{standard(name)}'" for name, number in TYPE_NUMBERS.items())
    size = (
        "CASE WHEN _2 IS NULL OR _2 < 4 THEN '' WHEN _1 IN (1042, 1043) THEN '(' || (_2 - 4) || ')'"
        " WHEN _1 = 1700 THEN '(' || ((_2 - 4) >> 16) || ',' || ((_2 - 4) & 65535) || ')' ELSE '' END"
    )
    return fill(f"(CASE _1 {names} END) || {size}", call.arguments)


_ALL: dict[str, Function] = {
    **{name: Function(1, 1, template("length(_1)"), INT) for name in ("len", "length", "char_length", "textlen")},
    "character_length": Function(1, 1, template("length(_1)"), INT),
    "octet_length": Function(1, 1, template("strlen(_1)"), INT),
    "charindex": Function(2, 2, template("strpos(_2, _1)"), INT),
    "strpos": Function(2, 2, template("strpos(_1, _2)"), INT),
    "left": _text(2, 2, "left(_1, _2)"),
    "right": _text(2, 2, "right(_1, _2)"),
    "substr": Function(2, 3, substring, TEXT),
    "split_part": Function(3, 3, _split_part, TEXT),
    "upper": _text(1, 1, "upper(_1)"),
    "lower": _text(1, 1, "lower(_1)"),
    "initcap": _text(
        1,
        1,
        "list_aggregate(list_transform(regexp_extract_all(lower(_1), '[[:alnum:]]+|[^[:alnum:]]+'),"
        " x -> upper(x[1]) || x[2:]), 'string_agg', '')",
    ),
    "reverse": Function(1, 1, lambda call: fill("reverse(_1)", [as_text(call.argument(0), call.kinds[0])]), TEXT),
    "repeat": Function(2, 2, _repeat, TEXT),
    "replicate": Function(2, 2, _repeat, TEXT),
    "replace": _text(3, 3, "replace(_1, _2, _3)"),
    "translate": _text(3, 3, "translate(_1, _2, _3)"),
    "lpad": _padded("lpad"),
    "rpad": _padded("rpad"),
    "ltrim": _trimmed("ltrim"),
    "rtrim": _trimmed("rtrim"),
    "btrim": _trimmed("trim"),
    "concat": Function(2, 2, _concat, TEXT),
    "chr": _text(1, 1, "chr(_1)"),
    "ascii": Function(1, 1, template("ascii(_1)"), INT),
    "quote_ident": Function(1, 1, _quote_ident, TEXT),
    "quote_literal": _text(1, 1, r"'''' || replace(replace(_1, '\', '\\'), '''', '''''') || ''''"),
    "soundex": _text(1, 1, "py_soundex(_1)"),
    "difference": Function(2, 2, template("CAST(py_difference(_1, _2) AS INTEGER)"), INT),
    "strtol": Function(2, 2, template("py_strtol(_1, _2)"), typed("int8")),
    "octetindex": Function(
        2, 2, template("CASE WHEN strpos(_2, _1) = 0 THEN 0 ELSE strlen(left(_2, strpos(_2, _1) - 1)) + 1 END"), INT
    ),
    "bit_length": Function(1, 1, template("8 * strlen(_1)"), INT),
    "format_type": Function(2, 2, _format_type, TEXT),
    "array_to_string": _text(2, 2, "replace(trim(_1, '{}'), ',', _2)"),
}
_PLACES = {
    **dict.fromkeys(("charindex", "strpos", "split_part", "ltrim", "rtrim", "btrim", "octetindex"), (0, 1)),
    **dict.fromkeys(("replace", "translate"), (0, 1, 2)),
    **dict.fromkeys(("chr", "format_type", "strtol", "quote_ident", "lpad", "rpad", "concat", "reverse"), ()),
}
"""Which arguments are texts, where it is not the first alone."""


def _of_texts(name: str, function: Function) -> Function:
    """Numbers, dates and times are texts where a text is wanted.

    https://docs.aws.amazon.com/redshift/latest/dg/c_Supported_data_types.html#r_Type_conversion (implicit types)
    """

    def build(call: Call) -> exp.Expr:
        for place in _PLACES.get(name, (0,)):
            kind = call.kinds[place] if place < len(call.kinds) else None
            if kind is not None and kind.name not in {"varbyte", "super", "bool", "interval"}:
                call.arguments[place] = as_text(call.arguments[place], kind)
        return function.build(call)

    return replace(function, build=build)


TEXTS = {name: _of_texts(name, function) for name, function in _ALL.items()}
