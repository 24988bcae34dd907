"""One filter as a condition on rows, a function a kind.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_Filter.html and the page of each kind.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from local_aws.dashboards.definition import Shape, only, timestamp
from local_aws.errors import Unsupported
from local_aws.spice.expressions.compiler import Scope, compile_expression
from local_aws.spice.expressions.dates import truncated
from local_aws.spice.expressions.syntax import ExpressionError
from local_aws.spice.types import DATETIME, DECIMAL, INTEGER, literal


@dataclass(frozen=True)
class Filtering:
    """What a condition is made in: the names of the visual's data set, its table, the week's start."""

    scope: Scope
    table: str
    week_start: str
    groups: tuple[str, ...] = ()
    """SQL of the visual's dimensions: what a filter on an aggregated value keeps or leaves out as a whole."""


def condition_of(kind: str, shape: Shape, filtering: Filtering) -> str:
    make = CONDITIONS.get(kind)
    if make is None:
        raise Unsupported(f"{kind}s")
    name = shape["Column"]["ColumnName"]
    column = filtering.scope.column(name)
    if kind.startswith("Numeric") and column.type not in {INTEGER, DECIMAL}:
        raise ExpressionError(f"{name!r} is a {column.type}; a {kind} takes numbers")
    if kind.startswith(("Time", "Relative")) and column.type != DATETIME:
        raise ExpressionError(f"{name!r} is a {column.type}; a {kind} takes dates")
    return make(column.text, shape, filtering)


def _with_nulls(column: str, condition: str, option: str | None) -> str:
    if option == "NULLS_ONLY":
        return f"{column} IS NULL"
    return f"({condition} OR {column} IS NULL)" if option == "ALL_VALUES" else f"({condition})"


def parameter_of(name: str, filtering: Filtering) -> str | None:
    found = filtering.scope.parameters.get(name)
    return found.text if found else None


def category(column: str, shape: Shape, filtering: Filtering) -> str:
    kind, configuration = only(shape["Configuration"])
    if configuration.get("SelectAllOptions") == "FILTER_ALL_VALUES":
        return _with_nulls(column, "true", configuration.get("NullOption"))
    text = f"CAST({column} AS VARCHAR)"
    if kind == "CustomFilterConfiguration":
        name = configuration.get("ParameterName")
        value = parameter_of(name, filtering) if name else literal(configuration.get("CategoryValue") or "")
        if value is None:  # a parameter without a value selects everything
            return "true"
        values = [value]
    else:
        values = [literal(each) for each in configuration.get("CategoryValues") or ()]
    condition = _matched(text, matching(kind, configuration), values)
    return _with_nulls(column, condition, configuration.get("NullOption"))


def matching(kind: str, configuration: Shape) -> str:
    """How values are compared: a list contains a value or not, and only a single custom value is matched partially.

    Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_CategoryFilterConfiguration.html
    """
    operator = str(configuration.get("MatchOperator") or "EQUALS")
    if kind == "CustomFilterConfiguration":
        return operator
    return {"CONTAINS": "EQUALS", "DOES_NOT_CONTAIN": "DOES_NOT_EQUAL"}.get(operator, operator)


def _matched(text: str, operator: str, values: Sequence[str]) -> str:
    listed = ", ".join(value.removeprefix("(").removesuffix(")") if value[:1] == "(" else value for value in values)
    if operator == "EQUALS":
        return f"{text} IN ({listed})" if values else "false"
    if operator == "DOES_NOT_EQUAL":
        return f"{text} NOT IN ({listed})" if values else "true"
    function = {"STARTS_WITH": "starts_with", "ENDS_WITH": "suffix"}.get(operator, "contains")
    found = " OR ".join(f"{function}({text}, {value})" for value in values) or "false"
    return f"NOT ({found})" if operator == "DOES_NOT_CONTAIN" else found


def numeric_range(column: str, shape: Shape, filtering: Filtering) -> str:
    if shape.get("SelectAllOptions") == "FILTER_ALL_VALUES":
        return _with_nulls(column, "true", shape.get("NullOption"))
    parts = []
    for bound, sign, inclusive in (("RangeMinimum", ">", "IncludeMinimum"), ("RangeMaximum", "<", "IncludeMaximum")):
        value = _bound(shape.get(bound), filtering)
        if value is not None:
            parts.append(f"{column} {sign}{'=' if shape.get(inclusive) else ''} {value}")
    return _with_nulls(column, " AND ".join(parts) or "true", shape.get("NullOption"))


def _bound(shape: Shape | None, filtering: Filtering) -> str | None:
    kind, value = only(shape or {})
    if kind == "Parameter":
        return parameter_of(value, filtering)
    if kind == "RollingDate":
        return compile_expression(value["Expression"], filtering.scope).text
    if kind == "StaticValue":
        return timestamp(value) if hasattr(value, "year") else repr(value)
    return None


def _static(shape: Shape) -> Any:
    if shape.get("Value") is None:
        raise ExpressionError(f"the filter {shape['FilterId']!r} has neither a value nor a parameter")
    return shape["Value"]


def numeric_equality(column: str, shape: Shape, filtering: Filtering) -> str:
    if shape.get("SelectAllOptions") == "FILTER_ALL_VALUES":
        return _with_nulls(column, "true", shape.get("NullOption"))
    name = shape.get("ParameterName")
    value = parameter_of(name, filtering) if name else repr(_static(shape))
    if value is None:
        return "true"
    sign = "=" if shape["MatchOperator"] == "EQUALS" else "<>"
    return _with_nulls(column, f"{column} {sign} {value}", shape.get("NullOption"))


def time_range(column: str, shape: Shape, filtering: Filtering) -> str:
    unit = (shape.get("TimeGranularity") or "").lower()
    at = truncated(unit, column, filtering.week_start) if unit else column
    parts = []
    low, high = _bound(shape.get("RangeMinimumValue"), filtering), _bound(shape.get("RangeMaximumValue"), filtering)
    if low is not None:
        edge = truncated(unit, low, filtering.week_start) if unit else low
        parts.append(f"{at} >{'=' if shape.get('IncludeMinimum') else ''} {edge}")
    if high is not None:
        edge = truncated(unit, high, filtering.week_start) if unit else high
        edge = _shortened(edge, shape, filtering)
        parts.append(f"{at} <{'=' if shape.get('IncludeMaximum') else ''} {edge}")
    return _with_nulls(column, " AND ".join(parts) or "true", shape.get("NullOption"))


def _shortened(end: str, shape: Shape, filtering: Filtering) -> str:
    """The end of a period without the last so many units: those that are not complete yet, as the author says."""
    excluded = shape.get("ExcludePeriodConfiguration") or {}
    if not excluded or excluded.get("Status", "ENABLED") == "DISABLED":
        return end
    unit = excluded["Granularity"].lower()
    begun, step = truncated(unit, end, filtering.week_start), _interval(unit)
    return f"(CASE WHEN {begun} = {end} THEN {end} ELSE {begun} + {step} END - {int(excluded['Amount'])} * {step})"


def time_equality(column: str, shape: Shape, filtering: Filtering) -> str:
    unit = (shape.get("TimeGranularity") or "day").lower()
    name = shape.get("ParameterName")
    if shape.get("RollingDate"):
        value: str | None = compile_expression(shape["RollingDate"]["Expression"], filtering.scope).text
    else:
        value = parameter_of(name, filtering) if name else timestamp(_static(shape))
    if value is None:
        return "true"
    return f"{truncated(unit, column, filtering.week_start)} = {truncated(unit, value, filtering.week_start)}"


def relative_dates(column: str, shape: Shape, filtering: Filtering) -> str:
    """`LAST 7 DAY` ends now; `PREVIOUS` is the whole period before this; `THIS`, `NEXT`, and `NOW` (this, so far).

    Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_RelativeDatesFilter.html
    """
    anchor = shape["AnchorDateConfiguration"].get("ParameterName")
    present = timestamp(filtering.scope.now) if filtering.scope.now else None
    now = parameter_of(anchor, filtering) if anchor else present
    if now is None:  # a parameter without a value selects everything
        return "true"
    unit, kind = shape["TimeGranularity"].lower(), shape["RelativeDateType"]
    amount = int(shape.get("RelativeDateValue") or 1)
    here = truncated(unit, now, filtering.week_start)
    step = _interval(unit)
    edges = {
        "PREVIOUS": (f"{here} - {step}", here),
        "THIS": (here, f"{here} + {step}"),
        "NOW": (here, f"{now} + INTERVAL 1 MICROSECOND"),
        "LAST": (f"{here} - {amount - 1} * {step}", f"{now} + INTERVAL 1 MICROSECOND"),
        "NEXT": (now, f"{here} + {amount + 1} * {step}"),
    }
    low, high = edges[kind]
    high = _shortened(high, shape, filtering)
    return _with_nulls(column, f"{column} >= {low} AND {column} < {high}", shape.get("NullOption"))


def _interval(unit: str) -> str:
    return "INTERVAL 3 MONTH" if unit == "quarter" else f"INTERVAL 1 {unit.upper()}"


def hierarchy(_column: str, shape: Shape, filtering: Filtering) -> str:
    """The chosen values of a tree of columns: a value stands for all below it, unless a child names some of them.

    Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_HierarchyFilter.html
    """
    tree = shape.get("HierarchyTree")
    if not tree:
        return "true"
    condition = _node(tree, filtering)
    condition = f"NOT coalesce({condition}, false)" if shape["MatchOperator"] == "EXCLUDE" else condition
    return _with_nulls(_column, condition, shape.get("NullOption"))


def _node(node: Shape, filtering: Filtering) -> str:
    column = f"CAST({filtering.scope.column(node['Column']['ColumnName']).text} AS VARCHAR)"
    children = {each["ParentValue"]: each for each in node.get("Children") or () if each.get("ParentValue")}
    whole = [literal(each) for each in node.get("HierarchyValues") or () if each not in children]
    parts = [f"{column} IN ({', '.join(whole)})"] if whole else []
    parts += [f"({column} = {literal(value)} AND {_node(each, filtering)})" for value, each in children.items()]
    return f"({' OR '.join(parts)})" if parts else "true"


CONDITIONS: dict[str, Callable[[str, Any, Filtering], str]] = {
    "CategoryFilter": category,
    "NumericRangeFilter": numeric_range,
    "NumericEqualityFilter": numeric_equality,
    "TimeRangeFilter": time_range,
    "TimeEqualityFilter": time_equality,
    "RelativeDatesFilter": relative_dates,
    "HierarchyFilter": hierarchy,
}
