"""Every kind of visual draws the numbers of plain SQL on the source."""

from __future__ import annotations

from typing import Any

import pytest

from local_aws.server import LocalAws
from tests.local_aws.dashboards.drawing import asked, shown
from tests.local_aws.dashboards.gallery import EXPECTED, LINES, UNITS, WEEK, by, definition, visuals
from tests.local_aws.quicksight_world import World


@pytest.fixture(scope="module")
def drawn(retail: World, local_aws: LocalAws) -> dict[str, dict[str, Any]]:
    return shown(retail, local_aws.url, definition(retail.data_set_arn("order_lines")))


def test_every_visual_of_the_gallery_is_drawn(drawn: dict[str, dict[str, Any]]) -> None:
    assert len(drawn) == len(visuals())
    assert {name: each["state"] for name, each in drawn.items() if each["state"] != "drawn"} == {
        "plugin": "not_drawn",
        "content": "empty",
        "empty": "empty",
    }


@pytest.mark.parametrize("name", EXPECTED)
def test_drawn_numbers_equal_sql_on_the_source(drawn: dict[str, dict[str, Any]], retail: World, name: str) -> None:
    rows, expected = drawn[name]["rows"], asked(retail, EXPECTED[name])
    if "ORDER BY" not in EXPECTED[name]:
        rows, expected = sorted(rows), sorted(expected)
    assert rows == expected


def test_totals_of_a_pivot_table_are_computed_from_the_rows(drawn: dict[str, dict[str, Any]], retail: World) -> None:
    options, values = drawn["pivot"]["options"], "sum(revenue), count(DISTINCT invoice_no)"
    week = f"SELECT {WEEK}, {values} FROM {LINES} GROUP BY 1"
    assert sorted(options["bottom"]) == sorted(asked(retail, week))
    assert options["corner"] == asked(retail, f"SELECT {values} FROM {LINES}")
    rows = f"SELECT country, is_cancellation::INT, {values} FROM {LINES} GROUP BY 1, 2"
    assert sorted(options["right"]) == sorted(asked(retail, rows))
    between = f"SELECT country, {WEEK}, {values} FROM {LINES} GROUP BY 1, 2"
    assert sorted(options["between"]) == sorted(asked(retail, between))


def test_line_of_a_combo_chart_counts_its_category_whole(drawn: dict[str, dict[str, Any]], retail: World) -> None:
    lines = {row[0]: row[3] for row in drawn["combo-colors"]["rows"]}
    assert lines == dict(asked(retail, f"SELECT {WEEK}, count(DISTINCT invoice_no) FROM {LINES} GROUP BY 1"))


def test_conditional_format_marks_the_rows_of_its_condition(drawn: dict[str, dict[str, Any]], retail: World) -> None:
    table = drawn["table"]
    marked = {
        row[0] for row, style in zip(table["rows"], table["options"]["styles"], strict=True) if "country" in style
    }
    many = asked(retail, f"SELECT country FROM {LINES} GROUP BY 1 HAVING sum(quantity) > 300")
    assert marked == {country for (country,) in many}
    assert 0 < len(marked) < len(table["rows"])
    assert table["options"]["totals"]["values"] == asked(retail, f"SELECT sum(revenue), sum(quantity) FROM {LINES}")[0]


def test_bins_of_a_histogram_count_every_row_once(drawn: dict[str, dict[str, Any]], retail: World) -> None:
    rows = drawn["histogram"]["rows"]
    [[low]] = asked(retail, f"SELECT min(quantity) FROM {LINES}")
    bins = dict(asked(retail, f"SELECT floor((quantity - {low}) / 3.0)::INT, count(*) FROM {LINES} GROUP BY 1"))
    assert {round((start - low) / 3): count for start, count in rows if count} == bins


def test_insight_says_the_change_from_one_day_to_the_next(drawn: dict[str, dict[str, Any]], retail: World) -> None:
    days = asked(retail, f"SELECT order_day, sum(revenue) FROM {LINES} GROUP BY 1 ORDER BY 1 DESC LIMIT 2")
    said = [value for name, value in drawn["insight"]["rows"] if name == "pop"]
    share = abs(days[0][1] - days[1][1]) / days[1][1]
    assert said == [pytest.approx(share), days[1][1], days[1][0], days[0][1], days[0][0]]
    top = [value for name, value in drawn["insight"]["rows"] if name == "top"]
    ranked = asked(retail, f"SELECT country, sum(revenue) FROM {LINES} GROUP BY 1 ORDER BY 2 DESC LIMIT 2")
    assert top == [value for row in ranked for value in row]


WELLS = {
    "BarChartVisual": "BarChartAggregatedFieldWells",
    "LineChartVisual": "LineChartAggregatedFieldWells",
    "PieChartVisual": "PieChartAggregatedFieldWells",
}


@pytest.mark.parametrize("kind", WELLS)
def test_small_multiples_are_a_chart_a_value(retail: World, local_aws: LocalAws, kind: str) -> None:
    wells = {"Category": [by("country")], "SmallMultiples": [by("is_cancellation")], "Values": [UNITS]}
    multiples = {"MaxVisibleColumns": 3, "YAxis": {"Scale": "INDEPENDENT"}}
    visual = {"VisualId": "v", "ChartConfiguration": {"FieldWells": {WELLS[kind]: wells}}}
    if kind != "PieChartVisual":
        visual["ChartConfiguration"]["SmallMultiplesOptions"] = multiples
    body = definition(retail.data_set_arn("order_lines"))
    body["Sheets"] = [{"SheetId": "s", "Visuals": [{kind: visual}]}]
    found = shown(retail, local_aws.url, body)["v"]
    assert found["state"] == "drawn", found
    sql = f"SELECT is_cancellation::INT, country, sum(quantity) FROM {LINES} GROUP BY 1, 2"
    assert sorted(found["rows"]) == sorted(asked(retail, sql))
    if kind != "PieChartVisual":
        assert found["options"]["panels"] == {"columns": 3, "shared": False, "titles": True}
