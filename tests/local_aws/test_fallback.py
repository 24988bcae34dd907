"""What neither we nor the base can do is refused by name, in the form of each protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local_aws.server import LocalAws


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "named"),
    [
        pytest.param("gamelift", "list_fleets", {}, "the service gamelift: ListFleets", id="no service, json"),
        pytest.param("cloudsearch", "list_domain_names", {}, "cloudsearch: ListDomainNames", id="no service, query"),
        pytest.param("glue", "list_blueprints", {}, "glue: ListBlueprints", id="no operation, json"),
        pytest.param("iam", "list_service_specific_credentials", {}, "ListServiceSpecificCredentials", id="query"),
        pytest.param("ec2", "describe_bundle_tasks", {}, "ec2: DescribeBundleTasks", id="no operation, ec2"),
        pytest.param("lambda", "list_code_signing_configs", {}, "lambda: GET /2020-04-22/code-sign", id="rest-json"),
        pytest.param("macie2", "list_findings", {}, "macie2: POST /findings", id="no path, rest-json"),
        pytest.param("route53", "list_cidr_collections", {}, "route53: GET /2013-04-01/cidr", id="no path, rest-xml"),
        pytest.param(
            "logs",
            "start_query",
            {"logGroupName": "g", "startTime": 0, "endTime": 1, "queryString": "stats count(*)"},
            "logs: StartQuery",
            id="what the base answers wrongly",
        ),
        pytest.param("cloudwatch", "list_metric_streams", {}, "ListMetricStreams", id="no operation, cbor"),
    ],
)
def test_what_is_not_there_is_refused_by_name(
    client: Callable[..., Any], service: str, operation: str, parameters: dict[str, Any], named: str
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(client(service), operation)(**parameters)
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("NotImplemented", 501)
    assert answer["Error"]["Message"].startswith("local_aws does not support ")
    assert named in answer["Error"]["Message"]


def test_s3_select_is_refused_by_name(client: Callable[..., Any], bucket: str) -> None:
    s3 = client("s3")
    s3.put_object(Bucket=bucket, Key="a.csv", Body=b"id\n1\n")
    shapes: dict[str, Any] = {"InputSerialization": {"CSV": {}}, "OutputSerialization": {"CSV": {}}}
    with pytest.raises(ClientError, match=r"NotImplemented.*local_aws does not support s3: SelectObjectContent"):
        s3.select_object_content(
            Bucket=bucket, Key="a.csv", Expression="SELECT * FROM s3object", ExpressionType="SQL", **shapes
        )


def test_missing_key_is_still_the_base_own_error(client: Callable[..., Any], bucket: str) -> None:
    with pytest.raises(ClientError) as caught:
        client("s3").get_object(Bucket=bucket, Key="404.html")
    assert caught.value.response["Error"]["Code"] == "NoSuchKey"


def test_defect_of_the_base_is_an_internal_failure_that_says_what(
    client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise KeyError("broken")

    monkeypatch.setattr("moto.sts.responses.TokenResponse.get_caller_identity", broken)
    with pytest.raises(ClientError, match=r"InternalFailure.*GetCallerIdentity: KeyError: 'broken'"):
        client("sts").get_caller_identity()


def test_denial_of_a_json_service_is_json(
    client: Callable[..., Any], local_aws: LocalAws, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user without a policy asks, while the base checks policies."""
    iam = client("iam")
    iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    secrets = boto3.client("secretsmanager", endpoint_url=local_aws.url, region_name="us-east-1", **keys)
    monkeypatch.setattr("moto.core.responses.ActionAuthenticatorMixin.request_count", 1_000_000)
    monkeypatch.setattr("moto.settings.INITIAL_NO_AUTH_ACTION_COUNT", 0)
    with pytest.raises(ClientError) as caught:
        secrets.list_secrets()
    error = caught.value.response
    assert (error["Error"]["Code"], error["ResponseMetadata"]["HTTPStatusCode"]) == ("AccessDeniedException", 400)
    assert ":user/nobody is not authorized to perform: secretsmanager:ListSecrets on resource: *" in str(caught.value)
