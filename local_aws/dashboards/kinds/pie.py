"""Pie and donut chart.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/pie-chart.html and donut-chart.html
"""

from __future__ import annotations

from local_aws.dashboards.kinds.picture import PANELS, Asked, Picture, data_labels, legend, palette, panels
from local_aws.dashboards.query import Limit, orders

DEFAULT_SLICES = 20


def draw(asked: Asked) -> Picture:
    wells = "PieChartAggregatedFieldWells"
    multiples = asked.dimensions(wells, "SmallMultiples")[:1]
    category, measures = asked.dimensions(wells, "Category")[:1], asked.measures(wells, "Values")
    configuration = asked.configuration
    sort = configuration.get("SortConfiguration") or {}
    fields = [*multiples, *category, *measures]
    limits = [Limit.of(sort.get("SmallMultiplesLimitConfiguration"), PANELS, other=False)][: len(multiples)]
    limits += [Limit.of(sort.get("CategoryItemsLimit"), DEFAULT_SLICES)][: len(category)]
    keys = [orders(sort.get("SmallMultiplesSort"), fields, asked.wells)][: len(multiples)]
    keys += [orders(sort.get("CategorySort"), fields, asked.wells)][: len(category)]
    donut = configuration.get("DonutOptions") or {}
    options = {
        "thickness": (donut.get("ArcOptions") or {}).get("ArcThickness") or "MEDIUM",
        "center": (donut.get("DonutCenterOptions") or {}).get("LabelVisibility") != "HIDDEN",
        "categories": len(category),
        **palette(configuration),
        **(panels(configuration) if multiples else {}),
        **legend(configuration),
        **data_labels(configuration),
        "labels": (configuration.get("DataLabels") or {}).get("Visibility") != "HIDDEN",
    }
    return asked.grouped([*multiples, *category], measures, keys, limits, options)
