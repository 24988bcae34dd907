"""Dashboards through boto3: versions, publishing, what a Definition must have."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local_aws.quicksight_world import World, world  # noqa: F401 - a fixture
from tests.local_aws.retail_world import published


def definition(world: World, title: str = "One", data_set: str = "lines") -> dict[str, Any]:  # noqa: F811
    declared = [{"Identifier": "d", "DataSetArn": world.data_set_arn(data_set)}]
    return {"DataSetIdentifierDeclarations": declared, "Sheets": [{"SheetId": "one", "Name": title}]}


TEMPLATE = {
    "SourceTemplate": {
        "Arn": "arn:aws:quicksight:us-east-1:123456789012:template/t",
        "DataSetReferences": [{"DataSetPlaceholder": "p", "DataSetArn": "arn:aws:quicksight:us-east-1:1:dataset/d"}],
    }
}


OWN_THEME = "arn:aws:quicksight:us-east-1:123456789012:theme/mine"


@pytest.fixture
def board(world: World) -> World:  # noqa: F811
    """An account with the data set `lines` and a published dashboard `board` over it."""
    world.engine.run("CREATE TABLE lines AS SELECT 1 AS id")
    world.loaded("lines", {"t": world.table("lines", id="INTEGER")})
    world.client.create_dashboard(
        AwsAccountId=world.account, DashboardId="board", Name="Board", Definition=definition(world)
    )
    published(world, "board")
    return world


def which(world: World, **more: Any) -> dict[str, Any]:  # noqa: F811
    return {"AwsAccountId": world.account, "DashboardId": "board", **more}


def test_first_version_is_published_and_kept_as_sent(board: World) -> None:
    described = board.client.describe_dashboard(**which(board))["Dashboard"]
    assert (described["Version"]["VersionNumber"], described["Version"]["Status"]) == (1, "CREATION_SUCCESSFUL")
    assert described["Version"]["DataSetArns"] == [board.data_set_arn("lines")]
    answer = board.client.describe_dashboard_definition(**which(board))
    assert answer["Definition"] == definition(board)


def test_update_makes_a_version_that_is_not_published(board: World) -> None:
    answer = board.client.update_dashboard(**which(board, Name="Board", Definition=definition(board, "Two")))
    assert answer["VersionArn"].endswith(":dashboard/board/version/2")
    published(board, "board", 2)
    shown = board.client.describe_dashboard_definition(**which(board))["Definition"]
    assert shown["Sheets"][0]["Name"] == "One"
    board.client.update_dashboard_published_version(**which(board, VersionNumber=2))
    shown = board.client.describe_dashboard_definition(**which(board))["Definition"]
    assert shown["Sheets"][0]["Name"] == "Two"
    versions = board.client.list_dashboard_versions(**which(board))["DashboardVersionSummaryList"]
    assert [each["VersionNumber"] for each in versions] == [2, 1]
    [summary] = board.client.list_dashboards(AwsAccountId=board.account)["DashboardSummaryList"]
    assert (summary["DashboardId"], summary["PublishedVersionNumber"]) == ("board", 2)


def test_missing_data_set_fails_the_version_and_the_published_one_stays(board: World) -> None:
    board.client.update_dashboard(**which(board, Name="Board", Definition=definition(board, "Two", "nowhere")))
    for _ in range(200):
        version = board.client.describe_dashboard(**which(board, VersionNumber=2))["Dashboard"]["Version"]
        if version["Status"] != "CREATION_IN_PROGRESS":
            break
        time.sleep(0.01)
    assert version["Status"] == "CREATION_FAILED"
    assert [each["Type"] for each in version["Errors"]] == ["DATA_SET_NOT_FOUND"]
    with pytest.raises(ClientError, match="ConflictException"):
        board.client.update_dashboard_published_version(**which(board, VersionNumber=2))
    assert board.client.describe_dashboard(**which(board))["Dashboard"]["Version"]["VersionNumber"] == 1


def test_published_version_cannot_be_deleted_alone(board: World) -> None:
    with pytest.raises(ClientError, match="ConflictException"):
        board.client.delete_dashboard(**which(board, VersionNumber=1))
    board.client.delete_dashboard(**which(board))
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        board.client.describe_dashboard(**which(board))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        pytest.param({"Definition": None}, "needs a Definition", id="no definition"),
        pytest.param({"SourceEntity": TEMPLATE}, "SourceEntity", id="template"),
        pytest.param({"ThemeArn": OWN_THEME}, "ThemeArn", id="theme of the account"),
        pytest.param({"ThemeArn": "arn:aws:quicksight::aws:theme/NOON"}, "no theme", id="unknown managed theme"),
        pytest.param({"FolderArns": ["arn:aws:quicksight:us-east-1:1:folder/f"]}, "FolderArns", id="folder"),
        pytest.param({"Parameters": {"StringParameters": [{"Name": "p", "Values": ["a"]}]}}, "StringParameter 'p'",
                     id="override of no parameter"),
    ],
)  # fmt: skip
def test_dashboard_that_cannot_be_is_refused(board: World, change: dict[str, Any], says: str) -> None:
    params = {"Name": "New", "Definition": definition(board), **change}
    given = {name: value for name, value in params.items() if value is not None}
    with pytest.raises(ClientError, match=says):
        board.client.create_dashboard(AwsAccountId=board.account, DashboardId="new", **given)


def test_enum_of_the_model_is_checked_inside_the_definition(board: World) -> None:
    body = definition(board)
    body["Sheets"][0]["ContentType"] = "DANCING"
    with pytest.raises(ClientError, match=r"ValidationException.*contentType"):
        board.client.create_dashboard(AwsAccountId=board.account, DashboardId="new", Name="New", Definition=body)


def test_used_dashboard_id_is_refused(board: World) -> None:
    with pytest.raises(ClientError, match="ResourceExistsException"):
        board.client.create_dashboard(**which(board, Name="Board", Definition=definition(board)))


MIDNIGHT = "arn:aws:quicksight::aws:theme/MIDNIGHT"


def test_theme_options_and_links_are_kept_and_shown(board: World) -> None:
    options = {"AdHocFilteringOption": {"AvailabilityStatus": "DISABLED"}}
    links = {"Permissions": [{"Principal": "arn:aws:quicksight:us-east-1:1:namespace/default",
                              "Actions": ["quicksight:DescribeDashboard"]}]}  # fmt: skip
    mine = {"AwsAccountId": board.account, "DashboardId": "themed"}
    board.client.create_dashboard(
        **mine, Name="T", Definition=definition(board), ThemeArn=MIDNIGHT, DashboardPublishOptions=options,
        LinkSharingConfiguration=links,
    )  # fmt: skip
    published(board, "themed")
    assert board.client.describe_dashboard(**mine)["Dashboard"]["Version"]["ThemeArn"] == MIDNIGHT
    described = board.client.describe_dashboard_definition(**mine)
    assert (described["ThemeArn"], described["DashboardPublishOptions"]) == (MIDNIGHT, options)
    assert board.client.describe_dashboard_permissions(**mine)["LinkSharingConfiguration"] == links
    answer = board.client.update_dashboard_permissions(**mine, RevokeLinkPermissions=links["Permissions"])
    assert "LinkSharingConfiguration" not in answer


def test_lenient_version_with_a_broken_definition_is_successful_and_names_its_errors(board: World) -> None:
    broken = {**definition(board), "CalculatedFields": [
        {"DataSetIdentifier": "d", "Name": "c", "Expression": "sum({nothing})"}]}  # fmt: skip
    mine = {"AwsAccountId": board.account, "DashboardId": "loose"}
    board.client.create_dashboard(**mine, Name="L", Definition=broken, ValidationStrategy={"Mode": "LENIENT"})
    published(board, "loose")
    version = board.client.describe_dashboard(**mine)["Dashboard"]["Version"]
    assert version["Status"] == "CREATION_SUCCESSFUL"
    assert "nothing" in version["Errors"][0]["Message"]
