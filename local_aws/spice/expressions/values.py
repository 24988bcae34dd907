"""What an expression comes out as in SQL: its text, its type, and whether it is one value a row or one a group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from local_aws.spice.expressions.syntax import ExpressionError
from local_aws.spice.types import DECIMAL, INTEGER, STRING

BOOLEAN = "BOOLEAN"


@dataclass(frozen=True)
class Sql:
    """:param level: `constant`, `row` or `group`; a group's value is an aggregate."""

    text: str
    type: str
    level: str = "row"


def joined_level(parts: tuple[Sql, ...], where: str) -> str:
    """The level of what is made of `parts`. :raises ExpressionError: where aggregates and rows are mixed."""
    levels = {each.level for each in parts} - {"constant"}
    if len(levels) > 1:
        raise ExpressionError(f"{where} mixes aggregated and unaggregated values (mismatched aggregation)")
    return levels.pop() if levels else "constant"


def joined_type(parts: Sequence[Sql]) -> str:
    """The type of a value that is one of `parts`: null is of any type, and integers go into decimals."""
    types = [each.type for each in parts if each.text != "NULL"]
    if set(types) == {INTEGER, DECIMAL}:
        return DECIMAL
    if STRING in types:
        return STRING
    return types[0] if types else STRING


@dataclass(frozen=True)
class Function:
    """One function of the language: how many arguments it takes, and how they become SQL.

    :param build: the arguments to SQL text.
    :param type: the type of the result, the position of the argument whose type it takes, or what finds it.
    """

    least: int
    most: int | None
    build: Callable[[tuple[Sql, ...]], str]
    type: str | int | Callable[[tuple[Sql, ...]], str]
    aggregate: bool = False

    def apply(self, name: str, arguments: tuple[Sql, ...]) -> Sql:
        many = len(arguments)
        if many < self.least or (self.most is not None and many > self.most):
            raise ExpressionError(f"{name} takes {self._arity()}, not {many}")
        level = joined_level(arguments, name)
        if self.aggregate:
            if level == "group":
                raise ExpressionError(f"{name} aggregates what is aggregated already (nested aggregation)")
            level = "group"
        return Sql(self.build(arguments), self._type(arguments), level)

    def _type(self, arguments: tuple[Sql, ...]) -> str:
        if isinstance(self.type, str):
            return self.type
        return arguments[self.type].type if isinstance(self.type, int) else self.type(arguments)

    def _arity(self) -> str:
        if self.most is None:
            return f"{self.least} arguments or more"
        return f"{self.least} arguments" if self.least == self.most else f"{self.least} to {self.most} arguments"
