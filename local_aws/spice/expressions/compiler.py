"""From an expression's tree to SQL over one table, fields and parameters looked up in a scope."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from local_aws.spice.expressions.dates import NAMED
from local_aws.spice.expressions.functions import AGGREGATE, FUNCTIONS, MODES
from local_aws.spice.expressions.periods import PERIODIC, periodic
from local_aws.spice.expressions.syntax import (
    VISUAL_DIMENSIONS,
    Binary,
    Call,
    ExpressionError,
    Field,
    Items,
    Node,
    Number,
    Parameter,
    Text,
    Unary,
    parse,
)
from local_aws.spice.expressions.values import BOOLEAN, Sql, joined_level
from local_aws.spice.expressions.windows import KINDS, LEVELS, POST, PRE_AGG, Kind, Windows, over
from local_aws.spice.types import DATETIME, DECIMAL, INTEGER, STRING, Column, literal, quoted

_ONCE = {"sum", "avg", "min", "max", "count", "median"}
"""Aggregates that level-aware aggregates can be aggregated by."""


@dataclass(frozen=True)
class Scope:
    """What names mean: columns of the table, calculated fields by their expressions, parameters by their SQL.

    :param now: what `now()` answers; an expression that calls it without one is refused.
    :param windows: takes the table calculations; without it they are refused, as in a data set's own columns.
    """

    columns: Mapping[str, Column]
    calculated: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Sql] = field(default_factory=dict)
    now: datetime | None = None
    windows: Windows | None = field(default=None, compare=False)
    hidden: frozenset[str] = frozenset()
    """Columns that the reader may not see: an expression over one is refused."""
    dimensions: tuple[tuple[str, str], ...] = ()
    """What the visual groups by, for `${visualDimensions}`: each field's name and SQL."""

    def column(self, name: str) -> Sql:
        """The SQL of a column or calculated field. :raises ExpressionError: for a name that is neither."""
        return _Compiler(self).field(name)


def compile_expression(text: str, scope: Scope) -> Sql:
    """SQL of an expression. :raises ExpressionError: naming what is wrong with it."""
    return _Compiler(scope).node(parse(text))


class _Compiler:
    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        self._open: list[str] = []

    def field(self, name: str) -> Sql:
        expression = self._scope.calculated.get(name)
        if expression is not None:
            return self._calculated(name, expression)
        column = self._scope.columns.get(name)
        if column is None:
            raise ExpressionError(f"there is no field {name!r}")
        if name in self._scope.hidden:
            raise ExpressionError(f"column-level security keeps the field {name!r} from this reader")
        return Sql(quoted(name), column.type)

    def _calculated(self, name: str, expression: str) -> Sql:
        if name in self._open:
            raise ExpressionError(f"the calculated field {name!r} refers to itself: {' → '.join([*self._open, name])}")
        self._open.append(name)
        try:
            found = self.node(parse(expression))
        except ExpressionError as error:
            where = f"calculated field {name!r}"
            raise error if where in str(error) else ExpressionError(f"{where}: {error}") from error
        finally:
            self._open.pop()
        return Sql(f"({found.text})", found.type, found.level)

    def node(self, node: Node) -> Sql:
        make: Callable[[Node], Sql] = getattr(self, f"_{type(node).__name__.lower()}")
        return make(node)

    def _number(self, node: Number) -> Sql:
        whole = node.text.isdigit()
        return Sql(node.text, INTEGER if whole else DECIMAL, "constant")

    def _text(self, node: Text) -> Sql:
        return Sql(literal(node.value), STRING, "constant")

    def _field(self, node: Field) -> Sql:
        if node.name.lower() in {"true", "false"} and node.name not in self._scope.columns:
            return Sql(node.name.lower(), BOOLEAN, "constant")
        if node.name.lower() == "null" and node.name not in self._scope.columns:
            return Sql("NULL", STRING, "constant")
        if node.name.upper() in MODES and node.name not in self._scope.columns:
            return Sql(literal(node.name.upper()), STRING, "constant")
        return self.field(node.name)

    def _parameter(self, node: Parameter) -> Sql:
        if node.name == VISUAL_DIMENSIONS:
            raise ExpressionError("${visualDimensions} stands in the level of an aggregation, as in sum({x}, [...])")
        found = self._scope.parameters.get(node.name)
        # without a value it is null; that one is declared is the lint's concern
        return found or Sql("NULL", STRING, "constant")

    def _items(self, node: Items) -> Sql:
        parts = tuple(self.node(each) for each in node.items)
        if not parts:
            raise ExpressionError("an empty list")
        return Sql(f"({', '.join(each.text for each in parts)})", parts[0].type, joined_level(parts, "a list"))

    def _call(self, node: Call) -> Sql:
        name = node.name.lower()
        if name == "now":
            if self._scope.now is None:
                raise ExpressionError("now is not supported here")
            return Sql(self._now(), DATETIME, "constant")
        if name in KINDS:
            return self._over(node, KINDS[name])
        if name in PERIODIC:
            return self._periodic(node)
        if name in AGGREGATE and len(node.arguments) > 1 and isinstance(node.arguments[-1], Items):
            return self._level_aware(node, node.arguments[-1])
        function = FUNCTIONS.get(name)
        if function is None:
            raise ExpressionError(f"the function {node.name} is not supported by local_aws")
        arguments = tuple(self.node(each) for each in node.arguments)
        if (
            name in _ONCE
            and len(arguments) == 1
            and self._scope.windows
            and (once := self._windows(node).once(arguments[0], name))
        ):
            return once
        return function.apply(node.name, arguments)

    def _periodic(self, node: Call) -> Sql:
        """A period may be named without quotes, as in `periodOverPeriodDifference(…, {day}, MONTH, 1)`."""
        arguments = tuple(
            Sql(literal(each.name), STRING, "constant")
            if isinstance(each, Field) and each.name.upper() in NAMED and each.name not in self._scope.columns
            else self.node(each)
            for each in node.arguments
        )
        dates = [each for each, given in zip(node.arguments, arguments, strict=True) if given.type == DATETIME]
        date = self._name(dates[0]) if dates else ""
        if len(arguments) < 2 or not date:
            raise ExpressionError(f"{node.name} takes a measure and a date field")
        now = self._now() if self._scope.now else None
        return periodic(node.name, arguments, date, self._windows(node), now)

    def _now(self) -> str:
        return f"TIMESTAMP '{self._scope.now:%Y-%m-%d %H:%M:%S}'"

    def _level_aware(self, node: Call, level: Items) -> Sql:
        """`sum({x}, [{y}])`: the aggregate of the rows of each y, as a value of those rows."""
        inner = FUNCTIONS[node.name.lower()].apply(node.name, tuple(self.node(each) for each in node.arguments[:-1]))
        keys = self._keys(level)
        partition = f"PARTITION BY {', '.join(keys)}" if keys else ""
        text = self._windows(node).add(f"{inner.text} OVER ({partition})", PRE_AGG)
        self._windows(node).levels[text] = keys
        return Sql(text, inner.type, "row")

    def _keys(self, level: Items) -> tuple[str, ...]:
        """`[{a}, {b}]`, `[${visualDimensions}, {a}]` or `[${visualDimensions}, !{a}]`."""
        added: list[str] = []
        without: list[str] = []
        for each in level.items:
            if isinstance(each, Unary) and each.operator == "!":
                without.append(each.operand.name if isinstance(each.operand, Field) else "")
            elif not _is_visual(each):
                added.append(self.node(each).text)
        if added and without:
            raise ExpressionError("a level adds fields to the visual's or takes some away, not both")
        if without and not any(_is_visual(each) for each in level.items):
            raise ExpressionError("fields are taken away from ${visualDimensions}, which the level does not name")
        if any(_is_visual(each) for each in level.items):
            added = [sql for name, sql in self._scope.dimensions if name not in without] + added
        return tuple(dict.fromkeys(added))

    def _over(self, node: Call, kind: Kind) -> Sql:
        """A table calculation: its measure, sort keys, partition, number and level, told apart by their forms."""
        arguments = list(node.arguments)
        level = POST
        if arguments and isinstance(arguments[-1], Field) and arguments[-1].name.upper() in LEVELS:
            level = arguments.pop().name.upper()  # type: ignore[union-attr]
        ranked = node.name.lower() in {"rank", "denserank", "percentilerank"}
        if not arguments or (not ranked and isinstance(arguments[0], Items)):
            raise ExpressionError(f"{node.name} takes a measure")
        measure = None if ranked else self.node(arguments.pop(0))
        lists = [each for each in arguments if isinstance(each, Items)]
        numbers = [each for each in arguments if not isinstance(each, Items)]
        order = lists.pop(0) if (kind.sorted or ranked) and lists else None
        partition = lists.pop(0) if lists else Items(())
        if (kind.sorted or ranked) and order is None:
            raise ExpressionError(f"{node.name} takes its sort order in brackets")
        number = self.node(numbers[0]).text if numbers else "1"
        if kind.reach:
            kind = kind.reaching(node.name, [self.node(each).text for each in numbers])
        keys = (
            [(self.node(each), way, self._name(each)) for each, way in zip(order.items, order.directions, strict=True)]
            if order
            else []
        )
        parts = [(self._name(each), self.node(each)) for each in partition.items]
        return over(node.name, kind, measure, keys, parts, number, level, self._windows(node))

    def _windows(self, node: Call) -> Windows:
        if self._scope.windows is None:
            raise ExpressionError(f"{node.name} over other rows (level-aware) is not supported here")
        return self._scope.windows

    def _name(self, node: Node) -> str:
        """The field that a node names, if it is of rows; an aggregate has its own SQL."""
        return node.name if isinstance(node, Field) and self.field(node.name).level != "group" else ""

    def _unary(self, node: Unary) -> Sql:
        if node.operator == "!":
            raise ExpressionError("only a level is without a field, as in sum({x}, [${visualDimensions}, !{y}])")
        operand = self.node(node.operand)
        if node.operator == "not":
            return Sql(f"(NOT {operand.text})", BOOLEAN, operand.level)
        return Sql(f"(-{operand.text})", operand.type, operand.level)

    def _binary(self, node: Binary) -> Sql:
        left, right = self.node(node.left), self.node(node.right)
        level = joined_level((left, right), f"{node.operator!r}")
        if node.operator in {"and", "or"}:
            return Sql(f"({left.text} {node.operator.upper()} {right.text})", BOOLEAN, level)
        if node.operator in {"=", "<>", "<", "<=", ">", ">="}:
            sides = self._compared(left, right)
            return Sql(f"({sides[0]} {node.operator} {sides[1]})", BOOLEAN, level)
        self._arithmetic(node.operator, left, right)
        if node.operator == "/":  # a division by zero is null, not an error and not infinity
            return Sql(f"({left.text} / nullif({right.text}, 0))", DECIMAL, level)
        if node.operator == "%":
            return Sql(f"({left.text} % nullif({right.text}, 0))", left.type, level)
        if node.operator == "^":
            return Sql(f"pow({left.text}, {right.text})", DECIMAL, level)
        kind = INTEGER if {left.type, right.type} == {INTEGER} else DECIMAL
        return Sql(f"({left.text} {node.operator} {right.text})", kind, level)

    @staticmethod
    def _compared(left: Sql, right: Sql) -> tuple[str, str]:
        """A number beside a text is compared as the text that it is written as."""
        kinds = {left.type, right.type}
        if STRING not in kinds or not kinds & {INTEGER, DECIMAL} or "NULL" in {left.text, right.text}:
            return left.text, right.text
        first, second = (each.text if each.type == STRING else f"CAST({each.text} AS VARCHAR)"
                         for each in (left, right))  # fmt: skip
        return first, second

    @staticmethod
    def _arithmetic(operator: str, left: Sql, right: Sql) -> None:
        for side in (left, right):
            if side.type not in {INTEGER, DECIMAL} and side.text != "NULL":
                raise ExpressionError(f"{operator!r} takes numbers; {side.text} is a {side.type}")


def _is_visual(node: Node) -> bool:
    return isinstance(node, Parameter) and node.name == VISUAL_DIMENSIONS
