"""KPI: one number; against a target, or the latest period against the one before, with the periods as a sparkline.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/kpi.html
"""

from __future__ import annotations

from local_aws.dashboards import formats
from local_aws.dashboards.definition import only
from local_aws.dashboards.kinds.picture import Asked, Picture
from local_aws.spice.expressions.syntax import ExpressionError


def draw(asked: Asked) -> Picture:
    values, targets = asked.measures("Values"), asked.measures("TargetValues")
    trend = asked.dimensions("TrendGroups")
    if not values:
        raise ExpressionError("the KPI has no value")
    options = asked.configuration.get("KPIOptions") or {}
    comparison = options.get("Comparison") or {}
    kind, display = only(comparison.get("ComparisonFormat") or {})
    shown = {
        "comparison": comparison.get("ComparisonMethod") or "PERCENT_DIFFERENCE",
        "comparisonFormat": formats.numeric_display(kind, display) if kind else None,
        "sparkline": (options.get("Sparkline") or {}).get("Visibility", "VISIBLE") == "VISIBLE",
        "target": bool(targets),
        "trend": bool(trend),
    }
    return asked.grouped(trend[:1], [values[0], *targets[:1]], options=shown)
