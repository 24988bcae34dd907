"""Pie and donut chart.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/pie-chart.html and donut-chart.html
"""

from __future__ import annotations

from local_aws.dashboards.kinds.picture import Asked, NotDrawn, Picture, data_labels, legend
from local_aws.dashboards.query import Limit, orders

DEFAULT_SLICES = 20


def draw(asked: Asked) -> Picture:
    wells = "PieChartAggregatedFieldWells"
    if asked.well(wells, "SmallMultiples"):
        raise NotDrawn("small multiples")
    category, measures = asked.dimensions(wells, "Category")[:1], asked.measures(wells, "Values")
    configuration = asked.configuration
    sort = configuration.get("SortConfiguration") or {}
    limits = [Limit.of(sort.get("CategoryItemsLimit"), DEFAULT_SLICES)][: len(category)]
    keys = [orders(sort.get("CategorySort"), [*category, *measures], asked.wells)][: len(category)]
    donut = configuration.get("DonutOptions") or {}
    options = {
        "thickness": (donut.get("ArcOptions") or {}).get("ArcThickness") or "MEDIUM",
        "center": (donut.get("DonutCenterOptions") or {}).get("LabelVisibility") != "HIDDEN",
        "categories": len(category),
        **legend(configuration),
        **data_labels(configuration),
        "labels": (configuration.get("DataLabels") or {}).get("Visibility") != "HIDDEN",
    }
    return asked.grouped(category, measures, keys, limits, options)
