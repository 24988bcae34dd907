"""Filters on aggregates, nested filters, excluded periods, and functions over periods: the numbers of plain SQL."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.server import LocalAws
from tests.local_aws.dashboards.drawing import LINES, asked, bars, column, measure, show
from tests.local_aws.quicksight_world import World

COUNTRIES = f"SELECT country, sum(revenue) FROM {LINES} {{}} GROUP BY 1 {{}} ORDER BY 2 DESC"


def ranged(low: float, **more: Any) -> dict[str, Any]:
    shape = {"FilterId": "f", "Column": column("revenue"), "RangeMinimum": {"StaticValue": low}, "IncludeMinimum": True}
    return {"NumericRangeFilter": shape | {"NullOption": "NON_NULLS_ONLY"} | more}


def test_filter_on_an_aggregate_keeps_whole_groups(retail: World, local_aws: LocalAws) -> None:
    totals = [row[1] for row in asked(retail, COUNTRIES.format("", ""))]
    low = sorted(totals)[len(totals) // 2]
    function = {"NumericalAggregationFunction": {"SimpleNumericalAggregation": "SUM"}}
    body = bars(retail, [ranged(low, AggregationFunction=function)])
    rows = show(retail, local_aws.url, body)["rows"]
    assert rows == asked(retail, COUNTRIES.format("", f"HAVING sum(revenue) >= {low}"))
    assert 0 < len(rows) < len(totals)


@pytest.mark.parametrize(("inside", "word"), [(True, "IN"), (False, "NOT IN")], ids=["in", "not in"])
def test_nested_filter_keeps_rows_whose_value_has_such_a_row(
    retail: World, local_aws: LocalAws, inside: bool, word: str
) -> None:
    listed = {"MatchOperator": "EQUALS", "CategoryValues": ["France"], "NullOption": "NON_NULLS_ONLY"}
    inner = {"Column": column("country"), "Configuration": {"FilterListConfiguration": listed}}
    nested = {"FilterId": "f", "Column": column("stock_code"), "IncludeInnerSet": inside,
              "InnerFilter": {"CategoryInnerFilter": inner}}  # fmt: skip
    rows = show(retail, local_aws.url, bars(retail, [{"NestedFilter": nested}]))["rows"]
    wanted = f"WHERE stock_code {word} (SELECT stock_code FROM {LINES} WHERE country = 'France')"
    assert rows == asked(retail, COUNTRIES.format(wanted, ""))


PERIODS = {
    "window sum": (
        "windowSum(sum({revenue}), [{country} ASC], 1, 1)",
        "sum(v) OVER (ORDER BY country ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)",
    ),
    "spread over all": ("stdevOver(sum({revenue}), [])", "stddev_samp(v) OVER ()"),
}


@pytest.mark.parametrize("name", PERIODS)
def test_window_function_equals_sql(retail: World, local_aws: LocalAws, name: str) -> None:
    expression, sql = PERIODS[name]
    calculated = [{"DataSetIdentifier": "lines", "Name": "C", "Expression": expression}]
    body = bars(retail, calculated=calculated, values=[measure("C", None)])
    rows = show(retail, local_aws.url, body)["rows"]
    wanted = asked(
        retail, f"SELECT country, {sql} FROM (SELECT country, sum(revenue) AS v FROM {LINES} GROUP BY 1) ORDER BY 1"
    )
    assert sorted(rows) == [[country, pytest.approx(value)] for country, value in wanted]


OVER_DAYS = {
    "difference from the week before": (
        "periodOverPeriodDifference(sum({revenue}), {order_day}, 'WK', 1)",
        "v - (SELECT b.v FROM days b WHERE b.d = days.d - INTERVAL 7 DAY)",
    ),
    "last value": (
        "periodOverPeriodLastValue(sum({revenue}), {order_day}, 'DD', 2)",
        "(SELECT b.v FROM days b WHERE b.d = days.d - INTERVAL 2 DAY)",
    ),
    "month to date": (
        "periodToDateSumOverTime(sum({revenue}), {order_day}, 'MM')",
        "sum(v) OVER (PARTITION BY date_trunc('month', d) ORDER BY d)",
    ),
}


@pytest.mark.parametrize("name", OVER_DAYS)
def test_function_over_periods_equals_sql(retail: World, local_aws: LocalAws, name: str) -> None:
    expression, sql = OVER_DAYS[name]
    calculated = [{"DataSetIdentifier": "lines", "Name": "C", "Expression": expression}]
    body = bars(retail, calculated=calculated, values=[measure("C", None)])
    wells = body["Sheets"][0]["Visuals"][0]["BarChartVisual"]["ChartConfiguration"]["FieldWells"]
    day = {"FieldId": "day", "Column": column("order_day"), "DateGranularity": "DAY"}
    wells["BarChartAggregatedFieldWells"]["Category"] = [{"DateDimensionField": day}]
    rows = show(retail, local_aws.url, body)["rows"]
    days = f"WITH days AS (SELECT order_day::TIMESTAMP AS d, sum(revenue)::DOUBLE AS v FROM {LINES} GROUP BY 1)"
    wanted = asked(retail, f"{days} SELECT d, {sql} FROM days ORDER BY 1")
    assert rows == [[day, None if value is None else pytest.approx(value)] for day, value in wanted]
