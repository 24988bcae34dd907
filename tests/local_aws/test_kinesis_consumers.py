"""Kinesis' registered consumers: kept, listed, told from each other; what they would read is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Client = Callable[..., Any]


@pytest.fixture
def arn(client: Client) -> str:
    kinesis = client("kinesis")
    kinesis.create_stream(StreamName="orders", ShardCount=1)
    return str(kinesis.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]["StreamARN"])


def test_consumers_are_kept_and_found_by_either_name(client: Client, arn: str) -> None:
    kinesis = client("kinesis")
    made = [kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=name)["Consumer"] for name in ("b", "a")]
    created = int(made[0]["ConsumerCreationTimestamp"].timestamp())
    assert made[0]["ConsumerARN"] == f"{arn}/consumer/b:{created}"
    assert [each["ConsumerName"] for each in kinesis.list_stream_consumers(StreamARN=arn)["Consumers"]] == ["a", "b"]
    described = kinesis.describe_stream_consumer(ConsumerARN=made[0]["ConsumerARN"])["ConsumerDescription"]
    assert (described["ConsumerName"], described["StreamARN"], described["ConsumerStatus"]) == ("b", arn, "ACTIVE")
    kinesis.deregister_stream_consumer(StreamARN=arn, ConsumerName="b")
    assert [each["ConsumerName"] for each in kinesis.list_stream_consumers(StreamARN=arn)["Consumers"]] == ["a"]


def test_consumers_are_paged(client: Client, arn: str) -> None:
    kinesis = client("kinesis")
    for name in "abc":
        kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=name)
    first = kinesis.list_stream_consumers(StreamARN=arn, MaxResults=2)
    rest = kinesis.list_stream_consumers(StreamARN=arn, NextToken=first["NextToken"])
    assert [each["ConsumerName"] for each in first["Consumers"] + rest["Consumers"]] == ["a", "b", "c"]
    assert "NextToken" not in rest


NOBODY = "arn:aws:kinesis:us-east-1:123456789012:stream/nowhere"
REFUSED = [
    ("register_stream_consumer", {"StreamARN": NOBODY, "ConsumerName": "a"}, "ResourceNotFoundException"),
    ("list_stream_consumers", {"StreamARN": NOBODY}, "ResourceNotFoundException"),
    ("update_stream_mode", {"StreamARN": NOBODY, "StreamModeDetails": {"StreamMode": "ON_DEMAND"}}, "ResourceNot"),
    ("describe_stream_consumer", {"ConsumerARN": NOBODY + "/consumer/a:1"}, "ResourceNotFoundException"),
    ("describe_stream_consumer", {"ConsumerName": "a"}, "InvalidArgumentException"),
    (
        "subscribe_to_shard",
        {"ConsumerARN": NOBODY + "/consumer/a:1", "ShardId": "s", "StartingPosition": {"Type": "LATEST"}},
        "SubscribeToShard, an event stream over HTTP/2",
    ),
]


@pytest.mark.parametrize(("operation", "params", "said"), REFUSED)
def test_what_is_not_there_is_refused(client: Client, operation: str, params: dict[str, Any], said: str) -> None:
    with pytest.raises(ClientError, match=said):
        getattr(client("kinesis"), operation)(**params)


def test_a_name_is_given_once_and_twenty_are_enough(client: Client, arn: str) -> None:
    kinesis = client("kinesis")
    for number in range(20):
        kinesis.register_stream_consumer(StreamARN=arn, ConsumerName=f"c{number}")
    with pytest.raises(ClientError, match="ResourceInUseException"):
        kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c1")
    with pytest.raises(ClientError, match="LimitExceededException"):
        kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c20")
