"""Line chart: lines, areas, stacked areas; one line a measure or a color.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/line-charts.html
"""

from __future__ import annotations

from dataclasses import replace

from local_aws.dashboards.kinds.picture import Asked, NotDrawn, Picture, axis_titles, data_labels, legend
from local_aws.dashboards.query import Limit, orders
from local_aws.spice.types import DATETIME

DEFAULT_POINTS, DEFAULT_COLORS = 2_500, 25


def draw(asked: Asked) -> Picture:
    wells = "LineChartAggregatedFieldWells"
    if asked.well(wells, "SmallMultiples"):
        raise NotDrawn("small multiples")
    category, colors = asked.dimensions(wells, "Category")[:1], asked.dimensions(wells, "Colors")[:1]
    measures = asked.measures(wells, "Values")
    configuration = asked.configuration
    sort = configuration.get("SortConfiguration") or {}
    fields = [*category, *colors, *measures]
    time = bool(category) and category[0].sql.type == DATETIME
    points = Limit.of(sort.get("CategoryItemsLimitConfiguration"), DEFAULT_POINTS, other=not time)
    limits = [None if time and not sort.get("CategoryItemsLimitConfiguration") else points][: len(category)]
    limits += [Limit.of(sort.get("ColorItemsLimitConfiguration"), DEFAULT_COLORS)][: len(colors)]
    keys = [orders(sort.get("CategorySort"), fields, asked.wells)][: len(category)]
    options = {
        "type": configuration.get("Type") or "LINE",
        "categories": len(category),
        "colors": len(colors),
        "time": time,
        "titles": axis_titles(configuration, "XAxisLabelOptions", "PrimaryYAxisLabelOptions"),
        **legend(configuration),
        **data_labels(configuration),
    }
    picture = asked.grouped([*category, *colors], measures, keys, limits, options)
    if not configuration.get("ForecastConfigurations"):
        return picture
    notes = (each for each in ("the forecast is not drawn by local_aws", picture.note) if each)
    return replace(picture, note="; ".join(notes))
