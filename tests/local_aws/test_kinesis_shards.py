"""Kinesis' shards: split, merged, listed by when they were open, and gone after the retention period."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.exceptions
import pytest

from local_aws.server import LocalAws

ClientError = botocore.exceptions.ClientError


@pytest.fixture
def kinesis(client: Callable[..., Any]) -> Any:
    return client("kinesis")


@pytest.fixture
def clock(local_aws: LocalAws) -> Iterator[Any]:
    yield local_aws.clock
    local_aws.clock.set(datetime.now(UTC))


MIDDLE = 2**127


LAST = 2**128 - 1


FIRST_SHARD, LOWER, UPPER, MERGED = (f"shardId-{number:012d}" for number in range(4))


def ids(answer: dict[str, Any]) -> list[str]:
    return [each["ShardId"] for each in answer["Shards"]]


@pytest.fixture
def resharded(kinesis: Any, clock: Any) -> datetime:
    """A stream of one shard that is split after an hour and merged again after two; gives when it was made."""
    start = datetime(2010, 12, 1, tzinfo=UTC)
    clock.set(start)
    kinesis.create_stream(StreamName="reshard", ShardCount=1)
    clock.set(start + timedelta(hours=1))
    kinesis.split_shard(StreamName="reshard", ShardToSplit=FIRST_SHARD, NewStartingHashKey=str(MIDDLE))
    clock.set(start + timedelta(hours=2))
    kinesis.merge_shards(StreamName="reshard", ShardToMerge=UPPER, AdjacentShardToMerge=LOWER)
    clock.set(start + timedelta(hours=3))
    return start


@pytest.mark.usefixtures("resharded")
def test_children_have_the_ranges_and_the_parents_of_what_was_split_and_merged(kinesis: Any) -> None:
    found = {each["ShardId"]: each for each in kinesis.list_shards(StreamName="reshard")["Shards"]}
    ranges = {
        shard: (int(each["HashKeyRange"]["StartingHashKey"]), int(each["HashKeyRange"]["EndingHashKey"]))
        for shard, each in found.items()
    }
    assert ranges == {FIRST_SHARD: (0, LAST), LOWER: (0, MIDDLE - 1), UPPER: (MIDDLE, LAST), MERGED: (0, LAST)}
    parents = {shard: (each.get("ParentShardId"), each.get("AdjacentParentShardId")) for shard, each in found.items()}
    assert parents == {
        FIRST_SHARD: (None, None),
        LOWER: (FIRST_SHARD, None),
        UPPER: (FIRST_SHARD, None),
        MERGED: (UPPER, LOWER),
    }
    closed = [shard for shard, each in found.items() if "EndingSequenceNumber" in each["SequenceNumberRange"]]
    assert closed == [FIRST_SHARD, LOWER, UPPER]


@pytest.mark.parametrize(
    ("kind", "hours", "expected"),
    [
        pytest.param("AT_TIMESTAMP", 0.5, [FIRST_SHARD], id="at, before the split"),
        pytest.param("AT_TIMESTAMP", 1.5, [LOWER, UPPER], id="at, after the split"),
        pytest.param("AT_TIMESTAMP", 2.5, [MERGED], id="at, after the merge"),
        pytest.param("AT_TIMESTAMP", -1, [], id="at, before the stream"),
        pytest.param("FROM_TIMESTAMP", -1, [FIRST_SHARD, LOWER, UPPER, MERGED], id="from, before the stream"),
        pytest.param("FROM_TIMESTAMP", 1.5, [LOWER, UPPER, MERGED], id="from, after the split"),
        pytest.param("FROM_TIMESTAMP", 2.5, [MERGED], id="from, after the merge"),
        pytest.param("AT_TRIM_HORIZON", None, [FIRST_SHARD], id="at the horizon"),
        pytest.param("FROM_TRIM_HORIZON", None, [FIRST_SHARD, LOWER, UPPER, MERGED], id="from the horizon"),
        pytest.param("AT_LATEST", None, [MERGED], id="latest"),
    ],
)
def test_shards_are_listed_by_when_they_were_open(
    kinesis: Any, resharded: datetime, kind: str, hours: float | None, expected: list[str]
) -> None:
    moment = {} if hours is None else {"Timestamp": resharded + timedelta(hours=hours)}
    given = {"Type": kind, **moment}
    assert ids(kinesis.list_shards(StreamName="reshard", ShardFilter=given)) == expected
    page = kinesis.list_shards(StreamName="reshard", ShardFilter=given, MaxResults=1)
    paged = ids(page)
    while "NextToken" in page:
        page = kinesis.list_shards(NextToken=page["NextToken"], MaxResults=1)
        paged += ids(page)
    assert paged == expected


def test_shards_that_were_closed_before_the_retention_period_have_expired(
    kinesis: Any, resharded: datetime, clock: Any
) -> None:
    clock.set(resharded + timedelta(hours=25.5))
    assert ids(kinesis.list_shards(StreamName="reshard")) == [LOWER, UPPER, MERGED]
    at = kinesis.list_shards(StreamName="reshard", ShardFilter={"Type": "AT_TRIM_HORIZON"})
    assert ids(at) == [LOWER, UPPER]
    clock.set(resharded + timedelta(hours=27))
    assert ids(kinesis.list_shards(StreamName="reshard")) == [MERGED]
    assert len(kinesis.describe_stream(StreamName="reshard")["StreamDescription"]["Shards"]) == 1


@pytest.mark.usefixtures("resharded")
@pytest.mark.parametrize(
    ("operation", "params", "code"),
    [
        ("split_shard", {"ShardToSplit": LOWER, "NewStartingHashKey": "9"}, "ResourceInUseException"),
        ("split_shard", {"ShardToSplit": MERGED, "NewStartingHashKey": str(LAST)}, "InvalidArgumentException"),
        ("split_shard", {"ShardToSplit": "shardId-000000000009", "NewStartingHashKey": "9"}, "ResourceNotFound"),
        ("merge_shards", {"ShardToMerge": MERGED, "AdjacentShardToMerge": MERGED}, "InvalidArgumentException"),
        ("list_shards", {"ShardFilter": {"Type": "AT_TIMESTAMP"}}, "InvalidArgumentException"),
        ("update_shard_count", {"TargetShardCount": 3, "ScalingType": "UNIFORM_SCALING"}, "LimitExceededException"),
    ],
    ids=["closed", "range", "unknown", "not adjacent", "no time", "more than double"],
)
def test_resharding_that_cannot_be_is_refused(kinesis: Any, operation: str, params: Any, code: str) -> None:
    with pytest.raises(ClientError, match=code):
        getattr(kinesis, operation)(StreamName="reshard", **params)
