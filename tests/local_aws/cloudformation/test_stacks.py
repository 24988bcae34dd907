"""Stacks through boto3: what a template says really exists, is changed, is undone on failure, is removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import botocore.exceptions
import pytest

ClientError = botocore.exceptions.ClientError

STREAMING = """
Parameters:
  Prefix: {Type: String, Default: raw/}
  StreamName: {Type: String, Default: orders}
Resources:
  Hose:
    Type: AWS::KinesisFirehose::DeliveryStream
    Properties:
      DeliveryStreamName: out
      DeliveryStreamType: KinesisStreamAsSource
      KinesisStreamSourceConfiguration: {KinesisStreamARN: !GetAtt Stream.Arn, RoleARN: !GetAtt Role.Arn}
      ExtendedS3DestinationConfiguration:
        RoleARN: !GetAtt Role.Arn
        BucketARN: !GetAtt Bucket.Arn
        Prefix: !Ref Prefix
        BufferingHints: {SizeInMBs: 1, IntervalInSeconds: 0}
  Stream:
    Type: AWS::Kinesis::Stream
    Properties: {Name: !Ref StreamName, ShardCount: 1}
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: 2012-10-17
        Statement: [{Effect: Allow, Principal: {Service: firehose.amazonaws.com}, Action: sts:AssumeRole}]
  Bucket:
    Type: AWS::S3::Bucket
    DeletionPolicy: Retain
Outputs:
  Bucket: {Value: !Ref Bucket}
  Role: {Value: !Ref Role}
"""


@pytest.fixture
def cloudformation(client: Callable[..., Any]) -> Any:
    return client("cloudformation")


@pytest.fixture
def deploy(cloudformation: Any) -> Callable[..., dict[str, Any]]:
    """`deploy(template, Key="value")`: create or update the stack `s` and return its description."""

    def run(body: str, update: bool = False, **values: str) -> dict[str, Any]:
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]
        operation = cloudformation.update_stack if update else cloudformation.create_stack
        operation(StackName="s", TemplateBody=body, Parameters=given, Capabilities=["CAPABILITY_NAMED_IAM"])
        stack: dict[str, Any] = cloudformation.describe_stacks(StackName="s")["Stacks"][0]
        return stack

    return run


def outputs(stack: dict[str, Any]) -> dict[str, str]:
    return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}


def statuses(cloudformation: Any, logical_id: str) -> list[str]:
    events = cloudformation.describe_stack_events(StackName="s")["StackEvents"]
    return [each["ResourceStatus"] for each in reversed(events) if each["LogicalResourceId"] == logical_id]


def reason(cloudformation: Any, status: str) -> str:
    events = cloudformation.describe_stack_events(StackName="s")["StackEvents"]
    return next(each["ResourceStatusReason"] for each in events if each["ResourceStatus"] == status)


def test_stack_delivers_what_is_put_into_its_stream(client: Callable[..., Any], deploy: Any) -> None:
    stack = deploy(STREAMING)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    client("kinesis").put_record(StreamName="orders", Data=b"order", PartitionKey="k")
    s3, bucket = client("s3"), outputs(stack)["Bucket"]
    [found] = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert found["Key"].startswith("raw/")
    assert s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].read() == b"order"


def test_update_changes_in_place_and_again_is_nothing_to_do(
    client: Callable[..., Any], deploy: Any, cloudformation: Any
) -> None:
    before = outputs(deploy(STREAMING))
    after = deploy(STREAMING, update=True, Prefix="new/")
    assert after["StackStatus"] == "UPDATE_COMPLETE" and outputs(after) == before
    described = client("firehose").describe_delivery_stream(DeliveryStreamName="out")["DeliveryStreamDescription"]
    assert described["VersionId"] == "2"
    assert described["Destinations"][0]["ExtendedS3DestinationDescription"]["Prefix"] == "new/"
    assert statuses(cloudformation, "Stream") == ["CREATE_IN_PROGRESS", "CREATE_COMPLETE"]
    with pytest.raises(ClientError, match="No updates are to be performed") as refused:
        deploy(STREAMING, update=True, Prefix="new/")
    assert refused.value.response["Error"]["Code"] == "ValidationError"


def test_changed_name_replaces_the_resource_and_removes_the_old_one(client: Callable[..., Any], deploy: Any) -> None:
    body = (
        STREAMING[: STREAMING.index("  Hose:")] + STREAMING[STREAMING.index("  Stream:\n") : STREAMING.index("  Role:")]
    )
    deploy(body)
    assert deploy(body, update=True, StreamName="orders-2")["StackStatus"] == "UPDATE_COMPLETE"
    assert client("kinesis").list_streams()["StreamNames"] == ["orders-2"]


def test_removed_resource_is_deleted(client: Callable[..., Any], deploy: Any) -> None:
    deploy(STREAMING)
    start, end = STREAMING.index("  Hose:"), STREAMING.index("  Stream:\n")
    assert deploy(STREAMING[:start] + STREAMING[end:], update=True)["StackStatus"] == "UPDATE_COMPLETE"
    assert client("firehose").list_delivery_streams()["DeliveryStreamNames"] == []
    assert client("kinesis").list_streams()["StreamNames"] == ["orders"]


def test_failed_create_is_rolled_back_with_the_real_reason(
    client: Callable[..., Any], deploy: Any, cloudformation: Any
) -> None:
    client("kinesis").create_stream(StreamName="orders", ShardCount=1)
    stack = deploy(STREAMING)
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "Stream orders" in reason(cloudformation, "CREATE_FAILED")
    assert "ResourceInUseException" in reason(cloudformation, "CREATE_FAILED")
    assert "[Stream]" in reason(cloudformation, "ROLLBACK_IN_PROGRESS")
    assert client("iam").list_roles()["Roles"] == []
    with pytest.raises(ClientError, match="is in ROLLBACK_COMPLETE state and can not be updated"):
        deploy(STREAMING, update=True)
    cloudformation.delete_stack(StackName="s")
    assert client("kinesis").list_streams()["StreamNames"] == ["orders"]


def test_failed_update_goes_back_to_what_was(client: Callable[..., Any], deploy: Any, cloudformation: Any) -> None:
    deploy(STREAMING)
    extra = (
        "  Extra:\n    Type: AWS::Kinesis::Stream\n    DependsOn: Hose\n    Properties: {Name: !Ref Stream}\nOutputs:"
    )
    broken = STREAMING.replace("Outputs:", extra)
    stack = deploy(broken, update=True, Prefix="new/")
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert [each["ParameterValue"] for each in stack["Parameters"] if each["ParameterKey"] == "Prefix"] == ["raw/"]
    described = client("firehose").describe_delivery_stream(DeliveryStreamName="out")["DeliveryStreamDescription"]
    assert described["Destinations"][0]["ExtendedS3DestinationDescription"]["Prefix"] == "raw/"
    assert "[Extra]" in reason(cloudformation, "UPDATE_ROLLBACK_IN_PROGRESS")
    assert client("kinesis").list_streams()["StreamNames"] == ["orders"]
    assert deploy(STREAMING, update=True, Prefix="later/")["StackStatus"] == "UPDATE_COMPLETE"


def test_delete_removes_in_order_and_keeps_what_is_to_be_kept(
    client: Callable[..., Any], deploy: Any, cloudformation: Any
) -> None:
    stack = deploy(STREAMING)
    cloudformation.delete_stack(StackName="s")
    cloudformation.get_waiter("stack_delete_complete").wait(StackName="s", WaiterConfig={"Delay": 1, "MaxAttempts": 2})
    with pytest.raises(ClientError, match="Stack with id s does not exist"):
        cloudformation.describe_stacks(StackName="s")
    deleted = cloudformation.describe_stacks(StackName=stack["StackId"])["Stacks"][0]
    assert deleted["StackStatus"] == "DELETE_COMPLETE"
    assert client("kinesis").list_streams()["StreamNames"] == []
    buckets = [each["Name"] for each in client("s3").list_buckets()["Buckets"]]
    assert buckets == [outputs(stack)["Bucket"]]
    cloudformation.delete_stack(StackName="never-was")


def test_bucket_with_objects_fails_the_delete_and_names_itself(
    client: Callable[..., Any], deploy: Any, cloudformation: Any
) -> None:
    stack = deploy(STREAMING.replace("    DeletionPolicy: Retain\n", ""))
    client("s3").put_object(Bucket=outputs(stack)["Bucket"], Key="a", Body=b"x")
    cloudformation.delete_stack(StackName="s")
    failed = cloudformation.describe_stacks(StackName="s")["Stacks"][0]
    assert failed["StackStatus"] == "DELETE_FAILED" and "[Bucket]" in failed["StackStatusReason"]
    assert "BucketNotEmpty" in reason(cloudformation, "DELETE_FAILED") or "[Bucket]" in failed["StackStatusReason"]
    cloudformation.delete_stack(StackName="s", RetainResources=["Bucket"])
    assert cloudformation.describe_stacks(StackName=stack["StackId"])["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"


def test_change_set_shows_what_it_will_do_and_does_it(client: Callable[..., Any], cloudformation: Any) -> None:
    common = {"StackName": "s", "TemplateBody": STREAMING, "Capabilities": ["CAPABILITY_IAM"]}
    cloudformation.create_change_set(ChangeSetName="first", ChangeSetType="CREATE", **common)
    waiter = {"Delay": 1, "MaxAttempts": 3}
    wait = cloudformation.get_waiter("change_set_create_complete")
    wait.wait(StackName="s", ChangeSetName="first", WaiterConfig=waiter)
    assert cloudformation.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"] == "REVIEW_IN_PROGRESS"
    shown = cloudformation.describe_change_set(StackName="s", ChangeSetName="first")
    assert {each["ResourceChange"]["Action"] for each in shown["Changes"]} == {"Add"} and len(shown["Changes"]) == 4
    assert client("kinesis").list_streams()["StreamNames"] == []
    cloudformation.execute_change_set(StackName="s", ChangeSetName="first")
    cloudformation.get_waiter("stack_create_complete").wait(StackName="s", WaiterConfig=waiter)

    cloudformation.create_change_set(ChangeSetName="same", **common)
    with pytest.raises(botocore.exceptions.WaiterError):
        wait.wait(StackName="s", ChangeSetName="same", WaiterConfig=waiter)
    same = cloudformation.describe_change_set(StackName="s", ChangeSetName="same")
    assert same["Status"] == "FAILED" and "didn't contain changes" in same["StatusReason"]

    parameters = [
        {"ParameterKey": "StreamName", "ParameterValue": "orders-2"},
        {"ParameterKey": "Prefix", "UsePreviousValue": True},
    ]
    cloudformation.create_change_set(ChangeSetName="rename", Parameters=parameters, **common)
    shown = cloudformation.describe_change_set(StackName="s", ChangeSetName="rename")
    changes = {each["ResourceChange"]["LogicalResourceId"]: each["ResourceChange"] for each in shown["Changes"]}
    assert {key: each["Replacement"] for key, each in changes.items()} == {"Stream": "True", "Hose": "True"}
    with pytest.raises(ClientError, match="cannot be executed in its current status"):
        cloudformation.execute_change_set(StackName="s", ChangeSetName="same")


def test_custom_named_resource_that_needs_replacing_is_refused(deploy: Any, cloudformation: Any) -> None:
    deploy(STREAMING)
    assert deploy(STREAMING, update=True, StreamName="orders-2")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert "custom-named resource requires replacing" in reason(cloudformation, "UPDATE_FAILED")


def test_resource_type_that_nobody_would_make_fails_the_template(cloudformation: Any) -> None:
    body = json.dumps({"Resources": {"Q": {"Type": "AWS::SQS::Queue"}, "T": {"Type": "AWS::SNS::Topic"}}})
    with pytest.raises(
        ClientError, match=r"Unrecognized resource types: \[AWS::SNS::Topic, AWS::SQS::Queue\]"
    ) as error:
        cloudformation.create_stack(StackName="s", TemplateBody=body)
    assert error.value.response["Error"]["Code"] == "ValidationError"
    assert cloudformation.describe_stacks()["Stacks"] == []


@pytest.mark.parametrize(
    ("capabilities", "needed"),
    [
        pytest.param([], "CAPABILITY_NAMED_IAM", id="none"),
        pytest.param(["CAPABILITY_IAM"], "CAPABILITY_NAMED_IAM", id="weak"),
    ],
)
def test_named_role_needs_the_named_capability(cloudformation: Any, capabilities: list[str], needed: str) -> None:
    body = STREAMING.replace("      AssumeRolePolicyDocument:", "      RoleName: mine\n      AssumeRolePolicyDocument:")
    with pytest.raises(ClientError, match=needed) as refused:
        cloudformation.create_stack(StackName="s", TemplateBody=body, Capabilities=capabilities)
    assert refused.value.response["Error"]["Code"] == "InsufficientCapabilitiesException"


def test_property_that_nobody_would_carry_out_fails_the_resource(deploy: Any, cloudformation: Any) -> None:
    body = json.dumps({"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"WebsiteConfiguration": {}}}}})
    assert deploy(body)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "unsupported property WebsiteConfiguration" in reason(cloudformation, "CREATE_FAILED")


def test_bucket_has_what_its_properties_say(client: Callable[..., Any], deploy: Any) -> None:
    rule = {"Id": "results", "Status": "Enabled", "Prefix": "athena-results/", "ExpirationInDays": 7}
    block = dict.fromkeys(("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True)
    sse = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    properties = {
        "LifecycleConfiguration": {"Rules": [rule]},
        "PublicAccessBlockConfiguration": block,
        "BucketEncryption": {"ServerSideEncryptionConfiguration": [sse]},
        "VersioningConfiguration": {"Status": "Enabled"},
        "Tags": [{"Key": "team", "Value": "orders"}],
    }
    resources = {"B": {"Type": "AWS::S3::Bucket", "Properties": properties}}
    stack = deploy(json.dumps({"Resources": resources, "Outputs": {"Name": {"Value": {"Ref": "B"}}}}))
    s3, where = client("s3"), {"Bucket": outputs(stack)["Name"]}
    assert s3.get_bucket_lifecycle_configuration(**where)["Rules"] == [
        {"ID": "results", "Status": "Enabled", "Filter": {"Prefix": "athena-results/"}, "Expiration": {"Days": 7}}
    ]
    assert s3.get_public_access_block(**where)["PublicAccessBlockConfiguration"] == block
    [encryption] = s3.get_bucket_encryption(**where)["ServerSideEncryptionConfiguration"]["Rules"]
    assert encryption["ApplyServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert s3.get_bucket_versioning(**where)["Status"] == "Enabled"
    assert s3.get_bucket_tagging(**where)["TagSet"] == [{"Key": "team", "Value": "orders"}]


def test_stack_is_listed_with_its_resources_template_and_parameters(deploy: Any, cloudformation: Any) -> None:
    stack = deploy(STREAMING, Prefix="x/")
    assert {each["ParameterKey"]: each["ParameterValue"] for each in stack["Parameters"]} == {
        "Prefix": "x/",
        "StreamName": "orders",
    }
    found = cloudformation.describe_stack_resources(StackName="s")["StackResources"]
    assert {each["LogicalResourceId"]: each["ResourceType"] for each in found} == {
        "Stream": "AWS::Kinesis::Stream",
        "Role": "AWS::IAM::Role",
        "Bucket": "AWS::S3::Bucket",
        "Hose": "AWS::KinesisFirehose::DeliveryStream",
    }
    detail = cloudformation.describe_stack_resource(StackName="s", LogicalResourceId="Stream")["StackResourceDetail"]
    assert detail["PhysicalResourceId"] == "orders" and detail["ResourceStatus"] == "CREATE_COMPLETE"
    assert cloudformation.get_template(StackName="s")["TemplateBody"] == STREAMING
    with pytest.raises(ClientError, match="already exists"):
        deploy(STREAMING)
