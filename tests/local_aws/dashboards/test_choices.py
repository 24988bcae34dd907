"""What a reader chooses changes the numbers as SQL with the same condition does."""

from __future__ import annotations

import itertools
import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

import pytest

from local_aws.server import LocalAws
from tests.local_aws.dashboards.drawing import asked, column
from tests.local_aws.quicksight_world import World
from tests.local_aws.retail_world import published

LINES = "sales.fact_order_lines"
BY_DAY = f"SELECT order_day, sum(revenue) FROM {LINES} WHERE {{}} GROUP BY 1 ORDER BY 1"


@pytest.fixture(scope="module")
def address(local_aws: LocalAws, retail: World) -> str:
    return f"{local_aws.url}/dashboards/{retail.account}"


def under(address: str, state: dict[str, Any], dashboard: str = "retail_sales") -> dict[str, Any]:
    """The first sheet under a reader's choices: visuals by id, and `controls`."""
    query = urllib.parse.urlencode({"state": json.dumps(state)})
    with urllib.request.urlopen(f"{address}/{dashboard}/data.json?{query}") as answer:
        sheet = json.load(answer)["sheets"][0]
    return {each["id"]: each for each in sheet["visuals"]} | {"controls": sheet["controls"]}


@pytest.mark.parametrize(
    ("state", "condition"),
    [
        pytest.param({}, "true", id="nothing chosen"),
        pytest.param({"filters": {"country-filter": {"values": ["France", "Japan"]}}},
                     "country IN ('France', 'Japan')", id="values of a dropdown"),
        pytest.param({"filters": {"country-filter": None}}, "true", id="a filter taken away"),
        pytest.param({"filters": {"period-filter": {"min": "2010-12-05", "max": "2010-12-09T23:59:59"}}},
                     "order_day BETWEEN '2010-12-05' AND '2010-12-09'", id="range of days"),
        pytest.param({"filters": {"period-filter": {"min": "2010-12-20", "max": ""}}},
                     "order_day >= '2010-12-20'", id="range without an end"),
        pytest.param({"picks": [{"visual": "countries", "fields": {"countries-country": "Spain"}}]},
                     "country = 'Spain'", id="a bar clicked"),
        pytest.param({"picks": [{"visual": "countries", "fields": {"countries-country": "Spain"}}],
                      "filters": {"country-filter": {"values": ["France"]}}}, "false", id="both"),
    ],
)  # fmt: skip
def test_choice_filters_as_sql_does(retail: World, address: str, state: dict[str, Any], condition: str) -> None:
    assert under(address, state)["revenue-by-day"]["rows"] == asked(retail, BY_DAY.format(condition))


def test_click_filters_the_other_visuals_and_not_its_own(retail: World, address: str) -> None:
    plain = under(address, {})
    picked = under(address, {"picks": [{"visual": "countries", "fields": {"countries-country": "Spain"}}]})
    assert picked["countries"]["rows"] == plain["countries"]["rows"]
    assert picked["kpi-orders"]["rows"] != plain["kpi-orders"]["rows"]
    assert set(plain["countries"]["filters"]) == set(plain) - {"countries", "controls"}


def test_click_on_a_day_filters_by_the_day(retail: World, address: str) -> None:
    found = under(address, {"picks": [{"visual": "revenue-by-day",
                                       "fields": {"revenue-by-day-day": "2010-12-06T00:00:00"}}]})  # fmt: skip
    sql = f"SELECT description, sum(revenue) FROM {LINES} WHERE NOT is_non_product AND order_day = '2010-12-06'"
    assert found["top-products"]["rows"] == asked(retail, f"{sql} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 15")


def test_controls_offer_the_values_of_their_column(retail: World, address: str) -> None:
    period, country = under(address, {"filters": {"country-filter": {"values": ["Malta"]}}})["controls"]
    assert (period["kind"], period["filterKind"]) == ("DateTimePicker", "TimeRangeFilter")
    assert country["values"] == [row[0] for row in asked(retail, f"SELECT DISTINCT country FROM {LINES} ORDER BY 1")]
    assert country["chosen"] == ["Malta"]


def parametric(retail: World) -> dict[str, Any]:
    """Bars over a threshold and a country that parameters give."""
    country = {"MatchOperator": "EQUALS", "ParameterName": "Country", "NullOption": "NON_NULLS_ONLY"}
    filters = [
        {"CategoryFilter": {"FilterId": "c", "Column": column("country"),
                            "Configuration": {"CustomFilterConfiguration": country}}},
        {"NumericRangeFilter": {"FilterId": "n", "Column": column("quantity"), "NullOption": "NON_NULLS_ONLY",
                                "RangeMinimum": {"Parameter": "Least"}, "IncludeMinimum": True}},
    ]  # fmt: skip
    scope = {"AllSheets": {}}
    groups = [
        {"FilterGroupId": f"g{number}", "Filters": [each], "ScopeConfiguration": scope, "CrossDataset": "ALL_DATASETS"}
        for number, each in enumerate(filters)
    ]
    value = {"NumericalMeasureField": {"FieldId": "v", "Column": column("revenue")}}
    category = {"CategoricalDimensionField": {"FieldId": "c", "Column": column("country")}}
    wells = {"BarChartAggregatedFieldWells": {"Category": [category], "Values": [value]}}
    controls = [
        {"Dropdown": {"ParameterControlId": "pc", "Title": "Country", "SourceParameterName": "Country",
                      "SelectableValues": {"LinkToDataSetColumn": column("country")}}},
        {"Slider": {"ParameterControlId": "ps", "Title": "Least", "SourceParameterName": "Least",
                    "MinimumValue": 0.0, "MaximumValue": 11.0, "StepSize": 1.0}},
    ]  # fmt: skip
    return {
        "DataSetIdentifierDeclarations": [{"Identifier": "lines", "DataSetArn": retail.data_set_arn("order_lines")}],
        "ParameterDeclarations": [
            {"StringParameterDeclaration": {"ParameterValueType": "MULTI_VALUED", "Name": "Country"}},
            {"IntegerParameterDeclaration": {"ParameterValueType": "SINGLE_VALUED", "Name": "Least",
                                             "DefaultValues": {"StaticValues": [0]}}},
        ],
        "FilterGroups": [each | {"Status": "ENABLED"} for each in groups],
        "Sheets": [{"SheetId": "s", "ParameterControls": controls, "Visuals": [
            {"BarChartVisual": {"VisualId": "b", "ChartConfiguration": {"FieldWells": wells}}}]}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("parameters", "condition"),
    [
        ({}, "quantity >= 0"),
        ({"Country": ["France", "Spain"]}, "quantity >= 0 AND country IN ('France', 'Spain')"),
        ({"Country": [], "Least": ["5"]}, "quantity >= 5"),
    ],
)
def test_parameter_reaches_the_filters_that_name_it(
    retail: World, address: str, parameters: dict[str, Any], condition: str
) -> None:
    if "parametric" not in retail.service.resources["dashboard"]:
        retail.client.create_dashboard(
            AwsAccountId=retail.account, DashboardId="parametric", Name="p", Definition=parametric(retail)
        )
        published(retail, "parametric")
    found = under(address, {"parameters": parameters}, "parametric")
    sql = f"SELECT country, sum(revenue) FROM {LINES} WHERE {condition} GROUP BY 1 ORDER BY 2 DESC, 1"
    assert found["b"]["rows"] == asked(retail, sql)
    assert [each.get("chosen") for each in found["controls"]] == [
        parameters.get("Country", []),
        [int(parameters.get("Least", ["0"])[0])],
    ]


@pytest.mark.parametrize(
    "state", ["nonsense", '{"parameters": {"x": 1}}', '{"filters": {"period-filter": {"min": "x"}}}']
)
def test_choices_that_cannot_be_read_are_refused(retail: World, address: str, state: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{address}/retail_sales/data.json?{urllib.parse.urlencode({'state': state})}")
    assert refused.value.code == 400


def test_new_ingestion_shows_at_once_what_an_answer_was_kept_for(retail: World, address: str) -> None:
    before = under(address, {})["summary"]["rows"]
    assert under(address, {})["summary"]["rows"] == before
    retail.engine.run(f"DELETE FROM {LINES} WHERE country = 'Malta'")
    assert retail.ingest("order_lines", "again")["IngestionStatus"] == "COMPLETED"
    assert under(address, {})["summary"]["rows"][0][1] == asked(retail, f"SELECT sum(revenue) FROM {LINES}")[0][0]
    assert under(address, {})["summary"]["rows"] != before


def levels(*fields: dict[str, Any], hierarchies: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A bar chart of revenue over the levels."""
    measure = {"NumericalMeasureField": {"FieldId": "m", "Column": column("revenue"),
                                         "AggregationFunction": {"SimpleNumericalAggregation": "SUM"}}}  # fmt: skip
    wells = {"BarChartAggregatedFieldWells": {"Category": list(fields), "Values": [measure]}}
    chart = {"VisualId": "b", "ChartConfiguration": {"FieldWells": wells}, "ColumnHierarchies": hierarchies or []}
    return {"Sheets": [{"SheetId": "s", "Visuals": [{"BarChartVisual": chart}]}]}


COUNTRY = {"CategoricalDimensionField": {"FieldId": "c", "Column": column("country"), "HierarchyId": "h"}}
PRODUCT = {"CategoricalDimensionField": {"FieldId": "p", "Column": column("description"), "HierarchyId": "h"}}
MONTH = {"DateDimensionField": {"FieldId": "d", "Column": column("order_day"), "DateGranularity": "MONTH",
                                "HierarchyId": "t"}}  # fmt: skip
TIME = [{"DateTimeHierarchy": {"HierarchyId": "t"}}]
SPAIN = {"CategoryFilter": {"Column": column("country"), "CategoryValues": ["Spain"]}}
SAVED = [{"ExplicitHierarchy": {"HierarchyId": "h", "Columns": [column("country"), column("description")],
                                "DrillDownFilters": [SPAIN]}}]  # fmt: skip


@pytest.mark.parametrize(
    ("chart", "way", "sql"),
    [
        pytest.param(levels(COUNTRY, PRODUCT), [], "SELECT country, sum(revenue) FROM {} GROUP BY 1", id="top"),
        pytest.param(levels(COUNTRY, PRODUCT), ["Spain"],
                     "SELECT description, sum(revenue) FROM {} WHERE country = 'Spain' GROUP BY 1", id="down"),
        pytest.param(levels(MONTH, hierarchies=TIME), ["2010-12-01T00:00:00"],
                     "SELECT order_day, sum(revenue) FROM {} WHERE date_trunc('month', order_day) = '2010-12-01'"
                     " GROUP BY 1", id="from month to day"),
        pytest.param(levels(COUNTRY, PRODUCT, hierarchies=SAVED), [],
                     "SELECT country, sum(revenue) FROM {} WHERE country = 'Spain' GROUP BY 1", id="saved filter"),
    ],
)  # fmt: skip
def test_level_shows_the_rows_of_the_way_down(
    retail: World, address: str, chart: dict[str, Any], way: list[Any], sql: str
) -> None:
    name = f"levels-{next(_numbers)}"
    declared = [{"Identifier": "lines", "DataSetArn": retail.data_set_arn("order_lines")}]
    body = {"DataSetIdentifierDeclarations": declared, **chart}
    retail.client.create_dashboard(AwsAccountId=retail.account, DashboardId=name, Name=name, Definition=body)
    published(retail, name)
    found = under(address, {"drills": {"b": way}}, name)["b"]
    assert sorted(found["rows"]) == sorted(asked(retail, sql.format(LINES)))
    assert [each["value"] for each in found["drill"]["path"]] == way


_numbers = itertools.count()


def test_parameters_of_the_request_stand_in_the_place_of_the_defaults(retail: World, address: str) -> None:
    declared = {"Name": "who", "ParameterValueType": "SINGLE_VALUED", "DefaultValues": {"StaticValues": ["France"]}}
    custom = {"MatchOperator": "EQUALS", "ParameterName": "who", "NullOption": "NON_NULLS_ONLY"}
    one = {"CategoryFilter": {"FilterId": "f", "Column": column("country"),
                              "Configuration": {"CustomFilterConfiguration": custom}}}  # fmt: skip
    group = {"FilterGroupId": "g", "Filters": [one], "CrossDataset": "SINGLE_DATASET",
             "ScopeConfiguration": {"AllSheets": {}}}  # fmt: skip
    body = {
        "DataSetIdentifierDeclarations": [{"Identifier": "lines", "DataSetArn": retail.data_set_arn("order_lines")}],
        "ParameterDeclarations": [{"StringParameterDeclaration": declared}],
        "FilterGroups": [group],
        **levels(COUNTRY),
    }
    retail.client.create_dashboard(
        AwsAccountId=retail.account, DashboardId="overridden", Name="O", Definition=body,
        Parameters={"StringParameters": [{"Name": "who", "Values": ["Spain"]}]},
    )  # fmt: skip
    published(retail, "overridden")
    assert [row[0] for row in under(address, {}, "overridden")["b"]["rows"]] == ["Spain"]
    chosen = under(address, {"parameters": {"who": ["Japan"]}}, "overridden")["b"]["rows"]
    assert [row[0] for row in chosen] == ["Japan"]


@pytest.mark.parametrize(("chosen", "condition"), [([], "true"), (["Spain", "Japan"], "country IN ('Spain', 'Japan')")])
def test_cascading_control_offers_what_its_source_leaves(
    retail: World, address: str, chosen: list[str], condition: str
) -> None:
    def control(name: str, of: str, **more: Any) -> dict[str, Any]:
        shape = {"ParameterControlId": name, "Title": name, "SourceParameterName": name, "Type": "MULTI_SELECT"}
        return {"Dropdown": {**shape, "SelectableValues": {"LinkToDataSetColumn": column(of)}, **more}}

    source = {"SourceSheetControlId": "where", "ColumnToMatch": column("country")}
    cascade = {"CascadingControlConfiguration": {"SourceControls": [source]}}
    body = {
        "DataSetIdentifierDeclarations": [{"Identifier": "lines", "DataSetArn": retail.data_set_arn("order_lines")}],
        "ParameterDeclarations": [
            {"StringParameterDeclaration": {"Name": name, "ParameterValueType": "MULTI_VALUED"}}
            for name in ("where", "what")
        ],
        "Sheets": [{"SheetId": "s", "ParameterControls": [
            control("where", "country"), control("what", "stock_code", **cascade)]}],
    }  # fmt: skip
    name = f"cascade-{len(chosen)}"
    retail.client.create_dashboard(AwsAccountId=retail.account, DashboardId=name, Name=name, Definition=body)
    published(retail, name)
    found = under(address, {"parameters": {"where": chosen}}, name)["controls"]
    codes = asked(retail, f"SELECT DISTINCT stock_code FROM {LINES} WHERE {condition} ORDER BY 1")
    assert found[1]["values"] == [code for [code] in codes]


TREE = {"Column": column("country"), "HierarchyValues": ["Japan", "Spain"], "Children": [
    {"Column": column("stock_code"), "ParentValue": "Spain", "HierarchyValues": ["20001", "20002"]}]}  # fmt: skip


@pytest.mark.parametrize(("match", "sign"), [("INCLUDE", ""), ("EXCLUDE", "NOT")])
def test_hierarchy_filter_keeps_the_branches_that_are_chosen(
    retail: World, address: str, match: str, sign: str
) -> None:
    tree = {"FilterId": "f", "Column": column("country"), "NullOption": "NON_NULLS_ONLY", "MatchOperator": match,
            "HierarchyLevels": [{"Column": column("country")}, {"Column": column("stock_code")}],
            "HierarchyTree": TREE}  # fmt: skip
    group = {"FilterGroupId": "g", "Filters": [{"HierarchyFilter": tree}], "CrossDataset": "SINGLE_DATASET",
             "ScopeConfiguration": {"AllSheets": {}}}  # fmt: skip
    body = {
        "DataSetIdentifierDeclarations": [{"Identifier": "lines", "DataSetArn": retail.data_set_arn("order_lines")}],
        "FilterGroups": [group],
        **levels(COUNTRY),
    }
    name = f"tree-{match}"
    retail.client.create_dashboard(AwsAccountId=retail.account, DashboardId=name, Name=name, Definition=body)
    published(retail, name)
    condition = f"{sign} (country = 'Japan' OR country = 'Spain' AND stock_code IN ('20001', '20002'))"
    sql = f"SELECT country, sum(revenue) FROM {LINES} WHERE {condition} GROUP BY 1"
    assert sorted(under(address, {}, name)["b"]["rows"]) == sorted(asked(retail, sql))


def test_filters_on_a_visual_are_said_in_words(retail: World, address: str) -> None:
    filters = {"period-filter": {"min": "2010-12-05", "max": "2010-12-20"}, "country-filter": {"values": ["France"]}}
    found = under(address, {"filters": filters})["top-products"]["applied"]
    assert found == ["is_non_product is 0", "order_day from 2010-12-05 to 2010-12-20", "country is France"]
