"""What data sets are made of, through boto3: other data sets, parameters, and sources that are asked at the draw."""

from __future__ import annotations

import json
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.server import LocalAws
from tests.local_aws.quicksight_world import World, world  # noqa: F401 - a fixture

CITIES = "CREATE TABLE cities AS SELECT * FROM (VALUES (1, 'Oslo', 2.5, TIMESTAMP '2026-01-01 00:00:00'),"
CITIES += " (2, 'Rome', 4.0, TIMESTAMP '2026-02-01 00:00:00'), (3, 'Bern', 1.0, TIMESTAMP '2026-03-01 00:00:00'))"
CITIES += " t(id, city, size, since)"
COLUMNS = {"id": "INTEGER", "city": "STRING", "size": "DECIMAL", "since": "DATETIME"}


@pytest.fixture
def cities(world: World) -> World:  # noqa: F811
    world.engine.run(CITIES)
    return world


def custom(cities: World, sql: str) -> dict[str, Any]:
    listed = [{"Name": name, "Type": kind} for name, kind in COLUMNS.items()]
    return {"t": {"CustomSql": {"DataSourceArn": cities.source_arn, "Name": "q", "SqlQuery": sql, "Columns": listed}}}


def over(cities: World, *transforms: dict[str, Any]) -> dict[str, Any]:
    """A logical table over the data set `parent`."""
    table = {"Alias": "p", "Source": {"DataSetArn": cities.data_set_arn("parent")}}
    return {"p": {**table, "DataTransforms": list(transforms)} if transforms else table}


def parameter(kind: str, name: str, *defaults: Any, many: bool = False) -> dict[str, Any]:
    shape = {"Id": name, "Name": name, "ValueType": "MULTI_VALUED" if many else "SINGLE_VALUED"}
    default = {"DefaultValues": {"StaticValues": list(defaults)}} if defaults else {}
    return {f"{kind}DatasetParameter": {**shape, **default}}


def ids(cities: World, name: str) -> list[int]:
    return sorted(row[0] for row in cities.rows(name))


# data sets over data sets


def test_child_has_the_rows_of_its_parent_as_they_are_in_spice(cities: World) -> None:
    cities.loaded("parent", {"t": cities.table("cities", **COLUMNS)})
    big = {"FilterOperation": {"ConditionExpression": "{size} > 2"}}
    assert cities.loaded("child", {}, LogicalTableMap=over(cities, big))["IngestionStatus"] == "COMPLETED"
    assert ids(cities, "child") == [1, 2]
    cities.engine.run("INSERT INTO cities VALUES (4, 'Kyiv', 9, TIMESTAMP '2026-04-01 00:00:00')")
    cities.ingest("child", "before")
    assert ids(cities, "child") == [1, 2]  # the parent has not been refreshed
    cities.ingest("parent", "now")
    cities.ingest("child", "after")
    assert ids(cities, "child") == [1, 2, 4]


def test_child_joins_a_parent_with_a_table(cities: World) -> None:
    cities.loaded("parent", {"t": cities.table("cities", **COLUMNS)})
    cities.engine.run("CREATE TABLE visits AS SELECT 2 AS city_id, 7 AS visits")
    join = {"LeftOperand": "p", "RightOperand": "v", "Type": "LEFT", "OnClause": "{id} = {city_id}"}
    logical = {
        **over(cities),
        "v": {"Alias": "v", "Source": {"PhysicalTableId": "visits"}},
        "j": {"Alias": "j", "Source": {"JoinInstruction": join}},
    }
    physical = {"visits": cities.table("visits", city_id="INTEGER", visits="INTEGER")}
    assert cities.loaded("child", physical, LogicalTableMap=logical)["RowInfo"]["RowsIngested"] == 3
    assert sorted((row[0], row[-1]) for row in cities.rows("child")) == [(1, None), (2, 7), (3, None)]


def test_new_preparation_takes_the_columns_that_it_names_of_a_parent(cities: World) -> None:
    cities.loaded("parent", {"t": cities.table("cities", **COLUMNS)})
    source = {"DataSetArn": cities.data_set_arn("parent"), "InputColumns": [{"Name": "city", "Type": "STRING"}]}
    prep = {
        "SourceTableMap": {"s": {"DataSet": source}},
        "TransformStepMap": {"i": {"ImportTableStep": {"Alias": "i", "Source": {"SourceTableId": "s"}}}},
        "DestinationTableMap": {"d": {"Alias": "d", "Source": {"TransformOperationId": "i"}}},
    }
    cities.loaded("child", {}, DataPrepConfiguration=prep)
    assert cities.rows("child") == [("Bern",), ("Oslo",), ("Rome",)]


def test_parent_that_was_never_loaded_fails_the_child(cities: World) -> None:
    missing = cities.create_data_set("parent", {"t": cities.table("nowhere", id="INTEGER")})
    cities.ended("parent", missing["IngestionId"])
    found = cities.loaded("child", {}, LogicalTableMap=over(cities))
    assert (found["IngestionStatus"], found["ErrorInfo"]["Type"]) == ("FAILED", "SPICE_TABLE_NOT_FOUND")


def test_column_that_the_parent_has_lost_fails_the_child(cities: World) -> None:
    cities.loaded("parent", {"t": cities.table("cities", **COLUMNS)})
    cities.loaded("child", {}, LogicalTableMap=over(cities))
    table = {"t": cities.table("cities", id="INTEGER")}
    answer = cities.client.update_data_set(
        AwsAccountId=cities.account, DataSetId="parent", Name="parent", PhysicalTableMap=table, ImportMode="SPICE"
    )
    cities.ended("parent", answer["IngestionId"])
    assert cities.ingest("child", "later")["ErrorInfo"]["Type"] == "SQL_SCHEMA_MISMATCH_ERROR"
    assert ids(cities, "child") == [1, 2, 3]


@pytest.mark.parametrize(
    ("parent", "says"),
    [
        pytest.param({"DataSetUsageConfiguration": {"DisableUseAsImportedSource": True}}, "ImportedSource", id="usage"),
        pytest.param(
            {"ColumnLevelPermissionRules": [{"Principals": ["arn:x"], "ColumnNames": ["city"]}]},
            "row-level or column-level security",
            id="security",
        ),
    ],
)
def test_parent_that_cannot_be_one_is_refused(cities: World, parent: dict[str, Any], says: str) -> None:
    cities.loaded("parent", {"t": cities.table("cities", **COLUMNS)}, **parent)
    with pytest.raises(ClientError, match=says):
        cities.create_data_set("child", {}, LogicalTableMap=over(cities))


def test_data_set_made_of_itself_is_refused(cities: World) -> None:
    cities.loaded("parent", {"t": cities.table("cities", **COLUMNS)})
    cities.loaded("child", {}, LogicalTableMap=over(cities))
    source = {"c": {"Alias": "c", "Source": {"DataSetArn": cities.data_set_arn("child")}}}
    request = {"DataSetId": "parent", "Name": "parent", "PhysicalTableMap": {}, "ImportMode": "SPICE"}
    with pytest.raises(ClientError, match="made of itself, by child"):
        cities.client.update_data_set(AwsAccountId=cities.account, **request, LogicalTableMap=source)


# parameters


@pytest.mark.parametrize(
    ("condition", "declared", "found"),
    [
        pytest.param("city = <<$City>>", [parameter("String", "City", "Rome")], [2], id="text"),
        pytest.param(
            "city IN (<<$City>>)", [parameter("String", "City", "Rome", "Bern", many=True)], [2, 3], id="many"
        ),
        pytest.param("city = <<$City>>", [parameter("String", "City", "x' OR '1'='1")], [], id="text stays text"),
        pytest.param("id > <<$From>>", [parameter("Integer", "From", 1)], [2, 3], id="integer"),
        pytest.param("size < <<$Most>>", [parameter("Decimal", "Most", 2.75)], [1, 3], id="decimal"),
        pytest.param("since >= <<$Since>>", [parameter("DateTime", "Since", datetime(2026, 2, 1))], [2, 3], id="date"),
    ],
)
def test_custom_sql_has_the_values_of_its_parameters(
    cities: World, condition: str, declared: list[dict[str, Any]], found: list[int]
) -> None:
    table = custom(cities, f"SELECT * FROM cities WHERE {condition}")
    assert cities.loaded("q", table, DatasetParameters=declared)["IngestionStatus"] == "COMPLETED"
    assert ids(cities, "q") == found
    described = cities.client.describe_data_set(AwsAccountId=cities.account, DataSetId="q")["DataSet"]
    assert [next(iter(each)) for each in described["DatasetParameters"]] == [next(iter(each)) for each in declared]
    assert described["PhysicalTableMap"]["t"]["CustomSql"]["SqlQuery"].endswith(condition)


def test_filters_and_calculated_columns_have_the_values_too(cities: World) -> None:
    declared = [parameter("Integer", "From", 1), parameter("String", "Wanted", "It's", "Rome", many=True)]
    column = {"ColumnName": "wanted", "ColumnId": "wanted", "Expression": "ifelse(in({city}, ${Wanted}), 'yes', 'no')"}
    transforms = [
        {"FilterOperation": {"ConditionExpression": "{id} > ${From}"}},
        {"CreateColumnsOperation": {"Columns": [column]}},
    ]
    logical = {"l": {"Alias": "l", "Source": {"PhysicalTableId": "t"}, "DataTransforms": transforms}}
    cities.loaded("q", {"t": cities.table("cities", **COLUMNS)}, LogicalTableMap=logical, DatasetParameters=declared)
    assert sorted((row[0], row[-1]) for row in cities.rows("q")) == [(2, "yes"), (3, "no")]


@pytest.mark.parametrize(
    ("declared", "says"),
    [
        pytest.param([parameter("Integer", "Q", 1)], "'P' that the data set does not declare", id="undeclared"),
        pytest.param([parameter("Integer", "P")], "'P' has no default value", id="no default"),
        pytest.param([parameter("Integer", "P", 1), parameter("String", "P", "x")], "declared twice", id="twice"),
        pytest.param([parameter("Integer", "P", 1, 2)], "single-valued and has 2", id="too many"),
    ],
)
def test_parameter_that_cannot_be_is_refused(cities: World, declared: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(ClientError, match=says):
        cities.create_data_set(
            "q", custom(cities, "SELECT * FROM cities WHERE id = <<$P>>"), DatasetParameters=declared
        )


# direct queries


def dashboard(cities: World, **more: Any) -> None:
    """A table of the cities of the data set `q`."""
    column = {"DataSetIdentifier": "q", "ColumnName": "city"}
    wells = {
        "TableAggregatedFieldWells": {"GroupBy": [{"CategoricalDimensionField": {"FieldId": "c", "Column": column}}]}
    }
    visual = {"TableVisual": {"VisualId": "v", "ChartConfiguration": {"FieldWells": wells}}}
    body = {
        "DataSetIdentifierDeclarations": [{"Identifier": "q", "DataSetArn": cities.data_set_arn("q")}],
        "Sheets": [{"SheetId": "s", "Visuals": [visual]}],
        **more,
    }
    mine = {"AwsAccountId": cities.account, "DashboardId": "d"}
    cities.client.create_dashboard(**mine, Name="d", Definition=body)
    for _ in range(500):
        version = cities.client.describe_dashboard(**mine)["Dashboard"]["Version"]
        if version["Status"] != "CREATION_IN_PROGRESS":
            assert version["Status"] == "CREATION_SUCCESSFUL", version["Errors"]
            return
        time.sleep(0.01)


@pytest.fixture
def shown(local_aws: LocalAws, cities: World) -> Callable[..., dict[str, Any]]:
    def get(**parameters: list[Any]) -> dict[str, Any]:
        state = urllib.parse.quote(json.dumps({"parameters": parameters}))
        address = f"{local_aws.url}/dashboards/{cities.account}/d/data.json?state={state}"
        with urllib.request.urlopen(address) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    return get


def drawn(page: dict[str, Any]) -> list[str]:
    visual = page["sheets"][0]["visuals"][0]
    assert visual["state"] == "drawn", visual["message"]
    return [row[0] for row in visual["rows"]]


def test_direct_query_is_asked_at_each_draw(cities: World, shown: Callable[..., dict[str, Any]]) -> None:
    answer = cities.create_data_set("q", {"t": cities.table("cities", **COLUMNS)}, ImportMode="DIRECT_QUERY")
    assert "IngestionId" not in answer
    dashboard(cities)
    assert drawn(shown()) == ["Bern", "Oslo", "Rome"]
    cities.engine.run("DELETE FROM cities WHERE city = 'Oslo'")
    page = shown()
    assert (drawn(page), page["data_sets"][0]["state"]) == (["Bern", "Rome"], "direct")
    tables = cities.service.spice.query("SELECT table_name FROM duckdb_tables() WHERE table_name LIKE 'staging%'").rows
    assert tables == []  # nothing is left of it


def test_direct_query_that_fails_says_why_on_the_card(cities: World, shown: Callable[..., dict[str, Any]]) -> None:
    cities.create_data_set("q", {"t": cities.table("cities", **COLUMNS)}, ImportMode="DIRECT_QUERY")
    dashboard(cities)
    cities.engine.run("DROP TABLE cities")
    page = shown()
    visual = page["sheets"][0]["visuals"][0]
    assert visual["state"] == "failed"
    assert "SQL_TABLE_NOT_FOUND" in visual["message"]
    assert page["data_sets"][0]["state"] == "failed"


def test_dashboard_parameter_reaches_the_query(cities: World, shown: Callable[..., dict[str, Any]]) -> None:
    table = custom(cities, "SELECT * FROM cities WHERE city IN (<<$City>>)")
    declared = [parameter("String", "City", "Rome", many=True)]
    cities.create_data_set("q", table, ImportMode="DIRECT_QUERY", DatasetParameters=declared)
    mapped = [{"DataSetIdentifier": "q", "DataSetParameterName": "City"}]
    shape = {"Name": "Towns", "ParameterValueType": "MULTI_VALUED", "MappedDataSetParameters": mapped}
    dashboard(cities, ParameterDeclarations=[{"StringParameterDeclaration": shape}])
    assert drawn(shown()) == ["Rome"]  # the data set's own default
    assert drawn(shown(Towns=["Oslo", "Bern"])) == ["Bern", "Oslo"]


def test_direct_child_of_a_spice_parent_is_drawn_from_its_rows(
    cities: World, shown: Callable[..., dict[str, Any]]
) -> None:
    cities.loaded("parent", {"t": cities.table("cities", **COLUMNS)})
    small = {"FilterOperation": {"ConditionExpression": "{size} < 3"}}
    cities.create_data_set("q", {}, ImportMode="DIRECT_QUERY", LogicalTableMap=over(cities, small))
    cities.engine.run("DROP TABLE cities")
    dashboard(cities)
    assert drawn(shown()) == ["Bern", "Oslo"]


def test_spice_child_asks_the_sources_of_a_direct_parent(cities: World) -> None:
    cities.create_data_set("parent", {"t": cities.table("cities", **COLUMNS)}, ImportMode="DIRECT_QUERY")
    cities.loaded("child", {}, LogicalTableMap=over(cities))
    assert ids(cities, "child") == [1, 2, 3]


def test_direct_data_set_has_no_refreshes(cities: World) -> None:
    cities.create_data_set("q", {"t": cities.table("cities", **COLUMNS)}, ImportMode="DIRECT_QUERY")
    with pytest.raises(ClientError, match="queried directly; it has no ingestions"):
        cities.client.create_ingestion(AwsAccountId=cities.account, DataSetId="q", IngestionId="i")
    daily = {"ScheduleId": "s", "RefreshType": "FULL_REFRESH", "ScheduleFrequency": {"Interval": "HOURLY"}}
    with pytest.raises(ClientError, match="queried directly; it is not refreshed"):
        cities.client.create_refresh_schedule(AwsAccountId=cities.account, DataSetId="q", Schedule=daily)


def test_steps_for_spice_alone_are_refused_of_a_direct_query(cities: World) -> None:
    total = {
        "AggregationFunction": {"SimpleAggregation": {"FunctionType": "COUNT"}},
        "NewColumnName": "n",
        "NewColumnId": "n",
    }
    step = {"Alias": "a", "Source": {"TransformOperationId": "i"}, "Aggregations": [total]}
    prep = {
        "SourceTableMap": {"s": {"PhysicalTableId": "t"}},
        "TransformStepMap": {
            "i": {"ImportTableStep": {"Alias": "i", "Source": {"SourceTableId": "s"}}},
            "a": {"AggregateStep": step},
        },
        "DestinationTableMap": {"d": {"Alias": "d", "Source": {"TransformOperationId": "a"}}},
    }
    table = {"t": cities.table("cities", **COLUMNS)}
    with pytest.raises(ClientError, match="cannot have an AggregateStep"):
        cities.create_data_set("q", table, ImportMode="DIRECT_QUERY", DataPrepConfiguration=prep)


def test_mapping_to_a_parameter_that_the_data_set_has_not_fails_the_dashboard(cities: World) -> None:
    cities.loaded("q", {"t": cities.table("cities", **COLUMNS)})
    mapped = [{"DataSetIdentifier": "q", "DataSetParameterName": "Nothing"}]
    shape = {"Name": "P", "ParameterValueType": "SINGLE_VALUED", "MappedDataSetParameters": mapped}
    with pytest.raises(AssertionError, match="declares no parameter 'Nothing'"):
        dashboard(cities, ParameterDeclarations=[{"StringParameterDeclaration": shape}])
