"""Layouts: every element exists, stands within the 36 columns, and covers no other; every visual is placed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from local_aws.dashboards.definition import COLUMNS, Definition, Shape, only
from local_aws.dashboards.lint.finding import INVALID, Finding, walked


def findings(definition: Definition) -> Iterator[Finding]:
    for sheet in definition.sheets:
        layouts = sheet.get("Layouts") or ()
        if not layouts:
            continue
        known = _elements(sheet)
        path = f"sheet/{sheet['SheetId']}/layout"
        elements = [each for found in walked(layouts[0], "Elements") for each in found or ()]
        placed = {each["ElementId"] for each in elements}
        for each in elements:
            if each["ElementId"] not in known:
                message = (
                    f"The layout places {each['ElementId']!r}, which the sheet has not: remove it or add the element"
                )
                yield Finding(INVALID, f"{path}/element/{each['ElementId']}", message)
        for name in [only(each)[1]["VisualId"] for each in sheet.get("Visuals") or ()]:
            if name not in placed:
                message = f"The layout does not place the visual {name!r}: add an element for it"
                yield Finding(INVALID, f"{path}/element/{name}", message)
        kind, layout = only(layouts[0]["Configuration"])
        if kind == "GridLayout":
            yield from _grid(path, layout.get("Elements") or ())


def _elements(sheet: Shape) -> set[str]:
    found = {only(each)[1]["VisualId"] for each in sheet.get("Visuals") or ()}
    found |= {each["SheetTextBoxId"] for each in sheet.get("TextBoxes") or ()}
    found |= {each["SheetImageId"] for each in sheet.get("Images") or ()}
    found |= {only(each)[1]["ParameterControlId"] for each in sheet.get("ParameterControls") or ()}
    return found | {only(each)[1]["FilterControlId"] for each in sheet.get("FilterControls") or ()}


def _grid(path: str, elements: Any) -> Iterator[Finding]:
    for each in elements:
        start, span = int(each.get("ColumnIndex") or 0), int(each["ColumnSpan"])
        if start + span > COLUMNS:
            message = (
                f"Columns {start} to {start + span} reach past the grid's {COLUMNS}: make ColumnSpan {COLUMNS - start}"
            )
            yield Finding(INVALID, f"{path}/element/{each['ElementId']}", message)
    fixed = [each for each in elements if each.get("RowIndex") is not None and each.get("ColumnIndex") is not None]
    for one, other in combinations(fixed, 2):
        if _across(one, other, "Column") and _across(one, other, "Row"):
            message = f"{one['ElementId']!r} and {other['ElementId']!r} overlap: move one of them"
            yield Finding(INVALID, f"{path}/element/{other['ElementId']}", message)


def _across(one: Shape, other: Shape, side: str) -> bool:
    first, second = int(one[f"{side}Index"]), int(other[f"{side}Index"])
    return first < second + int(other[f"{side}Span"]) and second < first + int(one[f"{side}Span"])
