"""Redshift Serverless' control plane."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import botocore.exceptions
import pytest


def code_of(call: Any, **params: Any) -> str:
    with pytest.raises(botocore.exceptions.ClientError) as failed:
        call(**params)
    return str(failed.value.response["Error"]["Code"])


def test_namespace_and_workgroup_from_creation_to_deletion(client: Callable[..., Any], account_id: str) -> None:
    serverless = client("redshift-serverless")
    role = f"arn:aws:iam::{account_id}:role/spectrum"
    namespace = serverless.create_namespace(
        namespaceName="orders", dbName="dev", iamRoles=[role], defaultIamRoleArn=role, tags=[{"key": "k", "value": "v"}]
    )["namespace"]
    assert (namespace["status"], namespace["dbName"], namespace["defaultIamRoleArn"]) == ("AVAILABLE", "dev", role)
    created = serverless.create_workgroup(workgroupName="orders", namespaceName="orders", baseCapacity=8)["workgroup"]
    assert created["status"] == "CREATING"
    found = serverless.get_workgroup(workgroupName="orders")["workgroup"]
    assert found["status"] == "AVAILABLE"
    assert found["endpoint"]["address"] == f"orders.{account_id}.us-east-1.redshift-serverless.amazonaws.com"
    assert found["endpoint"]["port"] == 5439
    assert code_of(serverless.delete_namespace, namespaceName="orders") == "ConflictException"
    assert serverless.update_workgroup(workgroupName="orders", baseCapacity=16)["workgroup"]["baseCapacity"] == 16
    assert serverless.delete_workgroup(workgroupName="orders")["workgroup"]["status"] == "DELETING"
    assert serverless.delete_namespace(namespaceName="orders")["namespace"]["status"] == "DELETING"
    assert code_of(serverless.get_namespace, namespaceName="orders") == "ResourceNotFoundException"
    assert code_of(serverless.get_workgroup, workgroupName="orders") == "ResourceNotFoundException"


def test_conflicts_are_refused(client: Callable[..., Any]) -> None:
    serverless = client("redshift-serverless")
    assert (
        code_of(serverless.create_workgroup, workgroupName="orders", namespaceName="nowhere")
        == "ResourceNotFoundException"
    )
    serverless.create_namespace(namespaceName="orders")
    assert code_of(serverless.create_namespace, namespaceName="orders") == "ConflictException"
    serverless.create_workgroup(workgroupName="orders", namespaceName="orders")
    assert code_of(serverless.create_workgroup, workgroupName="orders", namespaceName="orders") == "ConflictException"
    assert code_of(serverless.create_workgroup, workgroupName="second", namespaceName="orders") == "ConflictException"
    assert code_of(serverless.create_namespace, namespaceName="NOT ALLOWED") == "ValidationException"
    assert code_of(serverless.list_snapshots) == "ValidationException"


def test_tags_and_listings(client: Callable[..., Any]) -> None:
    serverless = client("redshift-serverless")
    for name in ("one", "two"):
        serverless.create_namespace(namespaceName=name, tags=[{"key": "n", "value": name}])
    pages = serverless.get_paginator("list_namespaces").paginate(PaginationConfig={"PageSize": 1})
    found = [each for page in pages for each in page["namespaces"]]
    assert [each["namespaceName"] for each in found] == ["one", "two"]
    arn = found[0]["namespaceArn"]
    serverless.tag_resource(resourceArn=arn, tags=[{"key": "x", "value": "y"}])
    serverless.untag_resource(resourceArn=arn, tagKeys=["n"])
    assert serverless.list_tags_for_resource(resourceArn=arn)["tags"] == [{"key": "x", "value": "y"}]


def test_credentials_are_temporary(client: Callable[..., Any]) -> None:
    serverless = client("redshift-serverless")
    serverless.create_namespace(namespaceName="orders")
    serverless.create_workgroup(workgroupName="orders", namespaceName="orders")
    found = serverless.get_credentials(workgroupName="orders", dbName="dev", durationSeconds=900)
    assert found["dbUser"] and found["dbPassword"] and found["expiration"] > found["nextRefreshTime"]
    assert code_of(serverless.get_credentials, workgroupName="nowhere") == "ResourceNotFoundException"
