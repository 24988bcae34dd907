"""IAM roles and policies, security groups."""

from __future__ import annotations

import json
from typing import Any

from local_aws.api import Api
from local_aws.cloudformation.resources.base import (
    Properties,
    ResourceError,
    ResourceType,
    call,
    changed,
    delete,
    picked,
)

_PRINCIPALS = (("Roles", "Role"), ("Users", "User"), ("Groups", "Group"))


class Role(ResourceType):
    type = "AWS::IAM::Role"
    name_property = "RoleName"
    required = frozenset({"AssumeRolePolicyDocument"})
    properties = frozenset(
        {
            "RoleName",
            "AssumeRolePolicyDocument",
            "ManagedPolicyArns",
            "Policies",
            "Path",
            "Description",
            "MaxSessionDuration",
            "PermissionsBoundary",
            "Tags",
        }
    )
    create_only = frozenset({"RoleName", "Path"})
    attributes = frozenset({"Arn", "RoleId"})
    capability = "CAPABILITY_IAM"

    def create(self, api: Api, properties: Properties) -> str:
        name = str(properties["RoleName"])
        params = picked(properties, "Path", "Description", "MaxSessionDuration", "PermissionsBoundary", "Tags")
        document = json.dumps(properties["AssumeRolePolicyDocument"])
        call(api, "iam", "CreateRole", {"RoleName": name, "AssumeRolePolicyDocument": document, **params})
        try:
            self._attach(api, name, {}, properties)
        except ResourceError:
            self.delete(api, name, properties)
            raise
        return name

    def update(self, api: Api, physical_id: str, old: Properties, new: Properties) -> None:
        different, role = changed(old, new), {"RoleName": physical_id}
        if unknown := sorted(different & {"PermissionsBoundary", "Tags"}):
            raise ResourceError(f"local_aws does not change the {unknown[0]} of a role")
        if "AssumeRolePolicyDocument" in different:
            document = json.dumps(new["AssumeRolePolicyDocument"])
            call(api, "iam", "UpdateAssumeRolePolicy", {**role, "PolicyDocument": document})
        if different & {"Description", "MaxSessionDuration"}:
            call(api, "iam", "UpdateRole", {**role, **picked(new, "Description", "MaxSessionDuration")})
        self._attach(api, physical_id, old, new)

    def delete(self, api: Api, physical_id: str, properties: Properties) -> None:
        role = {"RoleName": physical_id}
        try:
            attached = call(api, "iam", "ListAttachedRolePolicies", role)["AttachedPolicies"]
        except ResourceError:
            return
        for policy in attached:
            delete(api, "iam", "DetachRolePolicy", {**role, "PolicyArn": policy["PolicyArn"]})
        for name in call(api, "iam", "ListRolePolicies", role)["PolicyNames"]:
            delete(api, "iam", "DeleteRolePolicy", {**role, "PolicyName": name})
        delete(api, "iam", "DeleteRole", role)

    def read(self, api: Api, physical_id: str, properties: Properties) -> dict[str, Any]:
        role = call(api, "iam", "GetRole", {"RoleName": physical_id})["Role"]
        return picked(role, "Arn", "RoleId")

    @staticmethod
    def _attach(api: Api, name: str, old: Properties, new: Properties) -> None:
        role = {"RoleName": name}
        before, after = set(old.get("ManagedPolicyArns", [])), set(new.get("ManagedPolicyArns", []))
        for arn in sorted(after - before):
            call(api, "iam", "AttachRolePolicy", {**role, "PolicyArn": arn})
        for arn in sorted(before - after):
            delete(api, "iam", "DetachRolePolicy", {**role, "PolicyArn": arn})
        inline = {each["PolicyName"]: each["PolicyDocument"] for each in new.get("Policies", [])}
        for policy, document in inline.items():
            call(api, "iam", "PutRolePolicy", {**role, "PolicyName": policy, "PolicyDocument": json.dumps(document)})
        for policy in {each["PolicyName"] for each in old.get("Policies", [])} - set(inline):
            delete(api, "iam", "DeleteRolePolicy", {**role, "PolicyName": policy})


class ManagedPolicy(ResourceType):
    type = "AWS::IAM::ManagedPolicy"
    name_property = "ManagedPolicyName"
    required = frozenset({"PolicyDocument"})
    properties = frozenset({"ManagedPolicyName", "PolicyDocument", "Description", "Path", "Roles", "Users", "Groups"})
    create_only = frozenset({"ManagedPolicyName", "Description", "Path"})
    attributes = frozenset({"PolicyArn"})
    capability = "CAPABILITY_IAM"

    def create(self, api: Api, properties: Properties) -> str:
        document = json.dumps(properties["PolicyDocument"])
        params = {"PolicyName": properties["ManagedPolicyName"], "PolicyDocument": document}
        made = call(api, "iam", "CreatePolicy", {**params, **picked(properties, "Description", "Path")})["Policy"]
        self._attach(api, made["Arn"], {}, properties)
        return str(made["Arn"])

    def update(self, api: Api, physical_id: str, old: Properties, new: Properties) -> None:
        policy = {"PolicyArn": physical_id}
        if "PolicyDocument" in changed(old, new):
            for version in call(api, "iam", "ListPolicyVersions", policy)["Versions"]:
                if not version["IsDefaultVersion"]:
                    delete(api, "iam", "DeletePolicyVersion", {**policy, "VersionId": version["VersionId"]})
            document = json.dumps(new["PolicyDocument"])
            call(api, "iam", "CreatePolicyVersion", {**policy, "PolicyDocument": document, "SetAsDefault": True})
        self._attach(api, physical_id, old, new)

    def delete(self, api: Api, physical_id: str, properties: Properties) -> None:
        self._attach(api, physical_id, properties, {})
        policy = {"PolicyArn": physical_id}
        try:
            versions = call(api, "iam", "ListPolicyVersions", policy)["Versions"]
        except ResourceError:
            return
        for version in versions:
            if not version["IsDefaultVersion"]:
                delete(api, "iam", "DeletePolicyVersion", {**policy, "VersionId": version["VersionId"]})
        delete(api, "iam", "DeletePolicy", policy)

    def read(self, api: Api, physical_id: str, properties: Properties) -> dict[str, Any]:
        return {"PolicyArn": physical_id}

    @staticmethod
    def _attach(api: Api, arn: str, old: Properties, new: Properties) -> None:
        for several, one in _PRINCIPALS:
            before, after = set(old.get(several, [])), set(new.get(several, []))
            for name in sorted(after - before):
                call(api, "iam", f"Attach{one}Policy", {f"{one}Name": name, "PolicyArn": arn})
            for name in sorted(before - after):
                delete(api, "iam", f"Detach{one}Policy", {f"{one}Name": name, "PolicyArn": arn})


class SecurityGroup(ResourceType):
    type = "AWS::EC2::SecurityGroup"
    name_property = "GroupName"
    required = frozenset({"GroupDescription"})
    properties = frozenset({"GroupName", "GroupDescription", "VpcId", "SecurityGroupIngress", "Tags"})
    create_only = frozenset({"GroupName", "GroupDescription", "VpcId"})
    attributes = frozenset({"GroupId", "VpcId"})

    def create(self, api: Api, properties: Properties) -> str:
        params = {"GroupName": properties["GroupName"], "Description": properties["GroupDescription"]}
        group = call(api, "ec2", "CreateSecurityGroup", {**params, **picked(properties, "VpcId")})["GroupId"]
        if properties.get("Tags"):
            call(api, "ec2", "CreateTags", {"Resources": [group], "Tags": properties["Tags"]})
        self.update(api, group, {}, picked(properties, "SecurityGroupIngress"))
        return str(group)

    def update(self, api: Api, physical_id: str, old: Properties, new: Properties) -> None:
        if "Tags" in changed(old, new):
            raise ResourceError("local_aws does not change the tags of a security group")
        before, after = old.get("SecurityGroupIngress", []), new.get("SecurityGroupIngress", [])
        for rule in after:
            if rule not in before:
                permission = {"GroupId": physical_id, "IpPermissions": [_permission(rule)]}
                call(api, "ec2", "AuthorizeSecurityGroupIngress", permission)
        for rule in before:
            if rule not in after:
                permission = {"GroupId": physical_id, "IpPermissions": [_permission(rule)]}
                call(api, "ec2", "RevokeSecurityGroupIngress", permission)

    def delete(self, api: Api, physical_id: str, properties: Properties) -> None:
        delete(api, "ec2", "DeleteSecurityGroup", {"GroupId": physical_id})

    def read(self, api: Api, physical_id: str, properties: Properties) -> dict[str, Any]:
        groups = call(api, "ec2", "DescribeSecurityGroups", {"GroupIds": [physical_id]})["SecurityGroups"]
        return picked(groups[0], "GroupId", "VpcId")


class SecurityGroupIngress(ResourceType):
    type = "AWS::EC2::SecurityGroupIngress"
    required = frozenset({"GroupId", "IpProtocol"})
    properties = create_only = frozenset(
        {"GroupId", "IpProtocol", "FromPort", "ToPort", "CidrIp", "SourceSecurityGroupId", "Description"}
    )

    def create(self, api: Api, properties: Properties) -> str:
        permission = {"GroupId": properties["GroupId"], "IpPermissions": [_permission(properties)]}
        rules = call(api, "ec2", "AuthorizeSecurityGroupIngress", permission).get("SecurityGroupRules", [])
        return str(rules[0]["SecurityGroupRuleId"]) if rules else f"{properties['GroupId']}-ingress"

    def delete(self, api: Api, physical_id: str, properties: Properties) -> None:
        permission = {"GroupId": properties["GroupId"], "IpPermissions": [_permission(properties)]}
        delete(api, "ec2", "RevokeSecurityGroupIngress", permission)


def _permission(rule: Properties) -> Properties:
    shaped = picked(rule, "IpProtocol", "FromPort", "ToPort")
    note = picked(rule, "Description")
    if "CidrIp" in rule:
        shaped["IpRanges"] = [{"CidrIp": rule["CidrIp"], **note}]
    if "SourceSecurityGroupId" in rule:
        shaped["UserIdGroupPairs"] = [{"GroupId": rule["SourceSecurityGroupId"], **note}]
    return shaped


TYPES = (Role(), ManagedPolicy(), SecurityGroup(), SecurityGroupIngress())
