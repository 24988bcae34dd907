"""Searches of dashboards, data sets and data sources through boto3."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.quicksight_world import World, world  # noqa: F401 - a fixture

ANN, BEN = "arn:aws:quicksight:us-east-1:1:user/default/ann", "arn:aws:quicksight:us-east-1:1:user/default/ben"
OWNER, VIEWER = ["quicksight:UpdateDashboardPermissions"], ["quicksight:DescribeDashboard"]


@pytest.fixture
def boards(world: World) -> World:  # noqa: F811
    """Three dashboards: Ann owns two, one of them with Ben; Ben views the third of hers, which nobody owns."""
    grants = {"Sales": {ANN: OWNER}, "Sales 2": {ANN: OWNER, BEN: OWNER}, "Stock": {BEN: VIEWER}}
    for number, (name, granted) in enumerate(grants.items()):
        permissions = [{"Principal": who, "Actions": actions} for who, actions in granted.items()]
        world.client.create_dashboard(
            AwsAccountId=world.account, DashboardId=f"d{number}", Name=name, Permissions=permissions,
            Definition={"DataSetIdentifierDeclarations": []},
        )  # fmt: skip
    return world


def by(name: str, value: str, operator: str = "StringEquals") -> dict[str, str]:
    return {"Name": name, "Operator": operator, "Value": value}


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        pytest.param([by("DASHBOARD_NAME", "Sales")], ["Sales"], id="equal name"),
        pytest.param([by("DASHBOARD_NAME", "sal", "StringLike")], ["Sales", "Sales 2"], id="like name"),
        pytest.param([by("QUICKSIGHT_OWNER", ANN)], ["Sales", "Sales 2"], id="owner"),
        pytest.param([by("DIRECT_QUICKSIGHT_SOLE_OWNER", ANN)], ["Sales"], id="sole owner"),
        pytest.param([by("QUICKSIGHT_VIEWER_OR_OWNER", BEN)], ["Sales 2", "Stock"], id="viewer or owner"),
    ],
)  # fmt: skip
def test_search_finds_what_the_filter_holds_for(boards: World, filters: list[dict[str, Any]], names: list[str]) -> None:
    found = boards.client.search_dashboards(AwsAccountId=boards.account, Filters=filters)["DashboardSummaryList"]
    assert [each["Name"] for each in found] == names


def test_user_filter_takes_equality_alone(boards: World) -> None:
    with pytest.raises(ClientError, match="StringEquals"):
        boards.client.search_dashboards(
            AwsAccountId=boards.account, Filters=[by("QUICKSIGHT_OWNER", ANN, "StringLike")]
        )


def test_data_sets_and_sources_are_found_by_name(world: World) -> None:  # noqa: F811
    world.engine.run("CREATE TABLE lines AS SELECT 1 AS id")
    world.loaded("lines", {"t": world.table("lines", id="INTEGER")}, Name="Order lines")
    account = {"AwsAccountId": world.account}
    sets = world.client.search_data_sets(**account, Filters=[by("DATASET_NAME", "order", "StringLike")])
    assert [each["DataSetId"] for each in sets["DataSetSummaries"]] == ["lines"]
    sources = world.client.search_data_sources(**account, Filters=[by("DATASOURCE_NAME", "Warehouse")])
    assert [each["Type"] for each in sources["DataSourceSummaries"]] == ["REDSHIFT"]
