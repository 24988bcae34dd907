"""The check of answers can fail: each kind of wrong answer is found, with its path."""

from __future__ import annotations

import json

import pytest

from local_aws import cbor, wire
from tests.answers import problems

ID = "11111111-2222-3333-4444-555555555555"


def _found(service: str, action: str, body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> str:
    operation = wire.model(service).operation_model(action)
    protocol = wire.model(service).metadata["protocol"]
    return "; ".join(problems(operation, protocol, status, headers or {}, [body], "POST"))


TABLE = {"Name": "t"}
JSON = [
    ("glue", "GetTable", {"Table": TABLE}, ""),
    ("glue", "GetTable", {"Table": {}}, "Table.Name is required"),
    ("glue", "GetTable", {"Table": TABLE | {"Nothing": 1}}, "Table.Nothing is not declared"),
    ("glue", "GetTable", {"Table": TABLE | {"Retention": "1"}}, "Table.Retention is no integer: '1'"),
    ("glue", "GetTable", {"Table": TABLE | {"Retention": True}}, "Table.Retention is no integer: True"),
    ("glue", "GetTable", {"Table": TABLE | {"Owner": None}}, "Table.Owner is null"),
    ("glue", "GetTable", {"Table": TABLE | {"CreateTime": "2010-12-01T00:00:00Z"}}, "Table.CreateTime is no timestamp"),
    ("glue", "GetTable", {"Table": TABLE | {"PartitionKeys": [{}]}}, "Table.PartitionKeys[0].Name is required"),
    ("glue", "GetTable", {"Table": TABLE | {"Parameters": {"a": 1}}}, "Table.Parameters['a'] is no string: 1"),
    ("glue", "GetTable", [], " is no structure: []"),
    ("glue", "GetCrawler", {"Crawler": {"State": "BUSY"}}, "Crawler.State is none of ['READY'"),
    ("glue", "CreateDatabase", {"Name": "d"}, "Name is not declared"),
    ("kinesis", "PutRecord", {"ShardId": "s"}, "SequenceNumber is required"),
    ("quicksight", "DescribeDataSet", {"DataSet": {"CreatedTime": "yesterday"}}, "DataSet.CreatedTime is no timestamp"),
]


@pytest.mark.parametrize(("service", "action", "body", "said"), JSON, ids=[each[3] or "fits" for each in JSON])
def test_json(service: str, action: str, body: object, said: str) -> None:
    found = _found(service, action, json.dumps(body).encode())
    assert found.startswith(said) and bool(found) == bool(said)


META = "<ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>"
QUERY = '<CreateStackResponse xmlns="x">{}' + META + "</CreateStackResponse>"
STACKS = (
    '<DescribeStacksResponse xmlns="x"><DescribeStacksResult><Stacks>{}</Stacks></DescribeStacksResult>'
    "</DescribeStacksResponse>"
)
STACK = "<member><StackName>a</StackName><CreationTime>{}</CreationTime><StackStatus>{}</StackStatus></member>"
LIST = "ListObjectsV2"
CFN = "cloudformation"
XML = [
    (CFN, "CreateStack", QUERY.format("<CreateStackResult><StackId>a</StackId></CreateStackResult>"), ""),
    (CFN, "CreateStack", QUERY.format(""), "there is no CreateStackResult"),
    (CFN, "CreateStack", "<Nothing/>", "the document is a Nothing"),
    (CFN, "CreateStack", "Created", "ParseError"),
    (CFN, "DescribeStacks", STACKS.format(STACK.format("2010-12-01T00:00:00Z", "CREATE_COMPLETE")), ""),
    (CFN, "DescribeStacks", STACKS.format(STACK.format("1", "CREATE_COMPLETE")), "Stacks[0].CreationTime is"),
    (CFN, "DescribeStacks", STACKS.format(STACK.format("2010-12-01T00:00:00Z", "DONE")), "Stacks[0].StackStatus"),
    (CFN, "DescribeStacks", STACKS.format("<member/>"), "Stacks[0].StackName is required"),
    (CFN, "DescribeStacks", STACKS.format("<item/>"), "Stacks.item is not declared"),
    ("s3", LIST, "<R><KeyCount>1</KeyCount><Contents><Size>1</Size></Contents></R>", ""),
    ("s3", LIST, "<R><KeyCount>many</KeyCount></R>", "KeyCount is no integer: 'many'"),
    ("s3", LIST, "<R><Contents/><Contents><Bytes>1</Bytes></Contents></R>", "Contents[1].Bytes is not"),
    ("s3", LIST, "<R><Name>a</Name><Name>b</Name></R>", "Name is there twice"),
    ("s3", LIST, "", "has no document"),
    ("s3", "PutBucketPolicy", "True", "ParseError"),
]  # fmt: skip


@pytest.mark.parametrize(("service", "action", "body", "said"), XML, ids=[each[3] or "fits" for each in XML])
def test_xml(service: str, action: str, body: str, said: str) -> None:
    try:
        found = _found(service, action, body.encode())
    except SyntaxError as error:  # which the watcher reports
        found = type(error).__name__
    assert found.startswith(said) and bool(found) == bool(said)


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"last-modified": "Wed, 01 Dec 2010 08:26:00 GMT", "content-length": "1"}, ""),
        ({"last-modified": "2010-12-01T08:26:00Z"}, "LastModified is no HTTP date"),
        ({"content-length": "one"}, "ContentLength is no long"),
        ({"x-amz-storage-class": "COLD"}, "StorageClass is none of"),
    ],
)
def test_headers(headers: dict[str, str], said: str) -> None:
    found = _found("s3", "GetObject", b"\x00", headers=headers)
    assert found.startswith(said) and bool(found) == bool(said)


def test_cbor() -> None:
    assert _found("cloudwatch", "ListMetrics", cbor.encode({"Metrics": []})) == ""
    assert _found("cloudwatch", "ListMetrics", cbor.encode({"Metrics": {}})) == "Metrics is no list: {}"


def test_a_failure_is_never_an_answer() -> None:
    assert _found("glue", "GetTable", b"{}", status=500).startswith("fails with 500")
    assert _found("glue", "GetTable", b"{}", status=501) == ""
