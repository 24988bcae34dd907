"""One module a kind of visual: from the visual's shape to the rows and options that the page draws."""

from __future__ import annotations

from local_aws.dashboards.kinds import (
    bar,
    combo,
    distribution,
    gauge,
    heat_map,
    insight,
    kpi,
    line,
    maps,
    parts,
    pie,
    pivot,
    sankey,
    scatter,
    table,
    waterfall,
)
from local_aws.dashboards.kinds.picture import Asked, Draw, Picture

KINDS: dict[str, Draw] = {
    "KPIVisual": kpi.draw,
    "BarChartVisual": bar.draw,
    "LineChartVisual": line.draw,
    "ComboChartVisual": combo.draw,
    "PieChartVisual": pie.draw,
    "TableVisual": table.draw,
    "PivotTableVisual": pivot.draw,
    "InsightVisual": insight.draw,
    "HeatMapVisual": heat_map.draw,
    "ScatterPlotVisual": scatter.draw,
    "GaugeChartVisual": gauge.draw,
    "FunnelChartVisual": parts.funnel,
    "TreeMapVisual": parts.tree_map,
    "RadarChartVisual": parts.radar,
    "WordCloudVisual": parts.word_cloud,
    "FilledMapVisual": maps.filled,
    "GeospatialMapVisual": maps.points,
    "WaterfallVisual": waterfall.draw,
    "HistogramVisual": distribution.histogram,
    "BoxPlotVisual": distribution.box_plot,
    "SankeyDiagramVisual": sankey.draw,
}
"""Visuals that are drawn; any other is a card that names its kind and shows its data as a table."""

__all__ = ["KINDS", "Asked", "Picture"]
