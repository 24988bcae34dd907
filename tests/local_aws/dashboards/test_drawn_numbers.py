"""The numbers that the viewer draws are those of plain SQL on the source, read from `data.json`."""

from __future__ import annotations

import itertools
import json
import urllib.request
from datetime import UTC, datetime
from typing import Any

import pytest

from local_aws.server import LocalAws
from tests.local_aws.quicksight_world import World, make_world, world  # noqa: F401 - a fixture
from tests.local_aws.retail_world import deploy, deployed, published

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


@pytest.fixture(scope="module")
def retail(local_aws: LocalAws) -> World:
    """The retail dashboard, deployed once: tests that ask it change nothing in it."""
    return deployed(local_aws, ORDERS)


@pytest.fixture
def own_retail(world: World) -> World:  # noqa: F811
    """The retail dashboard in the test's own account."""
    world.engine.run(ORDERS)
    deploy(world)
    return world


@pytest.fixture(scope="module")
def address(local_aws: LocalAws) -> str:
    return local_aws.url


def drawn(address: str, world: World, dashboard: str = "retail_sales") -> dict[str, dict[str, Any]]:  # noqa: F811
    """The visuals of the dashboard's first sheet, by id."""
    with urllib.request.urlopen(f"{address}/dashboards/{world.account}/{dashboard}/data.json") as answer:
        sheet = json.load(answer)["sheets"][0]
    return {each["id"]: each for each in sheet["visuals"]}


def asked(world: World, sql: str) -> list[list[Any]]:  # noqa: F811
    """Plain SQL on the source, its values as JSON has them."""
    with world.engine.lock:
        rows = world.engine.database.execute(sql).fetchall()
    return [[_json(value) for value in row] for row in rows]


def _json(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.isoformat() if isinstance(value, datetime) else f"{value.isoformat()}T00:00:00"
    return float(value) if hasattr(value, "quantize") else value


SALE = "NOT is_cancellation AND NOT is_adjustment"
LINES = "sales.fact_order_lines"
BY_DAY = f"FROM {LINES} GROUP BY 1 ORDER BY 1"
EXPECTED = {
    "summary": f"""SELECT * FROM (SELECT 'revenue', sum(revenue)::DOUBLE FROM {LINES}
        UNION ALL SELECT 'orders', count(DISTINCT invoice_no) FROM {LINES} WHERE {SALE})""",
    "kpi-revenue": f"SELECT order_day, sum(revenue) {BY_DAY}",
    "kpi-orders": f"SELECT order_day, count(DISTINCT invoice_no) FILTER (WHERE {SALE}) {BY_DAY}",
    "kpi-average-order": f"""SELECT order_day, sum(revenue) FILTER (WHERE {SALE})::DOUBLE
        / count(DISTINCT invoice_no) FILTER (WHERE {SALE}) {BY_DAY}""",
    "kpi-cancellation-rate": f"""SELECT order_day, count(DISTINCT invoice_no) FILTER (WHERE is_cancellation)
        / count(DISTINCT invoice_no) FILTER (WHERE NOT is_adjustment) {BY_DAY}""",
    "revenue-by-day": f"SELECT order_day, sum(revenue) FROM {LINES} GROUP BY 1 ORDER BY 1",
    "countries": f"""SELECT country, sum(revenue) FROM {LINES} WHERE country <> 'United Kingdom'
        GROUP BY 1 ORDER BY 2 DESC""",
    "top-products": f"""SELECT description, sum(revenue) FROM {LINES} WHERE NOT is_non_product
        GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 15""",
    "order-lines": f"""SELECT order_time, invoice_no, stock_code, description, quantity, unit_price, revenue,
        customer_id, country FROM {LINES} ORDER BY 1 DESC, 2 DESC, 3 LIMIT 500""",
}


def test_every_visual_of_the_retail_dashboard_equals_sql_on_the_source(retail: World, address: str) -> None:
    visuals = drawn(address, retail)
    assert {visual["state"] for visual in visuals.values()} == {"drawn"}
    assert set(visuals) == set(EXPECTED)
    for name, sql in EXPECTED.items():
        assert visuals[name]["rows"] == asked(retail, sql), name


SCORED = """(SELECT *,
    CASE WHEN r >= 4 AND f >= 4 THEN 'Champions' WHEN r >= 3 AND f >= 3 THEN 'Loyal' WHEN r >= 4 THEN 'New or promising'
        WHEN f >= 4 THEN 'At risk' WHEN r <= 2 AND f <= 2 THEN 'Hibernating' ELSE 'Need attention' END AS segment
    FROM (SELECT *, ntile(5) OVER (ORDER BY last, customer_id) AS r, ntile(5) OVER (ORDER BY orders, customer_id) AS f
    FROM (SELECT customer_id, max(country) AS country, max(order_day) AS last, sum(revenue) AS revenue,
        count(*) FILTER (WHERE NOT is_cancellation) AS orders, count(*) FILTER (WHERE is_cancellation) AS cancelled
    FROM (SELECT customer_id, order_day, invoice_no, is_cancellation, max(country) AS country, sum(revenue) AS revenue
        FROM sales.fact_order_lines WHERE is_known_customer GROUP BY ALL) GROUP BY 1)))"""
WINDOWS = "orderlogs_schema.ledger_windows"
SHEETS = {
    "countries": {
        "map-revenue": f"SELECT country, sum(revenue) FROM {LINES} GROUP BY 1 ORDER BY 2 DESC",
    },
    "customers": {
        "cohorts": f"""SELECT date_trunc('month', first)::TIMESTAMP, date_trunc('month', order_day)::TIMESTAMP,
            count(DISTINCT customer_id)
            FROM (SELECT *, min(order_day) OVER (PARTITION BY customer_id) AS first FROM {LINES}
            WHERE is_known_customer) GROUP BY 1, 2 ORDER BY 1, 2""",
        "segments": f"SELECT segment, count(*) FROM {SCORED} GROUP BY 1 ORDER BY 2 DESC, 1",
        "segment-revenue": f"SELECT segment, sum(revenue) FROM {SCORED} GROUP BY 1 ORDER BY 2 DESC",
        "recency-frequency": f"SELECT r, f, count(*) FROM {SCORED} GROUP BY 1, 2 ORDER BY 1 DESC, 2",
        "best-customers": f"""SELECT customer_id, country, segment, last, max(last) OVER () - last, orders, cancelled,
            revenue FROM {SCORED} ORDER BY revenue DESC, 1""",
    },
    "products": {
        "bought-together": f"""WITH baskets AS (SELECT DISTINCT order_day, invoice_no, stock_code, description
                FROM {LINES} WHERE is_known_customer AND NOT is_non_product AND NOT is_cancellation AND quantity > 0)
            SELECT a.description, b.description, count(*) FROM baskets AS a JOIN baskets AS b
            ON b.invoice_no = a.invoice_no AND b.order_day = a.order_day AND b.stock_code > a.stock_code
            GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2""",
    },
    "pipeline": {
        "freshness": f"SELECT max(window_end[:10]::TIMESTAMP) FROM {WINDOWS}",
        "rejected": f"SELECT sum(rejected) FROM {WINDOWS}",
        "lost": f"SELECT sum(raw_records - accepted - seen_before - repeated - rejected) FROM {WINDOWS}",
        "cost": f"SELECT sum(cost_usd) FROM {WINDOWS}",
        "arrived": f"SELECT window_start[:10]::TIMESTAMP, sum(raw_records) FROM {WINDOWS} GROUP BY 1 ORDER BY 1",
        "arrivals": f"""SELECT window_start[:10]::TIMESTAMP, sum(accepted), sum(seen_before), sum(repeated),
            sum(rejected), sum(cost_usd) FROM {WINDOWS} GROUP BY 1 ORDER BY 1""",
    },
}


def sheet_of(address: str, retail: World, name: str) -> dict[str, dict[str, Any]]:
    place = f"{address}/dashboards/{retail.account}/retail_sales/data.json?sheet={name}"
    with urllib.request.urlopen(place) as answer:
        sheet = next(each for each in json.load(answer)["sheets"] if each["id"] == name)
    return {each["id"]: each for each in sheet["visuals"]}


@pytest.mark.parametrize(("sheet", "visual"), [(sheet, name) for sheet, some in SHEETS.items() for name in some])
def test_visual_of_another_sheet_equals_sql_on_the_source(retail: World, address: str, sheet: str, visual: str) -> None:
    found = sheet_of(address, retail, sheet)[visual]
    assert found["state"] == "drawn", found["message"]
    expected = asked(retail, SHEETS[sheet][visual])
    assert [[pytest.approx(each) if isinstance(each, float) else each for each in row] for row in expected] == found[
        "rows"
    ]


def test_every_visual_of_every_sheet_is_drawn_and_its_places_are_found(retail: World, address: str) -> None:
    for name in ("sales", *SHEETS):
        assert {each["state"] for each in sheet_of(address, retail, name).values()} == {"drawn"}, name
    drawn_map = sheet_of(address, retail, "countries")["map-revenue"]
    names = [row[0] for row in drawn_map["rows"]]
    shapes = dict(zip(names, drawn_map["options"]["shapes"], strict=True))
    assert shapes["EIRE"] == "Ireland"


def test_other_holds_what_lies_past_the_limit(retail: World, address: str) -> None:
    rows = show(retail, address, bars(retail, sort={"CategoryItemsLimit": {"ItemsLimit": 8}}))["rows"]
    by_country = asked(retail, f"SELECT country, sum(revenue) FROM {LINES} GROUP BY 1 ORDER BY 2 DESC")
    assert rows[:8] == by_country[:8]
    assert rows[8][0] == {"other": len(by_country) - 8}
    assert rows[8][1] == pytest.approx(sum(revenue for _, revenue in by_country[8:]))
    assert len(rows) == 9


# one bar chart a case: the Definition's parts, and the SQL that must give the same rows


def column(name: str) -> dict[str, str]:
    return {"DataSetIdentifier": "lines", "ColumnName": name}


def by(name: str) -> dict[str, Any]:
    return {"CategoricalDimensionField": {"FieldId": f"by-{name}", "Column": column(name)}}


def measure(name: str, function: str | None = "SUM") -> dict[str, Any]:
    field: dict[str, Any] = {"FieldId": f"{function}-{name}", "Column": column(name)}
    if function:
        field["AggregationFunction"] = {"SimpleNumericalAggregation": function}
    return {"NumericalMeasureField": field}


def bars(world: World, filters: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:  # noqa: F811
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


def shown(world: World, address: str, body: dict[str, Any]) -> dict[str, dict[str, Any]]:  # noqa: F811
    """Create a dashboard of this Definition and draw it: its visuals by id."""
    name = f"case-{next(_cases)}"
    world.client.create_dashboard(AwsAccountId=world.account, DashboardId=name, Name=name, Definition=body)
    published(world, name)
    return drawn(address, world, name)


def show(world: World, address: str, body: dict[str, Any]) -> dict[str, Any]:  # noqa: F811
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


def freshness(address: str, world: World) -> list[tuple[str, int]]:  # noqa: F811
    with urllib.request.urlopen(f"{address}/dashboards/{world.account}/retail_sales/data.json") as answer:
        found = json.load(answer)["data_sets"]
    return [(each["state"], each["rows"]) for each in found if each["id"] in {"order_lines", "sales_by_day"}]


def test_failed_refresh_is_stale_and_its_rows_are_still_drawn(own_retail: World, address: str) -> None:
    assert [state for state, _ in freshness(address, own_retail)] == ["ready", "ready"]
    before = drawn(address, own_retail)["revenue-by-day"]["rows"]
    own_retail.engine.run("DROP TABLE sales.sales_by_day")
    own_retail.ingest("sales_by_day", "nightly")
    assert [state for state, _ in freshness(address, own_retail)] == ["ready", "stale"]
    assert drawn(address, own_retail)["revenue-by-day"]["rows"] == before


def test_unpublished_version_is_not_drawn(own_retail: World, address: str) -> None:
    which = {"AwsAccountId": own_retail.account, "DashboardId": "retail_sales"}
    own_retail.client.update_dashboard(**which, Name="Retail sales", Definition=bars(own_retail))
    published(own_retail, "retail_sales", 2)
    assert "kpi-revenue" in drawn(address, own_retail)
    own_retail.client.update_dashboard_published_version(**which, VersionNumber=2)
    assert list(drawn(address, own_retail)) == ["b"]
