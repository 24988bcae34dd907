"""The project's own template: it deploys whole, again without a change, and goes away leaving the data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.exceptions
import pytest

from local_aws.cloudformation import template
from local_aws.cloudformation.resources import TYPES

BODY = (Path(__file__).parents[3] / "include/cloudformation/template.yaml").read_text()


def test_every_resource_type_is_really_made() -> None:
    assert {each["Type"] for each in template.parse(BODY).resources.values()} <= set(TYPES)


def test_template_deploys_once_and_changes_nothing_the_second_time(client: Callable[..., Any], account_id: str) -> None:
    cloudformation = client("cloudformation")
    common = {"StackName": "order-warehouse", "Capabilities": ["CAPABILITY_NAMED_IAM"]}
    cloudformation.create_change_set(ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=BODY, **common)
    cloudformation.execute_change_set(StackName="order-warehouse", ChangeSetName="first")
    [stack] = cloudformation.describe_stacks(StackName="order-warehouse")["Stacks"]
    events = cloudformation.describe_stack_events(StackName="order-warehouse")["StackEvents"]
    assert stack["StackStatus"] == "CREATE_COMPLETE", [each.get("ResourceStatusReason") for each in events]
    values = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    assert values["BucketName"] == f"orderlogs-{account_id}-us-east-1"
    assert client("glue").get_crawler(Name=values["CrawlerName"])["Crawler"]["DatabaseName"] == "orderlogs"
    assert client("athena").get_work_group(WorkGroup=values["AthenaWorkGroup"])["WorkGroup"]["State"] == "ENABLED"
    workgroup = client("redshift-serverless").get_workgroup(workgroupName=values["RedshiftWorkgroup"])["workgroup"]
    assert workgroup["endpoint"]["address"] == values["RedshiftHost"]
    source = {"AwsAccountId": account_id, "DataSourceId": values["DataSourceId"]}
    assert client("quicksight").describe_data_source(**source)["DataSource"]["Arn"] == values["DataSourceArn"]

    with pytest.raises(botocore.exceptions.ClientError, match="No updates are to be performed"):
        cloudformation.update_stack(UsePreviousTemplate=True, **common)
    given = [{"ParameterKey": "BufferSeconds", "ParameterValue": "120"}]
    cloudformation.update_stack(UsePreviousTemplate=True, Parameters=given, **common)
    assert cloudformation.describe_stacks(StackName="order-warehouse")["Stacks"][0]["StackStatus"] == "UPDATE_COMPLETE"

    cloudformation.delete_stack(StackName="order-warehouse")
    [deleted] = cloudformation.describe_stacks(StackName=stack["StackId"])["Stacks"]
    assert deleted["StackStatus"] == "DELETE_COMPLETE", deleted.get("StackStatusReason")
    assert [each["Name"] for each in client("s3").list_buckets()["Buckets"]] == [values["BucketName"]]
