"""A dashboard's Definition, read: sheets, layout, data sets, calculated fields, parameters, formats.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_DashboardVersionDefinition.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from local_aws.spice.expressions.values import Sql
from local_aws.spice.types import DATETIME, DECIMAL, INTEGER, STRING, literal

Shape = Mapping[str, Any]

COLUMNS = 36
"""Columns of QuickSight's grid."""


def only(shape: Shape) -> tuple[str, Any]:
    """The set member of a union: (its name, its value)."""
    return next(((name, value) for name, value in shape.items() if value is not None), ("", {}))


@dataclass(frozen=True)
class Definition:
    """:param body: the `DashboardVersionDefinition`, as it was sent."""

    body: Shape

    @property
    def sheets(self) -> list[Shape]:
        return list(self.body.get("Sheets") or ())

    @cached_property
    def data_sets(self) -> dict[str, str]:
        """Identifier → ARN of the data set."""
        declared = self.body.get("DataSetIdentifierDeclarations") or ()
        return {each["Identifier"]: each["DataSetArn"] for each in declared}

    @property
    def week_start(self) -> str:
        return str((self.body.get("Options") or {}).get("WeekStart") or "SUNDAY")

    @property
    def no_data(self) -> str | None:
        """What the dashboard's author says where a visual has no rows."""
        messages = (self.body.get("Options") or {}).get("VisualMessages") or {}
        message = (messages.get("NoDataMessage") or {}).get("Message") or {}
        return message.get("PlainText") or message.get("Content")

    def calculated(self, identifier: str) -> dict[str, str]:
        """Name → expression of a data set's calculated fields."""
        fields = self.body.get("CalculatedFields") or ()
        return {each["Name"]: each["Expression"] for each in fields if each.get("DataSetIdentifier") == identifier}

    def column_configuration(self, identifier: str, column: str) -> Shape:
        """What the dashboard says about a column wherever it is shown."""
        for each in self.body.get("ColumnConfigurations") or ():
            at = each["Column"]
            if (at.get("DataSetIdentifier"), at["ColumnName"]) == (identifier, column):
                found: Shape = each
                return found
        return {}

    @cached_property
    def parameters(self) -> dict[str, Sql]:
        """Name → SQL of each parameter's default value; parameters without one are left out."""
        found: dict[str, Sql] = {}
        for declaration in self.body.get("ParameterDeclarations") or ():
            kind, shape = only(declaration)
            values = list((shape.get("DefaultValues") or {}).get("StaticValues") or ())
            if not values:
                continue
            texts = [_parameter_sql(kind, each) for each in values]
            many = shape.get("ParameterValueType") == "MULTI_VALUED"
            text = f"({', '.join(texts)})" if many else texts[0]
            found[shape["Name"]] = Sql(text, _PARAMETER_TYPES[kind], "constant")
        return found

    @cached_property
    def words(self) -> dict[str, str]:
        """Name → value of each parameter as a text says it; `All` for one without a value, which filters nothing."""
        found = {}
        for declaration in self.body.get("ParameterDeclarations") or ():
            shape = only(declaration)[1]
            values = list((shape.get("DefaultValues") or {}).get("StaticValues") or ())
            found[shape["Name"]] = ", ".join(map(worded, values)) or "All"
        return found


def worded(value: Any) -> str:
    """A value of a filter or parameter in words."""
    if isinstance(value, datetime):
        whole = value.hour == value.minute == 0
        return f"{value:%Y-%m-%d}" if whole else f"{value:%Y-%m-%d %H:%M}"
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


_PARAMETER_TYPES = {
    "StringParameterDeclaration": STRING,
    "IntegerParameterDeclaration": INTEGER,
    "DecimalParameterDeclaration": DECIMAL,
    "DateTimeParameterDeclaration": DATETIME,
}


def _parameter_sql(kind: str, value: Any) -> str:
    if kind == "StringParameterDeclaration":
        return literal(str(value))
    if kind == "DateTimeParameterDeclaration":
        return timestamp(value)
    return repr(value)


def timestamp(value: datetime) -> str:
    """A point in time as SQL; SPICE keeps UTC without a zone."""
    return f"TIMESTAMP '{value:%Y-%m-%d %H:%M:%S}'"
