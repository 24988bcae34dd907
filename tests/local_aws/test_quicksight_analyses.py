"""Analyses: made, read, changed, deleted with a way back; checked as dashboards are."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.quicksight_world import World, world  # noqa: F401 - a fixture


@pytest.fixture
def sales(world: World) -> World:  # noqa: F811
    world.engine.run("CREATE TABLE sales AS SELECT 'tea' AS product, 7 AS revenue")
    world.loaded("sales", {"t": world.table("sales", product="STRING", revenue="INTEGER")})
    return world


def definition(world: World, column: str = "revenue") -> dict[str, Any]:  # noqa: F811
    field = {"FieldId": "v", "Column": {"DataSetIdentifier": "d", "ColumnName": column}}
    wells = {"Values": [{"NumericalMeasureField": field}]}
    return {
        "DataSetIdentifierDeclarations": [{"Identifier": "d", "DataSetArn": world.data_set_arn("sales")}],
        "Sheets": [{"SheetId": "s", "Name": "Sales", "Visuals": [
            {"KPIVisual": {"VisualId": "k", "ChartConfiguration": {"FieldWells": wells}}}]}],
    }  # fmt: skip


def create(world: World, name: str = "a", **more: Any) -> dict[str, Any]:  # noqa: F811
    world.client.create_analysis(
        AwsAccountId=world.account, AnalysisId=name, Name=name, **{"Definition": definition(world), **more}
    )
    return settled(world, name)


def settled(world: World, name: str) -> dict[str, Any]:  # noqa: F811
    for _ in range(400):
        found: dict[str, Any] = world.client.describe_analysis(AwsAccountId=world.account, AnalysisId=name)["Analysis"]
        if not found["Status"].endswith("_IN_PROGRESS"):
            return found
        time.sleep(0.01)
    raise AssertionError(found)


def code(call: Any, **params: Any) -> str:
    with pytest.raises(ClientError) as refused:
        call(**params)
    found: str = refused.value.response["Error"]["Code"]
    return found


def test_analysis_is_made_and_read_back(sales: World) -> None:
    found = create(sales)
    assert (found["Status"], found["Sheets"]) == ("CREATION_SUCCESSFUL", [{"SheetId": "s", "Name": "Sales"}])
    key = {"AwsAccountId": sales.account, "AnalysisId": "a"}
    answer = sales.client.describe_analysis_definition(**key)
    assert answer["Definition"] == definition(sales)
    assert code(sales.client.create_analysis, **key, Name="a", Definition=definition(sales)) == (
        "ResourceExistsException"
    )
    sales.client.update_analysis(**key, Name="b", Definition=definition(sales))
    assert (settled(sales, "a")["Status"], settled(sales, "a")["Name"]) == ("UPDATE_SUCCESSFUL", "b")


def test_fault_fails_the_analysis_with_its_path(sales: World) -> None:
    found = create(sales, Definition=definition(sales, "revenu"))
    [error] = found["Errors"]
    assert (found["Status"], error["Type"]) == ("CREATION_FAILED", "COLUMN_REPLACEMENT_MISSING")
    assert error["ViolatedEntities"] == [{"Path": "sheet/s/visual/k/column/revenu"}]


def test_deleted_analysis_can_be_restored_until_its_window_ends(sales: World) -> None:
    create(sales)
    key = {"AwsAccountId": sales.account, "AnalysisId": "a"}
    sales.client.delete_analysis(**key, RecoveryWindowInDays=7)
    assert sales.client.describe_analysis(**key)["Analysis"]["Status"] == "DELETED"
    assert code(sales.client.update_analysis, **key, Name="a", Definition=definition(sales)) == (
        "ResourceNotFoundException"
    )
    sales.client.restore_analysis(**key)
    assert code(sales.client.restore_analysis, **key) == "ConflictException"
    sales.client.delete_analysis(**key, RecoveryWindowInDays=7)
    clock = sales.lake.clock
    try:
        clock.set(clock.now() + timedelta(days=8))
        assert code(sales.client.restore_analysis, **key) == "ResourceNotFoundException"
    finally:
        clock.set(datetime.now(UTC))
    create(sales, "b")
    sales.client.delete_analysis(AwsAccountId=sales.account, AnalysisId="b", ForceDeleteWithoutRecovery=True)
    assert sales.client.list_analyses(AwsAccountId=sales.account)["AnalysisSummaryList"] == []


def test_analysis_is_found_shared_and_tagged(sales: World) -> None:
    create(sales, "tea")
    create(sales, "coffee")
    named = [{"Name": "ANALYSIS_NAME", "Operator": "StringLike", "Value": "TE"}]
    found = sales.client.search_analyses(AwsAccountId=sales.account, Filters=named)["AnalysisSummaryList"]
    assert [each["Name"] for each in found] == ["tea"]
    ann = f"arn:aws:quicksight:us-east-1:{sales.account}:user/default/ann"
    key = {"AwsAccountId": sales.account, "AnalysisId": "tea"}
    actions = ["quicksight:DescribeAnalysis"]
    sales.client.update_analysis_permissions(**key, GrantPermissions=[{"Principal": ann, "Actions": actions}])
    held = sales.client.describe_analysis_permissions(**key)["Permissions"]
    assert held == [{"Principal": ann, "Actions": actions}]
    sales.client.tag_resource(ResourceArn=found[0]["Arn"], Tags=[{"Key": "team", "Value": "sales"}])
    assert sales.client.list_tags_for_resource(ResourceArn=found[0]["Arn"])["Tags"] == [
        {"Key": "team", "Value": "sales"}
    ]
