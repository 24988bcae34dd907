"""Fields: what stands in a visual's field wells, as SQL with a label and a format.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_DimensionField.html and API_MeasureField.html.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from local_aws.dashboards import formats
from local_aws.dashboards.definition import Definition, Shape, only
from local_aws.errors import Unsupported
from local_aws.spice.expressions.compiler import Scope, compile_expression
from local_aws.spice.expressions.dates import truncated
from local_aws.spice.expressions.syntax import ExpressionError
from local_aws.spice.expressions.values import Sql
from local_aws.spice.types import DATETIME, DECIMAL, INTEGER

SIMPLE = {
    "SUM": ("sum({0})", None),
    "AVERAGE": ("avg({0})", DECIMAL),
    "MIN": ("min({0})", None),
    "MAX": ("max({0})", None),
    "COUNT": ("count({0})", INTEGER),
    "DISTINCT_COUNT": ("count(DISTINCT {0})", INTEGER),
    "VAR": ("var_samp({0})", DECIMAL),
    "VARP": ("var_pop({0})", DECIMAL),
    "STDEV": ("stddev_samp({0})", DECIMAL),
    "STDEVP": ("stddev_pop({0})", DECIMAL),
    "MEDIAN": ("median({0})", DECIMAL),
}


@dataclass(frozen=True)
class Field:
    """:param role: `dimension`, `measure` or `value` (unaggregated)."""

    id: str
    role: str
    column: str
    label: str
    sql: Sql
    format: formats.Format
    granularity: str | None = None

    def describe(self) -> dict[str, Any]:
        """The column as the page gets it."""
        return {
            "id": self.id,
            "label": self.label,
            "role": self.role,
            "type": self.sql.type,
            "format": self.format,
            "granularity": self.granularity,
        }


@dataclass(frozen=True)
class Wells:
    """Reads fields of one data set: the names and formats that hold there."""

    definition: Definition
    identifier: str
    scope: Scope
    labels: Shape

    def dimension(self, shape: Shape) -> Field:
        kind, field = only(shape)
        name = field["Column"]["ColumnName"]
        sql = self.scope.column(name)
        if sql.level == "group":
            raise ExpressionError(f"{name!r} is an aggregation; it cannot be a dimension")
        granularity = None
        if kind == "DateDimensionField":
            if sql.type != DATETIME:
                raise ExpressionError(f"{name!r} is a {sql.type}, not a date")
            granularity = field.get("DateGranularity") or "DAY"
            unit = granularity.lower()
            sql = replace(sql, text=truncated(unit, sql.text, self.definition.week_start))
        return self._field(field, "dimension", name, sql, granularity)

    def measure(self, shape: Shape) -> Field:
        kind, field = only(shape)
        if kind == "CalculatedMeasureField":
            sql = compile_expression(field["Expression"], self.scope)
            return self._field(field, "measure", field["FieldId"], sql, None)
        name = field["Column"]["ColumnName"]
        sql = self.scope.column(name)
        if sql.level != "group":
            function = field.get("AggregationFunction") or {}
            simple = function.get("SimpleNumericalAggregation") if isinstance(function, dict) else None
            windows = self.scope.windows
            once = windows.once(sql, _ONCE[simple or "SUM"]) if windows and (simple or "SUM") in _ONCE else None
            sql = once or aggregated(sql, function or None, name, default=_DEFAULTS[kind])
        return self._field(field, "measure", name, sql, None)

    def value(self, shape: Shape) -> Field:
        """A column of an unaggregated table."""
        name = shape["Column"]["ColumnName"]
        sql = self.scope.column(name)
        if sql.level == "group":
            raise ExpressionError(f"{name!r} is an aggregation; a table without grouping cannot show it")
        return self._field(shape, "value", name, sql, None)

    def _field(self, field: Shape, role: str, name: str, sql: Sql, granularity: str | None) -> Field:
        column = self.definition.column_configuration(self.identifier, name)
        wanted = formats.of(field.get("FormatConfiguration"), column, sql.type, granularity)
        label = str(self.labels.get(field["FieldId"]) or name)
        return Field(field["FieldId"], role, name, label, sql, wanted, granularity)


_ONCE = {"SUM": "sum", "AVERAGE": "avg", "MIN": "min", "MAX": "max", "COUNT": "count", "MEDIAN": "median"}
_DEFAULTS = {"NumericalMeasureField": "SUM", "CategoricalMeasureField": "COUNT", "DateMeasureField": "COUNT"}


def aggregated(sql: Sql, function: Any, name: str, default: str = "SUM") -> Sql:
    """A column under an `AggregationFunction`, in any of the forms that the API has for it."""
    if isinstance(function, dict):
        kind, inner = only(function)
        if kind in {"NumericalAggregationFunction", "CategoricalAggregationFunction", "DateAggregationFunction"}:
            return aggregated(sql, inner, name, default)
        if kind == "PercentileAggregation":
            _check_numbers(sql, name, kind)
            share = float(inner.get("PercentileValue", 50)) / 100
            return Sql(f"quantile_cont({sql.text}, {share})", DECIMAL, "group")
        if kind not in {"SimpleNumericalAggregation", ""}:
            raise Unsupported(f"the aggregation {kind}")
        function = inner or None
    function = function or default
    template, result = SIMPLE[function]
    if function not in _OF_ANYTHING:
        _check_numbers(sql, name, function)
    return Sql(template.format(sql.text), result or sql.type, "group")


_OF_ANYTHING = {"MIN", "MAX", "COUNT", "DISTINCT_COUNT"}


def _check_numbers(sql: Sql, name: str, function: str) -> None:
    if sql.type not in {INTEGER, DECIMAL}:
        raise ExpressionError(f"{name!r} is a {sql.type}; {function} takes numbers")


def dimensions_and_measures(shape: Any) -> Iterator[tuple[str, Shape]]:
    """All (`dimension`|`measure`|`value`, field shape) in a visual's field wells, whatever the visual calls them."""
    if isinstance(shape, dict):
        for name, inner in shape.items():
            if name.endswith("DimensionField") and inner:
                yield "dimension", {name: inner}
            elif name.endswith("MeasureField") and inner:
                yield "measure", {name: inner}
            else:
                yield from dimensions_and_measures(inner)
        if "FieldId" in shape and "Column" in shape and "AggregationFunction" not in shape:
            yield "value", shape
    elif isinstance(shape, list):
        for each in shape:
            yield from dimensions_and_measures(each)


def data_set_of(shape: Any) -> str | None:
    """The first data set identifier that a visual's fields name."""
    if isinstance(shape, dict):
        if shape.get("DataSetIdentifier"):
            return str(shape["DataSetIdentifier"])
        shape = list(shape.values())
    if isinstance(shape, list):
        return next((found for found in map(data_set_of, shape) if found), None)
    return None


def custom_labels(configuration: Any) -> dict[str, str]:
    """FieldId → label, from axis labels and table field options."""
    found: dict[str, str] = {}
    if isinstance(configuration, dict):
        label, applied = configuration.get("CustomLabel"), configuration.get("ApplyTo") or {}
        field_id = applied.get("FieldId") or configuration.get("FieldId")
        if label and field_id:
            found[field_id] = label
        for inner in configuration.values():
            found.update(custom_labels(inner))
    elif isinstance(configuration, list):
        for each in configuration:
            found.update(custom_labels(each))
    return found
