"""Listings of a bucket: our answers beside the base's own, and what the base gets wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

KEYS = ["a", "a/1", "a/2", "a/b/1", "a+b c", "b/ä&<>\"'", "b/ü", "c", "d/e/f", "d/g", "z%2F", "z/"]
CASES: list[Any] = [
    pytest.param({}, id="all"),
    pytest.param({"Prefix": "a"}, id="prefix"),
    pytest.param({"Prefix": "none"}, id="nothing"),
    pytest.param({"Delimiter": "/"}, id="delimiter"),
    pytest.param({"Prefix": "a/", "Delimiter": "/"}, id="prefix and delimiter"),
    pytest.param({"Prefix": "b/ä&<", "Delimiter": ">"}, id="characters of XML"),
    pytest.param({"StartAfter": "a/1"}, id="start after"),
    pytest.param({"StartAfter": "a/", "Delimiter": "/"}, id="start after a common prefix"),
    pytest.param({"MaxKeys": 0}, id="no key"),
    pytest.param({"MaxKeys": 12}, id="just all"),
    pytest.param({"FetchOwner": True, "MaxKeys": 2}, id="owner"),
    pytest.param({"Prefix": "d", "Delimiter": "/", "FetchOwner": True}, id="owner and delimiter"),
    pytest.param({"EncodingType": "url", "Prefix": "z"}, id="encoded"),
]


def _answer(s3: Any, bucket: str, parameters: dict[str, Any]) -> dict[str, Any]:
    answer = s3.list_objects_v2(Bucket=bucket, **parameters)
    for gone in ("ResponseMetadata", "NextContinuationToken"):
        answer.pop(gone, None)
    for each in answer.get("Contents", []):
        each.pop("LastModified")
    return dict(answer)


@pytest.fixture(scope="module")
def base_answers() -> dict[str, Any]:
    """The base's own answer to each case, taken in a process where nothing of ours has touched it."""
    done = subprocess.run([sys.executable, "-m", __name__], capture_output=True, text=True, check=True, timeout=120)
    return dict(json.loads(done.stdout))


def _fill(s3: Any, bucket: str) -> None:
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=key.encode())


@pytest.mark.parametrize("parameters", CASES)
def test_answers_are_those_of_the_base(
    client: Callable[..., Any], bucket: str, base_answers: dict[str, Any], parameters: dict[str, Any]
) -> None:
    s3 = client("s3")
    _fill(s3, bucket)
    assert _answer(s3, bucket, parameters) | {"Name": ""} == base_answers[str(parameters)] | {"Name": ""}


@pytest.mark.parametrize("operation", ["list_objects_v2", "list_objects"])
@pytest.mark.parametrize("parameters", [{}, {"Delimiter": "/"}, {"Prefix": "a"}, {"Prefix": "d/", "Delimiter": "/"}])
@pytest.mark.parametrize("size", [1, 2, 3, 1000])
def test_pages_together_are_the_whole(
    client: Callable[..., Any], bucket: str, operation: str, parameters: dict[str, Any], size: int
) -> None:
    s3 = client("s3")
    _fill(s3, bucket)
    pages = s3.get_paginator(operation).paginate(Bucket=bucket, PaginationConfig={"PageSize": size}, **parameters)
    names = [
        name
        for page in pages
        for name in sorted(
            [each["Key"] for each in page.get("Contents", [])]
            + [each["Prefix"] for each in page.get("CommonPrefixes", [])]
        )
    ]
    prefix, delimiter = parameters.get("Prefix", ""), parameters.get("Delimiter")
    expected = {
        prefix + key[len(prefix) :].split(delimiter)[0] + delimiter
        if delimiter and delimiter in key[len(prefix) :]
        else key
        for key in KEYS
        if key.startswith(prefix)
    }
    assert names == sorted(expected)


def test_common_prefix_of_deleted_keys_alone_is_gone(client: Callable[..., Any], bucket: str) -> None:
    s3 = client("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    for key in ("gone/1", "kept/1", "kept/2"):
        s3.put_object(Bucket=bucket, Key=key, Body=b"1")
    for key in ("gone/1", "kept/1"):
        s3.delete_object(Bucket=bucket, Key=key)
    assert s3.list_objects_v2(Bucket=bucket, Delimiter="/")["CommonPrefixes"] == [{"Prefix": "kept/"}]
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["kept/2"]


def test_page_has_a_thousand_keys_at_most(client: Callable[..., Any], bucket: str) -> None:
    s3 = client("s3")
    for number in range(3):
        s3.put_object(Bucket=bucket, Key=str(number), Body=b"1")
    answer = s3.list_objects_v2(Bucket=bucket, MaxKeys=5000)
    assert (answer["MaxKeys"], answer["KeyCount"], answer["IsTruncated"]) == (1000, 3, False)


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        pytest.param({"ContinuationToken": "unknown"}, "InvalidArgument", id="foreign token"),
        pytest.param({"ContinuationToken": ""}, "InvalidArgument", id="empty token"),
        pytest.param({"MaxKeys": -1}, "InvalidArgument", id="negative"),
        pytest.param({"Bucket": "not-there-at-all"}, "NoSuchBucket", id="no bucket"),
    ],
)
def test_refusals(client: Callable[..., Any], bucket: str, parameters: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as caught:
        client("s3").list_objects_v2(**{"Bucket": bucket, **parameters})
    assert caught.value.response["Error"]["Code"] == code


def _print_base_answers() -> None:
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="1", aws_secret_access_key="1")
        s3.create_bucket(Bucket="listed")
        _fill(s3, "listed")
        cases = [case.values[0] for case in CASES]
        print(json.dumps({str(each): _answer(s3, "listed", each) for each in cases}))


if __name__ == "__main__":
    _print_base_answers()
