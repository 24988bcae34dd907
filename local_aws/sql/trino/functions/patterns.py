"""Regular expressions: RE2's by DuckDB, and what only a backtracking matcher has in Python.

Deviates: a pattern that is no literal is RE2's; one with look-around or back-references is refused then.
Evidence: https://trino.io/docs/current/functions/regexp.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.trino.typed import At, Typed, text

if TYPE_CHECKING:
    from local_aws.sql.trino.expressions import Expressions
    from local_aws.sql.trino.signatures import Special

_ATOMS = re.compile(
    r"\\(?P<escaped>.)|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]|\(\?(?P<group><?[=!]|>)|(?P<possessive>[*+?}]\+)", re.DOTALL
)


def backtracks(pattern: str) -> bool:
    """Whether a pattern has look-around, an atomic group, a back-reference or a possessive quantifier."""
    return any(
        found["group"] or found["possessive"] or ((found["escaped"] or "") in "123456789k" and found["escaped"])
        for found in _ATOMS.finditer(pattern)
    )


def _checked(compiler: Expressions, name: str, args: list[Typed], at: At) -> bool:
    """Whether Python has to match. :raises QueryFailed: for arguments that the function has not."""
    rest = [each.type for each in args[2:]]
    fits = all(each.type.is_text or each.type.name == "unknown" for each in args[:2])
    if name == "regexp_replace":
        fits = fits and all(each.is_text or each.name == "unknown" for each in rest)
    else:
        fits = fits and all(each.is_integer for each in rest)
    if not fits:
        raise compiler.wrong_arguments(name, args, [f"{name}(varchar(x), JoniRegExp)"], at)
    if args[1].constant is None or not backtracks(args[1].constant):
        return False
    import regex

    try:
        regex.compile(args[1].constant)
    except regex.error as error:
        raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"Invalid pattern: {error}", at) from error
    return True


def _group(args: list[Typed], function: str) -> int:
    if len(args) < 3:
        return 0
    if args[2].constant is None:
        raise unsupported(f"{function} with a group that is no literal", None)
    return int(args[2].constant)


def like(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    function = "py_regexp_like" if _checked(compiler, "regexp_like", args, at) else "regexp_matches"
    return Typed(f"{function}({args[0].sql}, {args[1].sql})", types.BOOLEAN)


def extract(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """NULL where the pattern does not match."""
    function = "py_regexp_extract" if _checked(compiler, "regexp_extract", args, at) else "trino_extract"
    return Typed(f"{function}({args[0].sql}, {args[1].sql}, {_group(args, 'regexp_extract')})", types.VARCHAR)


def _all(compiler: Expressions, name: str, args: list[Typed], at: At) -> str:
    function = "py_regexp_extract_all" if _checked(compiler, name, args, at) else "regexp_extract_all"
    return f"{function}({args[0].sql}, {args[1].sql}, {_group(args, name)})"


def extract_all(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    return Typed(_all(compiler, "regexp_extract_all", args, at), types.array(types.VARCHAR))


def count(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    return Typed(f"length({_all(compiler, 'regexp_count', args, at)})", types.BIGINT)


def split(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    function = "py_regexp_split" if _checked(compiler, "regexp_split", args, at) else "regexp_split_to_array"
    return Typed(f"{function}({args[0].sql}, {args[1].sql})", types.array(types.VARCHAR))


def replace(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """Java's `$1` in the replacement becomes `\\\\1`."""
    in_python = _checked(compiler, "regexp_replace", args, at)
    given = args[2].constant if len(args) > 2 else ""
    if given is None:
        raise unsupported("regexp_replace with a replacement that is no literal", at)
    escaped = given.replace("\\$", "\x00").replace("\\", "\\\\")
    if in_python:
        escaped = (
            re.sub(r"\$\{?(\w+)\}?", r"\\g<\1>", escaped) if "{" in escaped else re.sub(r"\$(\d)", r"\\g<\1>", escaped)
        )
        return Typed(
            f"py_regexp_replace({args[0].sql}, {args[1].sql}, {text(escaped.replace(chr(0), '$'))})", types.VARCHAR
        )
    replaced = re.sub(r"\$(\d)", r"\\\1", escaped).replace("\x00", "$")
    return Typed(f"regexp_replace({args[0].sql}, {args[1].sql}, {text(replaced)}, 'g')", types.VARCHAR)


SPECIALS: dict[str, Special] = {
    "regexp_like/2": like,
    "regexp_extract/2": extract,
    "regexp_extract/3": extract,
    "regexp_extract_all/2": extract_all,
    "regexp_extract_all/3": extract_all,
    "regexp_count/2": count,
    "regexp_split/2": split,
    "regexp_replace/2": replace,
    "regexp_replace/3": replace,
}
