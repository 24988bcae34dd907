"""A sheet's controls: of parameters and filters, with what can be chosen and what is.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/parameters-controls.html and filter-controls.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from local_aws.dashboards.definition import Definition, Shape, only
from local_aws.errors import Unsupported
from local_aws.spice.expressions.syntax import ExpressionError
from local_aws.spice.staging import Refused
from local_aws.spice.storage import Answer
from local_aws.spice.types import literal

CHOICES = 1_000
"""Values that a list offers at most."""

Json = dict[str, Any]


@dataclass(frozen=True)
class Choosing:
    """What listing values needs.

    :param column: SQL of a data set's column and of its table, from (identifier, column).
    """

    definition: Definition
    run: Callable[[str], Answer]
    column: Callable[[str, str], tuple[str, str] | None]
    sheet: Shape = field(default_factory=dict)

    def values(self, at: Shape, control: Shape) -> list[Any]:
        """The distinct values of a column, sorted; empty where the data set has no rows.

        :param control: what its source controls leave, if it is a cascading one, and in which order.
        """
        found = self.column(at.get("DataSetIdentifier") or "", at["ColumnName"])
        if found is None:
            return []
        text, table = found
        condition = " AND ".join(["v IS NOT NULL", *self._cascades(control)])
        sorts = [only(each) for each in control.get("ControlSortConfigurations") or ()]
        down = any(kind == "SelectableValuesSort" and shape.get("Direction") == "DESC" for kind, shape in sorts)
        order = "v DESC" if down else "v"
        sql = f"SELECT DISTINCT {text} AS v FROM {table} WHERE {condition} ORDER BY {order} LIMIT {CHOICES}"
        return [row[0] for row in self.run(sql).rows]

    def _cascades(self, control: Shape) -> Iterator[str]:
        """A condition for each source control in which something is chosen."""
        for source in (control.get("CascadingControlConfiguration") or {}).get("SourceControls") or ():
            match = source.get("ColumnToMatch") or {}
            chosen = _chosen(self, source.get("SourceSheetControlId") or "")
            found = self.column(match.get("DataSetIdentifier") or "", match.get("ColumnName") or "")
            if chosen and found:
                yield f"CAST({found[0]} AS VARCHAR) IN ({', '.join(literal(str(each)) for each in chosen)})"

    def reach(self, at: Shape) -> tuple[Any, Any]:
        """The lowest and highest value of a column: what a range shows that has no bound of its own."""
        found = self.column(at.get("DataSetIdentifier") or "", at["ColumnName"])
        if found is None:
            return None, None
        low, high = self.run(f"SELECT min({found[0]}), max({found[0]}) FROM {found[1]}").rows[0]
        return low, high


def controls(sheet: Shape, choosing: Choosing) -> list[Json]:
    """The sheet's controls in their order. One that cannot be had says why, in `message`."""
    made: list[Json] = []
    choosing = replace(choosing, sheet=sheet)
    for union in sheet.get("ParameterControls") or ():
        made.append(_guarded(*only(union), choosing, _parameter))
    for union in sheet.get("FilterControls") or ():
        made.append(_guarded(*only(union), choosing, _filter))
    return made


def _chosen(choosing: Choosing, control_id: str) -> list[Any]:
    """What is chosen in another control of the sheet."""
    for members, key, make in (("ParameterControls", "ParameterControlId", _parameter),
                               ("FilterControls", "FilterControlId", _filter)):  # fmt: skip
        for kind, shape in map(only, choosing.sheet.get(members) or ()):
            if shape.get(key) == control_id:
                alone = {**shape, "CascadingControlConfiguration": None}
                return list(make(kind, alone, choosing).get("chosen") or ())
    return []


def _guarded(kind: str, shape: Shape, choosing: Choosing, make: Callable[[str, Shape, Choosing], Json]) -> Json:
    base = {
        "id": shape.get("ParameterControlId") or shape.get("FilterControlId"),
        "kind": kind,
        "title": shape.get("Title") or "",
        "many": shape.get("Type") == "MULTI_SELECT",
    }
    try:
        return base | make(kind, shape, choosing)
    except (ExpressionError, Unsupported, Refused) as error:
        return base | {"message": str(error)}


def _parameter(kind: str, shape: Shape, choosing: Choosing) -> Json:
    name = shape["SourceParameterName"]
    found = [only(each) for each in choosing.definition.body.get("ParameterDeclarations") or ()]
    declared = next(((each, one) for each, one in found if one["Name"] == name), None)
    if declared is None:
        raise ExpressionError(f"there is no parameter {name!r}")
    selectable = shape.get("SelectableValues") or {}
    link = selectable.get("LinkToDataSetColumn")
    values = choosing.values(link, shape) if link else list(selectable.get("Values") or ())
    chosen = list((declared[1].get("DefaultValues") or {}).get("StaticValues") or ())
    return {
        "parameter": name,
        "many": declared[1].get("ParameterValueType") == "MULTI_VALUED",
        "values": values,
        "chosen": chosen,
        "title": shape.get("Title") or name,
        **_bounds(shape),
    }


def _bounds(shape: Shape) -> Json:
    names = {"min": "MinimumValue", "max": "MaximumValue", "step": "StepSize"}
    return {key: shape[name] for key, name in names.items() if shape.get(name) is not None}


def _filters(definition: Definition) -> Iterator[tuple[str, Shape]]:
    for group in definition.body.get("FilterGroups") or ():
        for each in group["Filters"]:
            yield only(each)


def _filter(kind: str, shape: Shape, choosing: Choosing) -> Json:
    wanted = shape["SourceFilterId"]
    found = next(((name, one) for name, one in _filters(choosing.definition) if one["FilterId"] == wanted), None)
    if found is None:
        raise ExpressionError(f"there is no filter {wanted!r}")
    name, source = found
    default = source.get("DefaultFilterControlConfiguration") or {}
    if kind == "CrossSheet":  # what it looks like stands with the filter
        kind = (
            only(default.get("ControlOptions") or {})[0].removeprefix("Default").removesuffix("Options") or "Dropdown"
        )
    made: Json = {
        "filter": wanted,
        "filterKind": name,
        "kind": kind,
        "title": shape.get("Title") or default.get("Title") or source["Column"]["ColumnName"],
        **_bounds(shape),
    }
    if name == "CategoryFilter":
        configuration = only(source["Configuration"])[1]
        made["values"] = choosing.values(source["Column"], shape) if kind in {"Dropdown", "List"} else []
        everything = configuration.get("SelectAllOptions") == "FILTER_ALL_VALUES"
        made["chosen"] = [] if everything else list(configuration.get("CategoryValues") or ())
        made["many"] = shape.get("Type", "MULTI_SELECT") == "MULTI_SELECT"
        made["operator"] = (
            "EQUALS" if kind in {"Dropdown", "List"} else configuration.get("MatchOperator") or "CONTAINS"
        )
    elif name in {"NumericRangeFilter", "TimeRangeFilter"}:
        suffix = "Value" if name == "TimeRangeFilter" else ""
        low, high = choosing.reach(source["Column"])
        made["low"] = (source.get(f"RangeMinimum{suffix}") or {}).get("StaticValue", low)
        made["high"] = (source.get(f"RangeMaximum{suffix}") or {}).get("StaticValue", high)
    elif name == "RelativeDatesFilter":
        made["relative"] = {
            "type": source["RelativeDateType"],
            "unit": source["TimeGranularity"],
            "amount": source.get("RelativeDateValue") or 1,
        }
    elif name in {"NumericEqualityFilter", "TimeEqualityFilter"}:
        made["chosen"] = [source["Value"]] if source.get("Value") is not None else []
    else:
        raise Unsupported(f"the control of a {name}")
    return made
