"""What a reader sees: row-level and column-level security, and default values by user."""

from __future__ import annotations

import json
import urllib.request
from typing import Any
from urllib.parse import urlencode

import pytest

from local_aws.server import LocalAws
from tests.local_aws.quicksight_world import World, make_world
from tests.local_aws.retail_world import published

SALES = """CREATE TABLE sales AS SELECT * FROM (VALUES
    ('north', 'tea', 10), ('north', 'coffee', 20), ('south', 'tea', 40), ('west', 'tea', 80))
    t(region, product, revenue);
CREATE TABLE rules AS SELECT * FROM (VALUES
    ('ann', NULL, 'north', NULL), ('bob', NULL, 'south,west', 'tea'), (NULL, 'buyers', NULL, 'coffee'),
    ('eve', NULL, NULL, NULL)) t("UserName", "GroupName", region, product);
CREATE TABLE denials AS SELECT * FROM (VALUES ('ann', 'north')) t("UserName", region);
CREATE TABLE homes AS SELECT * FROM (VALUES ('ann', '', 'north'), ('bob', '', 'south'), ('', 'buyers', 'west'))
    t(who, team, region)"""
COLUMNS = {"region": "STRING", "product": "STRING", "revenue": "INTEGER"}


@pytest.fixture(scope="module")
def shop(local_aws: LocalAws) -> World:
    from tests.accounts import new_account

    made = make_world(local_aws, new_account())
    made.engine.run(SALES)
    rule_columns = {"UserName": "STRING", "GroupName": "STRING", "region": "STRING", "product": "STRING"}
    made.loaded("rules", {"t": made.table("rules", **rule_columns)}, UseAs="RLS_RULES")
    made.loaded("denials", {"t": made.table("denials", UserName="STRING", region="STRING")})
    made.loaded("homes", {"t": made.table("homes", who="STRING", team="STRING", region="STRING")})
    rows = {name: {"RowLevelPermissionDataSet": {"Arn": made.data_set_arn(arn), "PermissionPolicy": policy, **more}}
            for name, arn, policy, more in (
                ("granted", "rules", "GRANT_ACCESS", {}), ("denied", "denials", "DENY_ACCESS", {}),
                ("off", "rules", "GRANT_ACCESS", {"Status": "DISABLED"}))}  # fmt: skip
    ann = f"arn:aws:quicksight:us-east-1:{made.account}:user/default/ann"
    columns = {"ColumnLevelPermissionRules": [{"Principals": [ann], "ColumnNames": ["revenue"]}]}
    for name, more in {**rows, "columns": columns}.items():
        made.loaded(name, {"t": made.table("sales", **COLUMNS)}, **more)
        made.client.create_dashboard(
            AwsAccountId=made.account, DashboardId=name, Name=name, Definition=definition(made, name)
        )
        published(made, name)
    return made


def definition(world: World, data_set: str, **more: Any) -> dict[str, Any]:
    column = {"DataSetIdentifier": "d", "ColumnName": "revenue"}
    total = {"NumericalMeasureField": {"FieldId": "v", "Column": column}}
    visual = {"KPIVisual": {"VisualId": "k", "ChartConfiguration": {"FieldWells": {"Values": [total]}}}}
    declared = [{"Identifier": "d", "DataSetArn": world.data_set_arn(data_set)}]
    homes = [{"Identifier": "homes", "DataSetArn": world.data_set_arn("homes")}]
    return {
        "DataSetIdentifierDeclarations": declared + homes,
        "Sheets": [{"SheetId": "s", "Visuals": [visual]}],
        **more,
    }


def seen(local_aws: LocalAws, world: World, dashboard: str, **reader: Any) -> dict[str, Any]:
    address = f"{local_aws.url}/dashboards/{world.account}/{dashboard}/data.json?{urlencode(reader, doseq=True)}"
    with urllib.request.urlopen(address) as answer:
        found: dict[str, Any] = json.load(answer)
    return found


def total(found: dict[str, Any]) -> Any:
    [visual] = found["sheets"][0]["visuals"]
    return visual["rows"][0][0] if visual["state"] == "drawn" else visual["message"]


@pytest.mark.parametrize(
    ("dashboard", "reader", "revenue"),
    [
        pytest.param("granted", {"user": "ann"}, 30, id="one region"),
        pytest.param("granted", {"user": "bob"}, 120, id="two regions in one cell, and a product"),
        pytest.param("granted", {"user": "eve"}, 150, id="an empty rule shows everything"),
        pytest.param("granted", {"user": "joe", "group": "buyers"}, 20, id="by group"),
        pytest.param("granted", {"user": "bob", "group": "buyers"}, 140, id="rules are joined by OR"),
        pytest.param("denied", {"user": "ann"}, 120, id="what is denied is left out"),
        pytest.param("denied", {"user": "bob"}, 150, id="nothing is denied"),
        pytest.param("off", {"user": "joe"}, 150, id="rules that are switched off"),
    ],
)
def test_reader_sees_the_rows_of_their_rules(
    shop: World, local_aws: LocalAws, dashboard: str, reader: dict[str, str], revenue: int
) -> None:
    found = seen(local_aws, shop, dashboard, **reader)
    assert total(found) == revenue


def test_who_is_in_no_rule_sees_nothing_and_is_told(shop: World, local_aws: LocalAws) -> None:
    found = seen(local_aws, shop, "granted", user="joe")
    assert "shows joe no rows" in total(found)
    assert found["reader"] == "joe"


def test_column_is_kept_from_those_whom_no_rule_names(shop: World, local_aws: LocalAws) -> None:
    assert total(seen(local_aws, shop, "columns", user="ann")) == 150
    assert "column-level security keeps the field 'revenue'" in total(seen(local_aws, shop, "columns", user="bob"))


def test_data_set_says_that_it_is_secured(shop: World) -> None:
    listed = shop.client.list_data_sets(AwsAccountId=shop.account)["DataSetSummaries"]
    by_id = {each["DataSetId"]: each for each in listed}
    assert by_id["granted"]["RowLevelPermissionDataSet"]["PermissionPolicy"] == "GRANT_ACCESS"
    assert [name for name, each in by_id.items() if each["ColumnLevelPermissionRulesApplied"]] == ["columns"]


@pytest.mark.parametrize(
    ("reader", "revenue"),
    [
        pytest.param({"user": "ann"}, 30, id="by user"),
        pytest.param({"user": "joe", "group": "buyers"}, 80, id="by group"),
        pytest.param({"user": "joe"}, 40, id="no row: the static value"),
    ],
)
def test_default_value_is_that_of_the_reader(
    shop: World, local_aws: LocalAws, reader: dict[str, str], revenue: int
) -> None:
    def at(name: str) -> dict[str, str]:
        return {"DataSetIdentifier": "homes", "ColumnName": name}

    dynamic = {"UserNameColumn": at("who"), "GroupNameColumn": at("team"), "DefaultValueColumn": at("region")}
    home = {
        "Name": "home",
        "ParameterValueType": "SINGLE_VALUED",
        "DefaultValues": {"DynamicValue": dynamic, "StaticValues": ["south"]},
    }
    equals = {"CustomFilterConfiguration": {"MatchOperator": "EQUALS", "ParameterName": "home",
                                            "NullOption": "NON_NULLS_ONLY"}}  # fmt: skip
    region = {"DataSetIdentifier": "d", "ColumnName": "region"}
    group = {
        "FilterGroupId": "g",
        "CrossDataset": "SINGLE_DATASET",
        "ScopeConfiguration": {"AllSheets": {}},
        "Filters": [{"CategoryFilter": {"FilterId": "f", "Column": region, "Configuration": equals}}],
    }
    name = "home-" + "-".join(reader.values())
    body = definition(shop, "off", ParameterDeclarations=[{"StringParameterDeclaration": home}], FilterGroups=[group])
    shop.client.create_dashboard(AwsAccountId=shop.account, DashboardId=name, Name=name, Definition=body)
    published(shop, name)
    assert total(seen(local_aws, shop, name, **reader)) == revenue
