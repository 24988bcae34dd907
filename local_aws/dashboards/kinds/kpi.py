"""KPI: one number; against a target, or the latest period against the one before, with the periods as a sparkline.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/kpi.html
"""

from __future__ import annotations

from dataclasses import replace

from local_aws.dashboards import formats
from local_aws.dashboards.definition import only
from local_aws.dashboards.kinds.conditional import primary_colour
from local_aws.dashboards.kinds.picture import Asked, Options, Picture
from local_aws.spice.expressions.syntax import ExpressionError
from local_aws.spice.expressions.values import Sql


def draw(asked: Asked) -> Picture:
    values, targets = asked.measures("Values"), asked.measures("TargetValues")
    trend = asked.dimensions("TrendGroups")
    if not values:
        raise ExpressionError("the KPI has no value")
    options = asked.configuration.get("KPIOptions") or {}
    comparison = options.get("Comparison") or {}
    kind, display = only(comparison.get("ComparisonFormat") or {})
    shown: Options = {
        "comparison": comparison.get("ComparisonMethod") or "PERCENT_DIFFERENCE",
        "comparisonFormat": formats.numeric_display(kind, display) if kind else None,
        "area": (options.get("Sparkline") or {}).get("Type") == "AREA",
        "sparkline": (options.get("Sparkline") or {}).get("Visibility", "VISIBLE") == "VISIBLE",
        "target": bool(targets),
        "trend": bool(trend),
    }
    rules = primary_colour(asked.visual, asked.wells)
    if rules:  # of the value that is shown: the last period's
        styled = [
            replace(values[0], sql=Sql(f"coalesce({each.condition}, false)", "BOOLEAN", "group")) for each in rules
        ]
        rows = asked.grouped(trend[:1], [values[0], *styled]).rows
        holds = rows[-1][len(trend[:1]) + 1 :] if rows else [False for _ in rules]
        shown["color"] = next((rule.value for rule, held in zip(rules, holds, strict=True) if held), None)
    return asked.grouped(trend[:1], [values[0], *targets[:1]], options=shown)
