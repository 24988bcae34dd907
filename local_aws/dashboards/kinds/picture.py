"""What a kind of visual is asked with, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from local_aws.dashboards.definition import Shape
from local_aws.dashboards.fields import Field, Wells
from local_aws.dashboards.query import MAX_ROWS, Grouped, Limit, Order
from local_aws.spice.storage import Answer

Options = dict[str, Any]

PANELS = 24
"""Small multiples at most."""


@dataclass(frozen=True)
class Asked:
    """A visual to draw.

    :param table: SQL of its data set's table; `where` the condition of all its filters.
    :param run: executes SQL over SPICE.
    """

    visual: Shape
    wells: Wells
    table: str
    where: str
    run: Callable[[str], Answer]

    @property
    def configuration(self) -> Shape:
        found: Shape = self.visual.get("ChartConfiguration") or {}
        return found

    def well(self, *path: str) -> list[Any]:
        """The shapes in a field well, found by the names of its configuration's members."""
        at: Any = self.configuration.get("FieldWells") or {}
        for name in path:
            at = (at or {}).get(name)
        return list(at or ())

    def dimensions(self, *path: str) -> list[Field]:
        return [self.wells.dimension(each) for each in self.well(*path)]

    def measures(self, *path: str) -> list[Field]:
        return [self.wells.measure(each) for each in self.well(*path)]

    def grouped(
        self,
        dimensions: Sequence[Field],
        measures: Sequence[Field],
        orders: Sequence[Sequence[Order]] = (),
        limits: Sequence[Limit | None] = (),
        options: Mapping[str, Any] | None = None,
    ) -> Picture:
        """Measures by dimensions, as the picture of a chart."""
        answer = self.run(Grouped(self.table, self.where, dimensions, measures, orders, limits).sql())
        width = len(dimensions) + len(measures)
        limited = [number for number in range(len(dimensions)) if number < len(limits) and limits[number]]
        rows = [list(row[:width]) for row in answer.rows]
        totals: dict[str, int] = {}
        for place, number in enumerate(limited):
            limit = limits[number]
            assert limit is not None
            for row, full in zip(rows, answer.rows, strict=True):
                past, total = full[width + 2 * place], full[width + 2 * place + 1]
                totals[dimensions[number].id] = total
                if past:
                    row[number] = {"other": total - limit.items}
        note = _limit_note(dimensions, limits, totals)
        if len(rows) == MAX_ROWS:
            note = f"the first {MAX_ROWS:,} groups"
        return Picture([*dimensions, *measures], rows, dict(options or {}), note)


def _limit_note(dimensions: Sequence[Field], limits: Sequence[Limit | None], totals: Mapping[str, int]) -> str | None:
    for each, limit in zip(dimensions, limits, strict=False):
        total = totals.get(each.id, 0)
        if limit is not None and total > limit.items and not limit.other:
            return f"{limit.items:,} of {total:,}"
    return None


@dataclass(frozen=True)
class Picture:
    """:param rows: a value a field; the rest past a limit is `{"other": how many items}`.

    :param options: what the page needs beside the rows, by kind.
    :param note: what the reader must know about the rows, such as a limit.
    """

    fields: Sequence[Field]
    rows: list[list[Any]]
    options: Options = field(default_factory=dict)
    note: str | None = None
    instead: str | None = None
    """What of the visual cannot be drawn, where its data stands in a table instead."""


class NotDrawn(Exception):  # noqa: N818 - a state of a visual
    """A part of a visual without which its picture would mislead: its data is shown as a table."""


Draw = Callable[[Asked], Picture]


def palette(configuration: Shape) -> dict[str, Any]:
    """The author's colours: of the chart, and of single values as they are shown.

    Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_VisualPalette.html
    """
    shape = configuration.get("VisualPalette") or {}
    mapped = {
        each["Element"]["FieldValue"]: each["Color"]
        for each in shape.get("ColorMap") or ()
        if each.get("Color") and (each.get("Element") or {}).get("FieldValue")
    }
    return {"palette": {"chart": shape.get("ChartColor"), "values": mapped}} if shape else {}


def axis_range(options: Shape | None) -> dict[str, Any]:
    """What an axis is told of its numbers: least, most, logarithmic, or from the data alone (not from zero).

    Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_NumericAxisOptions.html
    """
    shape = options or {}
    shape = shape.get("AxisOptions") or shape
    numeric = (shape.get("DataOptions") or {}).get("NumericAxisOptions") or {}
    reach, scale = numeric.get("Range") or {}, numeric.get("Scale") or {}
    found = {
        "min": (reach.get("MinMax") or {}).get("Minimum"),
        "max": (reach.get("MinMax") or {}).get("Maximum"),
        "data": True if reach.get("DataDriven") is not None else None,
        "log": (scale["Logarithmic"].get("Base") or 10) if scale.get("Logarithmic") is not None else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def panels(configuration: Shape) -> dict[str, Any]:
    """How small multiples stand: columns at most, and whether they share their value axis.

    Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_SmallMultiplesOptions.html
    """
    shape = configuration.get("SmallMultiplesOptions") or {}
    title = (shape.get("PanelConfiguration") or {}).get("Title") or {}
    return {
        "panels": {
            "columns": shape.get("MaxVisibleColumns"),
            "shared": (shape.get("YAxis") or {}).get("Scale") != "INDEPENDENT",
            "titles": title.get("Visibility") != "HIDDEN",
        }
    }


def axis_titles(configuration: Shape, *names: str) -> dict[str, str]:
    """The custom label of each axis, by the configuration's member; an axis label that is hidden is empty."""
    found: dict[str, str] = {}
    for name in names:
        options = configuration.get(name) or {}
        labels = [each.get("CustomLabel") for each in options.get("AxisLabelOptions") or () if each.get("CustomLabel")]
        if options.get("Visibility") == "HIDDEN":
            found[name] = ""
        elif labels:
            found[name] = labels[0]
    return found


def legend(configuration: Shape) -> dict[str, Any]:
    shape = configuration.get("Legend") or {}
    return {"legend": shape.get("Visibility") != "HIDDEN", "legendPosition": shape.get("Position") or "AUTO"}


def data_labels(configuration: Shape) -> dict[str, Any]:
    shape = configuration.get("DataLabels") or {}
    return {"labels": shape.get("Visibility") == "VISIBLE", "labelContent": shape.get("LabelContent")}
