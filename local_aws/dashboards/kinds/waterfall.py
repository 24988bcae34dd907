"""Waterfall chart: how the items add up to their total; with a breakdown, what changes from one item to the next.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/waterfall-chart.html
"""

from __future__ import annotations

from local_aws.dashboards.kinds.picture import Asked, Picture, data_labels
from local_aws.dashboards.query import Limit, orders

DEFAULT_ITEMS, DEFAULT_BREAKDOWNS = 50, 10


def draw(asked: Asked) -> Picture:
    wells = "WaterfallChartAggregatedFieldWells"
    category, breakdown = asked.dimensions(wells, "Categories")[:1], asked.dimensions(wells, "Breakdowns")[:1]
    measures = asked.measures(wells, "Values")[:1]
    configuration = asked.configuration
    sort = configuration.get("SortConfiguration") or {}
    fields = [*category, *breakdown, *measures]
    limits = [Limit.of(sort.get("CategoryItemsLimit"), DEFAULT_ITEMS)][: len(category)]
    limits += [Limit.of(sort.get("BreakdownItemsLimit"), DEFAULT_BREAKDOWNS)][: len(breakdown)]
    keys = [orders(sort.get("CategorySort"), fields, asked.wells)][: len(category)]
    total = (configuration.get("WaterfallChartOptions") or {}).get("TotalBarLabel") or "Total"
    options = {
        "categories": len(category),
        "breakdown": len(breakdown),
        "total": total,
        **data_labels(configuration),
    }
    return asked.grouped([*category, *breakdown], measures, keys, limits, options)
