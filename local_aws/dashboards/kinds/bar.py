"""Bar chart: horizontal or vertical; clustered, stacked, stacked to 100 %.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/bar-charts.html
"""

from __future__ import annotations

from local_aws.dashboards.kinds.lines import with_reference_lines
from local_aws.dashboards.kinds.picture import (
    PANELS,
    Asked,
    Picture,
    axis_range,
    axis_titles,
    data_labels,
    legend,
    palette,
    panels,
)
from local_aws.dashboards.query import Limit, orders

DEFAULT_ITEMS, DEFAULT_COLORS = 200, 25


def draw(asked: Asked) -> Picture:
    wells = "BarChartAggregatedFieldWells"
    multiples = asked.dimensions(wells, "SmallMultiples")[:1]
    category, colors = asked.dimensions(wells, "Category")[:1], asked.dimensions(wells, "Colors")[:1]
    measures = asked.measures(wells, "Values")
    configuration = asked.configuration
    sort = configuration.get("SortConfiguration") or {}
    fields = [*multiples, *category, *colors, *measures]
    limits = [Limit.of(sort.get("SmallMultiplesLimitConfiguration"), PANELS, other=False)][: len(multiples)]
    limits += [Limit.of(sort.get("CategoryItemsLimit"), DEFAULT_ITEMS)][: len(category)]
    limits += [Limit.of(sort.get("ColorItemsLimit"), DEFAULT_COLORS)][: len(colors)]
    keys = [orders(sort.get("SmallMultiplesSort"), fields, asked.wells)][: len(multiples)]
    keys += [orders(sort.get("CategorySort"), fields, asked.wells)][: len(category)]
    keys += [orders(sort.get("ColorSort"), fields, asked.wells)][: len(colors)]
    options = {
        "orientation": configuration.get("Orientation") or "VERTICAL",
        "arrangement": configuration.get("BarsArrangement") or "CLUSTERED",
        "categories": len(category),
        "colors": len(colors),
        "titles": axis_titles(configuration, "CategoryLabelOptions", "ValueLabelOptions"),
        "range": axis_range(configuration.get("ValueAxis")),
        **palette(configuration),
        **(panels(configuration) if multiples else {}),
        **legend(configuration),
        **data_labels(configuration),
    }
    return with_reference_lines(
        asked.grouped([*multiples, *category, *colors], measures, keys, limits, options), configuration
    )
