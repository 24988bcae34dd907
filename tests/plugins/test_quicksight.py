"""Data sets and dashboards are created, updated or left as they are; what QuickSight refuses is told by path."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

from aws_warehouse.quicksight import QuickSightDeployer, differences

INCLUDE = Path(__file__).parents[2] / "include" / "quicksight"


@pytest.fixture
def deployer(client: Callable[..., Any], account_id: str) -> QuickSightDeployer:
    quicksight = client("quicksight")
    quicksight.create_data_source(
        AwsAccountId=account_id,
        DataSourceId="orders-redshift",
        Name="Orders",
        Type="REDSHIFT",
        DataSourceParameters={"RedshiftParameters": {"Database": "dev", "Host": "orders.example", "Port": 5439}},
    )
    return QuickSightDeployer(quicksight, account_id, "us-east-1", "orders-redshift")


def _changed(path: Path, folder: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    body = json.loads(path.read_text())
    change(body)
    copy = folder / path.name
    copy.write_text(json.dumps(body))
    return copy


def test_data_set_is_created_then_left_then_updated(deployer: QuickSightDeployer, tmp_path: Path) -> None:
    path = INCLUDE / "data_sets" / "sales_by_day.json"
    created = deployer.data_set(path)
    assert (created["done"], bool(created["ingestion_id"])) == ("created", True)
    assert deployer.data_set(path)["done"] == "unchanged"
    renamed = _changed(path, tmp_path, lambda body: body.update(Name="Sales"))
    assert deployer.data_set(renamed)["done"] == "updated"


def test_changed_dashboard_is_published(deployer: QuickSightDeployer, tmp_path: Path, account_id: str) -> None:
    for path in sorted((INCLUDE / "data_sets").glob("*.json")):
        deployer.data_set(path)
    path = INCLUDE / "dashboards" / "retail_sales.json"
    assert [deployer.dashboard(path), deployer.dashboard(path)] == ["created", "unchanged"]
    renamed = _changed(path, tmp_path, lambda body: body.update(Name="Sales"))
    assert deployer.dashboard(renamed) == "updated"
    found = deployer._client.describe_dashboard(AwsAccountId=account_id, DashboardId="retail_sales")["Dashboard"]
    assert (found["Name"], found["Version"]["VersionNumber"]) == ("Sales", 2)


def test_dashboard_over_a_data_set_that_is_not_there_is_refused_by_name(deployer: QuickSightDeployer) -> None:
    with pytest.raises(AirflowFailException, match="DATA_SET_NOT_FOUND"):
        deployer.dashboard(INCLUDE / "dashboards" / "retail_sales.json")


def test_placeholders_are_filled_in_and_quicksight_parameters_left_alone(
    deployer: QuickSightDeployer, tmp_path: Path, account_id: str
) -> None:
    path = tmp_path / "body.json"
    path.write_text('{"a": "${AwsAccountId}", "b": "${DataSetArn:order_lines}", "c": "ifelse(${Country} = 1, 1, 0)"}')
    assert deployer.body(path) == {
        "a": account_id,
        "b": f"arn:aws:quicksight:us-east-1:{account_id}:dataset/order_lines",
        "c": "ifelse(${Country} = 1, 1, 0)",
    }


def test_differences_name_the_place_and_both_values() -> None:
    live = {"Sheets": [{"Name": "Sales", "Visuals": [1, 2]}], "Options": {"WeekStart": "SUNDAY"}}
    wanted = {"Sheets": [{"Name": "Revenue", "Visuals": [1]}], "Options": {"WeekStart": "SUNDAY"}, "New": True}
    assert list(differences(live, wanted)) == [
        "/Sheets/0/Name: Sales → Revenue",
        "/Sheets/0/Visuals: [1, 2] → [1]",
        "/New: None → True",
    ]
