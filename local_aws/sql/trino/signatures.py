"""Functions as lines of text: `substr(varchar, bigint) -> varchar: trino_substr({0}, {1})`.

A single capital letter is a type variable: T, U, K, V any type; N any number, D any decimal, I any integer type,
M a day (date, timestamp), C a clock (timestamp, time), O what can be ordered, S a varchar of any length. A last
parameter followed by `...` repeats. The template is DuckDB's expression.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from local_aws.sql import types
from local_aws.sql.trino import zones
from local_aws.sql.trino.typed import At, Typed, coerce, common
from local_aws.sql.types import Type

if TYPE_CHECKING:
    from local_aws.sql.trino.expressions import Expressions

_LINE = re.compile(r"(\w+)\((.*?)\)\s*->\s*([^:]+?)\s*:\s*(.*)", re.DOTALL)
_VARIABLES = {"T", "U", "K", "V", "N", "D", "I", "M", "C", "O", "S"}
Bound = dict[str, Type]


@dataclass(frozen=True)
class Signature:
    """One overload of a function."""

    name: str
    params: tuple[str, ...]
    result: str
    template: str
    variadic: bool = False

    def expected(self) -> str:
        shown = ", ".join(self.params) + ("..." if self.variadic else "")
        return f"{self.name}({shown})"

    def bind(self, args: Sequence[Typed], *, exact: bool) -> tuple[list[Typed], Bound] | None:
        """The arguments read as the parameters ask, or None if they do not fit."""
        params = self.params
        if self.variadic and len(args) >= len(params):
            params = (*params, *[params[-1]] * (len(args) - len(params)))
        if len(params) != len(args):
            return None
        bound: Bound = {}
        for param, arg in zip(params, args, strict=True):
            if not _unify(_pattern(param), arg.type, bound, exact=exact):
                return None
        args = [
            zones.seen_as_local(arg) if param in {"M", "C"} else arg for param, arg in zip(params, args, strict=True)
        ]
        args = [
            replace(arg, type=replace(arg.type, zone="")) if param == "timestamp with time zone" else arg
            for param, arg in zip(params, args, strict=True)
        ]
        wanted = [
            _resolved(_pattern(param), bound) if param not in {"M", "C"} else arg.type
            for param, arg in zip(params, args, strict=True)
        ]
        return [coerce(arg, kind) for arg, kind in zip(args, wanted, strict=True)], bound

    def apply(self, args: Sequence[Typed], bound: Bound) -> Typed:
        kind = _resolved(_pattern(self.result), bound)
        texts = [arg.sql for arg in args]
        sql = self.template.replace("{all}", ", ".join(texts)).replace("{type}", kind.duckdb)
        for n, each in enumerate(texts):
            sql = sql.replace(f"{{{n}}}", each) if f"{{{n}}}" in sql else sql
        return Typed(sql, kind)


@lru_cache(maxsize=1024)
def _pattern(text: str) -> Type:
    """A parameter's type; variables are types named by their letter."""
    if text in _VARIABLES:
        return Type(text)
    for name in ("array", "map"):
        if text.startswith(f"{name}(") and text.endswith(")"):
            return Type(name, tuple(_pattern(part) for part in split_top(text[len(name) + 1 : -1])))
    if text.startswith("row("):
        return Type("row", (), tuple(("", _pattern(part)) for part in split_top(text[4:-1])))
    return types.parse(text)


def split_top(text: str) -> list[str]:
    """Split at the commas that are in no parentheses."""
    parts, depth, current = [], 0, ""
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append(current.strip())
            current = ""
        else:
            current += character
    return [*parts, current.strip()] if current.strip() else parts


def _allowed(variable: str, kind: Type) -> bool:
    if kind.name == "unknown":
        return True
    if variable == "N":
        return kind.is_number
    if variable == "S":
        return kind.is_text
    if variable == "O":
        return kind.is_orderable
    if variable == "D":
        return kind.name == "decimal"
    if variable == "I":
        return kind.is_integer
    if variable in {"M", "C"}:
        return kind.name in {"date" if variable == "M" else "time", "timestamp", "timestamp with time zone"}
    return True


def _unify(pattern: Type, kind: Type, bound: Bound, *, exact: bool) -> bool:
    if pattern.name in _VARIABLES:
        if not _allowed(pattern.name, kind):
            return False
        seen = bound.get(pattern.name)
        both = kind if seen is None else common(seen, kind)
        if both is None:
            return False
        bound[pattern.name] = types.VARCHAR if pattern.name == "S" and both.name != "varchar" else both
        return True
    if kind.name == "unknown":
        return True
    if pattern.name in {"array", "map"}:
        if kind.name != pattern.name:
            return False
        return all(_unify(a, b, bound, exact=exact) for a, b in zip(pattern.args, kind.args, strict=True))
    if pattern.name == "row":
        return (
            kind.name == "row"
            and len(kind.fields) == len(pattern.fields)
            and all(
                _unify(a, b, bound, exact=exact) for (_, a), (_, b) in zip(pattern.fields, kind.fields, strict=True)
            )
        )
    if pattern.name == kind.name or (pattern.is_text and kind.is_text):
        return True
    if exact:
        return False
    widened = common(pattern, kind)
    return widened is not None and widened.name == pattern.name


def _resolved(pattern: Type, bound: Bound) -> Type:
    if pattern.name in _VARIABLES:
        return bound.get(pattern.name, types.UNKNOWN)
    if pattern.name in {"array", "map"}:
        return Type(pattern.name, tuple(_resolved(each, bound) for each in pattern.args))
    if pattern.name == "row":
        return types.row(*((label, _resolved(each, bound)) for label, each in pattern.fields))
    return pattern


def read(table: str) -> dict[str, list[Signature]]:
    """The functions of a table of lines; a line that begins with white space goes on with the one before."""
    found: dict[str, list[Signature]] = {}
    for line in re.sub(r"\n\s+", " ", table.strip()).splitlines():
        match = _LINE.fullmatch(_balanced(line))
        if match is None:
            raise ValueError(f"no signature: {line}")
        params = split_top(match[2].replace("\x00", ")"))
        variadic = bool(params) and params[-1].endswith("...")
        if variadic:
            params[-1] = params[-1][:-3]
        made = Signature(match[1], tuple(params), match[3], match[4].replace("\x00", ")"), variadic)
        found.setdefault(match[1], []).append(made)
    return found


def _balanced(line: str) -> str:
    """The parameters' inner closing parentheses masked, so that the first bare one ends the parameters."""
    start, depth = line.index("("), 0
    for n in range(start, len(line)):
        depth += {"(": 1, ")": -1}.get(line[n], 0)
        if depth == 0:
            return line[:start] + "(" + line[start + 1 : n].replace(")", "\x00") + line[n:]
    raise ValueError(line)


Special = Callable[["Expressions", "list[Typed]", At], Typed]


def choose(signatures: Iterable[Signature], args: Sequence[Typed]) -> Typed | None:
    """The first overload that fits as is, else the first that fits after widening."""
    options = list(signatures)
    for exact in (True, False):
        for each in options:
            bound = each.bind(args, exact=exact)
            if bound is not None:
                return each.apply(*bound)
    return None
