"""Text functions. https://docs.aws.amazon.com/redshift/latest/dg/String_functions_header.html"""

from __future__ import annotations

from sqlglot import exp

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.functions.call import TEXT, Call, Function, fill, template, typed
from local_aws.sql.redshift.types import TYPE_NUMBERS, standard

INT = typed("int4")
BOOL = typed("bool")


def _text(least: int, most: int, body: str) -> Function:
    return Function(least, most, template(body), TEXT)


def _padded(name: str) -> Function:
    def build(call: Call) -> exp.Expr:
        filler = call.argument(2) if len(call.arguments) > 2 else exp.Literal.string(" ")
        return fill(f"{name}(_1, _2, _3)", [*call.arguments[:2], filler])

    return Function(2, 3, build, TEXT)


def _trimmed(name: str) -> Function:
    return Function(
        1,
        2,
        lambda call: fill(f"{name}({', '.join(f'_{n + 1}' for n in range(len(call.arguments)))})", call.arguments),
        TEXT,
    )


def _sha2(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/SHA2.html: 0 means 256. Deviates: 224, 384, 512 are refused."""
    if call.text(1) not in {"0", "256"}:
        raise errors.unsupported(f"sha2() with {call.text(1)} bits")
    return fill("sha256(_1)", call.arguments)


def _flags(call: Call, position: int, known: str) -> str:
    """The parameters of a regular expression function: `i`, `e` and POSIX's default."""
    text = call.text(position) if len(call.arguments) > position else ""
    unknown = set(text) - set(known)
    if unknown:
        raise errors.unsupported(f"{call.name}() with the parameter {''.join(sorted(unknown))}")
    return text


def _pattern(call: Call, flags: str) -> exp.Expr:
    return fill("concat('(?i)', _1)", [call.argument(1)]) if "i" in flags else call.argument(1)


def _from(call: Call, position: int) -> exp.Expr:
    """The text from a start position on."""
    if len(call.arguments) <= position:
        return call.argument(0)
    return fill("substring(_1, _2)", [call.argument(0), call.argument(position)])


def _regexp_substr(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/REGEXP_SUBSTR.html: an empty text if nothing matches."""
    flags = _flags(call, 4, "ie")
    occurrence = call.argument(3) if len(call.arguments) > 3 else exp.Literal.number(1)
    group = exp.Literal.number(1 if "e" in flags else 0)
    return fill(
        "CASE WHEN _1 IS NULL OR _2 IS NULL THEN NULL"
        " ELSE coalesce(list_extract(regexp_extract_all(_1, _2, _4), _3), '') END",
        [_from(call, 2), _pattern(call, flags), occurrence, group],
    )


def _regexp_count(call: Call) -> exp.Expr:
    flags = _flags(call, 3, "i")
    return fill("len(regexp_extract_all(_1, _2))", [_from(call, 2), _pattern(call, flags)])


def _regexp_replace(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/REGEXP_REPLACE.html: all matches; `$1` names a group."""
    flags = _flags(call, 4, "i")
    if len(call.arguments) > 3 and call.text(3) != "1":
        raise errors.unsupported("regexp_replace() with a position other than 1")
    new = call.argument(2) if len(call.arguments) > 2 else exp.Literal.string("")
    return fill(
        r"regexp_replace(_1, _2, regexp_replace(_3, '\$(\d)', '\\\1', 'g'), 'g')",
        [call.argument(0), _pattern(call, flags), new],
    )


def _json_path(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/JSON_EXTRACT_PATH_TEXT.html: an empty text for a missing key."""
    steps = list(call.arguments[1:])
    lenient = isinstance(steps[-1], exp.Boolean) and bool(steps.pop().this)
    tree: exp.Expr = fill("json(_1)", [call.argument(0)])
    for step in steps[:-1]:
        tree = fill("json_extract(_1, '$.\"' || _2 || '\"')", [tree, step])
    tree = fill("coalesce(json_extract_string(_1, '$.\"' || _2 || '\"'), '')", [tree, steps[-1]])
    body = "CASE WHEN _1 IS NULL OR NOT json_valid(_1) THEN NULL ELSE _2 END"
    strict = (
        "CASE WHEN _1 IS NULL THEN NULL WHEN NOT json_valid(_1) THEN error('ERROR: JSON parsing error') ELSE _2 END"
    )
    return fill(body if lenient else strict, [call.argument(0), tree])


def _concat(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_CONCAT.html: NULL if either is."""
    return exp.Paren(this=exp.DPipe(this=call.argument(0), expression=call.argument(1), safe=False))


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


TEXTS: dict[str, Function] = {
    **{name: Function(1, 1, template("length(_1)"), INT) for name in ("len", "length", "char_length", "textlen")},
    "character_length": Function(1, 1, template("length(_1)"), INT),
    "octet_length": Function(1, 1, template("strlen(_1)"), INT),
    "charindex": Function(2, 2, template("strpos(_2, _1)"), INT),
    "strpos": Function(2, 2, template("strpos(_1, _2)"), INT),
    "left": _text(2, 2, "left(_1, _2)"),
    "right": _text(2, 2, "right(_1, _2)"),
    "substr": Function(
        2,
        3,
        lambda call: fill("substring(_1, _2, _3)" if len(call.arguments) > 2 else "substring(_1, _2)", call.arguments),
        TEXT,
    ),
    "split_part": _text(3, 3, "split_part(_1, _2, _3)"),
    "upper": _text(1, 1, "upper(_1)"),
    "lower": _text(1, 1, "lower(_1)"),
    "initcap": _text(
        1,
        1,
        "list_aggregate(list_transform(regexp_extract_all(lower(_1), '[[:alnum:]]+|[^[:alnum:]]+'),"
        " x -> upper(x[1]) || x[2:]), 'string_agg', '')",
    ),
    "reverse": _text(1, 1, "reverse(_1)"),
    "repeat": _text(2, 2, "repeat(_1, _2)"),
    "replicate": _text(2, 2, "repeat(_1, _2)"),
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
    "md5": _text(1, 1, "md5(_1)"),
    "sha": _text(1, 1, "sha1(_1)"),
    "sha1": _text(1, 1, "sha1(_1)"),
    "func_sha1": _text(1, 1, "sha1(_1)"),
    "sha2": Function(2, 2, _sha2, TEXT),
    "quote_ident": _text(1, 1, "'\"' || replace(_1, '\"', '\"\"') || '\"'"),
    "quote_literal": _text(1, 1, "'''' || replace(_1, '''', '''''') || ''''"),
    "regexp_substr": Function(2, 5, _regexp_substr, TEXT),
    "regexp_count": Function(2, 4, _regexp_count, INT),
    "regexp_replace": Function(2, 5, _regexp_replace, TEXT),
    "regexp_instr": Function(
        2, 2, template("CASE WHEN regexp_matches(_1, _2) THEN strpos(_1, regexp_extract(_1, _2)) ELSE 0 END"), INT
    ),
    "json_extract_path_text": Function(2, 7, _json_path, TEXT),
    "bit_length": Function(1, 1, template("8 * strlen(_1)"), INT),
    "format_type": Function(2, 2, _format_type, TEXT),
    "is_valid_json": Function(1, 1, template("json_valid(_1)"), BOOL),
    "json_parse": Function(1, 1, template("json(_1)"), typed("super")),
    "json_serialize": _text(1, 1, "CAST(_1 AS VARCHAR)"),
}
