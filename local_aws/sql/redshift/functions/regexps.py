"""Regular expressions. https://docs.aws.amazon.com/redshift/latest/dg/String_functions_header.html (REGEXP_…)

Plain calls are DuckDB's; positions, occurrences and the PCRE dialect (`p`) are computed in Python. Deviates: of
several matches at one place the first alternative is taken, where POSIX takes the longest.
"""

from __future__ import annotations

from sqlglot import exp

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.functions.call import TEXT, Build, Call, Function, fill, typed

INT = typed("int4")


def _flags(call: Call, position: int, known: str) -> str:
    """`i` for any case of letters, `c` for the case as written, `e` for the first group, `p` for PCRE."""
    text = call.text(position) if len(call.arguments) > position else ""
    unknown = set(text) - set(known)
    if unknown:
        raise errors.error(f"{call.name}(): the parameter {''.join(sorted(unknown))} is not valid")
    return text


def _or(call: Call, position: int, default: exp.Expr) -> exp.Expr:
    return call.argument(position) if len(call.arguments) > position else default


def _one() -> exp.Expr:
    return exp.Literal.number(1)


def _pattern(call: Call, flags: str) -> exp.Expr:
    return fill("concat('(?i)', _1)", [call.argument(1)]) if "i" in flags else call.argument(1)


def _is_plain(call: Call, flags: str, positions: int) -> bool:
    """Whether nothing is asked for but flags: `positions` is the last numeric argument."""
    numbers = call.arguments[_first_number(call) : positions + 1]
    return "p" not in flags and all(isinstance(each, exp.Literal) and each.name == "1" for each in numbers)


def _first_number(call: Call) -> int:
    """The place of the first numeric argument."""
    return 3 if call.name == "regexp_replace" else 2


def _count(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/REGEXP_COUNT.html"""
    flags = _flags(call, 3, "icp")
    if _is_plain(call, flags, 2):
        return fill("len(regexp_extract_all(_1, _2))", [call.argument(0), _pattern(call, flags)])
    position = _or(call, 2, _one())
    return fill("py_regexp_count(_1, _2, _3, _4)", [*call.arguments[:2], position, exp.Literal.string(flags)])


def _substr(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/REGEXP_SUBSTR.html: an empty text if nothing matches."""
    flags = _flags(call, 4, "icep")
    if _is_plain(call, flags, 3):
        group = exp.Literal.number(1 if "e" in flags else 0)
        return fill("regexp_extract(_1, _2, _3)", [call.argument(0), _pattern(call, flags), group])
    numbers = [_or(call, 2, _one()), _or(call, 3, _one())]
    return fill("py_regexp_substr(_1, _2, _3, _4, _5)", [*call.arguments[:2], *numbers, exp.Literal.string(flags)])


def _instr(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/REGEXP_INSTR.html: 0 if nothing matches; option 1 is the end."""
    flags = _flags(call, 5, "icep")
    option = call.text(4) if len(call.arguments) > 4 else "0"
    if option not in {"0", "1"}:
        raise errors.error("regexp_instr(): the option must be 0 or 1")
    occurrence = _or(call, 3, _one())
    places = exp.Neg(this=occurrence) if option == "1" else occurrence
    numbers = [_or(call, 2, _one()), places]
    return fill("py_regexp_instr(_1, _2, _3, _4, _5)", [*call.arguments[:2], *numbers, exp.Literal.string(flags)])


def _replace(call: Call) -> exp.Expr:
    """https://docs.aws.amazon.com/redshift/latest/dg/REGEXP_REPLACE.html: all matches; `$1` names a group."""
    flags = _flags(call, 4, "icp")
    new = _or(call, 2, exp.Literal.string(""))
    if _is_plain(call, flags, 3):
        return fill(
            r"regexp_replace(_1, _2, regexp_replace(_3, '\$(\d)', '\\\1', 'g'), 'g')",
            [call.argument(0), _pattern(call, flags), new],
        )
    values = [*call.arguments[:2], new, _or(call, 3, _one()), exp.Literal.string(flags)]
    return fill("py_regexp_replace(_1, _2, _3, _4, _5)", values)


def _regexp(least: int, most: int, build: Build, number: bool = False) -> Function:
    return Function(least, most, build, INT if number else TEXT)


REGEXPS: dict[str, Function] = {
    "regexp_count": _regexp(2, 4, _count, number=True),
    "regexp_instr": _regexp(2, 6, _instr, number=True),
    "regexp_replace": _regexp(2, 5, _replace),
    "regexp_substr": _regexp(2, 5, _substr),
}
