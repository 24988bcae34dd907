"""Table calculations and level-aware functions draw what SQL windows and subqueries on the source say."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.server import LocalAws
from tests.local_aws.dashboards.drawing import asked, bars, category, measure, show
from tests.local_aws.quicksight_world import World

LINES = "sales.fact_order_lines"


def drawn(
    retail: World, local_aws: LocalAws, expression: str, function: str | None = None, **more: Any
) -> list[list[Any]]:
    calculated = [{"DataSetIdentifier": "lines", "Name": "c", "Expression": expression}]
    filters = more.pop("filters", None)
    body = bars(retail, filters, calculated=calculated, values=[measure("c", function)], **more)
    visual = show(retail, local_aws.url, body)
    assert visual["state"] == "drawn", visual
    rows: list[list[Any]] = sorted(visual["rows"], key=lambda row: str(row[0]))
    return rows


REVENUE = f"SELECT country, sum(revenue) AS r, sum(quantity) AS q FROM {LINES} GROUP BY 1"
OVER_GROUPS = {
    "share of the total": ("sum({revenue}) / sumOver(sum({revenue}))", "r::DOUBLE / sum(r) OVER ()"),
    "percent of total": ("percentOfTotal(sum({quantity}))", "q::DOUBLE / sum(q) OVER ()"),
    "highest of all": ("maxOver(sum({revenue}), [])", "max(r) OVER ()"),
    "within its own group": ("sumOver(sum({revenue}), [{country}])", "r"),
    "running sum": ("runningSum(sum({quantity}), [{country} ASC])", "sum(q) OVER (ORDER BY country)"),
    "rank": ("rank([sum({revenue}) DESC])", "rank() OVER (ORDER BY r DESC)"),
    "difference to the one before": (
        "sum({quantity}) - lag(sum({quantity}), [{country} ASC], 1)",
        "q - lag(q) OVER (ORDER BY country)",
    ),
    "percent difference": (
        "percentDifference(sum({quantity}), [{country} DESC], 1)",
        "q::DOUBLE / lag(q) OVER (ORDER BY country) - 1",
    ),
}


@pytest.mark.parametrize("case", OVER_GROUPS)
def test_calculation_over_groups(retail: World, local_aws: LocalAws, case: str) -> None:
    expression, sql = OVER_GROUPS[case]
    rows = asked(retail, f"SELECT country, {sql} FROM ({REVENUE}) ORDER BY 1")
    for (name, value), (country, expected) in zip(drawn(retail, local_aws, expression), rows, strict=True):
        assert (name, value) == (country, pytest.approx(expected)), case


FRANCE = [category("DOES_NOT_EQUAL", ["France"])]
OVER_ROWS = {
    "after the filters": (
        "sumOver({quantity}, [], PRE_AGG)",
        f"SELECT country, (SELECT sum(quantity) FROM {LINES} WHERE country <> 'France') FROM {LINES}"
        " WHERE country <> 'France' GROUP BY 1 ORDER BY 1",
        "MAX",
    ),
    "before the filters": (
        "sumOver({quantity}, [], PRE_FILTER)",
        f"SELECT country, (SELECT sum(quantity) FROM {LINES}) FROM {LINES}"
        " WHERE country <> 'France' GROUP BY 1 ORDER BY 1",
        "MAX",
    ),
    "first order of the customer": (
        "dateDiff(minOver({order_day}, [{customer_id}], PRE_AGG), {order_day})",
        f"""SELECT country, max(date_diff('day', f, order_day)) FROM (SELECT *, min(order_day) OVER
            (PARTITION BY customer_id) AS f FROM {LINES} WHERE country <> 'France') GROUP BY 1 ORDER BY 1""",
        "MAX",
    ),
    "every invoice once": (
        "avg(sum({revenue}, [{invoice_no}]))",
        f"""SELECT country, avg(r) FROM (SELECT DISTINCT country, invoice_no, r FROM (SELECT *, sum(revenue) OVER
            (PARTITION BY invoice_no) AS r FROM {LINES} WHERE country <> 'France')) GROUP BY 1 ORDER BY 1""",
        None,
    ),
    "aggregated by the field": (
        "sum({revenue}, [{invoice_no}])",
        f"""SELECT country, max(r) FROM (SELECT *, sum(revenue) OVER (PARTITION BY invoice_no) AS r
            FROM {LINES} WHERE country <> 'France') GROUP BY 1 ORDER BY 1""",
        "MAX",
    ),
}


@pytest.mark.parametrize("case", OVER_ROWS)
def test_calculation_over_rows(retail: World, local_aws: LocalAws, case: str) -> None:
    expression, sql, function = OVER_ROWS[case]
    found = drawn(retail, local_aws, expression, function, filters=FRANCE)
    for (name, value), (country, expected) in zip(found, asked(retail, sql), strict=True):
        assert (name, value) == (country, pytest.approx(expected)), case


def test_calculation_by_a_field_that_is_not_shown_says_so(retail: World, local_aws: LocalAws) -> None:
    calculated = [{"DataSetIdentifier": "lines", "Name": "c", "Expression": "sumOver(sum({revenue}), [{stock_code}])"}]
    visual = show(retail, local_aws.url, bars(retail, calculated=calculated, values=[measure("c", None)]))
    assert (visual["state"], "'stock_code'" in visual["message"]) == ("failed", True), visual
