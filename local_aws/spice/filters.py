"""A `FilterOperation` as an SQL condition: an expression, or a comparison, a list or a range of one column.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_FilterOperation.html and the pages of its
conditions. Deviates: texts are compared as they are written, in upper and lower case; a NULL fulfils no condition but
those that exclude.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from local_aws.errors import Unsupported
from local_aws.spice.transforms import Relation, compiled, invalid
from local_aws.spice.types import DATETIME, DECIMAL, INTEGER, STRING, literal, quoted

Shape = Mapping[str, Any]
_TEXTS = {
    "EQUALS": "{0} = {1}",
    "DOES_NOT_EQUAL": "{0} IS DISTINCT FROM {1}",
    "CONTAINS": "contains({0}, {1})",
    "DOES_NOT_CONTAIN": "NOT coalesce(contains({0}, {1}), false)",
    "STARTS_WITH": "starts_with({0}, {1})",
    "ENDS_WITH": "ends_with({0}, {1})",
}
_ORDER = {
    "EQUALS": "=",
    "DOES_NOT_EQUAL": "IS DISTINCT FROM",
    "GREATER_THAN": ">",
    "GREATER_THAN_OR_EQUALS_TO": ">=",
    "LESS_THAN": "<",
    "LESS_THAN_OR_EQUALS_TO": "<=",
    "BEFORE": "<",
    "BEFORE_OR_EQUALS_TO": "<=",
    "AFTER": ">",
    "AFTER_OR_EQUALS_TO": ">=",
}
_TYPES = {
    "StringFilterCondition": {STRING},
    "NumericFilterCondition": {INTEGER, DECIMAL},
    "DateFilterCondition": {DATETIME},
}


def keep(relation: Relation, operations: Iterable[Shape]) -> Relation:
    """The rows that fulfil all of the operations."""
    where = " AND ".join(condition(relation, each) for each in operations)
    return relation.select([quoted(each.name) for each in relation.columns], relation.columns, where=where)


def condition(relation: Relation, operation: Shape) -> str:
    """:raises AwsError: `InvalidParameterValueException` for a column that is not there or of another type."""
    given = [(kind, shape) for kind, shape in operation.items() if shape]
    if len(given) != 1:
        raise invalid(f"a FilterOperation has one condition, not {len(given)}")
    kind, shape = given[0]
    if kind == "ConditionExpression":
        return f"({compiled(shape, relation.scope, 'FilterOperation')})"
    column = relation.column(shape.get("ColumnName") or "")
    if column.type not in _TYPES[kind]:
        raise invalid(f"a {kind} cannot filter {column.name!r}, which is {column.type}")
    name = quoted(column.name)
    if comparison := shape.get("ComparisonFilterCondition"):
        value = _value(comparison.get("Value"), kind)
        if kind == "StringFilterCondition":
            return _TEXTS[comparison["Operator"]].format(name, value)
        return f"{name} {_ORDER[comparison['Operator']]} {value}"
    if listed := shape.get("ListFilterCondition"):
        values = [literal(each) for each in (listed.get("Values") or {}).get("StaticValues") or ()]
        if not values:
            raise Unsupported("a ListFilterCondition without StaticValues")
        among = f"coalesce({name} IN ({', '.join(values)}), false)"
        return among if listed["Operator"] == "INCLUDE" else f"NOT {among}"
    if span := shape.get("RangeFilterCondition"):
        return _between(name, span, kind)
    raise invalid(f"the {kind} of {column.name!r} says nothing")


def _between(name: str, span: Shape, kind: str) -> str:
    ends = []
    for end, strict, included in (("Minimum", ">", ">="), ("Maximum", "<", "<=")):
        if span.get(f"Range{end}"):
            sign = included if span.get(f"Include{end}") else strict
            ends.append(f"{name} {sign} {_value(span[f'Range{end}'], kind)}")
    if not ends:
        raise invalid("a RangeFilterCondition has neither end")
    return f"({' AND '.join(ends)})"


def _value(value: Shape | None, kind: str) -> str:
    static = (value or {}).get("StaticValue")
    if static is None:
        raise Unsupported("a filter of a data set without StaticValue")
    if kind == "StringFilterCondition":
        return literal(static)
    if kind == "NumericFilterCondition":
        return f"CAST({float(static)!r} AS DOUBLE)"
    moment = static if isinstance(static, datetime) else datetime.fromtimestamp(float(static), UTC)
    return f"TIMESTAMP '{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}'"
