"""Filters: which apply to a visual, and all of them as one condition on the rows of its data set.

Filters of one group are joined by OR, groups by AND. A group of all data sets filters another data set's visuals where
that data set has a column of the same name.
Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_FilterGroup.html and
https://docs.aws.amazon.com/quicksight/latest/user/add-a-compound-filter.html
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from local_aws.dashboards.conditions import CONDITIONS, Filtering, condition_of, parameter_of
from local_aws.dashboards.definition import Definition, Shape, only
from local_aws.dashboards.fields import aggregated
from local_aws.errors import Unsupported
from local_aws.spice.expressions.dates import truncated
from local_aws.spice.expressions.windows import MARK
from local_aws.spice.types import DATETIME


def filters_of(
    definition: Definition, sheet_id: str, visual_id: str, identifier: str, names: Container[str]
) -> Iterator[list[tuple[str, Shape]]]:
    """The filters on a visual, (kind, shape), by group.

    :param names: the columns and calculated fields of its data set.
    """
    for group in definition.body.get("FilterGroups") or ():
        if group.get("Status") == "DISABLED" or not _in_scope(group["ScopeConfiguration"], sheet_id, visual_id):
            continue
        mine = [only(each) for each in group["Filters"] if _concerns(only(each)[1], group, identifier, names)]
        if mine:
            yield mine


def where(definition: Definition, sheet_id: str, visual_id: str, identifier: str, filtering: Filtering) -> str:
    """The condition on the rows of a visual's data set, `true` if nothing filters it.

    :raises Unsupported: for a kind of filter that is not emulated: better no numbers than wrong ones.
    """
    condition, late = "true", []
    names = {*filtering.scope.columns, *filtering.scope.calculated}
    for mine in filters_of(definition, sheet_id, visual_id, identifier, names):
        if any(_late(kind, shape, filtering) for kind, shape in mine):
            late.append(mine)
        else:
            condition += f" AND ({' OR '.join(condition_of(kind, shape, filtering) for kind, shape in mine)})"
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
        return condition_of(kind, shape, filtering)
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
    found = f"SELECT {column} FROM {filtering.table} WHERE {condition} AND {condition_of(kind, inner, filtering)}"
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


def _concerns(shape: Shape, group: Shape, identifier: str, names: Container[str]) -> bool:
    column = shape["Column"]
    if column.get("DataSetIdentifier") == identifier:
        return True
    return group.get("CrossDataset") == "ALL_DATASETS" and column["ColumnName"] in names


def _top_bottom(shape: Shape, filtering: Filtering, condition: str) -> str:
    column = filtering.scope.column(shape["Column"]["ColumnName"])
    text = column.text
    if shape.get("TimeGranularity") and column.type == DATETIME:
        text = truncated(shape["TimeGranularity"].lower(), text, filtering.week_start)
    name = shape.get("ParameterName")
    limit = (parameter_of(name, filtering) if name else None) or str(int(shape.get("Limit") or 10))
    orders = []
    for sort in shape["AggregationSortConfigurations"]:
        by = filtering.scope.column(sort["Column"]["ColumnName"])
        value = (
            by if by.level == "group" else aggregated(by, sort.get("AggregationFunction"), sort["Column"]["ColumnName"])
        )
        orders.append(f"{value.text} {sort['SortDirection']} NULLS LAST")
    ranked = f"SELECT {text} FROM {filtering.table} WHERE {condition} GROUP BY 1 ORDER BY {', '.join([*orders, '1'])}"
    return f"{text} IN ({ranked} LIMIT {limit})"
