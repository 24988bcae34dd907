"""Calculated fields of the forms that public dashboards hold: each is drawn, and its numbers are those of SQL.

As a dimension, a row expression groups the revenue; as a measure, an aggregation stands beside day and country.
"""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.server import LocalAws
from tests.local_aws.dashboards.drawing import asked, shown
from tests.local_aws.quicksight_world import World

LINES = "sales.fact_order_lines"

ROWS: dict[str, str] = {
    "ifelse(${GroupBy} = 'Country', {country}, ${GroupBy} = 'Code', {stock_code}, 'All')": "country",
    "// which one\nifelse(\n  ${GroupBy} = \"Code\", {stock_code}, // Add ${GroupBy}\n  null\n)": "NULL",
    "ifelse({order_day} >= ${From}, 'in', 'out')": "CASE WHEN order_day >= '2010-12-20' THEN 'in' ELSE 'out' END",
    "ifelse(isNull(${Unset}), 1, 0)": "1",
    "ifelse(isNull({customer_id}), 'none', {customer_id})": "coalesce(customer_id, 'none')",
    "ifelse(strlen({customer_id}) > 0, {customer_id}, 'none')": "coalesce(customer_id, 'none')",
    "ifelse(in({country}, ${Many}), {country}, 'Rest')":
        "CASE WHEN country IN ('France', 'Spain') THEN country ELSE 'Rest' END",
    "ifelse(NOT in({country}, ['France']), 1, 0)": "CAST(country <> 'France' AS INTEGER)",
    "ifelse(NOT(contains({country}, 'AN', CASE_INSENSITIVE)) AND {quantity} > 2 OR {country} = \"Spain\", 'x', 'y')":
        "CASE WHEN country NOT ILIKE '%an%' AND quantity > 2 OR country = 'Spain' THEN 'x' ELSE 'y' END",
    "ifelse(locate({description}, '1') > 0, 'one', locate({description}, '2') > 0, 'two', {description})":
        "CASE WHEN description LIKE '%1%' THEN 'one' WHEN description LIKE '%2%' THEN 'two' ELSE description END",
    "ifelse({is_cancellation} = 1, NULL, {quantity})": "CASE WHEN NOT is_cancellation THEN quantity END",
    "ifelse(endsWith({stock_code}, '5'), 0.5415, startsWith({stock_code}, 'P'), 1, 0)":
        "CASE WHEN stock_code LIKE '%5' THEN 0.5415 WHEN stock_code LIKE 'P%' THEN 1 ELSE 0 END",
    "concat({country}, ' | ', {stock_code})": "country || ' | ' || stock_code",
    "concat('Last ', toString(${Days}), ' days')": "'Last 30 days'",
    "split({description}, ' ', 2)": "split_part(description, ' ', 2)",
    "split({description}, ' ', 3)": "NULL",
    "left(replace({description}, 'PRODUCT ', '#'), 2)": "left(replace(description, 'PRODUCT ', '#'), 2)",
    "substring({description}, locate({description}, ' ', 1) + 1, strlen({description}))":
        "split_part(description, ' ', 2)",
    "parseInt(split({description}, ' ', 2)) % 7": "split_part(description, ' ', 2)::BIGINT % 7",
    "toLower(trim({country}))": "lower(country)",
    "truncDate('MM', {order_day})": "date_trunc('month', order_day)::TIMESTAMP",
    "truncDate(\"WK\", {order_day})": "(date_trunc('week', order_day + 1) - INTERVAL 1 DAY)::TIMESTAMP",
    "formatDate({order_day}, 'MMM-dd-yyyy')": "strftime(order_day, '%b-%d-%Y')",
    "formatDate({order_day}, \"yyyyMMdd'T'HHmm\")": "strftime(order_day, '%Y%m%dT%H%M')",
    "dateDiff(parseDate('01/12/2010', 'dd/MM/yyyy'), {order_day}, 'DD')": "order_day - DATE '2010-12-01'",
    "ifelse(dateDiff({order_day}, ${From}) <= ${Days}, 'Yes', 'No')":
        "CASE WHEN DATE '2010-12-20' - order_day <= 30 THEN 'Yes' ELSE 'No' END",
    "extract('WD', {order_day})": "dayofweek(order_day) + 1",
    "round({unit_price} * ${Rate}, 1)": "round(unit_price * 0.5, 1)::DOUBLE",
    "({quantity} + 1) ^ 2": "(quantity + 1) * (quantity + 1)",
    "floor({unit_price} / 10) * 10": "floor(unit_price / 10)::BIGINT * 10",
    "sumOver({quantity}, [{country}], PRE_AGG)": "sum(quantity) OVER (PARTITION BY country)",
    "minOver({order_day}, [{customer_id}], PRE_FILTER)": "(min(order_day) OVER (PARTITION BY customer_id))::TIMESTAMP",
    "ifelse(truncDate('MM', {order_day}) = truncDate('MM', maxOver({order_day}, [], PRE_FILTER)), 1, 0)":
        "CAST(date_trunc('month', order_day) = date_trunc('month', max(order_day) OVER ()) AS INTEGER)",
    "distinctCountOver({invoice_no}, [{country}], PRE_AGG)": "_invoices",
    "ifelse(max({quantity}, [{country}]) > 11, 'big', 'small')":
        "CASE WHEN max(quantity) OVER (PARTITION BY country) > 11 THEN 'big' ELSE 'small' END",
    "switch({country}, 'France', 'FR', 'Spain', 'ES', '')":
        "CASE country WHEN 'France' THEN 'FR' WHEN 'Spain' THEN 'ES' ELSE '' END",
    "nullIf({country}, 'France')": "nullif(country, 'France')",
    "${GroupBy}": "'Country'",
}  # fmt: skip

GROUPED = f"""SELECT *, sum(r) OVER () AS whole, lag(r) OVER one AS last FROM (
    SELECT order_day, country, sum(revenue)::DOUBLE AS r, sum(quantity)::DOUBLE AS q,
        count(DISTINCT invoice_no) AS orders, count(DISTINCT invoice_no) FILTER (NOT is_cancellation) AS kept,
        sum(revenue) FILTER (country IN ('France', 'Spain'))::DOUBLE AS wanted, max(quantity) AS most,
        quantile_disc(quantity, 0.9) AS ninety
    FROM {LINES} GROUP BY 1, 2)
    WINDOW one AS (PARTITION BY country ORDER BY order_day)"""
MEASURES: dict[str, str] = {
    "sum({revenue}) / sum({quantity})": "r / nullif(q, 0)",
    "1 - sum(revenue) / sum({Cost})": "1 - r / nullif(r, 0)",
    "sum({Cost}) * ${Rate}": "r * 0.5",
    "ifelse(${Days} = 30, sum({revenue}) / sum({quantity}), 0)": "r / nullif(q, 0)",
    "ifelse(sum({revenue}) >= {Commitment}, {Commitment}, sum({revenue}))": "least(r, 30)",
    "distinct_countIf({invoice_no}, {is_cancellation} = 0) / distinct_count({invoice_no})": "kept / orders",
    "sumIf({revenue}, in({country}, ${Many}))": "wanted",
    "sum(ifelse(in({country}, ${Many}), {revenue}, NULL))": "wanted",
    "percentile({quantity}, 90)": "ninety",
    "sumover(sum({revenue}))": "whole",
    "maxOver(sum({revenue}^1) / sum({quantity}^1), [])": "max(r / nullif(q, 0)) OVER ()",
    "sum({revenue}) / sumOver(sum({revenue}), [{country}])": "r / sum(r) OVER (PARTITION BY country)",
    "percentOfTotal(sum({revenue}), [{order_day}])": "r / sum(r) OVER (PARTITION BY order_day)",
    "runningSum(sum({revenue}), [{order_day} ASC], [{country}])":
        "sum(r) OVER (PARTITION BY country ORDER BY order_day)",
    "difference(sum({revenue}), [{order_day} ASC], -1, [{country}])": "r - last",
    "percentDifference(sum({revenue}), [{order_day} ASC], -1, [{country}])": "r / last - 1",
    "lag(sum({revenue}), [{order_day} ASC], 1, [{country}])": "last",
    "ifelse(isNull(lag(sum({revenue}), [{order_day} ASC], 1, [{country}])), 0, sum({revenue}) - "
    "lag(sum({revenue}), [{order_day} ASC], 1, [{country}]))": "coalesce(r - last, 0)",
    "windowAvg(sum({revenue}), [{order_day} ASC], 2, 0, [{country}])":
        "avg(r) OVER (PARTITION BY country ORDER BY order_day ROWS 2 PRECEDING)",
    "firstValue(sum({revenue}), [{order_day} ASC], [{country}])":
        "first(r) OVER (PARTITION BY country ORDER BY order_day)",
    "rank([sum({revenue}) DESC], [{order_day}])": "rank() OVER (PARTITION BY order_day ORDER BY r DESC)",
    "denseRank([max({quantity}) DESC])": "dense_rank() OVER (ORDER BY most DESC)",
    "periodOverPeriodDifference(sum({revenue}), {order_day}, DAY, 1)":
        "r - sum(r) OVER (PARTITION BY country ORDER BY order_day RANGE BETWEEN INTERVAL 1 DAY PRECEDING"
        " AND INTERVAL 1 DAY PRECEDING)",
    "periodToDateSumOverTime(sum({revenue}), {order_day}, MONTH)":
        "sum(r) OVER (PARTITION BY country, date_trunc('month', order_day) ORDER BY order_day)",
    "periodToDateSum({revenue}, {order_day}, MONTH, parseDate('2010-12-20', 'yyyy-MM-dd'))":
        "CASE WHEN order_day BETWEEN '2010-12-01' AND '2010-12-20' THEN r END",
    "periodToDatePercentile({quantity}, 90, {order_day}, YEAR, parseDate('2010-12-20', 'yyyy-MM-dd'))":
        "CASE WHEN order_day <= '2010-12-20' THEN ninety END",
    "avg(sum({quantity}, [${visualDimensions}, {invoice_no}]))": "q / orders",
    "sum({revenue}) / max(sum({revenue}, [${visualDimensions}, !{country}]))":
        "r / sum(r) OVER (PARTITION BY order_day)",
    "max({By day}) * 0.5": "sum(r) OVER (PARTITION BY order_day) * 0.5",
    "avg(sum({revenue}, [{order_day}]))": "sum(r) OVER (PARTITION BY order_day)",
    "concat(toString(count({invoice_no})), ' lines')": "NULL",
}  # fmt: skip

CALCULATED = {
    "Cost": "{revenue}",
    "Commitment": "ifelse(${Days} = 0, minOver(sum({revenue})), ${Days})",
    "By day": "sumOver({Cost}, [{order_day}], PRE_AGG)",
}
STATIC = {"GroupBy": ["Country"], "Many": ["France", "Spain"], "Days": [30], "Rate": [0.5]}


def declared(name: str, values: list[Any]) -> dict[str, Any]:
    kind = {str: "String", int: "Integer", float: "Decimal"}[type(values[0])]
    many = "MULTI_VALUED" if len(values) > 1 else "SINGLE_VALUED"
    default = {"StaticValues": values}
    return {f"{kind}ParameterDeclaration": {"Name": name, "ParameterValueType": many, "DefaultValues": default}}


def rolling() -> list[dict[str, Any]]:
    first = {"RollingDate": {"Expression": "addDateTime(19, 'DD', parseDate('2010-12-01', 'yyyy-MM-dd'))"}}
    return [{"DateTimeParameterDeclaration": {"Name": "From", "TimeGranularity": "DAY", "DefaultValues": first}},
            {"DateTimeParameterDeclaration": {"Name": "Unset", "TimeGranularity": "DAY"}}]  # fmt: skip


@pytest.fixture(scope="module")
def visuals(retail: World, local_aws: LocalAws) -> dict[str, dict[str, Any]]:
    """One table a form, by its expression."""
    revenue = {"NumericalMeasureField": {"FieldId": "r", "Column": _column("revenue")}}
    day = {"DateDimensionField": {"FieldId": "d", "Column": _column("order_day"), "DateGranularity": "DAY"}}
    country = {"CategoricalDimensionField": {"FieldId": "c", "Column": _column("country")}}
    made: dict[str, dict[str, Any]] = {}
    for expression in ROWS:
        made[expression] = {"GroupBy": [{"CategoricalDimensionField": {"FieldId": "x", "Column": _column(expression)}}],
                            "Values": [revenue]}  # fmt: skip
    for expression in MEASURES:
        measure = {"NumericalMeasureField": {"FieldId": "m", "Column": _column(expression)}}
        made[expression] = {"GroupBy": [day, country], "Values": [measure]}
    found: dict[str, dict[str, Any]] = {}
    for some in (ROWS, MEASURES):
        ids = {f"v{number}": expression for number, expression in enumerate(some)}
        tables = [
            {"TableVisual": {"VisualId": name, "ChartConfiguration": {
                "FieldWells": {"TableAggregatedFieldWells": made[expression]},
                "SortConfiguration": {"RowSort": [{"FieldSort": {"FieldId": made[expression]["GroupBy"][0][
                    next(iter(made[expression]["GroupBy"][0]))]["FieldId"], "Direction": "ASC"}}]}}}}
            for name, expression in ids.items()
        ]  # fmt: skip
        fields = {**CALCULATED, **{expression: expression for expression in some}}
        body = {
            "DataSetIdentifierDeclarations": [
                {"Identifier": "lines", "DataSetArn": retail.data_set_arn("order_lines")}
            ],
            "ParameterDeclarations": [*(declared(*each) for each in STATIC.items()), *rolling()],
            "CalculatedFields": [
                {"DataSetIdentifier": "lines", "Name": _name(name), "Expression": text} for name, text in fields.items()
            ],
            "Sheets": [{"SheetId": "s", "Visuals": tables}],
        }
        found |= {ids[name]: visual for name, visual in shown(retail, local_aws.url, body).items()}
    return found


def _name(expression: str) -> str:
    """A name for the field: the model allows 128 characters."""
    return expression if len(expression) < 100 else f"{expression[:60]}{hash(expression)}"


def _column(name: str) -> dict[str, str]:
    return {"DataSetIdentifier": "lines", "ColumnName": _name(name)}


@pytest.mark.parametrize("expression", ROWS)
def test_row_expression_groups_as_sql_does(retail: World, visuals: dict[str, dict[str, Any]], expression: str) -> None:
    visual = visuals[expression]
    assert visual["state"] == "drawn", visual["message"]
    invoices = f"JOIN (SELECT country, count(DISTINCT invoice_no) AS _invoices FROM {LINES} GROUP BY 1) USING (country)"
    inner = f"SELECT {ROWS[expression]} AS x, revenue FROM {LINES} {invoices}"
    rows = asked(retail, f"SELECT x, sum(revenue)::DOUBLE FROM ({inner}) GROUP BY 1 ORDER BY 1")
    _same(visual["rows"], rows)


@pytest.mark.parametrize("expression", MEASURES)
def test_aggregation_is_that_of_sql(retail: World, visuals: dict[str, dict[str, Any]], expression: str) -> None:
    visual = visuals[expression]
    assert visual["state"] == "drawn", visual["message"]
    if expression.startswith("concat"):
        assert {row[2].rpartition(" ")[2] for row in visual["rows"]} == {"lines"}
        return
    rows = asked(retail, f"SELECT order_day, country, {MEASURES[expression]} FROM ({GROUPED}) ORDER BY 1, 2")
    _same(visual["rows"], rows[: len(visual["rows"])])


def _same(drawn: list[list[Any]], expected: list[list[Any]]) -> None:
    def key(row: list[Any]) -> list[str]:
        return [str(float(each) if isinstance(each, int | float) else each) for each in row[:-1]]

    drawn, expected = sorted(drawn, key=key), sorted(expected, key=key)
    assert [key(row) for row in drawn] == [key(row) for row in expected]
    for one, other in zip(drawn, expected, strict=True):
        assert one[-1] == (None if other[-1] is None else pytest.approx(float(other[-1]))), one
