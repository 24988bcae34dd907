"""Regular expressions: RE2's by DuckDB, and what only a backtracking matcher has in Python.

Deviates: a pattern that is no literal is RE2's; one with look-around or back-references is refused then.
Evidence: https://trino.io/docs/current/functions/regexp.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlglot import exp

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.trino.typed import At, Scope, Typed, text

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


# where a match can leave a group out: behind an optional group, or in an alternative
_OPTIONAL_GROUP = re.compile(r"(?<!\\)(?:\)(?:[?*]|\{0?,)|\|)")
_NAMED_GROUP = re.compile(r"(?<!\\)\(\?<(?=[A-Za-z])")


def _pattern(arg: Typed) -> str:
    """The pattern for RE2, which names its groups `(?P<name>…)`."""
    if arg.constant is None or not _NAMED_GROUP.search(arg.constant):
        return arg.sql
    return text(_NAMED_GROUP.sub("(?P<", arg.constant))


def _groups(pattern: str, at: At) -> tuple[int, dict[str, int]]:
    """How many groups a pattern has, and the numbers of those with names."""
    import regex

    try:
        made = regex.compile(pattern)
    except regex.error as error:
        raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"Invalid pattern: {error}", at) from error
    return made.groups, dict(made.groupindex)


def _group(args: list[Typed], function: str, at: At) -> int:
    if len(args) < 3:
        return 0
    if args[2].constant is None:
        raise unsupported(f"{function} with a group that is no literal", at)
    group = int(args[2].constant)
    if args[1].constant is not None:
        many, _ = _groups(args[1].constant, at)
        if not 0 <= group <= many:
            message = f"Pattern has {many} groups. Cannot access group {group}"
            raise QueryFailed("INVALID_FUNCTION_ARGUMENT", message, at)
    return group


def _matcher(compiler: Expressions, name: str, args: list[Typed], at: At, own: str) -> str:
    """The function that takes a group out: RE2 does not tell a group that is left out from an empty one."""
    left_out = len(args) > 2 and args[1].constant is not None and bool(_OPTIONAL_GROUP.search(args[1].constant))
    return f"py_{name}" if _checked(compiler, name, args, at) or left_out else own


def like(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    function = "py_regexp_like" if _checked(compiler, "regexp_like", args, at) else "regexp_matches"
    return Typed(f"{function}({args[0].sql}, {_pattern(args[1])})", types.BOOLEAN)


def extract(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """NULL where the pattern does not match."""
    function = _matcher(compiler, "regexp_extract", args, at, "trino_extract")
    group = _group(args, "regexp_extract", at)
    return Typed(f"{function}({args[0].sql}, {_pattern(args[1])}, {group})", types.VARCHAR)


def _all(compiler: Expressions, name: str, args: list[Typed], at: At) -> str:
    function = _matcher(compiler, "regexp_extract_all", args, at, "regexp_extract_all")
    return f"{function}({args[0].sql}, {_pattern(args[1])}, {_group(args, name, at)})"


def extract_all(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    return Typed(_all(compiler, "regexp_extract_all", args, at), types.array(types.VARCHAR))


def count(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    return Typed(f"length({_all(compiler, 'regexp_count', args, at)})", types.BIGINT)


def split(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    function = "py_regexp_split" if _checked(compiler, "regexp_split", args, at) else "regexp_split_to_array"
    return Typed(f"{function}({args[0].sql}, {_pattern(args[1])})", types.array(types.VARCHAR))


def position(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """`regexp_position(string, pattern [, start [, occurrence]])`."""
    _checked(compiler, "regexp_position", args, at)
    rest = [*(arg.sql for arg in args[2:]), "1", "1"][:2]
    found = f"py_regexp_position({args[0].sql}, {_pattern(args[1])}, {', '.join(rest)})"
    return Typed(f"CAST({found} AS INTEGER)", types.INTEGER)


def replace(compiler: Expressions, args: list[Typed], at: At) -> Typed:
    """Java's `$1` and `${name}` in the replacement become the matcher's own."""
    in_python = _checked(compiler, "regexp_replace", args, at)
    given = args[2].constant if len(args) > 2 else ""
    if given is None:
        raise unsupported("regexp_replace with a replacement that is no literal", at)
    numbers = _groups(args[1].constant, at)[1] if args[1].constant is not None and "${" in given else {}
    made = ""
    for found in re.finditer(
        r"\\(?P<plain>.)|\$(?P<number>\d)|\$\{(?P<name>\w+)\}|(?P<rest>[^\\$]+|.)", given, re.DOTALL
    ):
        number = found["number"] or numbers.get(found["name"] or "")
        if found["name"] and number is None:
            raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"unknown group {{ {found['name']} }}", at)
        if number is not None:
            made += f"\\g<{number}>" if in_python else f"\\{number}"
        else:
            made += (found["plain"] or found["rest"]).replace("\\", "\\\\")
    if in_python:
        return Typed(f"py_regexp_replace({args[0].sql}, {args[1].sql}, {text(made)})", types.VARCHAR)
    return Typed(f"regexp_replace({args[0].sql}, {_pattern(args[1])}, {text(made)}, 'g')", types.VARCHAR)


def replace_by(compiler: Expressions, nodes: list[exp.Expr], scope: Scope, at: At) -> Typed:
    """`regexp_replace(string, pattern, x -> …)`: the pieces between the matches, and what the function makes of each
    match's groups.
    """
    if len(nodes) != 3 or not isinstance(nodes[2], exp.Lambda):
        return compiler.call("regexp_replace", nodes, scope, at)
    args = [compiler.value(each, scope) for each in nodes[:2]]
    _checked(compiler, "regexp_replace", args, at)
    [name], both = [each.name.lower() for each in nodes[2].expressions], compiler.names.new("p")
    groups = Typed(f"{both}[2]", types.array(types.VARCHAR))
    made = compiler.value(nodes[2].this, Scope([], scope, {name: groups}))
    inputs = f"{args[0].sql}, {args[1].sql}"
    pairs = f"list_zip(py_regexp_split({inputs}), py_regexp_groups({inputs}))"
    one = f"{both}[1] || CASE WHEN {both}[2] IS NULL THEN '' ELSE coalesce({made.sql}, '') END"
    return Typed(f"array_to_string(list_transform({pairs}, lambda {both}: {one}), '')", types.VARCHAR)


SPECIALS: dict[str, Special] = {
    "regexp_like/2": like,
    "regexp_extract/2": extract,
    "regexp_extract/3": extract,
    "regexp_extract_all/2": extract_all,
    "regexp_extract_all/3": extract_all,
    "regexp_count/2": count,
    "regexp_split/2": split,
    "regexp_position/2": position,
    "regexp_position/3": position,
    "regexp_position/4": position,
    "regexp_replace/2": replace,
    "regexp_replace/3": replace,
}
