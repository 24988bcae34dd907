"""Insight: computations as sentences, or the author's own narrative with their values in it.

The page formats the values: the narrative carries a numbered place for each. A narrative with conditions or loops, or
with a value that is not known here, is replaced by the sentences of its computations, and the note says so.
Evidence: https://docs.aws.amazon.com/quicksight/latest/user/computational-insights.html and API_InsightVisual.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

from local_aws.dashboards import text
from local_aws.dashboards.definition import Shape, only
from local_aws.dashboards.fields import Field
from local_aws.dashboards.kinds.picture import Asked, Picture
from local_aws.dashboards.query import Limit, Order
from local_aws.spice.expressions.values import Sql
from local_aws.spice.types import DECIMAL, INTEGER, STRING

PERCENT = {"style": "percent", "decimals": 1}


@dataclass(frozen=True)
class Value:
    """A value with the column that formats it."""

    value: Any
    column: Field


Part = str | Value


@dataclass(frozen=True)
class Said:
    """A computation's outcome: its sentence, and its values by the names that narratives use."""

    sentence: list[Part]
    values: Mapping[str, Value] = field(default_factory=dict)


def draw(asked: Asked) -> Picture:
    configuration = asked.visual.get("InsightConfiguration") or {}
    said: dict[str, Said] = {}
    shapes = [only(union)[1] for union in configuration.get("Computations") or ()]
    for union in configuration.get("Computations") or ():
        kind, shape = only(union)
        compute = COMPUTATIONS.get(kind)
        lacking = [each for each in NEEDED.get(kind, ()) if not shape.get(each)]
        if lacking:
            said[shape["ComputationId"]] = Said([f"{shape.get('Name') or kind}: the Definition gives no {lacking[0]}."])
            continue
        if compute is None:
            name = shape.get("Name") or kind
            said[shape["ComputationId"]] = Said(
                [f"{name}: {kind} is valid in QuickSight and not computed by local_aws."]
            )
            continue
        said[shape["ComputationId"]] = compute(asked, shape)
    narrative = (configuration.get("CustomNarrative") or {}).get("Narrative")
    html: str | None = None
    values: list[Value] = []
    note = None
    if narrative:
        by_name = {shape.get("Name"): said[shape["ComputationId"]] for shape in shapes if shape.get("Name")}
        html, values, note = _narrated(narrative, {**by_name, **said}, asked.wells.definition.words)
    if html is None:
        html, values = _sentences(list(said.values()))
    name = _text_field("computation", "Insight")
    number = replace(_text_field("value", "Value"), role="measure")
    rows = [[key, each.value] for key, one in said.items() for each in one.sentence if isinstance(each, Value)]
    shown = {"html": html, "values": [{"value": each.value, "column": each.column.describe()} for each in values]}
    return Picture([name, number], rows or [[text.plain(html), None]], shown, note)


def _text_field(name: str, label: str) -> Field:
    return Field(name, "dimension", name, label, Sql("", STRING), {"style": "text"})


def _percent(value: Any, of: Field) -> Value:
    return Value(value, replace(of, sql=replace(of.sql, type=DECIMAL), format=PERCENT))


_EXPRESSION = re.compile(r"<expression>\s*([^<]*?)\s*</expression>")
_LOGIC = re.compile(r"<(if|for|else)\b|<(expression)[^>]*>[^<]*[()+*/]")


def _narrated(
    narrative: str, said: Mapping[str, Said], words: text.Values
) -> tuple[str | None, list[Value], str | None]:
    """The narrative as HTML with places for values, or None and why not."""
    if _LOGIC.search(narrative):
        return None, [], "the custom narrative has conditions or loops: here are its computations"
    values: list[Value] = []
    unknown: list[str] = []

    def place(found: re.Match[str]) -> str:
        path = found[1].split(".")
        value = said[path[0]].values.get(path[1]) if path[0] in said and len(path) > 1 else None
        if value is None:
            unknown.append(found[1])
            return ""
        if path[-1] in {"formattedAbsoluteValue", "absoluteValue"} and value.value is not None:
            value = replace(value, value=abs(value.value))
        values.append(value)
        return f"\x02{len(values) - 1}\x03"

    placed = _EXPRESSION.sub(place, narrative)
    if unknown:
        return None, [], f"the custom narrative names {', '.join(unknown)}: here are its computations"
    # control characters are no XML: they are put in after the content has become safe HTML
    safe = text.to_html(placed.replace("\x02", "⟦").replace("\x03", "⟧"), words)
    return re.sub(r"⟦(\d+)⟧", r'<span data-value="\1"></span>', safe), values, None


def _sentences(said: list[Said]) -> tuple[str, list[Value]]:
    values: list[Value] = []
    lines = []
    for one in said:
        line = ""
        for part in one.sentence:
            if isinstance(part, str):
                line += escape(part)
            else:
                line += f'<b><span data-value="{len(values)}"></span></b>'
                values.append(part)
        lines.append(f"<li>{line}</li>")
    return f"<ul>{''.join(lines)}</ul>", values


def _total(asked: Asked, shape: Shape) -> Said:
    measure = asked.wells.measure(shape["Value"])
    value = Value(asked.grouped([], [measure]).rows[0][0], measure)
    return Said([f"{measure.label} is ", value, " in total."], {"totalAggregate": value})


def _series(asked: Asked, shape: Shape) -> tuple[Field, Field, list[list[Any]]]:
    time, measure = asked.wells.dimension(shape["Time"]), asked.wells.measure(shape["Value"])
    rows = asked.grouped([time], [measure], [[Order("", "ASC", 0)]]).rows
    return time, measure, [row for row in rows if row[0] is not None]


def _share(now: Any, before: Any) -> float | None:
    if not before or now is None or hasattr(now, "year") or isinstance(now, str):
        return None  # dates and texts have no share
    return (float(now) - float(before)) / abs(float(before))


def _difference(now: Any, before: Any) -> Any:
    numbers = not any(hasattr(each, "year") or isinstance(each, str) for each in (now, before))
    return (now or 0) - (before or 0) if numbers else None


def _period_over_period(asked: Asked, shape: Shape) -> Said:
    time, measure, rows = _series(asked, shape)
    if len(rows) < 2:
        return Said([f"{measure.label} has fewer than two periods to compare."])
    (before_at, before), (at, now) = rows[-2:]
    share = _percent(_share(now, before), measure)
    values = {
        "currentMetricValue": Value(now, measure),
        "previousMetricValue": Value(before, measure),
        "timeValue": Value(at, time),
        "previousTimeValue": Value(before_at, time),
        "percentDifference": share,
        "absoluteDifference": Value(_difference(now, before), measure),
    }
    verb = "rose" if (now or 0) >= (before or 0) else "fell"
    size = replace(share, value=abs(share.value)) if share.value is not None else share
    was: list[Part] = [Value(before, measure), " (", Value(before_at, time), ")"]
    then: list[Part] = [Value(now, measure), " (", Value(at, time)]
    sentence: list[Part] = [f"{measure.label} {verb} by ", size, " from ", *was, " to ", *then, ")."]
    return Said(sentence, values)


def _growth(asked: Asked, shape: Shape) -> Said:
    """Deviates: the compounded rate over the periods that the computation names, from first to last value."""
    time, measure, rows = _series(asked, shape)
    rows = rows[-int(shape.get("PeriodSize") or len(rows) or 1) - 1 :]
    numbers = measure.sql.type in {INTEGER, DECIMAL}
    ends = [float(row[1] or 0) for row in (rows[0], rows[-1])] if numbers and rows else []
    if len(rows) < 2 or not ends or ends[0] * ends[1] <= 0:
        return Said([f"{measure.label} has no growth rate over these periods."])
    rate = (float(rows[-1][1]) / float(rows[0][1])) ** (1 / (len(rows) - 1)) - 1
    value = _percent(rate, measure)
    sentence: list[Part] = [f"{measure.label} grew by ", value, f" a period over {len(rows) - 1} periods to ",
                            Value(rows[-1][0], time), "."]  # fmt: skip
    return Said(sentence, {"compoundedGrowthRate": value, "currentMetricValue": Value(rows[-1][1], measure)})


def _extreme(asked: Asked, shape: Shape) -> Said:
    time, measure, rows = _series(asked, shape)
    rows = [row for row in rows if row[1] is not None]
    if not rows:
        return Said([f"{measure.label} has no values."])
    highest = shape.get("Type") != "MINIMUM"
    at, value = (max if highest else min)(rows, key=lambda row: row[1])
    sentence: list[Part] = [f"{'Highest' if highest else 'Lowest'} {measure.label}: ", Value(value, measure), " (",
                            Value(at, time), ")."]  # fmt: skip
    name = "maximumMetricValue" if highest else "minimumMetricValue"
    return Said(sentence, {name: Value(value, measure), "timeValue": Value(at, time)})


def _ranked(asked: Asked, shape: Shape) -> Said:
    category, measure = asked.wells.dimension(shape["Category"]), asked.wells.measure(shape["Value"])
    bottom, many = shape.get("Type") == "BOTTOM", int(shape.get("ResultSize") or 3)
    order = [[Order(measure.sql.text, "ASC" if bottom else "DESC")]]
    picture = asked.grouped([category], [measure], order, [Limit(many, other=False)])
    sentence: list[Part] = [f"{'Bottom' if bottom else 'Top'} {len(picture.rows)} of {category.label}: "]
    for number, (name, value) in enumerate(picture.rows):
        sentence += ["; " if number else "", Value(name, category), " with ", Value(value, measure)]
    return Said([*sentence, "."])


def _movers(asked: Asked, shape: Shape) -> Said:
    category, time = asked.wells.dimension(shape["Category"]), asked.wells.dimension(shape["Time"])
    measure = asked.wells.measure(shape["Value"])
    rows = asked.grouped([time, category], [measure], [[Order("", "ASC", 0)], [Order("", "ASC", 1)]]).rows
    periods = sorted({row[0] for row in rows if row[0] is not None})[-2:]
    if len(periods) < 2:
        return Said([f"{measure.label} has fewer than two periods to compare."])
    change: dict[Any, Any] = {}
    for at, name, value in rows:
        if at in periods:
            change[name] = change.get(name, 0) + (value or 0) * (1 if at == periods[1] else -1)
    bottom, many = shape.get("Type") == "BOTTOM", int(shape.get("MoverSize") or 3)
    ranked = sorted(change.items(), key=lambda each: each[1], reverse=not bottom)[:many]
    sentence: list[Part] = [f"{'Bottom' if bottom else 'Top'} movers of {category.label} from ",
                            Value(periods[0], time), " to ", Value(periods[1], time), ": "]  # fmt: skip
    for number, (name, value) in enumerate(ranked):
        sentence += ["; " if number else "", Value(name, category), " by ", Value(value, measure)]
    return Said([*sentence, "."])


def _comparison(asked: Asked, shape: Shape) -> Said:
    time = asked.wells.dimension(shape["Time"])
    first, second = asked.wells.measure(shape["FromValue"]), asked.wells.measure(shape["TargetValue"])
    rows = asked.grouped([time], [first, second], [[Order("", "ASC", 0)]]).rows
    if not rows:
        return Said([f"{first.label} has no values to compare."])
    at, now, target = rows[-1]
    share = _percent(_share(now, target), first)
    value, wanted, when = Value(now, first), Value(target, second), Value(at, time)
    sentence: list[Part] = [f"{first.label} is ", value, f" against a {second.label} of ", wanted]
    sentence += [" (", when, "), a difference of ", share, "."]
    values = {"fromMetricValue": value, "targetMetricValue": wanted, "timeValue": when, "percentDifference": share}
    return Said(sentence, values)


def _unique(asked: Asked, shape: Shape) -> Said:
    category = asked.wells.dimension(shape["Category"])
    count = replace(category, role="measure", sql=Sql(f"count(DISTINCT {category.sql.text})", DECIMAL, "group"),
                    format={"style": "number", "decimals": 0})  # fmt: skip
    value = Value(asked.grouped([], [count]).rows[0][0], count)
    return Said(["There are ", value, f" different values of {category.label}."], {"uniqueValues": value})


COMPUTATIONS: dict[str, Callable[[Asked, Any], Said]] = {
    "TotalAggregation": _total,
    "PeriodOverPeriod": _period_over_period,
    "GrowthRate": _growth,
    "MaximumMinimum": _extreme,
    "TopBottomRanked": _ranked,
    "TopBottomMovers": _movers,
    "MetricComparison": _comparison,
    "UniqueValues": _unique,
}
"""The computations that are carried out; of any other its card says that it is not."""

NEEDED = {
    "TotalAggregation": ("Value",),
    "PeriodOverPeriod": ("Time", "Value"),
    "GrowthRate": ("Time", "Value"),
    "MaximumMinimum": ("Time", "Value"),
    "TopBottomRanked": ("Category", "Value"),
    "TopBottomMovers": ("Category", "Time", "Value"),
    "MetricComparison": ("Time", "FromValue", "TargetValue"),
    "UniqueValues": ("Category",),
}
"""Fields that the service model does not require and that the computation is made of."""
