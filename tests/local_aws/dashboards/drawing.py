"""Dashboards over the retail warehouse: made, drawn, and asked of the source in plain SQL."""

from __future__ import annotations

import itertools
import json
import urllib.request
from datetime import datetime
from typing import Any

from tests.local_aws.quicksight_world import World
from tests.local_aws.retail_world import published

ORDERS = """
CREATE TABLE orders AS SELECT
    CASE WHEN n % 17 = 0 THEN 'C' WHEN n % 101 = 0 THEN 'A' ELSE '' END || (536000 + n // 4) AS invoice_no,
    CASE WHEN n % 29 = 0 THEN 'POST' ELSE (20000 + n % 40)::VARCHAR END AS stock_code,
    'PRODUCT ' || n % 40 AS description,
    CASE WHEN n % 17 = 0 THEN -1 ELSE 1 + (n * n) % 11 END AS quantity,
    TIMESTAMP '2010-12-01 08:00:00' + INTERVAL (n * 37) MINUTE AS order_time,
    ((n * 7919) % 4000) / 100 AS unit_price,
    CASE WHEN n % 5 = 0 THEN NULL ELSE (17000 + n % 60)::VARCHAR END AS customer_id,
    ['United Kingdom', 'France', 'EIRE', 'Germany', 'Spain', 'Norway', 'Japan', 'Italy', 'Malta', 'Israel']
        [1 + (n * n) % 37 % 10] AS country
FROM range(1, 1201) AS t(n)
"""
LINES = "sales.fact_order_lines"


def drawn(address: str, world: World, dashboard: str = "retail_sales") -> dict[str, dict[str, Any]]:
    """The visuals of the dashboard's first sheet, by id."""
    with urllib.request.urlopen(f"{address}/dashboards/{world.account}/{dashboard}/data.json") as answer:
        sheet = json.load(answer)["sheets"][0]
    return {each["id"]: each for each in sheet["visuals"]}


def asked(world: World, sql: str) -> list[list[Any]]:
    """Plain SQL on the source, its values as JSON has them."""
    with world.engine.lock:
        rows = world.engine.database.execute(sql).fetchall()
    return [[_json(value) for value in row] for row in rows]


def _json(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat() if isinstance(value, datetime) else f"{value.isoformat()}T00:00:00"
    return float(value) if hasattr(value, "quantize") else value


def column(name: str) -> dict[str, str]:
    return {"DataSetIdentifier": "lines", "ColumnName": name}


def by(name: str) -> dict[str, Any]:
    return {"CategoricalDimensionField": {"FieldId": f"by-{name}", "Column": column(name)}}


def measure(name: str, function: str | None = "SUM") -> dict[str, Any]:
    field: dict[str, Any] = {"FieldId": f"{function}-{name}", "Column": column(name)}
    if function:
        field["AggregationFunction"] = {"SimpleNumericalAggregation": function}
    return {"NumericalMeasureField": field}


def bars(world: World, filters: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    """A Definition of one bar chart `b` of revenue by country."""
    wells = {"Category": [by(more.get("category", "country"))], "Values": more.get("values", [measure("revenue")])}
    wells["Colors"] = more.get("colors", [])
    configuration: dict[str, Any] = {"FieldWells": {"BarChartAggregatedFieldWells": wells}}
    configuration["SortConfiguration"] = more.get("sort", {})
    scope = {"SelectedSheets": {"SheetVisualScopingConfigurations": [{"SheetId": "s", "Scope": "ALL_VISUALS"}]}}
    groups = [
        {
            "FilterGroupId": f"g{number}",
            "Filters": [each],
            "ScopeConfiguration": more.get("scope", scope),
            "CrossDataset": "SINGLE_DATASET",
            "Status": more.get("status", "ENABLED"),
        }
        for number, each in enumerate(filters or ())
    ]
    return {
        "DataSetIdentifierDeclarations": [{"Identifier": "lines", "DataSetArn": world.data_set_arn("order_lines")}],
        "CalculatedFields": more.get("calculated", []),
        "ParameterDeclarations": more.get("parameters", []),
        "FilterGroups": groups,
        "Sheets": [
            {"SheetId": "s", "Visuals": [{"BarChartVisual": {"VisualId": "b", "ChartConfiguration": configuration}}]}
        ],
    }


def shown(world: World, address: str, body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Create a dashboard of this Definition and draw it: its visuals by id."""
    name = f"case-{next(_cases)}"
    world.client.create_dashboard(AwsAccountId=world.account, DashboardId=name, Name=name, Definition=body)
    published(world, name)
    return drawn(address, world, name)


def show(world: World, address: str, body: dict[str, Any]) -> dict[str, Any]:
    """The visual `b` of a dashboard of this Definition."""
    return shown(world, address, body)["b"]


_cases = itertools.count()


def category(
    match: str,
    values: list[str],
    null: str = "NON_NULLS_ONLY",
    name: str = "country",
    kind: str = "FilterListConfiguration",
) -> dict[str, Any]:
    configuration = {kind: {"MatchOperator": match, "CategoryValues": values, "NullOption": null}}
    return {"CategoryFilter": {"FilterId": "f", "Column": column(name), "Configuration": configuration}}


def custom(match: str, value: str) -> dict[str, Any]:
    shape = {"MatchOperator": match, "CategoryValue": value, "NullOption": "NON_NULLS_ONLY"}
    configuration = {"CustomFilterConfiguration": shape}
    return {"CategoryFilter": {"FilterId": "f", "Column": column("country"), "Configuration": configuration}}


def numeric_range(**bounds: Any) -> dict[str, Any]:
    return {"NumericRangeFilter": {"FilterId": "f", "Column": column("quantity"), **bounds, "NullOption": "ALL_VALUES"}}


def relative(kind: str, unit: str, amount: int | None = None) -> dict[str, Any]:
    shape = {
        "FilterId": "f",
        "Column": column("order_time"),
        "AnchorDateConfiguration": {"AnchorOption": "NOW"},
        "TimeGranularity": unit,
        "RelativeDateType": kind,
        "NullOption": "NON_NULLS_ONLY",
    }
    return {"RelativeDatesFilter": shape | ({"RelativeDateValue": amount} if amount else {})}
