"""Reference lines: a fixed value, or one calculated from the values that the visual shows.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_ReferenceLine.html.
Deviates: a calculated line is of the drawn values of its measure, `other` left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import Any

from local_aws.dashboards.definition import Shape, only
from local_aws.dashboards.fields import Field
from local_aws.dashboards.kinds.picture import Picture


def with_reference_lines(picture: Picture, configuration: Shape) -> Picture:
    """The picture with its reference lines in `options.references`: value, label, colour, and which axis."""
    found = [_line(picture, each) for each in configuration.get("ReferenceLines") or ()]
    lines = [each for each in found if each is not None]
    return replace(picture, options={**picture.options, "references": lines}) if lines else picture


def _line(picture: Picture, shape: Shape) -> dict[str, Any] | None:
    if shape.get("Status") == "DISABLED":
        return None
    data, style = shape["DataConfiguration"], shape.get("StyleConfiguration") or {}
    label = shape.get("LabelConfiguration") or {}
    value = (data.get("StaticConfiguration") or {}).get("Value")
    name = ""
    if data.get("DynamicConfiguration"):
        name, value = _calculated(picture, data["DynamicConfiguration"])
    if value is None:
        return None
    return {
        "value": float(value),
        "label": (label.get("CustomLabelConfiguration") or {}).get("CustomLabel") or name,
        "shown": label.get("Visibility") != "HIDDEN",
        "color": style.get("Color") or label.get("FontColor"),
        "pattern": style.get("Pattern") or "SOLID",
        "secondary": data.get("AxisBinding") == "SECONDARY_YAXIS",
    }


def _calculated(picture: Picture, shape: Shape) -> tuple[str, float | None]:
    column = (shape.get("Column") or {}).get("ColumnName")
    measures = [(at, each) for at, each in enumerate(picture.fields) if each.role == "measure"]
    at = next((at for at, each in measures if each.column == column), measures[0][0] if measures else None)
    if at is None:
        return "", None
    values = _values(picture.rows, picture.fields, at)
    kind, how = only(shape.get("Calculation") or {})
    if not values:
        return "", None
    if kind == "PercentileAggregation":
        share = float(how.get("PercentileValue") or 50)
        return f"{share:g}th percentile", sorted(values)[round((len(values) - 1) * share / 100)]
    how = how or "AVERAGE"
    functions = {"SUM": sum, "MIN": min, "MAX": max, "MEDIAN": median, "COUNT": len}
    value = functions[how](values) if how in functions else sum(values) / len(values)  # type: ignore[operator]
    return {"MIN": "Minimum", "MAX": "Maximum"}.get(how, how.title()), float(value)


def _values(rows: Sequence[Sequence[Any]], fields: Sequence[Field], at: int) -> list[float]:
    plain = (row for row in rows if not any(isinstance(each, dict) for each in row))
    return [float(row[at]) for row in plain if isinstance(row[at], int | float) or hasattr(row[at], "quantize")]
