"""AWS::Redshift::Cluster: made, used, changed, replaced and removed by its stack."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import botocore.exceptions

TEMPLATE = """
Parameters:
  Port: {Type: Number, Default: 5439}
  Database: {Type: String, Default: dev}
Resources:
  Warehouse:
    Type: AWS::Redshift::Cluster
    Properties:
      ClusterType: single-node
      NodeType: ra3.xlplus
      DBName: !Ref Database
      MasterUsername: awsuser
      MasterUserPassword: Secret123
      Port: !Ref Port
      Tags: [{Key: team, Value: sales}]
Outputs:
  Cluster: {Value: !Ref Warehouse}
  Address: {Value: !GetAtt Warehouse.Endpoint.Address}
  Port: {Value: !GetAtt Warehouse.Endpoint.Port}
"""


def outputs(cloudformation: Any) -> dict[str, str]:
    [stack] = cloudformation.describe_stacks(StackName="warehouse")["Stacks"]
    events = cloudformation.describe_stack_events(StackName="warehouse")["StackEvents"]
    assert stack["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}, [
        each.get("ResourceStatusReason") for each in events
    ]
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def test_cluster_lives_with_its_stack(client: Callable[..., Any]) -> None:
    cloudformation, redshift, data = client("cloudformation"), client("redshift"), client("redshift-data")
    cloudformation.create_stack(StackName="warehouse", TemplateBody=TEMPLATE)
    made = outputs(cloudformation)
    [cluster] = redshift.describe_clusters(ClusterIdentifier=made["Cluster"])["Clusters"]
    assert (cluster["Endpoint"]["Address"], cluster["Endpoint"]["Port"]) == (made["Address"], int(made["Port"]))
    assert cluster["Tags"] == [{"Key": "team", "Value": "sales"}]
    asked = {"ClusterIdentifier": made["Cluster"], "Database": "dev", "DbUser": "awsuser"}
    statement = data.execute_statement(Sql="select 1", **asked)["Id"]
    while (status := data.describe_statement(Id=statement)["Status"]) not in {"FINISHED", "FAILED"}:
        time.sleep(0.01)
    assert status == "FINISHED"

    change: dict[str, Any] = {"StackName": "warehouse", "UsePreviousTemplate": True}
    cloudformation.update_stack(**change, Parameters=[{"ParameterKey": "Port", "ParameterValue": "5440"}])
    changed = outputs(cloudformation)
    assert (changed["Cluster"], changed["Port"]) == (made["Cluster"], "5440")

    cloudformation.update_stack(**change, Parameters=[{"ParameterKey": "Database", "ParameterValue": "shop"}])
    replaced = outputs(cloudformation)
    assert replaced["Cluster"] != made["Cluster"]
    assert [each["DBName"] for each in redshift.describe_clusters()["Clusters"]] == ["shop"]

    cloudformation.delete_stack(StackName="warehouse")
    assert redshift.describe_clusters()["Clusters"] == []


def test_property_that_is_not_carried_out_is_named(client: Callable[..., Any]) -> None:
    cloudformation = client("cloudformation")
    body = TEMPLATE.replace("      Port:", "      ElasticIp: 1.2.3.4\n      Port:")
    try:
        cloudformation.create_stack(StackName="warehouse", TemplateBody=body)
    except botocore.exceptions.ClientError as refused:
        assert "ElasticIp" in str(refused)
        return
    events = cloudformation.describe_stack_events(StackName="warehouse")["StackEvents"]
    assert any("ElasticIp" in each.get("ResourceStatusReason", "") for each in events)
