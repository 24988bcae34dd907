"""SQL predicates as Iceberg expressions, for choosing files. Where the two could differ, nothing is left out.

The result may keep files without a matching row, but never drops one that has some.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from pyiceberg.expressions import (
    AlwaysFalse,
    AlwaysTrue,
    And,
    BooleanExpression,
    EqualTo,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    IsNull,
    LessThan,
    LessThanOrEqual,
    Not,
    NotEqualTo,
    Or,
)
from pyiceberg.schema import Schema
from pyiceberg.types import (
    BooleanType,
    DateType,
    DecimalType,
    DoubleType,
    IntegerType,
    LongType,
    NestedField,
    StringType,
    TimestampType,
)
from sqlglot import exp

Value = str | int | float | bool | Decimal
COMPARISONS: dict[type[exp.Expression], Any] = {
    exp.EQ: EqualTo,
    exp.NEQ: NotEqualTo,
    exp.LT: LessThan,
    exp.LTE: LessThanOrEqual,
    exp.GT: GreaterThan,
    exp.GTE: GreaterThanOrEqual,
}
# their constructors take positional terms, which their field declarations do not show
IS_NULL: Any = IsNull
IN: Any = In
MIRRORED = {exp.LT: exp.GT, exp.GT: exp.LT, exp.LTE: exp.GTE, exp.GTE: exp.LTE}


TIMESTAMPS = (exp.DataType.Type.TIMESTAMP, exp.DataType.Type.TIMESTAMPNTZ)


class _Untranslatable(Exception):  # noqa: N818 - no error: the file stays
    pass


def pruning(predicate: exp.Expression | None, schema: Schema) -> BooleanExpression:
    """The expression that files are chosen by.

    :param predicate: a condition over the columns of this one table.
    """
    if predicate is None:
        return AlwaysTrue()
    predicate = predicate.unnest()
    if isinstance(predicate, exp.And):
        return And(pruning(predicate.left, schema), pruning(predicate.right, schema))
    if isinstance(predicate, exp.Or):
        return Or(pruning(predicate.left, schema), pruning(predicate.right, schema))
    if isinstance(predicate, exp.Boolean) and not predicate.this:
        return AlwaysFalse()
    try:
        return _exact(predicate, schema)
    except (_Untranslatable, ValueError, InvalidOperation):
        return AlwaysTrue()


def _exact(node: exp.Expression, schema: Schema) -> BooleanExpression:
    node = node.unnest()
    if isinstance(node, exp.Not):
        return Not(_exact(node.this, schema))
    if type(node) in COMPARISONS:
        if node.left.find(exp.Column) is None:
            mirrored = MIRRORED.get(type(node), type(node))
            return _compare(mirrored, node.right, node.left, schema)
        return _compare(type(node), node.left, node.right, schema)
    if isinstance(node, exp.Between):
        low = _compare(exp.GTE, node.this, node.args["low"], schema)
        return And(low, _compare(exp.LTE, node.this, node.args["high"], schema))
    if isinstance(node, exp.In) and node.expressions and not node.args.get("query"):
        each = [_compare(exp.EQ, node.this, value, schema) for value in node.expressions]
        return each[0] if len(each) == 1 else Or(*each)
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        return _said(IS_NULL(_field(node.this, schema).name))
    if isinstance(node, exp.Column):
        field = _field(node, schema)
        if isinstance(field.field_type, BooleanType):
            return _said(COMPARISONS[exp.EQ](field.name, True))
    raise _Untranslatable


def _field(node: exp.Expression, schema: Schema) -> NestedField:
    node = node.unnest()
    if not isinstance(node, exp.Column):
        raise _Untranslatable
    return schema.find_field(node.name, case_sensitive=False)


def _compare(
    operator: type[exp.Expression], left: exp.Expression, right: exp.Expression, schema: Schema
) -> BooleanExpression:
    left = left.unnest()
    if isinstance(left, exp.Cast | exp.Date | exp.TsOrDsToDate) and not isinstance(left, exp.TryCast):
        if isinstance(left, exp.Cast) and not left.is_type(exp.DataType.Type.DATE):
            raise _Untranslatable
        field = _field(left.this, schema)
        if isinstance(field.field_type, TimestampType):
            return _on_day(operator, field.name, date.fromisoformat(str(_value(right, DateType()))))
        if not isinstance(field.field_type, DateType):
            raise _Untranslatable
    else:
        field = _field(left, schema)
    return _said(COMPARISONS[operator](field.name, _value(right, field.field_type)))


def _on_day(operator: type[exp.Expression], name: str, day: date) -> BooleanExpression:
    """`CAST(ts AS date) <op> day`, said of `ts` itself."""
    start = datetime(day.year, day.month, day.day).isoformat()
    end = (datetime(day.year, day.month, day.day) + timedelta(days=1)).isoformat()
    before, from_start = COMPARISONS[exp.LT], COMPARISONS[exp.GTE]
    said: dict[type[exp.Expression], BooleanExpression] = {
        exp.EQ: And(from_start(name, start), before(name, end)),
        exp.NEQ: Or(before(name, start), from_start(name, end)),
        exp.LT: before(name, start),
        exp.LTE: before(name, end),
        exp.GT: from_start(name, end),
        exp.GTE: from_start(name, start),
    }
    return said[operator]


def _said(expression: Any) -> BooleanExpression:
    made: BooleanExpression = expression
    return made


def _value(node: exp.Expression, kind: object) -> Value:
    """A literal as a value of a column's type; anything else, and any other type, is not translated."""
    node = node.unnest()
    if isinstance(node, exp.Neg):
        value = _value(node.this, kind)
        if isinstance(value, str | bool):
            raise _Untranslatable
        return -value
    if isinstance(node, exp.Cast | exp.Date | exp.TsOrDsToDate) and isinstance(node.this, exp.Literal):
        return _typed_literal(node, kind)
    if isinstance(node, exp.Boolean) and isinstance(kind, BooleanType):
        return bool(node.this)
    if not isinstance(node, exp.Literal):
        raise _Untranslatable
    if isinstance(kind, StringType) and node.is_string:
        return str(node.this)
    if node.is_string:
        raise _Untranslatable
    if isinstance(kind, IntegerType | LongType):
        return int(node.this)
    if isinstance(kind, DoubleType):
        return float(node.this)
    if isinstance(kind, DecimalType):
        return _scaled(Decimal(node.this), kind)
    raise _Untranslatable


def _typed_literal(node: exp.Expression, kind: object) -> Value:
    """`DATE '…'`, `TIMESTAMP '…'`, `CAST('…' AS DECIMAL(10, 2))`; not where the cast itself would round."""
    text = str(node.this.this)
    if any(node.args.get(name) for name in ("format", "zone", "expressions")):
        raise _Untranslatable
    if isinstance(node, exp.Date | exp.TsOrDsToDate) or node.is_type(exp.DataType.Type.DATE):
        day = date.fromisoformat(text)
        if isinstance(kind, DateType):
            return day.isoformat()
        if isinstance(kind, TimestampType):
            return datetime(day.year, day.month, day.day).isoformat()
        raise _Untranslatable
    numbers = [int(each.this.name) for each in node.args["to"].expressions]
    digits = len(text.partition(".")[2])
    if node.is_type(*TIMESTAMPS) and isinstance(kind, TimestampType) and digits <= min(6, *(numbers or [3])):
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            return moment.isoformat()
    scale = numbers[1] if len(numbers) > 1 else 0
    if node.is_type(exp.DataType.Type.DECIMAL) and isinstance(kind, DecimalType) and digits <= scale:
        return _scaled(Decimal(text), kind)
    raise _Untranslatable


def _scaled(value: Decimal, kind: DecimalType) -> Decimal:
    scaled = value.quantize(Decimal(1).scaleb(-kind.scale))
    if scaled != value:
        raise _Untranslatable
    return scaled


def among(name: str, values: set[Value]) -> BooleanExpression:
    """Rows whose column has one of these values; beyond what Iceberg compares one by one, those between the ends."""
    if len(values) <= 200:
        return _said(IN(name, values))
    ordered = sorted(values)  # type: ignore[type-var]  # all of one type
    return And(COMPARISONS[exp.GTE](name, ordered[0]), COMPARISONS[exp.LTE](name, ordered[-1]))
