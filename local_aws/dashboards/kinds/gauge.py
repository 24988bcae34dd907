"""Gauge: one number on an arc, against a target.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/gauge-chart.html
"""

from __future__ import annotations

from local_aws.dashboards.kinds.picture import Asked, Picture
from local_aws.spice.expressions.syntax import ExpressionError


def draw(asked: Asked) -> Picture:
    values, targets = asked.measures("Values")[:1], asked.measures("TargetValues")[:1]
    if not values:
        raise ExpressionError("the gauge has no value")
    chart = asked.configuration.get("GaugeChartOptions") or {}
    reach = (chart.get("ArcAxis") or {}).get("Range") or {}
    options = {"target": bool(targets), "min": reach.get("Min"), "max": reach.get("Max")}
    return asked.grouped([], [*values, *targets], options=options)
