"""Filters: which apply to a visual, and each as a condition on rows.

Filters of one group are joined by OR, groups by AND. A group of all data sets filters another data set's visuals where
that data set has a column of the same name.
Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_FilterGroup.html and
https://docs.aws.amazon.com/quicksight/latest/user/add-a-compound-filter.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from local_aws.dashboards.definition import Definition, Shape, only, timestamp
from local_aws.dashboards.fields import aggregated
from local_aws.errors import Unsupported
from local_aws.spice.expressions.compiler import Scope, compile_expression
from local_aws.spice.expressions.dates import truncated
from local_aws.spice.expressions.syntax import ExpressionError
from local_aws.spice.expressions.windows import MARK
from local_aws.spice.types import DATETIME, DECIMAL, INTEGER, literal


@dataclass(frozen=True)
class Filtering:
    """What a condition is made in: the names of the visual's data set, its table, the week's start."""

    scope: Scope
    table: str
    week_start: str
    groups: tuple[str, ...] = ()
    """SQL of the visual's dimensions: what a filter on an aggregated value keeps or leaves out as a whole."""


def where(definition: Definition, sheet_id: str, visual_id: str, identifier: str, filtering: Filtering) -> str:
    """The condition on the rows of a visual's data set, `true` if nothing filters it.

    :raises Unsupported: for a kind of filter that is not emulated: better no numbers than wrong ones.
    """
    condition, late = "true", []
    for group in definition.body.get("FilterGroups") or ():
        if group.get("Status") == "DISABLED" or not _in_scope(group["ScopeConfiguration"], sheet_id, visual_id):
            continue
        mine = [only(each) for each in group["Filters"] if _concerns(only(each)[1], group, identifier, filtering)]
        if any(_late(kind, shape, filtering) for kind, shape in mine):
            late.append(mine)
        elif mine:
            condition += f" AND ({' OR '.join(_condition(kind, shape, filtering) for kind, shape in mine)})"
    for mine in late:  # ranks and aggregates are taken among the rows that the other filters leave
        condition += f" AND ({' OR '.join(_after(kind, shape, filtering, condition) for kind, shape in mine)})"
    return condition


def _late(kind: str, shape: Shape, filtering: Filtering) -> bool:
    return kind in {"TopBottomFilter", "NestedFilter"} or _on_aggregate(shape, filtering)


def _on_aggregate(shape: Shape, filtering: Filtering) -> bool:
    function = only(shape.get("AggregationFunction") or {})[1]
    return bool(function) or filtering.scope.column(shape["Column"]["ColumnName"]).level == "group"


def _after(kind: str, shape: Shape, filtering: Filtering, condition: str) -> str:
    if kind == "TopBottomFilter":
        return _top_bottom(shape, filtering, condition)
    if kind == "NestedFilter":
        return _nested(shape, filtering, condition)
    if not _on_aggregate(shape, filtering):
        return _condition(kind, shape, filtering)
    return _having(kind, shape, filtering, condition)


def _having(kind: str, shape: Shape, filtering: Filtering, condition: str) -> str:
    """A condition on an aggregated value: of the visual's groups, those for which it holds.

    Evidence: https://docs.aws.amazon.com/quicksight/latest/user/add-a-filter-numeric.html (aggregate filters).
    """
    name = shape["Column"]["ColumnName"]
    column = filtering.scope.column(name)
    value = column if column.level == "group" else aggregated(column, shape.get("AggregationFunction"), name)
    if MARK in value.text:
        raise Unsupported("a filter on a table calculation")
    make = CONDITIONS.get(kind)
    if make is None:
        raise Unsupported(f"{kind}s on aggregated values")
    holds = make(value.text, shape, filtering)
    source = f"SELECT {{}} FROM {filtering.table} WHERE {condition}"
    if not filtering.groups:
        return f"({source.format(holds)})"
    # nulls are groups too, and SQL's IN knows no nulls
    keys = ", ".join(f"coalesce(CAST({each} AS VARCHAR), chr(0))" for each in filtering.groups)
    numbers = ", ".join(str(at) for at in range(1, len(filtering.groups) + 1))
    return f"({keys}) IN ({source.format(keys)} GROUP BY {numbers} HAVING {holds})"


def _nested(shape: Shape, filtering: Filtering, condition: str) -> str:
    """Rows whose value is (or is not) among the values of the rows that an inner filter keeps.

    Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_NestedFilter.html
    """
    column = filtering.scope.column(shape["Column"]["ColumnName"]).text
    kind, inner = only(shape["InnerFilter"])
    kind, inner = ("CategoryFilter", inner) if kind == "CategoryInnerFilter" else (kind, inner)
    found = f"SELECT {column} FROM {filtering.table} WHERE {condition} AND {_condition(kind, inner, filtering)}"
    return (
        f"coalesce({column} {'IN' if shape['IncludeInnerSet'] else 'NOT IN'} ({found} AND {column} IS NOT NULL), false)"
    )


def _in_scope(scope: Shape, sheet_id: str, visual_id: str) -> bool:
    kind, shape = only(scope)
    if kind != "SelectedSheets":
        return True
    for each in shape.get("SheetVisualScopingConfigurations") or ():
        if each["SheetId"] == sheet_id:
            return each["Scope"] == "ALL_VISUALS" or visual_id in (each.get("VisualIds") or ())
    return False


def _concerns(shape: Shape, group: Shape, identifier: str, filtering: Filtering) -> bool:
    column = shape["Column"]
    if column.get("DataSetIdentifier") == identifier:
        return True
    name = column["ColumnName"]
    everywhere = group.get("CrossDataset") == "ALL_DATASETS"
    return everywhere and (name in filtering.scope.columns or name in filtering.scope.calculated)


def _condition(kind: str, shape: Shape, filtering: Filtering) -> str:
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


def _parameter(name: str, filtering: Filtering) -> str | None:
    found = filtering.scope.parameters.get(name)
    return found.text if found else None


def category(column: str, shape: Shape, filtering: Filtering) -> str:
    kind, configuration = only(shape["Configuration"])
    if configuration.get("SelectAllOptions") == "FILTER_ALL_VALUES":
        return _with_nulls(column, "true", configuration.get("NullOption"))
    text = f"CAST({column} AS VARCHAR)"
    if kind == "CustomFilterConfiguration":
        name = configuration.get("ParameterName")
        value = _parameter(name, filtering) if name else literal(configuration.get("CategoryValue") or "")
        if value is None:  # a parameter without a value selects everything
            return "true"
        values = [value]
    else:
        values = [literal(each) for each in configuration.get("CategoryValues") or ()]
    condition = _matched(text, configuration["MatchOperator"], values)
    return _with_nulls(column, condition, configuration.get("NullOption"))


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
        return _parameter(value, filtering)
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
    value = _parameter(name, filtering) if name else repr(_static(shape))
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
        value = _parameter(name, filtering) if name else timestamp(_static(shape))
    if value is None:
        return "true"
    return f"{truncated(unit, column, filtering.week_start)} = {truncated(unit, value, filtering.week_start)}"


def relative_dates(column: str, shape: Shape, filtering: Filtering) -> str:
    """`LAST 7 DAY` ends now; `PREVIOUS` is the whole period before this; `THIS`, `NEXT`, and `NOW` (this, so far).

    Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_RelativeDatesFilter.html
    """
    anchor = shape["AnchorDateConfiguration"].get("ParameterName")
    present = timestamp(filtering.scope.now) if filtering.scope.now else None
    now = _parameter(anchor, filtering) if anchor else present
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


def _top_bottom(shape: Shape, filtering: Filtering, condition: str) -> str:
    column = filtering.scope.column(shape["Column"]["ColumnName"])
    text = column.text
    if shape.get("TimeGranularity") and column.type == DATETIME:
        text = truncated(shape["TimeGranularity"].lower(), text, filtering.week_start)
    name = shape.get("ParameterName")
    limit = (_parameter(name, filtering) if name else None) or str(int(shape.get("Limit") or 10))
    orders = []
    for sort in shape["AggregationSortConfigurations"]:
        by = filtering.scope.column(sort["Column"]["ColumnName"])
        value = (
            by if by.level == "group" else aggregated(by, sort.get("AggregationFunction"), sort["Column"]["ColumnName"])
        )
        orders.append(f"{value.text} {sort['SortDirection']} NULLS LAST")
    ranked = f"SELECT {text} FROM {filtering.table} WHERE {condition} GROUP BY 1 ORDER BY {', '.join([*orders, '1'])}"
    return f"{text} IN ({ranked} LIMIT {limit})"


CONDITIONS: dict[str, Callable[[str, Any, Filtering], str]] = {
    "CategoryFilter": category,
    "NumericRangeFilter": numeric_range,
    "NumericEqualityFilter": numeric_equality,
    "TimeRangeFilter": time_range,
    "TimeEqualityFilter": time_equality,
    "RelativeDatesFilter": relative_dates,
}
