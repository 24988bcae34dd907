"""Line chart: lines, areas, stacked areas; one line a measure or a color.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/line-charts.html
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from local_aws.dashboards.definition import Shape
from local_aws.dashboards.forecast import forecast
from local_aws.dashboards.kinds.picture import Asked, Picture
from local_aws.dashboards.kinds.series import Members, Series
from local_aws.dashboards.query import Limit
from local_aws.spice.types import DATETIME

DEFAULT_POINTS = 2_500
LINE = Members(
    wells="LineChartAggregatedFieldWells",
    category_limit="CategoryItemsLimitConfiguration",
    color_limit="ColorItemsLimitConfiguration",
    category_axis="XAxisLabelOptions",
    value_axis="PrimaryYAxisLabelOptions",
    value_range="PrimaryYAxisDisplayOptions",
)


def draw(asked: Asked) -> Picture:
    series, configuration = Series.of(asked, LINE), asked.configuration
    time = bool(series.category) and series.category[0].sql.type == DATETIME
    wanted = series.sort.get(LINE.category_limit)
    # all of a time is shown, unless the author says how much
    limit = None if time and not wanted else Limit.of(wanted, DEFAULT_POINTS, other=not time)
    options = {"type": configuration.get("Type") or "LINE", "time": time, "secondary": _secondary(configuration)}
    picture = series.picture(limit, options)
    ahead = [each.get("ForecastProperties") or {} for each in configuration.get("ForecastConfigurations") or ()]
    alone = time and series.measures and not (series.colors or series.multiples)
    return _with_forecast(picture, ahead[0]) if ahead and alone else picture


def _secondary(configuration: Shape) -> list[str]:
    """The fields, by id, whose lines have the axis at the right.

    Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_FieldSeriesItem.html
    """
    items = [each.get("FieldSeriesItem") or {} for each in configuration.get("Series") or ()]
    return [each["FieldId"] for each in items if each.get("AxisBinding") == "SECONDARY_YAXIS"]


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
