"""The numbers that the viewer draws under filters, sorts and limits are those of plain SQL on the source."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from local_aws.server import LocalAws
from tests.local_aws.dashboards.drawing import (
    LINES,
    asked,
    bars,
    by,
    category,
    column,
    custom,
    measure,
    numeric_range,
    relative,
    show,
    shown,
)
from tests.local_aws.quicksight_world import World

COUNTRY_REVENUE = "SELECT country, sum(revenue) FROM sales.fact_order_lines WHERE {} GROUP BY 1 ORDER BY 2 DESC, 1"
FILTERS = {
    "category equals": (category("EQUALS", ["France", "EIRE"]), "country IN ('France', 'EIRE')"),
    "category does not equal": (category("DOES_NOT_EQUAL", ["France"]), "country <> 'France'"),
    "value contained in a list": (category("CONTAINS", ["France", "an"]), "country = 'France'"),
    "value not contained in a list": (category("DOES_NOT_CONTAIN", ["France", "an"]), "country <> 'France'"),
    "custom list contains": (category("CONTAINS", ["Fr"], kind="CustomFilterListConfiguration"), "false"),
    "custom value contained": (custom("CONTAINS", "an"), "country LIKE '%an%'"),
    "custom value not contained": (custom("DOES_NOT_CONTAIN", "an"), "country NOT LIKE '%an%'"),
    "category starts with": (category("STARTS_WITH", ["I"]), "country LIKE 'I%'"),
    "category of nothing": (category("EQUALS", []), "false"),
    "nulls only": (category("EQUALS", ["x"], "NULLS_ONLY", "customer_id"), "customer_id IS NULL"),
    "numeric range": (
        numeric_range(RangeMinimum={"StaticValue": 2}, IncludeMinimum=True, RangeMaximum={"StaticValue": 5}),
        "quantity >= 2 AND quantity < 5",
    ),
    "numeric range without a bound": (numeric_range(RangeMaximum={"StaticValue": 0}), "quantity < 0"),
    "time range": (
        {
            "TimeRangeFilter": {
                "FilterId": "f",
                "Column": column("order_time"),
                "RangeMinimumValue": {"StaticValue": datetime(2010, 12, 5, tzinfo=UTC)},
                "RangeMaximumValue": {"RollingDate": {"Expression": "addDateTime(-1, 'DD', truncDate('DD', now()))"}},
                "IncludeMinimum": True,
                "IncludeMaximum": False,
                "NullOption": "NON_NULLS_ONLY",
            }
        },
        "order_time >= '2010-12-05' AND order_time < '2010-12-19'",
    ),
    "last seven days": (
        relative("LAST", "DAY", 7),
        "order_time >= '2010-12-14' AND order_time <= '2010-12-20 15:00:00'",
    ),
    "previous month": (relative("PREVIOUS", "MONTH"), "order_time >= '2010-11-01' AND order_time < '2010-12-01'"),
    "this month": (relative("THIS", "MONTH"), "order_time >= '2010-12-01' AND order_time < '2011-01-01'"),
    "top bottom": (
        {
            "TopBottomFilter": {
                "FilterId": "f",
                "Column": column("country"),
                "Limit": 3,
                "AggregationSortConfigurations": [
                    {
                        "Column": column("quantity"),
                        "SortDirection": "DESC",
                        "AggregationFunction": {"NumericalAggregationFunction": {"SimpleNumericalAggregation": "SUM"}},
                    }
                ],
            }
        },
        f"country IN (SELECT country FROM {LINES} GROUP BY 1 ORDER BY sum(quantity) DESC LIMIT 3)",
    ),
}


@pytest.mark.parametrize("case", FILTERS)
def test_filter_keeps_the_rows_that_sql_keeps(retail: World, address: str, local_aws: LocalAws, case: str) -> None:
    filter_shape, condition = FILTERS[case]
    try:
        local_aws.clock.set(datetime(2010, 12, 20, 15, tzinfo=UTC))
        visual = show(retail, address, bars(retail, [filter_shape]))
    finally:
        local_aws.clock.set(datetime.now(UTC))
    expected = asked(retail, COUNTRY_REVENUE.format(condition))
    assert visual["rows"] == expected
    assert visual["state"] == ("drawn" if expected else "empty"), visual


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"status": "DISABLED"}, id="disabled"),
        pytest.param(
            {"scope": {"SelectedSheets": {"SheetVisualScopingConfigurations": [
                {"SheetId": "s", "Scope": "SELECTED_VISUALS", "VisualIds": ["another"]}]}}},
            id="another visual"),
        pytest.param(
            {"scope": {"SelectedSheets": {"SheetVisualScopingConfigurations": [
                {"SheetId": "another", "Scope": "ALL_VISUALS"}]}}},
            id="another sheet"),
    ],
)  # fmt: skip
def test_filter_out_of_scope_keeps_all_rows(retail: World, address: str, more: dict[str, Any]) -> None:
    body = bars(retail, [category("EQUALS", ["France"])], **more)
    [other] = bars(retail)["Sheets"][0]["Visuals"]
    body["Sheets"][0]["Visuals"].append({"BarChartVisual": other["BarChartVisual"] | {"VisualId": "another"}})
    body["Sheets"].append({"SheetId": "another", "Name": "Another"})
    visual = show(retail, address, body)
    assert visual["rows"] == asked(retail, COUNTRY_REVENUE.format("true"))


def test_parameter_default_filters(retail: World, address: str) -> None:
    custom = {"MatchOperator": "EQUALS", "ParameterName": "Country", "NullOption": "NON_NULLS_ONLY"}
    shape = {"FilterId": "f", "Column": column("country"), "Configuration": {"CustomFilterConfiguration": custom}}
    declared = {"ParameterValueType": "SINGLE_VALUED", "Name": "Country", "DefaultValues": {"StaticValues": ["Malta"]}}
    body = bars(retail, [{"CategoryFilter": shape}], parameters=[{"StringParameterDeclaration": declared}])
    assert show(retail, address, body)["rows"] == asked(retail, COUNTRY_REVENUE.format("country = 'Malta'"))


def test_distinct_count_of_other_is_that_of_its_rows(retail: World, address: str) -> None:
    sort = {"CategoryItemsLimit": {"ItemsLimit": 2, "OtherCategories": "INCLUDE"}}
    values = [{"CategoricalMeasureField": {"FieldId": "v", "Column": column("customer_id"),
                                           "AggregationFunction": "DISTINCT_COUNT"}}]  # fmt: skip
    rows = show(retail, address, bars(retail, sort=sort, values=values))["rows"]
    ranked = asked(retail, f"SELECT country, count(DISTINCT customer_id) FROM {LINES} GROUP BY 1 ORDER BY 2 DESC, 1")
    assert rows[:2] == ranked[:2]
    top = ", ".join(f"'{country}'" for country, _ in ranked[:2])
    [[rest]] = asked(retail, f"SELECT count(DISTINCT customer_id) FROM {LINES} WHERE country NOT IN ({top})")
    assert rows[2] == [{"other": 8}, rest]


def test_items_are_sorted_as_the_definition_says(retail: World, address: str) -> None:
    sort = {"CategorySort": [{"FieldSort": {"FieldId": "by-country", "Direction": "DESC"}}]}
    rows = show(retail, address, bars(retail, sort=sort))["rows"]
    assert rows == asked(retail, f"SELECT country, sum(revenue) FROM {LINES} GROUP BY 1 ORDER BY 1 DESC")


def test_colors_are_limited_within_limited_categories(retail: World, address: str) -> None:
    sort = {"CategoryItemsLimit": {"ItemsLimit": 3}, "ColorItemsLimit": {"ItemsLimit": 4}}
    rows = show(retail, address, bars(retail, sort=sort, colors=[by("description")]))["rows"]
    assert len({json.dumps(row[0]) for row in rows}) == 4
    assert len({json.dumps(row[1]) for row in rows}) == 5
    [[total]] = asked(retail, f"SELECT sum(revenue) FROM {LINES}")
    assert sum(row[2] for row in rows) == pytest.approx(total)


def test_unknown_function_fails_its_own_card_alone(retail: World, address: str) -> None:
    calculated = [
        {
            "DataSetIdentifier": "lines",
            "Name": "Running",
            "Expression": "stringAgg({country})",
        }
    ]
    body = bars(retail, calculated=calculated, values=[measure("Running", None)])
    good = bars(retail)["Sheets"][0]["Visuals"][0]
    good["BarChartVisual"]["VisualId"] = "good"
    body["Sheets"][0]["Visuals"].append(good)
    visuals = shown(retail, address, body)
    assert visuals["b"]["state"] == "failed"
    assert visuals["b"]["message"].startswith("calculated field 'Running': the function stringAgg is not supported")
    assert visuals["good"]["state"] == "drawn"


def test_expression_that_the_rows_refuse_is_told_and_is_no_defect(retail: World, address: str) -> None:
    expression = "sum(ifelse({quantity} > 0, {quantity}, {country}))"
    calculated = [{"DataSetIdentifier": "lines", "Name": "Odd", "Expression": expression}]
    visual = show(retail, address, bars(retail, calculated=calculated, values=[measure("Odd", None)]))
    assert (visual["state"], "defect" in visual["message"]) == ("failed", False), visual


def test_unaggregated_table_is_sorted_by_a_column_that_it_does_not_show(retail: World, address: str) -> None:
    value = {"FieldId": "event", "Column": column("event_id")}
    sort = {"RowSort": [{"ColumnSort": {"SortBy": column("order_time"), "Direction": "DESC"}}]}
    configuration = {"FieldWells": {"TableUnaggregatedFieldWells": {"Values": [value]}}, "SortConfiguration": sort}
    body = bars(retail)
    body["Sheets"][0]["Visuals"] = [{"TableVisual": {"VisualId": "b", "ChartConfiguration": configuration}}]
    visual = show(retail, address, body)
    assert visual["rows"] == asked(retail, f"SELECT event_id FROM {LINES} ORDER BY order_time DESC LIMIT 500")
    assert visual["note"] == "the first 500 of 1,200 rows"


def test_kpi_shows_the_latest_period_and_the_one_before(retail: World, address: str) -> None:
    day = {"DateDimensionField": {"FieldId": "d", "Column": column("order_time"), "DateGranularity": "WEEK"}}
    wells = {"Values": [measure("revenue")], "TrendGroups": [day]}
    body = bars(retail)
    body["Sheets"][0]["Visuals"] = [{"KPIVisual": {"VisualId": "b", "ChartConfiguration": {"FieldWells": wells}}}]
    sunday = "date_trunc('week', order_time + INTERVAL 1 DAY) - INTERVAL 1 DAY"
    assert show(retail, address, body)["rows"] == asked(
        retail, f"SELECT {sunday}, sum(revenue) FROM {LINES} GROUP BY 1 ORDER BY 1"
    )


def test_kind_that_is_not_drawn_shows_its_data_as_a_table(retail: World, address: str) -> None:
    wells = [{"AxisName": "GROUP_BY", "Dimensions": [by("country"), by("is_cancellation")]},
             {"AxisName": "VALUE", "Measures": [measure("quantity")]}]  # fmt: skip
    body = bars(retail)
    plugin = {"VisualId": "b", "PluginArn": "arn:aws:quicksight::aws:plugin/x"}
    body["Sheets"][0]["Visuals"] = [{"PluginVisual": plugin | {"ChartConfiguration": {"FieldWells": wells}}}]
    visual = show(retail, address, body)
    assert (visual["state"], "Plugin" in visual["note"]) == ("not_drawn", True)
    sql = f"SELECT country, is_cancellation::INT, sum(quantity) FROM {LINES} GROUP BY 1, 2 ORDER BY 1, 2"
    assert visual["rows"] == asked(retail, sql)


def test_columns_of_a_grouped_table_stand_as_its_field_options_say(retail: World, address: str) -> None:
    fields = [by("country"), by("description"), measure("quantity"), measure("revenue")]
    options = {"Order": ["SUM-revenue", "by-country", "by-description", "SUM-quantity"],
               "SelectedFieldOptions": [{"FieldId": "by-description", "Visibility": "HIDDEN"}]}  # fmt: skip
    configuration = {
        "FieldWells": {"TableAggregatedFieldWells": {"GroupBy": fields[:2], "Values": fields[2:]}},
        "FieldOptions": options,
        "SortConfiguration": {"RowSort": [{"FieldSort": {"FieldId": "SUM-revenue", "Direction": "DESC"}}]},
        "TotalOptions": {"TotalsVisibility": "VISIBLE"},
    }
    body = bars(retail)
    body["Sheets"][0]["Visuals"] = [{"TableVisual": {"VisualId": "b", "ChartConfiguration": configuration}}]
    visual = show(retail, address, body)
    assert [each["id"] for each in visual["columns"]] == ["SUM-revenue", "by-country", "SUM-quantity"]
    grouped = f"SELECT sum(revenue), country, sum(quantity) FROM {LINES} GROUP BY country, description ORDER BY 1 DESC"
    assert sorted(map(str, visual["rows"])) == sorted(map(str, asked(retail, grouped)))
    assert visual["options"]["totals"]["values"] == asked(retail, f"SELECT sum(revenue), sum(quantity) FROM {LINES}")[0]


@pytest.mark.parametrize(
    ("configuration", "state", "said"),
    [
        pytest.param({}, "empty", "no computation and no narrative", id="nothing"),
        pytest.param({"Computations": [], "CustomNarrative": {"Narrative": "<narrative> </narrative>"}}, "empty",
                     "no computation and no narrative", id="blank narrative"),
        pytest.param({"CustomNarrative": {"Narrative": "<narrative>Read <b>me</b></narrative>"}}, "drawn",
                     "Read <strong>me</strong>", id="text"),
        pytest.param({
            "Computations": [
                {"TotalAggregation": {"ComputationId": "id-1", "Name": "Total", "Value": measure("revenue")}}],
            "CustomNarrative": {"Narrative": "<narrative>In all "
                                "<expression>Total.totalAggregate.formattedValue</expression></narrative>"},
        }, "drawn", 'In all <span data-value="0"></span>', id="computation by its name"),
    ],
)  # fmt: skip
def test_insight_says_its_narrative_and_one_without_any_says_so(
    retail: World, address: str, configuration: dict[str, Any], state: str, said: str
) -> None:
    body = bars(retail)
    visual = {"VisualId": "b", "DataSetIdentifier": "lines", "InsightConfiguration": configuration}
    body["Sheets"][0]["Visuals"] = [{"InsightVisual": visual}]
    found = show(retail, address, body)
    assert (found["state"], said in (found["message"] or found["options"]["html"])) == (state, True)


def test_line_with_an_axis_of_its_own_is_named(retail: World, address: str) -> None:
    wells = {"Category": [by("country")], "Values": [measure("revenue"), measure("quantity")]}
    item = {"FieldSeriesItem": {"FieldId": "SUM-quantity", "AxisBinding": "SECONDARY_YAXIS"}}
    configuration = {"FieldWells": {"LineChartAggregatedFieldWells": wells}, "Series": [item]}
    body = bars(retail)
    body["Sheets"][0]["Visuals"] = [{"LineChartVisual": {"VisualId": "b", "ChartConfiguration": configuration}}]
    assert show(retail, address, body)["options"]["secondary"] == ["SUM-quantity"]


def test_links_and_bars_in_a_table_are_those_of_the_definition(retail: World, address: str) -> None:
    text = {"LinkConfiguration": {"Target": "NEW_TAB", "Content": {"CustomTextContent": {"Value": "open", **FONT}}}}
    configuration = {
        "FieldWells": {"TableAggregatedFieldWells": {"GroupBy": [by("country")], "Values": [measure("revenue")]}},
        "FieldOptions": {"SelectedFieldOptions": [{"FieldId": "by-country", "URLStyling": text}]},
        "TableInlineVisualizations": [{"DataBars": {"FieldId": "SUM-revenue", "PositiveColor": "#2A5D78"}}],
    }
    body = bars(retail)
    body["Sheets"][0]["Visuals"] = [{"TableVisual": {"VisualId": "b", "ChartConfiguration": configuration}}]
    options = show(retail, address, body)["options"]
    assert (options["links"], options["bars"]) == ({"by-country": "open"}, {"SUM-revenue": ["#2A5D78", None]})


FONT = {"FontConfiguration": {"FontSize": {"Relative": "MEDIUM"}}}
