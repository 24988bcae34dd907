"""What names something else in the Definition: scopes, sort fields, controls, parameters, actions."""

from __future__ import annotations

from collections.abc import Iterator

from local_aws.dashboards.definition import Definition, only
from local_aws.dashboards.fields import dimensions_and_measures
from local_aws.dashboards.lint.finding import INVALID, Finding, filters, visuals, walked
from local_aws.spice.expressions.syntax import VISUAL_DIMENSIONS, ExpressionError, tokens


def findings(definition: Definition) -> Iterator[Finding]:
    yield from _scopes(definition)
    yield from _sorts(definition)
    yield from _controls(definition)
    yield from _parameters(definition)
    yield from _actions(definition)


def _scopes(definition: Definition) -> Iterator[Finding]:
    on = {
        each["SheetId"]: {only(one)[1]["VisualId"] for one in each.get("Visuals") or ()} for each in definition.sheets
    }
    for group in definition.body.get("FilterGroups") or ():
        path = f"filterGroup/{group['FilterGroupId']}"
        selected = (group.get("ScopeConfiguration") or {}).get("SelectedSheets") or {}
        for scope in selected.get("SheetVisualScopingConfigurations") or ():
            if scope["SheetId"] not in on:
                yield Finding(INVALID, path, f"The scope names the sheet {scope['SheetId']!r}, which is not there")
                continue
            for name in scope.get("VisualIds") or ():
                if name not in on[scope["SheetId"]]:
                    yield Finding(INVALID, path, f"The scope names the visual {name!r}, which is not on that sheet")


def _sorts(definition: Definition) -> Iterator[Finding]:
    for _, _, visual, path in visuals(definition.body):
        configuration = visual.get("ChartConfiguration") or {}
        wells = configuration.get("FieldWells") or {}
        ids = {only(shape)[1]["FieldId"] if role != "value" else shape["FieldId"]
               for role, shape in dimensions_and_measures(wells)}  # fmt: skip
        if not ids:
            continue
        for sort in walked(configuration.get("SortConfiguration") or {}, "FieldSort"):
            if sort and sort["FieldId"] not in ids:
                message = f"The visual is sorted by the field {sort['FieldId']!r}, which is in none of its wells"
                yield Finding(INVALID, f"{path}/field/{sort['FieldId']}", message)


def _controls(definition: Definition) -> Iterator[Finding]:
    known_filters = {shape["FilterId"] for _, _, shape, _ in filters(definition.body)}
    names = _declared(definition)
    for sheet in definition.sheets:
        for union in sheet.get("FilterControls") or ():
            shape = only(union)[1]
            if shape["SourceFilterId"] not in known_filters:
                path = f"sheet/{sheet['SheetId']}/filterControl/{shape['FilterControlId']}"
                yield Finding(INVALID, path, f"The control is of the filter {shape['SourceFilterId']!r}: there is none")
        for union in sheet.get("ParameterControls") or ():
            shape = only(union)[1]
            if shape["SourceParameterName"] not in names:
                path = f"sheet/{sheet['SheetId']}/parameterControl/{shape['ParameterControlId']}"
                message = f"The control is of the parameter {shape['SourceParameterName']!r}: declare it"
                yield Finding("PARAMETER_NOT_FOUND", path, message)


def _declared(definition: Definition) -> set[str]:
    return {only(each)[1]["Name"] for each in definition.body.get("ParameterDeclarations") or ()}


def _parameters(definition: Definition) -> Iterator[Finding]:
    names = _declared(definition)
    for _, _, shape, path in filters(definition.body):
        used = {each for key in ("ParameterName", "Parameter") for each in walked(shape, key) if isinstance(each, str)}
        for name in sorted(used - names):
            # live dashboards hold such filters, and QuickSight shows them
            message = f"The filter names the parameter {name!r}, which is not declared: it keeps every row"
            yield Finding("PARAMETER_NOT_FOUND", path, message, warning=True)
    for each in definition.body.get("CalculatedFields") or ():
        for name in sorted(_used(each["Expression"]) - names - {VISUAL_DIMENSIONS}):
            message = f"The expression uses the parameter {name!r}: declare it"
            yield Finding("PARAMETER_NOT_FOUND", f"calculatedField/{each['Name']}", message)


def _used(expression: str) -> set[str]:
    """The parameters of an expression; one within a string or a comment is text."""
    try:
        return {each.text for each in tokens(expression) if each.kind == "parameter"}
    except ExpressionError:  # said where the expressions are read
        return set()


def _actions(definition: Definition) -> Iterator[Finding]:
    sheets = {each["SheetId"] for each in definition.sheets}
    for sheet, _, visual, path in visuals(definition.body):
        here = {only(each)[1]["VisualId"] for each in sheet.get("Visuals") or ()}
        for targets in walked(visual.get("Actions") or [], "TargetVisuals"):
            for name in sorted(set(targets or ()) - here):
                yield Finding(INVALID, path, f"An action filters the visual {name!r}, which is not on its sheet")
        for target in walked(visual.get("Actions") or [], "TargetSheetId"):
            if target not in sheets:
                yield Finding(INVALID, path, f"An action goes to the sheet {target!r}, which is not there")
