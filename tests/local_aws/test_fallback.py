"""What neither we nor the base can do is refused by name, in the form of each protocol."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "named"),
    [
        pytest.param("gamelift", "list_fleets", {}, "the service gamelift: ListFleets", id="no service, json"),
        pytest.param("cloudsearch", "list_domain_names", {}, "cloudsearch: ListDomainNames", id="no service, query"),
        pytest.param("glue", "list_blueprints", {}, "glue: ListBlueprints", id="no operation, json"),
        pytest.param("iam", "list_service_specific_credentials", {}, "ListServiceSpecificCredentials", id="query"),
        pytest.param("ec2", "describe_bundle_tasks", {}, "ec2: DescribeBundleTasks", id="no operation, ec2"),
        pytest.param("lambda", "list_code_signing_configs", {}, "lambda: ListCodeSigningConfigs", id="rest-json"),
        pytest.param("macie2", "list_findings", {}, "macie2: ListFindings", id="no path, rest-json"),
        pytest.param("route53", "list_cidr_collections", {}, "route53: ListCidrCollections", id="no path, rest-xml"),
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


def test_what_the_base_breaks_on_is_refused_by_name_and_not_asked_again(
    client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A 500 would make clients ask again, for what can only fail again."""

    def broken(*_: Any, **__: Any) -> None:
        raise KeyError("broken")

    monkeypatch.setattr("moto.sts.responses.TokenResponse.get_caller_identity", broken)
    with pytest.raises(ClientError) as caught:
        client("sts").get_caller_identity()
    answer = caught.value.response
    assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("NotImplemented", 501)
    assert "sts: GetCallerIdentity: its base fails with KeyError: 'broken'" in answer["Error"]["Message"]


def test_nothing_that_is_null_is_answered(client: Callable[..., Any]) -> None:
    secrets = client("secretsmanager")
    secrets.create_secret(Name="a", SecretString="x")
    raw = secrets.describe_secret(SecretId="a")
    assert not {"KmsKeyId", "NextRotationDate"} & raw.keys()
