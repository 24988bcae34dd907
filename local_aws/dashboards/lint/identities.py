"""Ids and names that stand for one thing each, and unions that hold one member."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from local_aws.dashboards.definition import Definition, only
from local_aws.dashboards.fields import dimensions_and_measures
from local_aws.dashboards.lint.finding import INVALID, Finding, filters, visuals


def findings(definition: Definition) -> Iterator[Finding]:
    body = definition.body
    declared = body.get("DataSetIdentifierDeclarations") or ()
    yield from _twice("dataSet", (each["Identifier"] for each in declared), "data set identifier")
    yield from _twice("sheet", (each["SheetId"] for each in definition.sheets), "SheetId")
    yield from _twice("visual", (visual["VisualId"] for _, _, visual, _ in visuals(body)), "VisualId")
    yield from _twice("filter", (shape["FilterId"] for _, _, shape, _ in filters(body)), "FilterId")
    groups = body.get("FilterGroups") or ()
    yield from _twice("filterGroup", (each["FilterGroupId"] for each in groups), "FilterGroupId")
    names = (only(each)[1]["Name"] for each in body.get("ParameterDeclarations") or ())
    yield from _twice("parameter", names, "parameter name")
    fields = body.get("CalculatedFields") or ()
    calculated = (f"{each['DataSetIdentifier']}/{each['Name']}" for each in fields)
    yield from _twice("calculatedField", calculated, "calculated field")
    for sheet in definition.sheets:
        for number, union in enumerate(sheet.get("Visuals") or ()):
            given = [name for name, value in union.items() if value is not None]
            if len(given) != 1:
                message = f"A visual is of one kind; this one is {' and '.join(given) or 'of none'}: split it"
                yield Finding(INVALID, f"sheet/{sheet['SheetId']}/visuals/{number}", message)
    for _, _, visual, path in visuals(body):
        wells = (visual.get("ChartConfiguration") or {}).get("FieldWells") or {}
        ids = [only(shape)[1]["FieldId"] if role != "value" else shape["FieldId"]
               for role, shape in dimensions_and_measures(wells)]  # fmt: skip
        yield from _twice(f"{path}/field", ids, "FieldId")


def _twice(path: str, ids: Iterable[str], what: str) -> Iterator[Finding]:
    for name, count in Counter(ids).items():
        if count > 1:
            yield Finding(INVALID, f"{path}/{name}", f"The {what} {name!r} is used {count} times: rename all but one")
