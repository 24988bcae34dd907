"""Scatter plot: two measures a point, a third as the point's size.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/scatter-plot.html
"""

from __future__ import annotations

from local_aws.dashboards.kinds.picture import Asked, Picture, axis_titles, data_labels, legend
from local_aws.dashboards.query import Limit

POINTS = 2_500


def draw(asked: Asked) -> Picture:
    wells = "ScatterPlotCategoricallyAggregatedFieldWells"
    raw = "ScatterPlotUnaggregatedFieldWells"
    aggregated = bool(asked.well(wells, "XAxis") or asked.well(wells, "YAxis"))
    name = wells if aggregated else raw
    category, label = asked.dimensions(name, "Category")[:1], asked.dimensions(name, "Label")[:1]
    size = asked.measures(name, "Size")[:1]
    options = {
        "category": len(category),
        "label": len(label),
        "size": len(size),
        "aggregated": aggregated,
        "titles": axis_titles(asked.configuration, "XAxisLabelOptions", "YAxisLabelOptions"),
        **legend(asked.configuration),
        **data_labels(asked.configuration),
    }
    if not aggregated:  # points of equal position are one point
        positions = [*asked.dimensions(raw, "XAxis")[:1], *asked.dimensions(raw, "YAxis")[:1]]
        return asked.grouped([*category, *label, *positions], size, options=options)
    measures = [*asked.measures(wells, "XAxis")[:1], *asked.measures(wells, "YAxis")[:1], *size]
    dimensions = [*category, *label]
    limits = [Limit(POINTS, other=False) for _ in dimensions]
    return asked.grouped(dimensions, measures, (), limits, options)
