"""Kinesis in CBOR as the AWS SDK for Java sends it: maps of unknown length, timestamps in milliseconds."""

from __future__ import annotations

import base64
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_aws import cbor
from local_aws.server import LocalAws

SCOPE = "AWS4-HMAC-SHA256 Credential={}/20101201/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=0"


def text(value: str) -> bytes:
    head = [0x60 + len(value)] if len(value) < 24 else [0x78, len(value)]
    return bytes(head) + value.encode()


def indefinite(**members: bytes) -> bytes:
    return b"\xbf" + b"".join(text(name) + value for name, value in members.items()) + b"\xff"


@pytest.fixture
def call(local_aws: LocalAws, account_id: str) -> Callable[..., tuple[int, Any, bytes]]:
    """Send an operation's body; gives status, answer, and the answer as it came."""

    def called(operation: str, body: bytes) -> tuple[int, Any, bytes]:
        headers = {
            "Content-Type": "application/x-amz-cbor-1.1",
            "X-Amz-Target": f"Kinesis_20131202.{operation}",
            "Authorization": SCOPE.format(account_id),
        }
        request = urllib.request.Request(local_aws.url, data=body, headers=headers, method="POST")
        try:
            with urllib.request.urlopen(request) as answer:
                assert answer.headers["Content-Type"] == "application/x-amz-cbor-1.1"
                raw = answer.read()
                return answer.status, cbor.decode(raw), raw
        except urllib.error.HTTPError as refused:
            raw = refused.read()
            return refused.code, cbor.decode(raw), raw

    return called


def test_records_go_in_and_come_out(client: Callable[..., Any], call: Any) -> None:
    assert call("CreateStream", indefinite(StreamName=text("s"), ShardCount=b"\x01"))[0] == 200
    before = datetime.now(UTC)
    put = indefinite(StreamName=text("s"), Data=b"\x43\x00\xffa", PartitionKey=text("k"))
    status, stored, _ = call("PutRecord", put)
    assert (status, stored["ShardId"]) == (200, "shardId-000000000000")
    [kept] = read(client("kinesis"))
    assert kept["Data"] == b"\x00\xffa"

    millis = int(before.timestamp() * 1000)
    at = b"\xc1\x1b" + millis.to_bytes(8)
    kinds = {"ShardId": text("shardId-000000000000"), "ShardIteratorType": text("AT_TIMESTAMP")}
    _, found, _ = call("GetShardIterator", indefinite(StreamName=text("s"), **kinds, Timestamp=at))
    iterator = found["ShardIterator"].encode()
    body = b"\xbf" + text("ShardIterator") + b"\x79" + len(iterator).to_bytes(2) + iterator + b"\xff"
    _, answer, raw = call("GetRecords", body)
    [record] = answer["Records"]
    assert base64.b64decode(record["Data"]) == b"\x00\xffa"
    assert record["ApproximateArrivalTimestamp"] == round(kept["ApproximateArrivalTimestamp"].timestamp(), 3)
    arrived = round(kept["ApproximateArrivalTimestamp"].timestamp() * 1000)
    assert text("ApproximateArrivalTimestamp") + b"\xc1\x1b" + arrived.to_bytes(8) in raw


def read(kinesis: Any) -> list[dict[str, Any]]:
    where = {"StreamName": "s", "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
    found: list[dict[str, Any]] = kinesis.get_records(
        ShardIterator=kinesis.get_shard_iterator(**where)["ShardIterator"]
    )["Records"]
    return found


def test_operations_of_the_base_answer_too(client: Callable[..., Any], call: Any) -> None:
    client("kinesis").create_stream(StreamName="s", ShardCount=1)
    status, found, _ = call("ListStreams", indefinite())
    assert (status, found["StreamNames"]) == (200, ["s"])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (indefinite(StreamName=text("nowhere")), "ResourceNotFoundException"),
        (b"\xbf\x61", "SerializationException"),
        (b"\x9f" * 1000, "SerializationException"),
    ],
    ids=["missing stream", "cut off", "nested"],
)
def test_errors_come_back_in_cbor(call: Any, body: bytes, code: str) -> None:
    status, found, _ = call("DescribeStreamSummary", body)
    assert status == 400 and found["__type"].endswith(code)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(st.text(max_size=9), inner, max_size=30),
    max_leaves=20,
)


@given(PLAIN)
def test_what_is_encoded_is_decoded(value: Any) -> None:
    assert cbor.decode(cbor.encode(value)) == value
