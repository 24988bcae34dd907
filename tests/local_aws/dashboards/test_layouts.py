"""Layouts other than the grid keep each element's place and share of the width."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.dashboards.layouts import Place, places


def element(name: str, left: int, top: int, width: int, height: int, **more: Any) -> dict[str, Any]:
    return {"ElementId": name, "ElementType": "VISUAL", "XAxisLocation": f"{left}px", "YAxisLocation": f"{top}px",
            "Width": f"{width}px", "Height": f"{height}px", **more}  # fmt: skip


def sheet(configuration: dict[str, Any]) -> dict[str, Any]:
    return {"SheetId": "s", "Layouts": [{"Configuration": configuration}]}


def free(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"Elements": list(elements)}


CANVAS = {"ScreenCanvasSizeOptions": {"OptimizedViewPortWidth": "1600px"}}
LAYOUTS: dict[str, tuple[dict[str, Any], list[Place]]] = {
    "free form": (
        {"FreeFormLayout": {**free(element("b", 800, 0, 800, 320), element("a", 0, 0, 800, 320),
                                   element("c", 0, 320, 1600, 160),
                                   element("off", 0, 0, 9, 9, Visibility="HIDDEN")), "CanvasSizeOptions": CANVAS}},
        [Place("VISUAL", "a", 0, 18, 0, 10), Place("VISUAL", "b", 18, 18, 0, 10), Place("VISUAL", "c", 0, 36, 10, 5)],
    ),
    "sections one below the other": (
        {"SectionBasedLayout": {
            "HeaderSections": [{"SectionId": "h", "Layout": {"FreeFormLayout": free(element("a", 0, 0, 1100, 64))}}],
            "BodySections": [{"SectionId": "b", "Content": {"Layout": {"FreeFormLayout": free(
                element("b", 0, 0, 550, 320), element("c", 550, 0, 550, 320))}}}],
            "FooterSections": [],
            "CanvasSizeOptions": {},
        }},
        [Place("VISUAL", "a", 0, 36, 0, 2), Place("VISUAL", "b", 0, 18, 2, 10), Place("VISUAL", "c", 18, 18, 2, 10)],
    ),
    "grid without rows": (
        {"GridLayout": {"Elements": [
            {"ElementId": "a", "ElementType": "VISUAL", "ColumnSpan": 36, "RowSpan": 4},
            {"ElementId": "b", "ElementType": "VISUAL", "ColumnSpan": 36, "RowSpan": 4}]}},
        [Place("VISUAL", "a", 0, 36, 0, 4), Place("VISUAL", "b", 0, 36, 4, 4)],
    ),
    "grid without rows and columns": (
        {"GridLayout": {"Elements": [
            {"ElementId": "a", "ElementType": "VISUAL", "ColumnSpan": 12, "RowSpan": 4},
            {"ElementId": "b", "ElementType": "VISUAL", "ColumnSpan": 24, "RowSpan": 6},
            {"ElementId": "c", "ElementType": "VISUAL", "ColumnSpan": 9, "RowSpan": 4},
            {"ElementId": "d", "ElementType": "VISUAL", "ColumnSpan": 9, "RowSpan": 4}]}},
        [Place("VISUAL", "a", 0, 12, 0, 4), Place("VISUAL", "b", 12, 24, 0, 6), Place("VISUAL", "c", 0, 9, 6, 4),
         Place("VISUAL", "d", 9, 9, 6, 4)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LAYOUTS)
def test_elements_stand_where_the_layout_says(case: str) -> None:
    configuration, expected = LAYOUTS[case]
    assert places(sheet(configuration)) == expected


def test_elements_without_a_layout_flow() -> None:
    kpis = [{"KPIVisual": {"VisualId": f"k{number}"}} for number in range(5)]
    found = places({"SheetId": "s", "Visuals": kpis})
    assert [(place.column, place.row) for place in found] == [(0, 0), (9, 0), (18, 0), (27, 0), (0, 5)]
