"""What a reader has chosen on a dashboard, put into the Definition: a pure function from Definition to Definition.

A chosen parameter becomes the parameter's default, a control's value its filter's, a picked data point a filter on the
visuals that its action names. Whatever draws a Definition draws these too, so a choice cannot mean two things.
Evidence: https://docs.aws.amazon.com/quicksight/latest/user/custom-actions.html, API_CustomActionFilterOperation.html
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local_aws.dashboards.definition import Shape, only
from local_aws.dashboards.drilling import NoLevel, drilled, equals
from local_aws.dashboards.fields import dimensions_and_measures


class BadState(Exception):  # noqa: N818 - of the request
    """A state that is none: the message says what is wrong."""


@dataclass(frozen=True)
class State:
    """A reader's choices.

    :param parameters: name → its values; an empty list selects everything.
    :param filters: filter id → what the control says (`values`, `min`, `max`, `value`); None takes the filter away.
    :param picks: data points: `{"visual": id, "fields": {field id: value}}`.
    :param drills: visual id → the item taken on each level of its way down.
    """

    parameters: Mapping[str, list[Any]] = field(default_factory=dict)
    filters: Mapping[str, Mapping[str, Any] | None] = field(default_factory=dict)
    picks: tuple[Mapping[str, Any], ...] = ()
    drills: Mapping[str, list[Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str | None) -> State:
        """From the JSON of a request. :raises BadState:"""
        try:
            shape = json.loads(text or "{}")
            made = cls(dict(shape.get("parameters") or {}), dict(shape.get("filters") or {}),
                       tuple(shape.get("picks") or ()), dict(shape.get("drills") or {}))  # fmt: skip
            if not all(isinstance(each, list) for each in (*made.parameters.values(), *made.drills.values())):
                raise BadState("a parameter's value is a list, and so is a way down")
            if not all(isinstance(each, dict) and isinstance(each.get("fields"), dict) for each in made.picks):
                raise BadState("a pick names a visual and its fields")
            return made
        except (ValueError, AttributeError, TypeError) as error:
            raise BadState(f"the state cannot be read: {error}") from error


def applied(body: Shape, state: State) -> Shape:
    """The Definition as it is under the reader's choices; the given one stays as it is."""
    try:
        made: dict[str, Any] = {**drilled(body, state.drills)}
        if not (state.parameters or state.filters or state.picks):
            return made
        made["ParameterDeclarations"] = [_declared(each, state) for each in body.get("ParameterDeclarations") or ()]
        groups = [_group(each, state) for each in made["FilterGroups"]]
        made["FilterGroups"] = [each for each in groups if each["Filters"]]
        for number, pick in enumerate(state.picks):
            made["FilterGroups"] += _picked(made, pick, number)
        return made
    except NoLevel as error:
        raise BadState(str(error)) from error


def _declared(union: Shape, state: State) -> Shape:
    kind, shape = only(union)
    if shape.get("Name") not in state.parameters:
        return union
    values = [_typed(kind, each) for each in state.parameters[shape["Name"]]]
    return {kind: {**shape, "DefaultValues": {"StaticValues": values}}}


def _typed(kind: str, value: Any) -> Any:
    try:
        if kind == "DateTimeParameterDeclaration":
            return datetime.fromisoformat(str(value).removesuffix("Z")).replace(tzinfo=None)
        if kind == "IntegerParameterDeclaration":
            return int(value)
        return float(value) if kind == "DecimalParameterDeclaration" else str(value)
    except ValueError as error:
        raise BadState(f"{value!r} is no value of a {kind.removesuffix('ParameterDeclaration')} parameter") from error


def _group(group: Shape, state: State) -> dict[str, Any]:
    filters = []
    for union in group["Filters"]:
        kind, shape = only(union)
        if shape.get("FilterId") not in state.filters:
            filters.append(union)
            continue
        chosen = state.filters[shape["FilterId"]]
        if chosen is not None:
            filters.append({kind: _chosen(kind, shape, chosen)})
    return {**group, "Filters": filters}


def _chosen(kind: str, shape: Shape, chosen: Mapping[str, Any]) -> Shape:
    made = copy.copy(dict(shape))
    null = shape.get("NullOption") or "NON_NULLS_ONLY"
    if kind == "CategoryFilter":
        values = [str(each) for each in chosen.get("values") or ()]
        given, configuration = only(shape["Configuration"])
        null = (configuration or {}).get("NullOption") or "NON_NULLS_ONLY"
        operator = chosen.get("operator") or "EQUALS"
        if given == "CustomFilterConfiguration" and len(values) == 1:  # the only one that is matched partially
            custom = {"MatchOperator": operator, "CategoryValue": values[0], "NullOption": null}
            return {**made, "Configuration": {given: custom}}
        listed = {"MatchOperator": operator, "CategoryValues": values, "NullOption": null}
        return {**made, "Configuration": {"FilterListConfiguration": listed}}
    if kind == "NumericEqualityFilter":
        return {**made, "Value": _number(chosen.get("value")), "ParameterName": None}
    if kind in {"NumericRangeFilter", "TimeRangeFilter"}:
        suffix, read = ("", _number) if kind == "NumericRangeFilter" else ("Value", _time)
        for side, bound in (("min", "RangeMinimum"), ("max", "RangeMaximum")):
            if side in chosen:
                value = chosen[side]
                made[bound + suffix] = None if value in {None, ""} else {"StaticValue": read(value)}
                made[f"Include{bound.removeprefix('Range')}"] = True
        return made
    if kind == "TimeEqualityFilter":
        return {**made, "Value": _time(chosen.get("value")), "ParameterName": None, "RollingDate": None}
    if kind == "RelativeDatesFilter":
        names = {"type": "RelativeDateType", "unit": "TimeGranularity", "amount": "RelativeDateValue"}
        return {**made, **{names[key]: value for key, value in chosen.items() if key in names}}
    raise BadState(f"a {kind} has no control here")


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise BadState(f"{value!r} is no number") from error


def _time(value: Any) -> datetime:
    return _typed("DateTimeParameterDeclaration", value)  # type: ignore[no-any-return]


def _picked(body: Shape, pick: Mapping[str, Any], number: int) -> list[dict[str, Any]]:
    """Filter groups of a data point, on the visuals that the picked visual's filter action aims at."""
    for sheet in body.get("Sheets") or ():
        for union in sheet.get("Visuals") or ():
            visual = only(union)[1]
            if visual["VisualId"] == pick.get("visual"):
                targets = aims(sheet, visual)
                if not targets:
                    return []
                scope = {"SheetId": sheet["SheetId"], "Scope": "SELECTED_VISUALS", "VisualIds": targets}
                where = {"SelectedSheets": {"SheetVisualScopingConfigurations": [scope]}}
                return [
                    {
                        "FilterGroupId": f"picked-{number}-{place}",
                        "CrossDataset": "ALL_DATASETS",
                        "Status": "ENABLED",
                        "Filters": [condition],
                        "ScopeConfiguration": where,
                    }
                    for place, condition in enumerate(_conditions(visual, pick["fields"]))
                ]
    return []


def aims(sheet: Shape, visual: Shape) -> list[str]:
    """The visuals of the sheet that a click in this visual filters; empty if it has no such action."""
    others = [only(each)[1]["VisualId"] for each in sheet.get("Visuals") or ()]
    others = [each for each in others if each != visual["VisualId"]]
    found: list[str] = []
    for operation in operations(visual):
        target = ((operation.get("FilterOperation") or {}).get("TargetVisualsConfiguration") or {}).get(
            "SameSheetTargetVisualConfiguration"
        )
        if target is not None:
            found += target.get("TargetVisuals") or others
    return [each for each in others if each in found]


def operations(visual: Shape) -> Iterator[Shape]:
    """What a click on a data point of the visual does."""
    for action in visual.get("Actions") or ():
        if action.get("Trigger") == "DATA_POINT_CLICK" and action.get("Status", "ENABLED") == "ENABLED":
            yield from action.get("ActionOperations") or ()


def _conditions(visual: Shape, chosen: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    wells = (visual.get("ChartConfiguration") or {}).get("FieldWells") or {}
    for role, union in dimensions_and_measures(wells):
        union = {"": union} if role == "value" else union
        shape = only(union)[1]
        if role == "measure" or shape["FieldId"] not in chosen:
            continue
        yield equals(union, chosen[shape["FieldId"]])
