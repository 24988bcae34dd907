"""What CreateCluster, ModifyCluster and the like take: checked, and as the cluster keeps it.

Evidence: https://docs.aws.amazon.com/redshift/latest/APIReference/API_CreateCluster.html
"""

from __future__ import annotations

import re
from typing import Any

from local_aws import base
from local_aws.errors import AwsError, Unsupported
from local_aws.lake import Lake
from local_aws.sql.redshift.provisioned import DATABASE, PORT

Params = dict[str, Any]

NODE_TYPES = ("dc2.large", "dc2.8xlarge", "ra3.large", "ra3.xlplus", "ra3.4xlarge", "ra3.16xlarge")
MOST_NODES = 128
IDENTIFIER = re.compile(r"(?=.{1,63}\Z)[a-z](?:-?[a-z0-9])*")
DATABASE_NAME = re.compile(r"[a-z_][a-z0-9_$]{0,63}")
PASSWORD = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[!-~]{8,64}")
FORBIDDEN = set("/@\"'\\ ")
"""What a password may not hold; also what `PASSWORD` leaves out."""
REFUSED = (
    "HsmClientCertificateIdentifier",
    "HsmConfigurationIdentifier",
    "ElasticIp",
    "ManageMasterPassword",
    "RedshiftIdcApplicationArn",
    "CatalogName",
    "ClusterSecurityGroups",
    "SnapshotScheduleIdentifier",
    "ReservedNodeId",
    "TargetReservedNodeOfferingId",
)
DEFAULTS: Params = {
    "AutomatedSnapshotRetentionPeriod": 1,
    "ManualSnapshotRetentionPeriod": -1,
    "ClusterParameterGroupName": "default.redshift-1.0",
    "PreferredMaintenanceWindow": "sun:05:00-sun:05:30",
    "ClusterVersion": "1.0",
    "AllowVersionUpgrade": True,
    "PubliclyAccessible": False,
    "Encrypted": False,
    "EnhancedVpcRouting": False,
    "MaintenanceTrackName": "current",
    "VpcSecurityGroupIds": [],
    "IamRoles": [],
    "Port": PORT,
    "DBName": DATABASE,
}
OPTIONAL = ("ClusterSubnetGroupName", "KmsKeyId", "DefaultIamRoleArn", "IpAddressType")
CHANGEABLE = (
    "AutomatedSnapshotRetentionPeriod",
    "ManualSnapshotRetentionPeriod",
    "PreferredMaintenanceWindow",
    "AllowVersionUpgrade",
    "PubliclyAccessible",
    "Encrypted",
    "KmsKeyId",
    "EnhancedVpcRouting",
    "Port",
    "MaintenanceTrackName",
    "VpcSecurityGroupIds",
    "ClusterParameterGroupName",
    "IpAddressType",
    "AvailabilityZone",
    "ClusterVersion",
)


def invalid(message: str) -> AwsError:
    return AwsError("InvalidParameterValue", message)


def combination(message: str) -> AwsError:
    return AwsError("InvalidParameterCombination", message)


def refuse(params: Params, *names: str) -> None:
    """:raises Unsupported: for a parameter that asks for what is not emulated."""
    for name in (*REFUSED, *names):
        if params.get(name):
            raise Unsupported(f"Redshift clusters with {name}")


def check_identifier(name: str, what: str = "cluster identifier") -> str:
    """:raises AwsError: `InvalidParameterValue`."""
    if not IDENTIFIER.fullmatch(name):
        rule = "lowercase letters, digits and single hyphens, beginning with a letter, not ending with a hyphen"
        raise invalid(f"Invalid {what} {name!r}: 1 to 63 {rule}.")
    return name


def check_password(password: str) -> None:
    if not PASSWORD.fullmatch(password) or FORBIDDEN & set(password):
        rule = (
            "8 to 64 printable characters with an uppercase letter, a lowercase letter and a digit, without / @ \" ' \\"
        )
        raise invalid(f"The parameter MasterUserPassword is not a valid password: it takes {rule}.")


def created(lake: Lake, params: Params) -> Params:
    """The settings of a new cluster."""
    refuse(params, "LoadSampleData")
    check_identifier(params["ClusterIdentifier"])
    if not params.get("MasterUserPassword"):
        raise combination("MasterUserPassword is required unless ManageMasterPassword is true.")
    check_password(params["MasterUserPassword"])
    settings = given(lake, params) | nodes(params, params["NodeType"], 1)
    if not DATABASE_NAME.fullmatch(settings["DBName"]):
        raise invalid(f"Invalid database name {settings['DBName']!r}.")
    return settings | {"MasterUsername": params["MasterUsername"], "AvailabilityZone": zone(lake, params)}


def restored(lake: Lake, params: Params, before: Params, roles: list[str]) -> Params:
    """The settings of a cluster made from a snapshot: the snapshot's where the request says nothing."""
    refuse(params)
    check_identifier(params["ClusterIdentifier"])
    wanted = {**before, "IamRoles": roles, **{name: value for name, value in params.items() if value not in (None, [])}}
    settings = given(lake, wanted) | nodes(
        params, params.get("NodeType") or before["NodeType"], before["NumberOfNodes"]
    )
    return settings | {"MasterUsername": before["MasterUsername"], "AvailabilityZone": zone(lake, params)}


def given(lake: Lake, params: Params) -> Params:
    """What the request says, over the defaults."""
    settings = {name: params.get(name) if params.get(name) is not None else value for name, value in DEFAULTS.items()}
    settings |= {name: params[name] for name in OPTIONAL if params.get(name)}
    settings["DBName"] = params.get("DBName") or DATABASE
    check_groups(lake, settings)
    if settings.get("ClusterSubnetGroupName"):
        groups = base.backend("redshift", lake.account_id, lake.region).subnet_groups
        settings["VpcId"] = groups[settings["ClusterSubnetGroupName"]].vpc_id
    return settings


def check_groups(lake: Lake, settings: Params) -> None:
    """:raises AwsError: for a parameter group, subnet group or retention period that there is not."""
    known = base.backend("redshift", lake.account_id, lake.region)
    parameters, subnets = settings.get("ClusterParameterGroupName"), settings.get("ClusterSubnetGroupName")
    if parameters and parameters not in known.parameter_groups:
        raise AwsError("ClusterParameterGroupNotFound", f"Cluster parameter group {parameters} not found.", 404)
    if subnets and subnets not in known.subnet_groups:
        raise AwsError("ClusterSubnetGroupNotFoundFault", f"Cluster subnet group {subnets} not found.")
    retention(settings.get("ManualSnapshotRetentionPeriod"))
    if not 0 <= settings.get("AutomatedSnapshotRetentionPeriod", 1) <= 35:
        raise invalid("AutomatedSnapshotRetentionPeriod must be between 0 and 35.")


def retention(days: int | None) -> int:
    """A snapshot's retention: -1 or 1 to 3,653 days. :raises AwsError: `InvalidRetentionPeriodFault`."""
    if days is None or days == -1 or 1 <= days <= 3653:
        return -1 if days is None else days
    raise AwsError("InvalidRetentionPeriodFault", f"The retention period {days} is neither -1 nor 1 to 3653 days.")


def nodes(params: Params, node_type: str, count: int) -> Params:
    """Node type and number, from `ClusterType`, `NodeType`, `NumberOfNodes`.

    :param count: how many there are where the request does not say it.
    """
    if node_type not in NODE_TYPES:
        raise invalid(f"Invalid node type: {node_type}. Valid are {', '.join(NODE_TYPES)}.")
    kind, number = params.get("ClusterType"), params.get("NumberOfNodes")
    if kind not in {None, "single-node", "multi-node"}:
        raise invalid(f"Invalid cluster type {kind!r}: single-node or multi-node.")
    if kind == "multi-node" and (number or 0) < 2:
        raise combination("Number of nodes for cluster type multi-node must be greater than or equal to 2.")
    if kind == "single-node":
        if (number or 1) != 1:
            raise combination("NumberOfNodes must be 1 for cluster type single-node.")
        number = 1
    number = number or count
    if not 1 <= number <= MOST_NODES:
        raise AwsError("NumberOfNodesPerClusterLimitExceeded", f"A cluster has 1 to {MOST_NODES} nodes, not {number}.")
    return {"NodeType": node_type, "NumberOfNodes": number}


def zone(lake: Lake, params: Params) -> str:
    return str(params.get("AvailabilityZone") or f"{lake.region}a")


def tags_of(given_tags: list[Params] | None) -> dict[str, str]:
    return {each["Key"]: each.get("Value", "") for each in given_tags or []}
