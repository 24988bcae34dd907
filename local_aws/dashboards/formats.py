"""How a field's values are written: QuickSight's format configurations, reduced to what the page needs.

The page gets one flat dict a column: `style` (number, currency, percent, date, text) and that style's details.
Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_NumericFormatConfiguration.html
"""

from __future__ import annotations

from typing import Any

from local_aws.dashboards.definition import Shape, only
from local_aws.spice.types import DATETIME, DECIMAL, INTEGER

Format = dict[str, Any]

_SYMBOLS = {"COMMA": ",", "DOT": ".", "SPACE": " "}
_STYLES = {
    "NumberDisplayFormatConfiguration": "number",
    "CurrencyDisplayFormatConfiguration": "currency",
    "PercentageDisplayFormatConfiguration": "percent",
}
_DATE_PATTERNS = {
    "YEAR": "yyyy",
    "QUARTER": "'Q'Q yyyy",
    "MONTH": "MMM yyyy",
    "WEEK": "MMM d, yyyy",
    "DAY": "MMM d, yyyy",
    "HOUR": "MMM d, yyyy HH:00",
    "MINUTE": "MMM d, yyyy HH:mm",
}


def of(shape: Shape | None, column: Shape, kind: str, granularity: str | None) -> Format:
    """The format of a field.

    :param shape: the field's own FormatConfiguration; it goes before the column's.
    :param column: the column's ColumnConfiguration, empty if there is none.
    :param kind: the type of the values.
    """
    default = only(column.get("FormatConfiguration") or {})[1] or {}
    own = shape or {}
    if "StringFormatConfiguration" in own or "NumberFormatConfiguration" in own or "DateTimeFormatConfiguration" in own:
        own = only(own)[1]  # an unaggregated field wraps it once more
    nulls = own.get("NullValueFormatConfiguration") or default.get("NullValueFormatConfiguration") or {}
    null = {"null": nulls["NullString"]} if nulls.get("NullString") else {}
    if kind == DATETIME:
        pattern = own.get("DateTimeFormat") or default.get("DateTimeFormat")
        pattern = pattern or _DATE_PATTERNS.get(granularity or "", "MMM d, yyyy HH:mm:ss")
        return {"style": "date", "pattern": pattern, **null}
    numeric = _numeric(own) or _numeric(default)
    if kind in {INTEGER, DECIMAL}:
        return numeric or {"style": "number", "decimals": 0 if kind == INTEGER else None}
    return {"style": "text", **null}


def _numeric(shape: Shape) -> Format | None:
    inner = shape.get("FormatConfiguration") or shape.get("NumericFormatConfiguration") or {}
    kind, display = only(inner)
    return numeric_display(kind, display) if kind in _STYLES else None


def numeric_display(kind: str, display: Shape) -> Format:
    """The format of a `…DisplayFormatConfiguration`."""
    separators = display.get("SeparatorConfiguration") or {}
    thousands = separators.get("ThousandsSeparator") or {}
    hidden = thousands.get("Visibility") == "HIDDEN"
    style, suffix = _STYLES[kind], display.get("Suffix")
    made: Format = {
        "style": style,
        "decimals": (display.get("DecimalPlacesConfiguration") or {}).get("DecimalPlaces"),
        "prefix": display.get("Prefix"),
        "suffix": None if (style, suffix) == ("percent", "%") else suffix,  # the sign that a percentage has
        "scale": display.get("NumberScale"),
        "currency": display.get("Symbol") or ("USD" if style == "currency" else None),
        "decimal": _SYMBOLS.get(separators.get("DecimalSeparator") or ""),
        "thousands": "" if hidden else _SYMBOLS.get(thousands.get("Symbol") or ""),
        "positive": (display.get("NegativeValueConfiguration") or {}).get("DisplayMode") == "POSITIVE",
        "null": (display.get("NullValueFormatConfiguration") or {}).get("NullString"),
    }
    return {key: value for key, value in made.items() if value is not None and value is not False}
