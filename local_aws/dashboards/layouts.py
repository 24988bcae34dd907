"""Where a sheet's elements stand: the grid as it is, free-form and section layouts put onto its 36 columns.

A free-form canvas is measured in pixels; its width becomes the 36 columns, so that elements keep their place and their
share of the width on every screen. A section is a free-form canvas of its own; sections follow one another.
Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_LayoutConfiguration.html
Deviates: rendering rules are not evaluated, and elements that overlap in a free-form layout overlap here as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from local_aws.dashboards.definition import COLUMNS, Shape, only

ROW = 32
"""Pixels of a grid row with its gap, as the page draws it."""
CANVAS = 1600
SECTION = 1100


@dataclass(frozen=True)
class Place:
    """Where an element stands on the 36-column grid; rows are counted from 0."""

    kind: str
    id: str
    column: int
    width: int
    row: int
    height: int


def places(sheet: Shape) -> list[Place]:
    """The sheet's elements in reading order."""
    layouts = sheet.get("Layouts") or ()
    kind, layout = only(layouts[0]["Configuration"]) if layouts else ("", {})
    if kind == "GridLayout":
        return _grid(layout.get("Elements") or ())
    if kind == "FreeFormLayout":
        return _sorted(_free(layout.get("Elements") or (), _canvas(layout, CANVAS), 0))
    if kind == "SectionBasedLayout":
        return _sections(layout)
    ids = [("VISUAL", only(each)[1]["VisualId"], only(each)[0]) for each in sheet.get("Visuals") or ()]
    texts = [("TEXT_BOX", each["SheetTextBoxId"], "") for each in sheet.get("TextBoxes") or ()]
    return _flowed([*texts, *ids])


def pixels(length: Any, default: float) -> float:
    """A length such as `1600px`."""
    found = re.match(r"-?\d+(?:\.\d+)?", str(length or ""))
    return float(found[0]) if found else default


def _canvas(layout: Shape, default: float) -> float:
    options = layout.get("CanvasSizeOptions") or {}
    screen = options.get("ScreenCanvasSizeOptions") or {}
    return pixels(screen.get("OptimizedViewPortWidth"), default)


def _grid(elements: Any) -> list[Place]:
    """Elements where they say; those that do not say follow one another, from left to right, then down."""
    found, column, row, bottom = [], 0, 0, 0
    for each in elements:
        span, rows = min(int(each["ColumnSpan"]), COLUMNS), int(each["RowSpan"])
        at, top = each.get("ColumnIndex"), each.get("RowIndex")
        if at is None and column + span > COLUMNS:
            column, row = 0, bottom
        column = column if at is None else min(int(at), COLUMNS - 1)
        row = row if top is None else int(top)
        width = min(span, COLUMNS - column)
        found.append(Place(each["ElementType"], each["ElementId"], column, width, row, rows))
        column, bottom = column + width, max(bottom, row + rows)
    return _sorted(found)


def _sorted(found: Sequence[Place] | Iterator[Place]) -> list[Place]:
    return sorted(found, key=lambda place: (place.row, place.column))


def _free(elements: Any, canvas: float, first: int) -> Iterator[Place]:
    for each in elements:
        if each.get("Visibility") == "HIDDEN":
            continue
        left, top = pixels(each.get("XAxisLocation"), 0), pixels(each.get("YAxisLocation"), 0)
        wide, high = pixels(each.get("Width"), canvas), pixels(each.get("Height"), 320)
        column = min(max(round(left / canvas * COLUMNS), 0), COLUMNS - 1)
        width = max(1, min(round((left + wide) / canvas * COLUMNS) - column, COLUMNS - column))
        row = max(round(top / ROW), 0)
        height = max(1, round((top + high) / ROW) - row)
        yield Place(each["ElementType"], each["ElementId"], column, width, first + row, height)


def _sections(layout: Shape) -> list[Place]:
    """Header, body and footer sections, one below the other."""
    found: list[Place] = []
    bodies = [(each.get("Content") or {}).get("Layout") for each in layout.get("BodySections") or ()]
    heads = [each.get("Layout") for each in layout.get("HeaderSections") or ()]
    feet = [each.get("Layout") for each in layout.get("FooterSections") or ()]
    for section in (*heads, *bodies, *feet):
        elements = ((section or {}).get("FreeFormLayout") or {}).get("Elements") or ()
        first = max((place.row + place.height for place in found), default=0)
        reach = (pixels(each.get("XAxisLocation"), 0) + pixels(each.get("Width"), 0) for each in elements)
        found += _sorted(_free(elements, max([SECTION, *reach]), first))
    return found


def _flowed(elements: list[tuple[str, str, str]]) -> list[Place]:
    """Places for elements that have none: from left to right, then down."""
    found, column, row, tallest = [], 0, 0, 0
    for kind, element_id, visual in elements:
        width, height = (COLUMNS, 3) if kind == "TEXT_BOX" else (9, 5) if visual == "KPIVisual" else (18, 12)
        if column + width > COLUMNS:
            column, row, tallest = 0, row + tallest, 0
        found.append(Place(kind, element_id, column, width, row, height))
        column, tallest = column + width, max(tallest, height)
    return found
