"""Bar chart: horizontal or vertical; clustered, stacked, stacked to 100 %.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/bar-charts.html
"""

from __future__ import annotations

from local_aws.dashboards.kinds.picture import Asked, Picture
from local_aws.dashboards.kinds.series import Members, Series
from local_aws.dashboards.query import Limit

DEFAULT_ITEMS = 200
BAR = Members(
    wells="BarChartAggregatedFieldWells",
    category_limit="CategoryItemsLimit",
    color_limit="ColorItemsLimit",
    category_axis="CategoryLabelOptions",
    value_axis="ValueLabelOptions",
    value_range="ValueAxis",
)


def draw(asked: Asked) -> Picture:
    series, configuration = Series.of(asked, BAR), asked.configuration
    options = {
        "orientation": configuration.get("Orientation") or "VERTICAL",
        "arrangement": configuration.get("BarsArrangement") or "CLUSTERED",
    }
    return series.picture(Limit.of(series.sort.get(BAR.category_limit), DEFAULT_ITEMS), options)
