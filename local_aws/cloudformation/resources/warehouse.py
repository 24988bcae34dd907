"""Redshift Serverless: namespaces and workgroups."""

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

SERVICE = "redshift-serverless"


def _read(api: Api, kind: str, name: str) -> dict[str, Any]:
    """`Namespace.NamespaceArn`, `Workgroup.Endpoint.Address`, …: the answer of the service, flattened."""
    answer = call(api, SERVICE, f"Get{kind}", {f"{kind}Name": name})[kind.lower()]
    flat: dict[str, Any] = {}
    for key, value in answer.items():
        path = f"{kind}.{key[:1].upper()}{key[1:]}"
        if isinstance(value, dict):
            flat.update({f"{path}.{inner[:1].upper()}{inner[1:]}": each for inner, each in value.items()})
        else:
            flat[path] = value
    return flat


def _available(api: Api, kind: str, name: str) -> None:
    settle(lambda: _read(api, kind, name)[f"{kind}.Status"] == "AVAILABLE")


def _gone(api: Api, kind: str, name: str) -> None:
    def gone() -> bool:
        try:
            _read(api, kind, name)
        except ResourceError:
            return True
        return False

    settle(gone)


class Namespace(ResourceType):
    type = "AWS::RedshiftServerless::Namespace"
    required = frozenset({"NamespaceName"})
    properties = frozenset(
        {
            "NamespaceName",
            "AdminUsername",
            "AdminUserPassword",
            "ManageAdminPassword",
            "AdminPasswordSecretKmsKeyId",
            "DbName",
            "DefaultIamRoleArn",
            "IamRoles",
            "KmsKeyId",
            "LogExports",
            "Tags",
        }
    )
    create_only = frozenset({"NamespaceName", "DbName", "Tags"})
    attributes = frozenset(
        f"Namespace.{name}"
        for name in (
            "AdminPasswordSecretArn",
            "AdminUsername",
            "CreationDate",
            "DbName",
            "DefaultIamRoleArn",
            "NamespaceArn",
            "NamespaceId",
            "NamespaceName",
            "Status",
        )
    )

    def create(self, api: Api, properties: Properties) -> str:
        call(api, SERVICE, "CreateNamespace", properties)
        _available(api, "Namespace", properties["NamespaceName"])
        return str(properties["NamespaceName"])

    def update(self, api: Api, physical_id: str, old: Properties, new: Properties) -> None:
        different = {name: new[name] for name in changed(old, new) if name in new}
        call(api, SERVICE, "UpdateNamespace", {"NamespaceName": physical_id, **different})
        _available(api, "Namespace", physical_id)

    def delete(self, api: Api, physical_id: str, properties: Properties) -> None:
        delete(api, SERVICE, "DeleteNamespace", {"NamespaceName": physical_id})
        _gone(api, "Namespace", physical_id)

    def read(self, api: Api, physical_id: str, properties: Properties) -> dict[str, Any]:
        return _read(api, "Namespace", physical_id)


class Workgroup(ResourceType):
    type = "AWS::RedshiftServerless::Workgroup"
    required = frozenset({"WorkgroupName"})
    properties = frozenset(
        {
            "WorkgroupName",
            "NamespaceName",
            "BaseCapacity",
            "MaxCapacity",
            "ConfigParameters",
            "EnhancedVpcRouting",
            "PubliclyAccessible",
            "SecurityGroupIds",
            "SubnetIds",
            "Port",
            "Tags",
        }
    )
    create_only = frozenset({"WorkgroupName", "NamespaceName", "Tags"})
    attributes = frozenset(
        f"Workgroup.{name}"
        for name in (
            "BaseCapacity",
            "CreationDate",
            "Endpoint.Address",
            "Endpoint.Port",
            "NamespaceName",
            "Status",
            "WorkgroupArn",
            "WorkgroupId",
            "WorkgroupName",
        )
    )

    def create(self, api: Api, properties: Properties) -> str:
        call(api, SERVICE, "CreateWorkgroup", properties)
        _available(api, "Workgroup", properties["WorkgroupName"])
        return str(properties["WorkgroupName"])

    def update(self, api: Api, physical_id: str, old: Properties, new: Properties) -> None:
        different = {name: new[name] for name in changed(old, new) if name in new}
        call(api, SERVICE, "UpdateWorkgroup", {"WorkgroupName": physical_id, **different})
        _available(api, "Workgroup", physical_id)

    def delete(self, api: Api, physical_id: str, properties: Properties) -> None:
        delete(api, SERVICE, "DeleteWorkgroup", {"WorkgroupName": physical_id})
        _gone(api, "Workgroup", physical_id)

    def read(self, api: Api, physical_id: str, properties: Properties) -> dict[str, Any]:
        return _read(api, "Workgroup", physical_id)


TYPES = (Namespace(), Workgroup())
