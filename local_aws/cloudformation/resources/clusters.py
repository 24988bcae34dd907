"""Redshift: provisioned clusters.

Evidence: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-redshift-cluster.html.
Deviates: a cluster is deleted without a final snapshot.
"""

from __future__ import annotations

from typing import Any

from local_aws.api import Api
from local_aws.cloudformation.resources.base import (
    Properties,
    ResourceError,
    ResourceType,
    call,
    changed,
    delete,
    settle,
)

SERVICE = "redshift"
_CHANGED = (
    *("AllowVersionUpgrade", "AutomatedSnapshotRetentionPeriod", "ClusterParameterGroupName", "ClusterType"),
    *("Encrypted", "EnhancedVpcRouting", "KmsKeyId", "ManualSnapshotRetentionPeriod", "MasterUserPassword"),
    *("NodeType", "NumberOfNodes", "Port", "PreferredMaintenanceWindow", "PubliclyAccessible", "VpcSecurityGroupIds"),
)
"""What ModifyCluster changes."""


class Cluster(ResourceType):
    type = "AWS::Redshift::Cluster"
    name_property = "ClusterIdentifier"
    required = frozenset({"ClusterType", "DBName", "MasterUsername", "NodeType"})
    properties = frozenset(
        {*_CHANGED, *required, "ClusterIdentifier", "ClusterSubnetGroupName", "ClusterVersion", "IamRoles", "Tags"}
    )
    create_only = frozenset({"ClusterIdentifier", "ClusterSubnetGroupName", "DBName", "MasterUsername"})
    attributes = frozenset({"ClusterNamespaceArn", "Endpoint.Address", "Endpoint.Port", "Id"})

    def create(self, api: Api, properties: Properties) -> str:
        identifier = str(properties["ClusterIdentifier"]).lower()
        call(api, SERVICE, "CreateCluster", {**properties, "ClusterIdentifier": identifier})
        self._available(api, identifier)
        return identifier

    def update(self, api: Api, physical_id: str, old: Properties, new: Properties) -> None:
        different = changed(old, new)
        if "Tags" in different or "ClusterVersion" in different:
            super().update(api, physical_id, old, new)
        if "IamRoles" in different:
            before, after = set(old.get("IamRoles") or []), set(new.get("IamRoles") or [])
            roles = {"AddIamRoles": sorted(after - before), "RemoveIamRoles": sorted(before - after)}
            call(api, SERVICE, "ModifyClusterIamRoles", {"ClusterIdentifier": physical_id, **roles})
        wanted = {name: new[name] for name in _CHANGED if name in different and name in new}
        if wanted:
            call(api, SERVICE, "ModifyCluster", {"ClusterIdentifier": physical_id, **wanted})
        self._available(api, physical_id)

    def delete(self, api: Api, physical_id: str, properties: Properties) -> None:
        asked = {"ClusterIdentifier": physical_id, "SkipFinalClusterSnapshot": True}
        delete(api, SERVICE, "DeleteCluster", asked)
        settle(lambda: self._found(api, physical_id) is None)

    def read(self, api: Api, physical_id: str, properties: Properties) -> dict[str, Any]:
        found = self._found(api, physical_id) or {}
        endpoint = found.get("Endpoint") or {}
        return {
            "Id": physical_id,
            "ClusterNamespaceArn": found.get("ClusterNamespaceArn"),
            "Endpoint.Address": endpoint.get("Address"),
            "Endpoint.Port": endpoint.get("Port"),
        }

    def _available(self, api: Api, identifier: str) -> None:
        settle(lambda: (self._found(api, identifier) or {}).get("ClusterStatus") == "available")

    @staticmethod
    def _found(api: Api, identifier: str) -> dict[str, Any] | None:
        try:
            answer = call(api, SERVICE, "DescribeClusters", {"ClusterIdentifier": identifier})
        except ResourceError:
            return None
        return dict(answer["Clusters"][0]) if answer["Clusters"] else None


TYPES = (Cluster(),)
