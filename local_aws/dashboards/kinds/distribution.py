"""Histogram and box plot: how the rows' values are distributed.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/histogram-charts.html and box-plots.html.
Deviates: the whiskers of a box plot reach to the lowest and highest value; outliers are not set apart.
"""

from __future__ import annotations

from dataclasses import replace

from local_aws.dashboards.definition import only
from local_aws.dashboards.fields import Field, aggregated
from local_aws.dashboards.kinds.picture import Asked, NotDrawn, Picture, data_labels, legend
from local_aws.dashboards.query import Limit, orders
from local_aws.spice.expressions.syntax import ExpressionError
from local_aws.spice.expressions.values import Sql
from local_aws.spice.types import DECIMAL, INTEGER

DEFAULT_BINS, MOST_BINS, BOXES = 10, 1_000, 50


def histogram(asked: Asked) -> Picture:
    [shape, *_] = asked.well("HistogramAggregatedFieldWells", "Values") or [None]
    if shape is None:
        raise ExpressionError("the histogram has no value")
    value = _raw(asked, shape)
    bins = asked.configuration.get("BinOptions") or {}
    text, source = f"CAST({value.sql.text} AS DOUBLE)", f"FROM {asked.table} WHERE {asked.where}"
    low, high = asked.run(f"SELECT min({text}), max({text}) {source}").rows[0]
    options = {"width": 0.0, **data_labels(asked.configuration)}
    count = replace(value, id=f"{value.id}-count", role="measure", label="Rows", sql=Sql("count(*)", INTEGER, "group"),
                    format={"style": "number", "decimals": 0})  # fmt: skip
    if low is None:
        return Picture([value, count], [], options)
    given = bins.get("StartValue")
    start = float(low if given is None else given)
    width = _width(bins, start, float(high))
    options["width"] = width
    number = f"least(CAST(floor(({text} - {start}) / {width}) AS BIGINT), {_last(bins, start, float(high), width)})"
    found = asked.run(
        f"SELECT {number} AS bin, count(*) {source} AND {text} >= {start} GROUP BY bin ORDER BY bin LIMIT {MOST_BINS}"
    )
    counts = dict(found.rows)
    reach = range(min(counts), max(counts) + 1) if counts else ()
    rows = [[start + width * at, counts.get(at, 0)] for at in reach]
    return Picture([value, count], rows, options)


def _width(bins: dict[str, object], start: float, high: float) -> float:
    width = bins.get("BinWidth")
    if bins.get("SelectedBinType") == "BIN_WIDTH" and isinstance(width, dict) and width.get("Value"):
        return float(width["Value"])
    return (high - start) / _count(bins) or 1.0


def _count(bins: dict[str, object]) -> int:
    count = bins.get("BinCount")
    return int((count.get("Value") if isinstance(count, dict) else None) or DEFAULT_BINS)


def _last(bins: dict[str, object], start: float, high: float, width: float) -> int:
    """The number of the last bin: the highest value lies in it, not in one of its own."""
    if bins.get("SelectedBinType") == "BIN_WIDTH":
        return int((high - start) // width)
    return _count(bins) - 1


def _raw(asked: Asked, shape: dict[str, object]) -> Field:
    """The values of the rows, whatever aggregation the field has."""
    kind, field = only(shape)
    if kind == "CalculatedMeasureField":
        raise NotDrawn("a calculated measure, which rows have not")
    value = replace(asked.wells.value(field), role="dimension")
    if value.sql.type not in {INTEGER, DECIMAL}:
        raise NotDrawn("values that are no numbers")
    return value


def box_plot(asked: Asked) -> Picture:
    wells = "BoxPlotAggregatedFieldWells"
    groups = asked.dimensions(wells, "GroupBy")[:1]
    shapes = asked.well(wells, "Values")[:1]
    if not shapes:
        raise ExpressionError("the box plot has no value")
    value = _raw(asked, shapes[0])
    text = value.sql.text
    found = [
        ("lowest", aggregated(value.sql, "MIN", value.label)),
        ("lower quartile", Sql(f"quantile_cont({text}, 0.25)", DECIMAL, "group")),
        ("median", Sql(f"quantile_cont({text}, 0.5)", DECIMAL, "group")),
        ("upper quartile", Sql(f"quantile_cont({text}, 0.75)", DECIMAL, "group")),
        ("highest", aggregated(value.sql, "MAX", value.label)),
    ]
    measures = [
        replace(value, id=f"{value.id}-{name}", role="measure", label=f"{value.label}, {name}", sql=sql)
        for name, sql in found
    ]
    sort = asked.configuration.get("SortConfiguration") or {}
    keys = [orders(sort.get("CategorySort"), groups, asked.wells)][: len(groups)]
    limits = [Limit(BOXES, other=False)][: len(groups)]
    options = {"groups": len(groups), "label": value.label, **legend(asked.configuration)}
    return asked.grouped(groups, measures, keys, limits, options)
