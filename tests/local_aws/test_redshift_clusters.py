"""Provisioned clusters through boto3: states on the clock, what each operation leaves, snapshots with their data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local_aws.server import LocalAws
from tests.local_aws.redshift_client import Warehouse

MADE = {"NodeType": "ra3.large", "MasterUsername": "admin", "MasterUserPassword": "Passw0rd1"}


@pytest.fixture
def warehouse(local_aws: LocalAws) -> Warehouse:
    """An account of the test's own: what it lists is its own."""
    return Warehouse(local_aws)


@pytest.fixture
def redshift(warehouse: Warehouse) -> Any:
    return warehouse.client("redshift")


@pytest.fixture
def slow(warehouse: Warehouse, local_aws: LocalAws) -> Iterator[Callable[[], None]]:
    """Passing states last ten minutes of the clock; the value lets them pass."""
    begun = datetime(2024, 5, 1, tzinfo=UTC)
    clusters = warehouse.lake.engines["REDSHIFT"].clusters  # type: ignore[attr-defined]
    clusters.pace = timedelta(minutes=10)
    local_aws.clock.set(begun)
    moments = iter(range(11, 1000, 11))
    yield lambda: local_aws.clock.set(begun + timedelta(minutes=next(moments)))
    local_aws.clock.set(datetime.now(UTC))


def create(redshift: Any, name: str = "c1", **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = redshift.create_cluster(ClusterIdentifier=name, **{**MADE, **more})["Cluster"]
    return made


def cluster(redshift: Any, name: str = "c1") -> dict[str, Any]:
    [found] = redshift.describe_clusters(ClusterIdentifier=name)["Clusters"]
    return dict(found)


def run(warehouse: Warehouse, sql: str, name: str = "c1") -> Any:
    place = {"ClusterIdentifier": name, "Database": "dev", "DbUser": "admin"}
    ended = warehouse.ended(warehouse.data.execute_statement(Sql=sql, **place)["Id"])
    assert ended["Status"] == "FINISHED", ended.get("Error")
    return warehouse.rows(ended["Id"]) if ended["HasResultSet"] else None


def code(call: Callable[..., Any], **params: Any) -> str:
    with pytest.raises(ClientError) as raised:
        call(**params)
    return str(raised.value.response["Error"]["Code"])


STEPS = [
    pytest.param("pause_cluster", {}, "pausing", "paused", id="pause"),
    pytest.param("reboot_cluster", {}, "rebooting", "available", id="reboot"),
    pytest.param("resize_cluster", {"NumberOfNodes": 4}, "resizing", "available", id="resize"),
    pytest.param("modify_cluster", {"PubliclyAccessible": True}, "modifying", "available", id="modify"),
]


@pytest.mark.parametrize(("operation", "params", "passing", "then"), STEPS)
def test_states_pass_on_the_clock(
    redshift: Any, slow: Callable[[], None], operation: str, params: dict[str, Any], passing: str, then: str
) -> None:
    assert create(redshift)["ClusterStatus"] == "creating"
    assert cluster(redshift)["ClusterStatus"] == "creating"
    slow()
    assert cluster(redshift)["ClusterStatus"] == "available"
    answer = getattr(redshift, operation)(ClusterIdentifier="c1", **params)["Cluster"]
    assert (answer["ClusterStatus"], cluster(redshift)["ClusterStatus"]) == (passing, passing)
    assert code(redshift.reboot_cluster, ClusterIdentifier="c1") == "InvalidClusterState"
    slow()
    assert cluster(redshift)["ClusterStatus"] == then


@pytest.mark.parametrize(("operation", "params", "passing", "then"), STEPS)
def test_states_pass_at_once_unless_they_are_slowed_down(
    redshift: Any, operation: str, params: dict[str, Any], passing: str, then: str
) -> None:
    assert create(redshift)["ClusterStatus"] == "creating"
    redshift.get_waiter("cluster_available").wait(ClusterIdentifier="c1")
    assert getattr(redshift, operation)(ClusterIdentifier="c1", **params)["Cluster"]["ClusterStatus"] == passing
    assert cluster(redshift)["ClusterStatus"] == then


def test_cluster_shows_what_it_was_made_with(redshift: Any, warehouse: Warehouse) -> None:
    create(
        redshift, NumberOfNodes=2, ClusterType="multi-node", DBName="dw", Port=5440, IamRoles=["arn:aws:iam::1:role/r"]
    )
    found = cluster(redshift)
    assert (found["NodeType"], found["NumberOfNodes"], found["DBName"]) == ("ra3.large", 2, "dw")
    assert [each["NodeRole"] for each in found["ClusterNodes"]] == ["LEADER", "COMPUTE-0", "COMPUTE-1"]
    assert found["Endpoint"]["Address"].startswith("c1.") and found["Endpoint"]["Port"] == 5440
    assert found["IamRoles"] == [{"IamRoleArn": "arn:aws:iam::1:role/r", "ApplyStatus": "in-sync"}]
    assert "MasterUserPassword" not in found


def test_resize_tells_its_target_and_then_has_it(redshift: Any, slow: Callable[[], None]) -> None:
    create(redshift)
    slow()
    assert code(redshift.describe_resize, ClusterIdentifier="c1") == "ResizeNotFound"
    redshift.resize_cluster(ClusterIdentifier="c1", ClusterType="multi-node", NumberOfNodes=3, NodeType="ra3.4xlarge")
    assert cluster(redshift)["PendingModifiedValues"] == {"NodeType": "ra3.4xlarge", "NumberOfNodes": 3}
    assert cluster(redshift)["NumberOfNodes"] == 1
    assert redshift.describe_resize(ClusterIdentifier="c1")["Status"] == "IN_PROGRESS"
    slow()
    assert (cluster(redshift)["NodeType"], cluster(redshift)["NumberOfNodes"]) == ("ra3.4xlarge", 3)
    assert redshift.describe_resize(ClusterIdentifier="c1")["Status"] == "SUCCEEDED"


def test_renamed_cluster_keeps_its_data(redshift: Any, warehouse: Warehouse) -> None:
    create(redshift)
    run(warehouse, "create table t as select 7 as a")
    answer = redshift.modify_cluster(ClusterIdentifier="c1", NewClusterIdentifier="c2")["Cluster"]
    assert (answer["ClusterStatus"], answer["PendingModifiedValues"]) == ("renaming", {"ClusterIdentifier": "c2"})
    assert code(redshift.describe_clusters, ClusterIdentifier="c1") == "ClusterNotFound"
    assert run(warehouse, "select a from t", "c2") == [[7]]


def test_paused_cluster_ends_its_sessions(redshift: Any, warehouse: Warehouse) -> None:
    create(redshift)
    place = {"ClusterIdentifier": "c1", "Database": "dev", "DbUser": "admin"}
    opened = warehouse.data.execute_statement(
        Sql="create temp table t as select 1 as a", SessionKeepAliveSeconds=600, **place
    )
    warehouse.ended(opened["Id"])
    redshift.pause_cluster(ClusterIdentifier="c1")
    again = {"Sql": "select * from t", "SessionId": opened["SessionId"]}
    assert code(warehouse.data.execute_statement, **again) == "ResourceNotFoundException"


def test_snapshot_holds_the_data_of_its_moment(redshift: Any, warehouse: Warehouse) -> None:
    create(redshift, Tags=[{"Key": "k", "Value": "v"}])
    run(warehouse, "create table t (a int, b int identity(1, 1)); insert into t (a) values (1), (2)")
    run(warehouse, "create view v as select sum(a) as total from t")
    made = redshift.create_cluster_snapshot(SnapshotIdentifier="s1", ClusterIdentifier="c1")["Snapshot"]
    assert (made["Status"], made["SnapshotType"]) == ("creating", "manual")
    redshift.get_waiter("snapshot_available").wait(SnapshotIdentifier="s1")
    run(warehouse, "delete from t")
    redshift.delete_cluster(ClusterIdentifier="c1", SkipFinalClusterSnapshot=True)
    restored = redshift.restore_from_cluster_snapshot(ClusterIdentifier="c2", SnapshotIdentifier="s1")["Cluster"]
    assert (restored["NodeType"], restored["MasterUsername"]) == ("ra3.large", "admin")
    redshift.get_waiter("cluster_restored").wait(ClusterIdentifier="c2")
    assert run(warehouse, "select a, b from t order by a", "c2") == [[1, 1], [2, 2]]
    assert run(warehouse, "select total from v", "c2") == [[3]]
    run(warehouse, "insert into t (a) values (3)", "c2")
    assert run(warehouse, "select count(distinct b) from t", "c2") == [[3]]


def test_final_snapshot_outlives_its_cluster(redshift: Any, warehouse: Warehouse) -> None:
    create(redshift)
    run(warehouse, "create table t as select 5 as a")
    answer = redshift.delete_cluster(ClusterIdentifier="c1", FinalClusterSnapshotIdentifier="last")["Cluster"]
    assert answer["ClusterStatus"] == "final-snapshot"
    redshift.get_waiter("cluster_deleted").wait(ClusterIdentifier="c1")
    [found] = redshift.describe_cluster_snapshots(ClusterIdentifier="c1")["Snapshots"]
    assert (found["SnapshotIdentifier"], found["Status"]) == ("last", "available")
    redshift.restore_from_cluster_snapshot(ClusterIdentifier="c1", SnapshotArn=found["SnapshotArn"])
    assert run(warehouse, "select a from t") == [[5]]


def test_snapshot_goes_when_its_retention_has_passed(
    redshift: Any, local_aws: LocalAws, slow: Callable[[], None]
) -> None:
    create(redshift)
    slow()
    redshift.create_cluster_snapshot(SnapshotIdentifier="s1", ClusterIdentifier="c1", ManualSnapshotRetentionPeriod=2)
    slow()
    [found] = redshift.describe_cluster_snapshots(SnapshotIdentifier="s1")["Snapshots"]
    assert (found["ManualSnapshotRetentionPeriod"], found["ManualSnapshotRemainingDays"]) == (2, 1)
    local_aws.clock.set(datetime(2024, 5, 4, tzinfo=UTC))
    assert code(redshift.describe_cluster_snapshots, SnapshotIdentifier="s1") == "ClusterSnapshotNotFound"


def test_snapshots_are_listed_by_cluster_time_tag_and_order(redshift: Any) -> None:
    for name in ("c1", "c2"):
        create(redshift, name)
        tags = [{"Key": "of", "Value": name}]
        redshift.create_cluster_snapshot(SnapshotIdentifier=f"of-{name}", ClusterIdentifier=name, Tags=tags)

    def named(**wanted: Any) -> list[str]:
        return [each["SnapshotIdentifier"] for each in redshift.describe_cluster_snapshots(**wanted)["Snapshots"]]

    newest_first = [{"Attribute": "CREATE_TIME", "SortOrder": "DESC"}]
    assert named() == ["of-c1", "of-c2"]
    assert named(SortingEntities=newest_first) == ["of-c2", "of-c1"]
    assert named(ClusterIdentifier="c2") == named(TagValues=["c2"]) == ["of-c2"]
    assert named(StartTime=datetime.now(UTC) + timedelta(hours=1)) == named(SnapshotType="automated") == []


def test_lists_are_paged(redshift: Any) -> None:
    for number in range(23):
        create(redshift, f"c{number}")
    pages = list(redshift.get_paginator("describe_clusters").paginate(PaginationConfig={"PageSize": 20}))
    assert [len(page["Clusters"]) for page in pages] == [20, 3]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        pytest.param({"ClusterIdentifier": "Upper"}, "InvalidParameterValue", id="upper-case-name"),
        pytest.param({"ClusterIdentifier": "a--b"}, "InvalidParameterValue", id="two-hyphens"),
        pytest.param({"ClusterIdentifier": "a-"}, "InvalidParameterValue", id="last-hyphen"),
        pytest.param({"NodeType": "ds9.large"}, "InvalidParameterValue", id="node-type"),
        pytest.param({"ClusterType": "multi-node"}, "InvalidParameterCombination", id="multi-without-number"),
        pytest.param(
            {"ClusterType": "single-node", "NumberOfNodes": 2}, "InvalidParameterCombination", id="single-of-two"
        ),
        pytest.param({"NumberOfNodes": 500}, "NumberOfNodesPerClusterLimitExceeded", id="too-many-nodes"),
        pytest.param({"MasterUserPassword": "password1"}, "InvalidParameterValue", id="password-without-capital"),
        pytest.param({"MasterUserPassword": "Passw@rd1"}, "InvalidParameterValue", id="password-with-at"),
        pytest.param({"ClusterSubnetGroupName": "gone"}, "ClusterSubnetGroupNotFoundFault", id="subnet-group"),
        pytest.param({"ClusterParameterGroupName": "gone"}, "ClusterParameterGroupNotFound", id="parameter-group"),
        pytest.param({"ManualSnapshotRetentionPeriod": 0}, "InvalidRetentionPeriodFault", id="retention"),
        pytest.param({"ManageMasterPassword": True}, "UnsupportedOperation", id="managed-password"),
        pytest.param({"ClusterIdentifier": "taken"}, "ClusterAlreadyExists", id="name-in-use"),
    ],
)
def test_cluster_that_redshift_would_not_make_is_refused(redshift: Any, params: dict[str, Any], expected: str) -> None:
    create(redshift, "taken")
    assert code(redshift.create_cluster, **{**MADE, "ClusterIdentifier": "c1", **params}) == expected
    assert len(redshift.describe_clusters()["Clusters"]) == 1


@pytest.mark.parametrize(
    ("operation", "params", "expected"),
    [
        ("describe_clusters", {"ClusterIdentifier": "gone"}, "ClusterNotFound"),
        ("pause_cluster", {"ClusterIdentifier": "gone"}, "ClusterNotFound"),
        ("resume_cluster", {"ClusterIdentifier": "c1"}, "InvalidClusterState"),
        ("delete_cluster", {"ClusterIdentifier": "c1"}, "InvalidParameterCombination"),
        (
            "create_cluster_snapshot",
            {"ClusterIdentifier": "c1", "SnapshotIdentifier": "s1"},
            "ClusterSnapshotAlreadyExists",
        ),
        ("delete_cluster_snapshot", {"SnapshotIdentifier": "gone"}, "ClusterSnapshotNotFound"),
        (
            "restore_from_cluster_snapshot",
            {"ClusterIdentifier": "c1", "SnapshotIdentifier": "s1"},
            "ClusterAlreadyExists",
        ),
        ("get_cluster_credentials", {"ClusterIdentifier": "gone", "DbUser": "u"}, "ClusterNotFound"),
        (
            "get_cluster_credentials",
            {"ClusterIdentifier": "c1", "DbUser": "u", "DurationSeconds": 1},
            "InvalidParameterValue",
        ),
        ("enable_snapshot_copy", {"ClusterIdentifier": "c1", "DestinationRegion": "eu-west-1"}, "UnsupportedOperation"),
        ("describe_clusters", {"MaxRecords": 7}, "InvalidParameterValue"),
        (
            "create_tags",
            {"ResourceName": "arn:aws:redshift:us-east-1:1:cluster:gone", "Tags": []},
            "ResourceNotFoundFault",
        ),
    ],
)
def test_call_that_redshift_would_not_answer_is_refused(
    redshift: Any, operation: str, params: dict[str, Any], expected: str
) -> None:
    create(redshift)
    redshift.create_cluster_snapshot(SnapshotIdentifier="s1", ClusterIdentifier="c1")
    assert code(getattr(redshift, operation), **params) == expected


def test_credentials_last_as_long_as_asked(redshift: Any) -> None:
    create(redshift)
    found = redshift.get_cluster_credentials(ClusterIdentifier="c1", DbUser="me", DurationSeconds=1800, AutoCreate=True)
    assert found["DbUser"] == "IAMA:me"
    assert timedelta(minutes=29) < found["Expiration"] - datetime.now(UTC) <= timedelta(minutes=30)
    by_role = redshift.get_cluster_credentials_with_iam(ClusterIdentifier="c1")
    assert by_role["DbUser"].startswith("IAM:") and by_role["NextRefreshTime"] < by_role["Expiration"]


def test_tags_of_clusters_snapshots_and_groups(redshift: Any, warehouse: Warehouse) -> None:
    create(redshift, Tags=[{"Key": "a", "Value": "1"}])
    redshift.create_cluster_parameter_group(
        ParameterGroupName="g", ParameterGroupFamily="redshift-1.0", Description="d", Tags=[{"Key": "a", "Value": "2"}]
    )
    made = redshift.create_cluster_snapshot(SnapshotIdentifier="s1", ClusterIdentifier="c1")["Snapshot"]
    redshift.create_tags(
        ResourceName=made["SnapshotArn"], Tags=[{"Key": "a", "Value": "3"}, {"Key": "b", "Value": "4"}]
    )
    redshift.delete_tags(ResourceName=made["SnapshotArn"], TagKeys=["b"])

    def values(**wanted: Any) -> list[str]:
        return sorted(each["Tag"]["Value"] for each in redshift.describe_tags(**wanted)["TaggedResources"])

    assert values() == values(TagKeys=["a"]) == ["1", "2", "3"]
    assert values(ResourceType="snapshot") == values(ResourceName=made["SnapshotArn"]) == ["3"]
    assert [each["ClusterIdentifier"] for each in redshift.describe_clusters(TagValues=["1"])["Clusters"]] == ["c1"]
    assert redshift.describe_clusters(TagValues=["9"])["Clusters"] == []
