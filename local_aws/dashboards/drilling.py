"""Drill-down: a visual's categories are levels of which one is drawn; a click goes down into an item.

The category well's first field is the top; the fields after it are the levels below. A date field with a
`DateTimeHierarchy` has the finer granularities below it. The Definition of a visual gone down is the one of the level
reached, filtered by the items on the way: whatever draws Definitions draws it.
Evidence: https://docs.aws.amazon.com/quicksight/latest/user/adding-drill-downs.html, API_ColumnHierarchy.html.
Deviates: `DrillDownFilters`, a way down saved by the author, filter the visual and leave its level as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from local_aws.dashboards.definition import Shape, only
from local_aws.dashboards.fields import custom_labels

Json = dict[str, Any]
Condition = dict[str, Any]

WELLS = ("Category", "Categories", "GroupBy", "Groups")
FINER = {"YEAR": "QUARTER", "QUARTER": "MONTH", "MONTH": "DAY", "WEEK": "DAY", "DAY": "HOUR", "HOUR": "MINUTE"}


class NoLevel(Exception):  # noqa: N818 - of the request
    """There is no level so far down, or no such value on it."""


def drilled(body: Shape, drills: Mapping[str, Sequence[Any]]) -> Shape:
    """The Definition with visuals gone down. :param drills: visual id → the item taken on each level."""
    groups = list(body.get("FilterGroups") or ())
    sheets = []
    for sheet in body.get("Sheets") or ():
        visuals = []
        for union in sheet.get("Visuals") or ():
            kind, visual = only(union)
            conditions = [*_saved(visual)]
            for value in drills.get(visual["VisualId"]) or ():
                condition, visual = _down(visual, value)
                conditions.append(condition)
            groups += _groups(sheet["SheetId"], visual["VisualId"], conditions)
            visuals.append({kind: visual})
        sheets.append({**sheet, "Visuals": visuals})
    return {**body, "FilterGroups": groups, "Sheets": sheets}


def ways(body: Shape, drills: Mapping[str, Sequence[Any]]) -> dict[str, Json]:
    """Visual id → the way taken (`path`: label and text of each item) and whether it goes on (`deeper`)."""
    found: dict[str, Json] = {}
    for sheet in body.get("Sheets") or ():
        for _, visual in map(only, sheet.get("Visuals") or ()):
            path: list[Json] = []
            values = drills.get(visual["VisualId"]) or ()
            for value in values:
                path.append({"label": _label(visual), "text": _text(_top(visual), value), "value": value})
                _, visual = _down(visual, value)
            deeper = _below(visual) is not None
            if path or deeper:
                field = only(_top(visual))[1]["FieldId"]
                found[visual["VisualId"]] = {"path": path, "deeper": deeper, "field": field, "level": _label(visual)}
    return found


def equals(union: Shape, value: Any) -> Condition:
    """The filter of one item of a dimension, as the page says it: null, a text, a number or an ISO date."""
    kind, shape = only(union)
    name = {"FilterId": f"item-{shape['FieldId']}", "Column": shape["Column"]}
    try:
        if kind == "DateDimensionField" and value is not None:
            at = datetime.fromisoformat(str(value).removesuffix("Z")).replace(tzinfo=None)
            return {"TimeEqualityFilter": {**name, "Value": at, "TimeGranularity": _unit(shape)}}
        if kind == "NumericalDimensionField" and value is not None:
            number = {"Value": float(value), "MatchOperator": "EQUALS", "NullOption": "NON_NULLS_ONLY"}
            return {"NumericEqualityFilter": {**name, **number}}
    except (TypeError, ValueError) as error:
        raise NoLevel(f"{value!r} is no value of {shape['Column']['ColumnName']!r}") from error
    values, null = ([], "NULLS_ONLY") if value is None else ([str(value)], "NON_NULLS_ONLY")
    listed = {"MatchOperator": "EQUALS", "CategoryValues": values, "NullOption": null}
    return {"CategoryFilter": {**name, "Configuration": {"FilterListConfiguration": listed}}}


def _down(visual: Shape, value: Any) -> tuple[Condition, Shape]:
    below = _below(visual)
    if below is None:
        raise NoLevel(f"The visual {visual['VisualId']!r} has no level below {_label(visual) or 'its own'!r}")
    return equals(_top(visual), value), below


def _below(visual: Shape) -> Shape | None:
    """The visual one level down; None on the lowest."""
    place = _place(visual)
    if place is None:
        return None
    wells, name = place
    fields = visual["ChartConfiguration"]["FieldWells"][wells][name]
    kind, shape = only(fields[0])
    finer = FINER.get(_unit(shape)) if kind == "DateDimensionField" and _by_time(visual, shape) else None
    if finer:
        fields = [{kind: {**shape, "DateGranularity": finer}}, *fields[1:]]
    elif len(fields) > 1:
        fields = fields[1:]
    else:
        return None
    configuration = visual["ChartConfiguration"]
    made = {**configuration["FieldWells"], wells: {**configuration["FieldWells"][wells], name: fields}}
    return {**visual, "ChartConfiguration": {**configuration, "FieldWells": made}}


def _place(visual: Shape) -> tuple[str, str] | None:
    """Where the levels stand: the field wells' name and the category well's."""
    given = (visual.get("ChartConfiguration") or {}).get("FieldWells")
    for wells, shape in given.items() if isinstance(given, dict) else ():
        # a table shows all its groups beside one another: they are no levels
        levels = isinstance(shape, dict) and wells.endswith("FieldWells") and not wells.startswith("Table")
        for name in WELLS if levels else ():
            if shape.get(name):
                return wells, name
    return None


def _top(visual: Shape) -> Shape:
    place = _place(visual)
    return visual["ChartConfiguration"]["FieldWells"][place[0]][place[1]][0] if place else {}


def _by_time(visual: Shape, field: Shape) -> bool:
    hierarchies = (each.get("DateTimeHierarchy") or {} for each in visual.get("ColumnHierarchies") or ())
    return any(each.get("HierarchyId") == field.get("HierarchyId") for each in hierarchies if each)


def _unit(field: Shape) -> str:
    return str(field.get("DateGranularity") or "DAY")


def _label(visual: Shape) -> str:
    kind, shape = only(_top(visual))
    if not kind:
        return ""
    name = custom_labels(visual.get("ChartConfiguration")).get(shape["FieldId"]) or shape["Column"]["ColumnName"]
    return f"{name} ({_unit(shape).lower()})" if kind == "DateDimensionField" else name


def _text(field: Shape, value: Any) -> str:
    """An item as the way names it."""
    kind, shape = only(field)
    if value is None:
        return "null"
    if kind != "DateDimensionField":
        return str(value)
    at = datetime.fromisoformat(str(value).removesuffix("Z"))
    forms = {"YEAR": "%Y", "QUARTER": f"Q{(at.month + 2) // 3} %Y", "MONTH": "%b %Y", "HOUR": "%d %b %Y %H:%M"}
    return at.strftime(forms.get(_unit(shape), "%d %b %Y"))


def _saved(visual: Shape) -> Iterator[Condition]:
    """The conditions of the author's `DrillDownFilters`."""
    filters = [
        only(each)
        for hierarchy in visual.get("ColumnHierarchies") or ()
        for each in only(hierarchy)[1].get("DrillDownFilters") or ()
    ]
    for number, (kind, shape) in enumerate(filters):
        name = {"FilterId": f"saved-{number}", "Column": shape["Column"], "NullOption": "NON_NULLS_ONLY"}
        if kind == "NumericEqualityFilter":
            yield {kind: {**name, "Value": shape["Value"], "MatchOperator": "EQUALS"}}
        elif kind == "CategoryFilter":
            listed = {"MatchOperator": "EQUALS", "CategoryValues": shape["CategoryValues"]}
            yield {kind: {**name, "Configuration": {"FilterListConfiguration": listed}}}
        elif kind == "TimeRangeFilter":
            edges = {f"Range{side}Value": {"StaticValue": shape[f"Range{side}"]} for side in ("Minimum", "Maximum")}
            unit = {"TimeGranularity": shape["TimeGranularity"], "IncludeMinimum": True, "IncludeMaximum": True}
            yield {kind: {**name, **edges, **unit}}


def _groups(sheet_id: str, visual_id: str, conditions: Sequence[Condition]) -> Iterator[Json]:
    scope = {"SheetId": sheet_id, "Scope": "SELECTED_VISUALS", "VisualIds": [visual_id]}
    for number, each in enumerate(conditions):
        yield {
            "FilterGroupId": f"drilled-{visual_id}-{number}",
            "CrossDataset": "ALL_DATASETS",
            "Status": "ENABLED",
            "Filters": [each],
            "ScopeConfiguration": {"SelectedSheets": {"SheetVisualScopingConfigurations": [scope]}},
        }
