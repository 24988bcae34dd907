"""Line chart: lines, areas, stacked areas; one line a measure or a color.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/line-charts.html
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from local_aws.dashboards.definition import Shape
from local_aws.dashboards.forecast import forecast
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
from local_aws.spice.types import DATETIME

DEFAULT_POINTS, DEFAULT_COLORS = 2_500, 25


def draw(asked: Asked) -> Picture:
    wells = "LineChartAggregatedFieldWells"
    multiples = asked.dimensions(wells, "SmallMultiples")[:1]
    category, colors = asked.dimensions(wells, "Category")[:1], asked.dimensions(wells, "Colors")[:1]
    measures = asked.measures(wells, "Values")
    configuration = asked.configuration
    sort = configuration.get("SortConfiguration") or {}
    fields = [*multiples, *category, *colors, *measures]
    time = bool(category) and category[0].sql.type == DATETIME
    points = Limit.of(sort.get("CategoryItemsLimitConfiguration"), DEFAULT_POINTS, other=not time)
    limits: list[Limit | None] = [Limit.of(sort.get("SmallMultiplesLimitConfiguration"), PANELS, other=False)]
    limits = limits[: len(multiples)]
    limits += [None if time and not sort.get("CategoryItemsLimitConfiguration") else points][: len(category)]
    limits += [Limit.of(sort.get("ColorItemsLimitConfiguration"), DEFAULT_COLORS)][: len(colors)]
    keys = [orders(sort.get("SmallMultiplesSort"), fields, asked.wells)][: len(multiples)]
    keys += [orders(sort.get("CategorySort"), fields, asked.wells)][: len(category)]
    options = {
        "type": configuration.get("Type") or "LINE",
        "categories": len(category),
        "colors": len(colors),
        "time": time,
        "titles": axis_titles(configuration, "XAxisLabelOptions", "PrimaryYAxisLabelOptions"),
        "range": axis_range(configuration.get("PrimaryYAxisDisplayOptions")),
        **palette(configuration),
        **(panels(configuration) if multiples else {}),
        **legend(configuration),
        **data_labels(configuration),
    }
    picture = asked.grouped([*multiples, *category, *colors], measures, keys, limits, options)
    picture = with_reference_lines(picture, configuration)
    wanted = [each.get("ForecastProperties") or {} for each in configuration.get("ForecastConfigurations") or ()]
    return _with_forecast(picture, wanted[0]) if wanted and time and not (colors or multiples) and measures else picture


def _with_forecast(picture: Picture, properties: Shape) -> Picture:
    """The first measure's next periods, in `options.forecast`."""
    rows = [row for row in picture.rows if isinstance(row[0], datetime) and row[1] is not None]
    if any(isinstance(row[1], datetime | str) for row in rows):
        return picture
    unit = picture.fields[0].granularity or "DAY"
    found = forecast([row[0] for row in rows], [float(row[1]) for row in rows], unit, properties)
    said = "the dashed part is a forecast by local_aws, not QuickSight's" if found else "too few periods to forecast"
    note = "; ".join(each for each in (said, picture.note) if each)
    return replace(picture, options={**picture.options, "forecast": found}, note=note)
