"""Namespaces and workgroups of Redshift Serverless, as their control plane keeps them.

Evidence: https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from local_aws.errors import AwsError

if TYPE_CHECKING:
    from local_aws.lake import Lake

Shape = dict[str, Any]
PORT = 5439


def missing(kind: str, name: str) -> AwsError:
    return AwsError("ResourceNotFoundException", f"{kind} {name} not found.", resourceName=name)


class Serverless:
    """The account's namespaces and workgroups in one region, and their tags.

    Deviates: what is created is available at once; the answer of the creation still says CREATING, and a deletion's
    DELETING, as clients expect to see.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._lock = threading.RLock()
        self.namespaces: dict[str, Shape] = {}
        self.workgroups: dict[str, Shape] = {}
        self.tags: dict[str, dict[str, str]] = {}

    # namespaces
    def create_namespace(self, params: Shape) -> Shape:
        name = params["namespaceName"]
        with self._lock:
            if name in self.namespaces:
                raise AwsError("ConflictException", f"Namespace already exists: {name}")
            identifier = self._lake.new_id()
            arn = self._lake.arn("redshift-serverless", f"namespace/{identifier}")
            roles = list(params.get("iamRoles", []))
            _check_role(params.get("defaultIamRoleArn"), roles)
            self.namespaces[name] = {
                "adminUsername": params.get("adminUsername", "admin"),
                "creationDate": self._lake.clock.now(),
                "dbName": params.get("dbName", "dev"),
                "defaultIamRoleArn": params.get("defaultIamRoleArn"),
                "iamRoles": roles,
                "kmsKeyId": params.get("kmsKeyId", "AWS_OWNED_KMS_KEY"),
                "logExports": params.get("logExports", []),
                "namespaceArn": arn,
                "namespaceId": identifier,
                "namespaceName": name,
                "status": "AVAILABLE",
            }
            self._tag(arn, params.get("tags", []))
            return dict(self.namespaces[name])

    def namespace(self, name: str) -> Shape:
        found = self.namespaces.get(name)
        if found is None:
            raise missing("Namespace", name)
        return dict(found)

    def update_namespace(self, params: Shape) -> Shape:
        with self._lock:
            found = self.namespace(params["namespaceName"])
            for member in ("adminUsername", "defaultIamRoleArn", "iamRoles", "kmsKeyId", "logExports"):
                if member in params:
                    found[member] = params[member]
            _check_role(found.get("defaultIamRoleArn"), found["iamRoles"])
            self.namespaces[found["namespaceName"]] = found
            return dict(found)

    def delete_namespace(self, name: str) -> Shape:
        with self._lock:
            found = self.namespace(name)
            if any(each["namespaceName"] == name for each in self.workgroups.values()):
                raise AwsError("ConflictException", "There is a workgroup associated with the namespace.")
            del self.namespaces[name]
            self.tags.pop(found["namespaceArn"], None)
            return {**found, "status": "DELETING"}

    # workgroups
    def create_workgroup(self, params: Shape) -> Shape:
        name, namespace = params["workgroupName"], params["namespaceName"]
        with self._lock:
            if name in self.workgroups:
                raise AwsError("ConflictException", f"Workgroup already exists: {name}")
            self.namespace(namespace)
            if any(each["namespaceName"] == namespace for each in self.workgroups.values()):
                raise AwsError("ConflictException", f"Namespace {namespace} already has a workgroup.")
            identifier = self._lake.new_id()
            arn = self._lake.arn("redshift-serverless", f"workgroup/{identifier}")
            port = params.get("port", PORT)
            self.workgroups[name] = {
                "baseCapacity": params.get("baseCapacity", 128),
                "configParameters": params.get("configParameters", []),
                "creationDate": self._lake.clock.now(),
                "endpoint": {"address": self.host(name), "port": port, "vpcEndpoints": []},
                "enhancedVpcRouting": params.get("enhancedVpcRouting", False),
                "maxCapacity": params.get("maxCapacity"),
                "namespaceName": namespace,
                "port": port,
                "publiclyAccessible": params.get("publiclyAccessible", False),
                "securityGroupIds": params.get("securityGroupIds", []),
                "status": "AVAILABLE",
                "subnetIds": params.get("subnetIds", []),
                "workgroupArn": arn,
                "workgroupId": identifier,
                "workgroupName": name,
                "workgroupVersion": "1.0",
            }
            self._tag(arn, params.get("tags", []))
            return {**self.workgroups[name], "status": "CREATING"}

    def workgroup(self, name: str) -> Shape:
        found = self.workgroups.get(name)
        if found is None:
            raise missing("Workgroup", name)
        return dict(found)

    def update_workgroup(self, params: Shape) -> Shape:
        kept = {"workgroupName", "tags"}
        with self._lock:
            found = {**self.workgroup(params["workgroupName"]), **{k: v for k, v in params.items() if k not in kept}}
            found["endpoint"] = {**found["endpoint"], "port": found["port"]}
            self.workgroups[found["workgroupName"]] = found
            return {**found, "status": "MODIFYING"}

    def delete_workgroup(self, name: str) -> Shape:
        with self._lock:
            found = self.workgroup(name)
            del self.workgroups[name]
            self.tags.pop(found["workgroupArn"], None)
            return {**found, "status": "DELETING"}

    def host(self, workgroup: str) -> str:
        """https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-connecting.html"""
        return f"{workgroup}.{self._lake.account_id}.{self._lake.region}.redshift-serverless.amazonaws.com"

    def workgroup_of_host(self, host: str) -> Shape | None:
        return next((each for each in self.workgroups.values() if each["endpoint"]["address"] == host.lower()), None)

    def workgroup_of(self, name_or_arn: str) -> Shape | None:
        """By name or ARN, as the Data API takes both."""
        found = self.workgroups.get(name_or_arn)
        return found or next((each for each in self.workgroups.values() if each["workgroupArn"] == name_or_arn), None)

    # tags
    def _tag(self, arn: str, tags: list[Shape]) -> None:
        self.tags.setdefault(arn, {}).update({each["key"]: each["value"] for each in tags})

    def tags_of(self, arn: str) -> dict[str, str]:
        if arn not in self.tags:
            raise missing("Resource", arn)
        return self.tags[arn]


def _check_role(default: str | None, roles: list[str]) -> None:
    if default and default not in roles:
        raise AwsError("ValidationException", "The default IAM role must be one of the namespace's IAM roles.")
