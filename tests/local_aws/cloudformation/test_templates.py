"""Templates: intrinsic functions, parameters, and what makes one invalid, through boto3."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import botocore.exceptions
import pytest

ClientError = botocore.exceptions.ClientError
GROUP = {"Group": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "/orders"}}}


@pytest.fixture
def cloudformation(client: Callable[..., Any]) -> Any:
    return client("cloudformation")


def evaluate(cloudformation: Any, expression: Any, **sections: Any) -> str:
    """The value of an expression, as the output of a stack that has a log group."""
    body = {"Resources": GROUP, "Outputs": {"Value": {"Value": expression}}, **sections}
    cloudformation.create_stack(StackName="s", TemplateBody=json.dumps(body))
    [stack] = cloudformation.describe_stacks(StackName="s")["Stacks"]
    assert stack["StackStatus"] == "CREATE_COMPLETE", cloudformation.describe_stack_events(StackName="s")
    value: str = stack["Outputs"][0]["OutputValue"]
    return value


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        pytest.param({"Ref": "Group"}, "/orders", id="ref"),
        pytest.param({"Ref": "AWS::Region"}, "us-east-1", id="pseudo parameter"),
        pytest.param({"Fn::Sub": "${Group}-${AWS::StackName}-${!Literal}"}, "/orders-s-${Literal}", id="sub"),
        pytest.param({"Fn::Sub": ["${a}/${Group}", {"a": {"Ref": "AWS::Region"}}]}, "us-east-1//orders", id="sub map"),
        pytest.param({"Fn::Join": ["-", ["a", {"Ref": "Group"}]]}, "a-/orders", id="join"),
        pytest.param({"Fn::Join": ["-", ["a", {"Ref": "AWS::NoValue"}, "b"]]}, "a-b", id="no value"),
        pytest.param({"Fn::Select": [1, {"Fn::Split": [",", "a,b,c"]}]}, "b", id="select of split"),
        pytest.param({"Fn::FindInMap": ["M", {"Ref": "AWS::Region"}, "k"]}, "found", id="map"),
        pytest.param({"Fn::If": ["Yes", "a", "b"]}, "a", id="if"),
        pytest.param({"Fn::If": ["Neither", "a", "b"]}, "b", id="if with and, or, not"),
        pytest.param({"Fn::Base64": "abc"}, "YWJj", id="base64"),
    ],
)
def test_expression(cloudformation: Any, expression: Any, expected: str) -> None:
    conditions = {
        "Yes": {"Fn::Equals": [{"Ref": "AWS::Region"}, "us-east-1"]},
        "Neither": {
            "Fn::And": [{"Condition": "Yes"}, {"Fn::Not": [{"Fn::Or": [{"Condition": "Yes"}, {"Condition": "Yes"}]}]}]
        },
    }
    mappings = {"M": {"us-east-1": {"k": "found"}}}
    assert evaluate(cloudformation, expression, Conditions=conditions, Mappings=mappings) == expected


def test_attribute(cloudformation: Any, account_id: str) -> None:
    arn = f"arn:aws:logs:us-east-1:{account_id}:log-group:/orders:*"
    assert evaluate(cloudformation, {"Fn::GetAtt": ["Group", "Arn"]}) == arn


def test_secret_is_generated_and_referred_to(client: Callable[..., Any], cloudformation: Any) -> None:
    generate = {"SecretStringTemplate": '{"username": "admin"}', "GenerateStringKey": "password", "PasswordLength": 40}
    reference = {"Fn::Sub": "{{resolve:secretsmanager:${Secret}:SecretString:password}}"}
    kind = "AWS::SecretsManager::Secret"
    resources = {
        "Secret": {"Type": kind, "Properties": {"Name": "made", "GenerateSecretString": generate}},
        "Copy": {"Type": kind, "Properties": {"Name": "copy", "SecretString": reference}},
    }
    body = json.dumps({"Resources": resources})
    common = {"StackName": "s", "ChangeSetName": "c", "TemplateBody": body}
    cloudformation.create_change_set(ChangeSetType="CREATE", **common)
    cloudformation.execute_change_set(StackName="s", ChangeSetName="c")
    secrets = client("secretsmanager")
    stored = json.loads(secrets.get_secret_value(SecretId="made")["SecretString"])
    assert stored["username"] == "admin" and len(stored["password"]) == 40
    assert secrets.get_secret_value(SecretId="copy")["SecretString"] == stored["password"]
    secrets.put_secret_value(SecretId="made", SecretString=json.dumps({**stored, "password": "rotated"}))
    with pytest.raises(ClientError, match="No updates are to be performed"):
        cloudformation.update_stack(StackName="s", TemplateBody=body)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param("Resources: {}", "At least one Resources member", id="no resources"),
        pytest.param("Resources: [", "not well-formed", id="no YAML"),
        pytest.param(json.dumps({"Resources": GROUP, "Nonsense": 1}), "Nonsense", id="unknown section"),
        pytest.param(
            json.dumps({"Resources": GROUP, "Outputs": {"A": {"Value": {"Ref": "Nobody"}}}}), "Nobody", id="ref"
        ),
        pytest.param(
            json.dumps({"Resources": GROUP, "Outputs": {"A": {"Value": {"Fn::GetAtt": ["Group", "Color"]}}}}),
            "does not support attribute type Color",
            id="attribute",
        ),
        pytest.param(
            json.dumps({"Resources": GROUP, "Outputs": {"A": {"Value": {"Fn::ImportValue": "x"}}}}),
            "does not support the intrinsic function Fn::ImportValue",
            id="function that is not supported",
        ),
        pytest.param(json.dumps({"Resources": {"A": {**GROUP["Group"], "DependsOn": "A"}}}), "Circular", id="circle"),
        pytest.param(
            json.dumps({"Resources": GROUP, "Parameters": {"P": {"Type": "String"}}}),
            r"\[P\] must have values",
            id="value",
        ),
        pytest.param(json.dumps({"Resources": GROUP, "Description": "x" * 52_000}), "51200", id="too large"),
    ],
)
def test_invalid_template_is_refused_before_anything_is_made(
    client: Callable[..., Any], cloudformation: Any, body: str, message: str
) -> None:
    with pytest.raises(ClientError, match=message) as refused:
        cloudformation.create_stack(StackName="s", TemplateBody=body)
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert client("logs").describe_log_groups()["logGroups"] == []


@pytest.mark.parametrize(
    ("definition", "value", "message"),
    [
        pytest.param({"Type": "Number", "MinValue": 3}, "2", "not less than 3", id="minimum"),
        pytest.param({"Type": "Number"}, "many", "be a number", id="no number"),
        pytest.param({"Type": "String", "AllowedValues": ["a", "b"]}, "c", r"AllowedValues: \[a, b\]", id="values"),
        pytest.param({"Type": "String", "AllowedPattern": "[a-z]+"}, "A1", "match pattern", id="pattern"),
        pytest.param({"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]}, "a,c", "AllowedValues", id="list"),
    ],
)
def test_parameter_that_breaks_its_constraint(
    cloudformation: Any, definition: dict[str, Any], value: str, message: str
) -> None:
    body = json.dumps({"Parameters": {"P": definition}, "Resources": GROUP})
    given = [{"ParameterKey": "P", "ParameterValue": value}]
    with pytest.raises(ClientError, match=message):
        cloudformation.create_stack(StackName="s", TemplateBody=body, Parameters=given)


def test_hidden_parameter_is_not_shown(cloudformation: Any) -> None:
    body = json.dumps({"Parameters": {"P": {"Type": "String", "NoEcho": True}}, "Resources": GROUP})
    given = [{"ParameterKey": "P", "ParameterValue": "secret"}]
    cloudformation.create_stack(StackName="s", TemplateBody=body, Parameters=given)
    [stack] = cloudformation.describe_stacks(StackName="s")["Stacks"]
    assert stack["Parameters"] == [{"ParameterKey": "P", "ParameterValue": "****"}]


def test_template_from_s3_and_its_summary(client: Callable[..., Any], cloudformation: Any, bucket: str) -> None:
    text = {"AWSTemplateFormatVersion": "2010-09-09", "Description": "x" * 900, "Resources": GROUP}
    client("s3").put_object(Bucket=bucket, Key="templates/a.json", Body=json.dumps(text))
    url = f"https://{bucket}.s3.us-east-1.amazonaws.com/templates/a.json"
    assert cloudformation.get_template_summary(TemplateURL=url)["ResourceTypes"] == ["AWS::Logs::LogGroup"]
    cloudformation.create_stack(StackName="s", TemplateURL=url)
    assert cloudformation.describe_stacks(StackName="s")["Stacks"][0]["StackStatus"] == "CREATE_COMPLETE"
    assert cloudformation.validate_template(TemplateURL=url)["Description"] == "x" * 900


def test_resource_whose_condition_does_not_hold_is_not_made(client: Callable[..., Any], cloudformation: Any) -> None:
    never = {"Never": {"Fn::Equals": ["a", "b"]}}
    resources = {**GROUP, "Other": {"Type": "AWS::Logs::LogGroup", "Condition": "Never"}}
    evaluate(cloudformation, "x", Conditions=never, Resources=resources)
    assert [each["logGroupName"] for each in client("logs").describe_log_groups()["logGroups"]] == ["/orders"]
