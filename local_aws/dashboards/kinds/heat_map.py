"""Heat map: a measure by two dimensions, as shades.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/heat-map.html
"""

from __future__ import annotations

from local_aws.dashboards.definition import Shape
from local_aws.dashboards.kinds.picture import Asked, Picture, axis_titles, data_labels, legend
from local_aws.dashboards.query import Limit, Order, orders

DEFAULT_ITEMS = 100


def draw(asked: Asked) -> Picture:
    wells = "HeatMapAggregatedFieldWells"
    rows, columns = asked.dimensions(wells, "Rows")[:1], asked.dimensions(wells, "Columns")[:1]
    measures = asked.measures(wells, "Values")[:1]
    configuration = asked.configuration
    sort = configuration.get("SortConfiguration") or {}
    dimensions = [*rows, *columns]
    keys, limits = [], []
    for number, name in enumerate((["Row"] if rows else []) + (["Column"] if columns else [])):
        given = orders(sort.get(f"HeatMap{name}Sort"), [*dimensions, *measures], asked.wells)
        keys.append(given or [Order("", "ASC", number)])
        limits.append(Limit.of(sort.get(f"HeatMap{name}ItemsLimitConfiguration"), DEFAULT_ITEMS, other=False))
    options = {
        "rows": len(rows),
        "columns": len(columns),
        "colorsOfScale": _colors(configuration.get("ColorScale") or {}),
        "titles": axis_titles(configuration, "RowLabelOptions", "ColumnLabelOptions"),
        **legend(configuration),
        **data_labels(configuration),
    }
    return asked.grouped(dimensions, measures, keys, limits, options)


def _colors(scale: Shape) -> list[str]:
    return [each["Color"] for each in scale.get("Colors") or () if each.get("Color")]
