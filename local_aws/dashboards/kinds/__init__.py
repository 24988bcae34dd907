"""One module a kind of visual: from the visual's shape to the rows and options that the page draws."""

from __future__ import annotations

from local_aws.dashboards.kinds import bar, kpi, line, pie, pivot, table
from local_aws.dashboards.kinds.picture import Asked, Draw, Picture

KINDS: dict[str, Draw] = {
    "KPIVisual": kpi.draw,
    "BarChartVisual": bar.draw,
    "LineChartVisual": line.draw,
    "PieChartVisual": pie.draw,
    "TableVisual": table.draw,
    "PivotTableVisual": pivot.draw,
}
"""Visuals that are drawn; any other is a card that names its kind and shows its data as a table."""

__all__ = ["KINDS", "Asked", "Picture"]
