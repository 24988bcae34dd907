"""A function call as the builders of DuckDB expressions see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import sqlglot
from sqlglot import exp

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.types import ColumnType

Kinds = Sequence[ColumnType | None]
Returns = Callable[[Kinds], ColumnType | None]


def same(expression: exp.Expr) -> exp.Expr:
    return expression


@dataclass
class Call:
    """One call: `arguments` are DuckDB expressions already, `kinds` their Redshift types.

    :param over: puts an aggregate under the window, IGNORE NULLS and the like that stood around the call.
    :param order: the ORDER BY of WITHIN GROUP.
    """

    name: str
    arguments: list[exp.Expr]
    kinds: list[ColumnType | None]
    kind: ColumnType | None
    distinct: bool = False
    order: list[exp.Expr] = field(default_factory=list)
    over: Callable[[exp.Expr], exp.Expr] = same
    windowed: bool = False

    def argument(self, position: int) -> exp.Expr:
        return self.arguments[position].copy()

    def text(self, position: int) -> str:
        """A literal argument that decides what is computed. :raises SqlError: if it is an expression."""
        node = self.arguments[position]
        if isinstance(node, exp.Column) and not node.table:
            return str(node.name)
        if not isinstance(node, exp.Literal | exp.Var):
            raise errors.unsupported(f"{self.name}() with argument {position + 1} that is no literal")
        return str(node.name)

    def aggregate(self, name: str, *arguments: exp.Expr, order: bool = False) -> exp.Expr:
        """DuckDB's aggregate over these arguments, with this call's DISTINCT, order and window."""
        given: list[exp.Expr] = list(arguments)
        if self.distinct:
            given = [exp.Distinct(expressions=[given[0]]), *given[1:]]
        if order and self.order:
            ordering = [each.copy() for each in self.order]
            given[-1] = exp.Order(this=given[-1], expressions=ordering)
        return self.over(exp.Anonymous(this=name, expressions=given))


Build = Callable[[Call], exp.Expr]


@dataclass(frozen=True)
class Function:
    """A function: how many arguments, what type, which DuckDB expression.

    :param refine: the type where what the arguments say, not their types alone, decides.
    """

    least: int
    most: int
    build: Build
    returns: Returns
    refine: Callable[[ColumnType | None, Sequence[exp.Expr]], ColumnType | None] = lambda kind, arguments: kind


def anonymous(name: str, *arguments: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=name, expressions=list(arguments))


def cast(node: exp.Expr, kind: str) -> exp.Expr:
    """A plain DuckDB cast."""
    plain = exp.DataType.build("TIMESTAMP") if kind == "TIMESTAMP" else exp.DataType.build(kind, dialect="duckdb")
    return exp.Cast(this=node, to=plain)


_FLOATS = {"float4": 6, "float8": 15}


def as_text(node: exp.Expr, kind: ColumnType | None) -> exp.Expr:
    """A value as the text that a cast to VARCHAR makes of it: floats have as many digits as PostgreSQL prints.

    https://www.postgresql.org/docs/8.0/runtime-config.html (extra_float_digits)
    """
    if kind is not None and kind.is_text:
        return node
    if kind is not None and kind.name in _FLOATS:
        digits = f"printf('%.{_FLOATS[kind.name]}g', CAST(_1 AS DOUBLE))"
        names = "CASE CAST(_1 AS VARCHAR) WHEN 'nan' THEN 'NaN' WHEN 'inf' THEN 'Infinity' ELSE '-Infinity' END"
        return fill(f"CASE WHEN isfinite(_1) THEN {digits} WHEN _1 IS NOT NULL THEN {names} END", [node])
    if kind is not None and kind.name == "timetz":
        return fill("CAST(_1 AS VARCHAR) || '+00'", [node])
    return cast(node, "VARCHAR")


CUT = (
    "CASE WHEN strlen(_1) <= {0} THEN _1 WHEN strlen(_1) = length(_1) THEN left(_1, {0}) ELSE left(_1,"
    " list_filter(range({0}, -1, -1), lambda n: strlen(left(_1, CAST(n AS BIGINT))) <= {0})[1]) END"
)
"""A text cut to so many bytes, whole characters only."""


def cut_bytes(text: exp.Expr, length: int) -> exp.Expr:
    if text.find(exp.Query) is None:
        return fill(CUT.format(length), [text])
    value = exp.column("value", "cut", quoted=True)  # DuckDB takes no subquery into a lambda
    inner = exp.Subquery(this=exp.Select(expressions=[exp.alias_(text, "value", quoted=True)]), alias="cut")
    return exp.Subquery(this=exp.select(fill(CUT.format(length), [value])).from_(inner))


@lru_cache(maxsize=512)
def _parsed(template: str) -> exp.Expr:
    return sqlglot.parse_one(template, dialect="duckdb")


def fill(template: str, arguments: Sequence[exp.Expr]) -> exp.Expr:
    """A DuckDB expression with `_1`, `_2`, … replaced by the arguments."""
    tree = exp.Paren(this=_parsed(template).copy())
    for hole in [each for each in tree.find_all(exp.Column) if each.name[:1] == "_" and each.name[1:].isdigit()]:
        hole.replace(exp.Paren(this=arguments[int(hole.name[1:]) - 1].copy()))
    return tree.this.unnest() if isinstance(tree.this, exp.Anonymous) else tree


def template(text: str) -> Build:
    return lambda call: fill(text, call.arguments)


def typed(name: str, **arguments: int) -> Returns:
    """A function that always returns this type."""
    kind = ColumnType(name, **arguments)
    return lambda kinds: kind


def as_argument(position: int = 0) -> Returns:
    """A function that returns the type of one of its arguments."""
    return lambda kinds: kinds[position] if position < len(kinds) else None


def plain_arguments(node: exp.Anonymous) -> list[exp.Expr]:
    """The arguments without DISTINCT, IGNORE NULLS and ORDER BY around them."""
    found: list[exp.Expr] = []
    for each in node.expressions:
        while isinstance(each, exp.IgnoreNulls | exp.RespectNulls | exp.Order):
            each = each.this
        found.extend(each.expressions if isinstance(each, exp.Distinct) else [each])
    return found


TEXT = typed("varchar", length=65535)
"""Functions that make text: its length is not tracked."""
