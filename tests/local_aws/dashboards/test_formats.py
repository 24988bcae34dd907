"""Formats of fields, read from the Definition: the field's own goes before the column's."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.dashboards.formats import of


def percent(**more: Any) -> dict[str, Any]:
    return {"FormatConfiguration": {"PercentageDisplayFormatConfiguration": more}}


NULL = {"NullValueFormatConfiguration": {"NullString": "--"}}
COLUMN = {
    "FormatConfiguration": {"NumberFormatConfiguration": percent(DecimalPlacesConfiguration={"DecimalPlaces": 3})}
}


@pytest.mark.parametrize(
    ("shape", "column", "kind", "found"),
    [
        pytest.param(percent(Suffix="%"), {}, "DECIMAL", {"style": "percent"}, id="the sign of a percentage once"),
        pytest.param(percent(Suffix=" p.a."), {}, "DECIMAL", {"style": "percent", "suffix": " p.a."}, id="own suffix"),
        pytest.param(None, COLUMN, "DECIMAL", {"style": "percent", "decimals": 3}, id="the column's"),
        pytest.param(percent(), COLUMN, "DECIMAL", {"style": "percent"}, id="the field's own first"),
        pytest.param(NULL, {}, "STRING", {"style": "text", "null": "--"}, id="null text"),
        pytest.param(NULL, {}, "DATETIME", {"style": "date", "pattern": "MMM d, yyyy", "null": "--"}, id="null date"),
        pytest.param({}, {}, "INTEGER", {"style": "number", "decimals": 0}, id="whole number"),
    ],
)
def test_format_is_what_the_definition_says(shape: Any, column: dict[str, Any], kind: str, found: Any) -> None:
    assert of(shape, column, kind, "DAY") == found
