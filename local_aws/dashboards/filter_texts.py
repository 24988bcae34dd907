"""The filters on a visual in words: what stands in a picture or a CSV file that is taken out of the dashboard."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from local_aws.dashboards.conditions import matching
from local_aws.dashboards.definition import Definition, Shape, only, worded
from local_aws.dashboards.filters import filters_of
from local_aws.spice.expressions.values import Sql

LISTED = 4
"""Values that are named before the rest is counted."""
_MATCHES = {
    "EQUALS": "is",
    "DOES_NOT_EQUAL": "is not",
    "CONTAINS": "contains",
    "DOES_NOT_CONTAIN": "does not contain",
    "STARTS_WITH": "starts with",
    "ENDS_WITH": "ends with",
}


def texts(definition: Definition, sheet_id: str, visual_id: str, identifier: str, names: Container[str]) -> list[str]:
    """One text a filter that keeps something from the visual."""
    found = []
    for group in filters_of(definition, sheet_id, visual_id, identifier, names):
        said = [each for kind, shape in group if (each := _text(kind, shape, definition.parameters))]
        if said:
            found.append(" or ".join(said))
    return found


def _text(kind: str, shape: Shape, parameters: Mapping[str, Sql]) -> str | None:
    name = shape["Column"]["ColumnName"]
    parts = list(_parts(kind, shape, parameters))
    if not parts:
        return None
    return f"{name} {' '.join(parts)}"


def _parts(kind: str, shape: Shape, parameters: Mapping[str, Sql]) -> Iterator[str]:
    configuration = only(shape.get("Configuration") or {})[1] if kind == "CategoryFilter" else shape
    if (configuration or {}).get("SelectAllOptions") == "FILTER_ALL_VALUES":
        return
    if kind == "CategoryFilter":
        yield from _category(*only(shape["Configuration"]), parameters)
    elif kind in {"NumericEqualityFilter", "TimeEqualityFilter"}:
        value = _value(shape, parameters)
        if value is not None:
            yield f"{_MATCHES.get(shape.get('MatchOperator') or 'EQUALS', 'is')} {value}"
    elif kind in {"NumericRangeFilter", "TimeRangeFilter"}:
        suffix = "Value" if kind == "TimeRangeFilter" else ""
        for word, side in (("from", "Minimum"), ("to", "Maximum")):
            value = _bound(shape.get(f"Range{side}{suffix}") or {}, parameters)
            if value is not None:
                yield f"{word} {value}"
    elif kind == "RelativeDatesFilter":
        amount, unit = int(shape.get("RelativeDateValue") or 1), str(shape["TimeGranularity"]).lower()
        many = f"{amount} {unit}s" if amount > 1 else unit
        yield {"NOW": f"this {unit} so far", "PREVIOUS": f"previous {unit}", "THIS": f"this {unit}"}.get(
            shape["RelativeDateType"], f"{str(shape['RelativeDateType']).lower()} {many}"
        )
    elif kind == "TopBottomFilter":
        yield f"among the {_value({**shape, 'Value': shape.get('Limit')}, parameters)} ranked first"
    else:
        yield "filtered"


def _category(kind: str, configuration: Shape, parameters: Mapping[str, Sql]) -> Iterator[str]:
    match = _MATCHES[matching(kind, configuration)]
    values = list(configuration.get("CategoryValues") or ())
    if configuration.get("ParameterName"):
        held = parameters.get(configuration["ParameterName"])
        values = [held.text.strip("()'")] if held else []
    elif configuration.get("CategoryValue"):
        values = [configuration["CategoryValue"]]
    if values:
        more = f" and {len(values) - LISTED} more" if len(values) > LISTED else ""
        yield f"{match} {', '.join(values[:LISTED])}{more}"
    elif configuration.get("NullOption") == "NULLS_ONLY":
        yield "is null"


def _value(shape: Shape, parameters: Mapping[str, Sql]) -> str | None:
    if shape.get("ParameterName"):
        held = parameters.get(shape["ParameterName"])
        return held.text.removeprefix("TIMESTAMP ").strip("'") if held else None
    return None if shape.get("Value") is None else worded(shape["Value"])


def _bound(shape: Shape, parameters: Mapping[str, Sql]) -> str | None:
    kind, value = only(shape)
    if kind == "Parameter":
        return _value({"ParameterName": value}, parameters)
    if kind == "RollingDate":
        return str(value["Expression"])
    return worded(value) if kind else None
