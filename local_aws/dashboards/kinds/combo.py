"""Combo chart: bars and lines over one category, the lines on an axis of their own.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/combo-charts.html
"""

from __future__ import annotations

from local_aws.dashboards.kinds.lines import with_reference_lines
from local_aws.dashboards.kinds.picture import Asked, Picture, axis_range, axis_titles, legend, palette
from local_aws.dashboards.query import Limit, orders

DEFAULT_ITEMS, DEFAULT_COLORS = 2_500, 25


def draw(asked: Asked) -> Picture:
    wells = "ComboChartAggregatedFieldWells"
    category, colors = asked.dimensions(wells, "Category")[:1], asked.dimensions(wells, "Colors")[:1]
    bars, lines = asked.measures(wells, "BarValues"), asked.measures(wells, "LineValues")
    if colors:
        bars = bars[:1]
    configuration = asked.configuration
    sort = configuration.get("SortConfiguration") or {}
    fields = [*category, *colors, *bars, *lines]
    limits = [Limit.of(sort.get("CategoryItemsLimit"), DEFAULT_ITEMS)][: len(category)]
    keys = [orders(sort.get("CategorySort"), fields, asked.wells)][: len(category)]
    single = (configuration.get("SingleAxisOptions") or {}).get("YAxisOptions") or {}
    options = {
        "arrangement": configuration.get("BarsArrangement") or "CLUSTERED",
        "categories": len(category),
        "colors": len(colors),
        "bars": len(bars),
        "lines": len(lines),
        "oneAxis": bool(single),
        "barLabels": (configuration.get("BarDataLabels") or {}).get("Visibility") == "VISIBLE",
        "lineLabels": (configuration.get("LineDataLabels") or {}).get("Visibility") == "VISIBLE",
        "titles": axis_titles(
            configuration, "CategoryLabelOptions", "PrimaryYAxisLabelOptions", "SecondaryYAxisLabelOptions"
        ),
        "range": axis_range(configuration.get("PrimaryYAxisDisplayOptions")),
        "secondRange": axis_range(configuration.get("SecondaryYAxisDisplayOptions")),
        **palette(configuration),
        **legend(configuration),
    }
    if not colors:
        return with_reference_lines(asked.grouped(category, [*bars, *lines], keys, limits, options), configuration)
    # a line has no colors: its values are those of the whole category
    by_category = asked.grouped(category, [*bars, *lines], keys, limits)
    width = len(category) + len(bars)
    line_values = {str(row[: len(category)]): row[width:] for row in by_category.rows}
    keys += [orders(sort.get("ColorSort"), fields, asked.wells)]
    limits += [Limit.of(sort.get("ColorItemsLimit"), DEFAULT_COLORS)]
    picture = asked.grouped([*category, *colors], bars, keys, limits, options)
    rows = [[*row, *line_values.get(str(row[: len(category)]), [None] * len(lines))] for row in picture.rows]
    return with_reference_lines(Picture([*picture.fields, *lines], rows, options, picture.note), configuration)
