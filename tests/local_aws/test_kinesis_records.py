"""Kinesis' data plane through boto3: what is written is read back, by every kind of iterator, and limits hold."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import md5
from typing import Any

import botocore.exceptions
import pytest
from botocore.config import Config

from local_aws.server import LocalAws

ClientError = botocore.exceptions.ClientError


MIB = 1024 * 1024


@pytest.fixture
def kinesis(client: Callable[..., Any]) -> Any:
    return client("kinesis")


@pytest.fixture
def clock(local_aws: LocalAws) -> Iterator[Any]:
    yield local_aws.clock
    local_aws.clock.set(datetime.now(UTC))


@pytest.fixture
def stream(kinesis: Any) -> str:
    kinesis.create_stream(StreamName="orders", ShardCount=1)
    return "orders"


def read(kinesis: Any, stream: str, shard: str = "shardId-000000000000", **start: Any) -> list[dict[str, Any]]:
    start = start or {"ShardIteratorType": "TRIM_HORIZON"}
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, **start)["ShardIterator"]
    records: list[dict[str, Any]] = kinesis.get_records(ShardIterator=iterator)["Records"]
    return records


def put(kinesis: Any, stream: str, *data: bytes) -> list[str]:
    records = [{"Data": each, "PartitionKey": f"k{number}"} for number, each in enumerate(data)]
    return [each["SequenceNumber"] for each in kinesis.put_records(StreamName=stream, Records=records)["Records"]]


def test_records_come_back_in_order_with_growing_sequence_numbers(kinesis: Any, stream: str) -> None:
    put(kinesis, stream, b"a", b"\x00\xff")
    one = kinesis.put_record(StreamName=stream, Data="grün".encode(), PartitionKey="ключ")
    found = read(kinesis, stream)
    assert [record["Data"] for record in found] == [b"a", b"\x00\xff", "grün".encode()]
    assert found[2]["PartitionKey"] == "ключ" and found[2]["SequenceNumber"] == one["SequenceNumber"]
    numbers = [record["SequenceNumber"] for record in found]
    assert [len(number) for number in numbers] == [56] * 3
    assert [int(number) for number in numbers] == sorted({int(number) for number in numbers})


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        pytest.param({"ShardIteratorType": "TRIM_HORIZON"}, [b"0", b"1", b"2"], id="trim horizon"),
        pytest.param({"ShardIteratorType": "LATEST"}, [], id="latest"),
        pytest.param({"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": 1}, [b"1", b"2"], id="at"),
        pytest.param({"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": 1}, [b"2"], id="after"),
        pytest.param({"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": "1"}, [b"1", b"2"], id="at timestamp"),
    ],
)
def test_iterators_begin_where_they_say(
    kinesis: Any, stream: str, clock: Any, start: dict[str, Any], expected: list[bytes]
) -> None:
    numbers, moments = [], []
    for hour in range(3):
        moments.append(datetime(2010, 12, 1, hour, tzinfo=UTC))
        clock.set(moments[-1])
        numbers += put(kinesis, stream, str(hour).encode())
    if "StartingSequenceNumber" in start:
        start = {**start, "StartingSequenceNumber": numbers[start["StartingSequenceNumber"]]}
    if "Timestamp" in start:
        start = {**start, "Timestamp": moments[1]}
    assert [record["Data"] for record in read(kinesis, stream, **start)] == expected


def test_latest_iterator_sees_what_comes_after_it(kinesis: Any, stream: str) -> None:
    put(kinesis, stream, b"before")
    shard = {"StreamName": stream, "ShardId": "shardId-000000000000", "ShardIteratorType": "LATEST"}
    iterator = kinesis.get_shard_iterator(**shard)["ShardIterator"]
    assert kinesis.get_records(ShardIterator=iterator)["Records"] == []
    put(kinesis, stream, b"after")
    assert [record["Data"] for record in kinesis.get_records(ShardIterator=iterator)["Records"]] == [b"after"]


def test_reading_goes_on_by_limit_until_the_tip(kinesis: Any, stream: str, clock: Any) -> None:
    clock.set(datetime(2010, 12, 1, tzinfo=UTC))
    for batch in range(3):
        put(kinesis, stream, *(f"{batch}-{number}".encode() for number in range(7)))
    clock.set(datetime(2010, 12, 1, 0, 1, tzinfo=UTC))
    shard = {"StreamName": stream, "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
    iterator, pages, behind = kinesis.get_shard_iterator(**shard)["ShardIterator"], [], []
    for _ in range(5):
        answer = kinesis.get_records(ShardIterator=iterator, Limit=5)
        iterator = answer["NextShardIterator"]
        pages.append([record["Data"].decode() for record in answer["Records"]])
        behind.append(answer["MillisBehindLatest"])
    assert [len(page) for page in pages] == [5, 5, 5, 5, 1]
    assert [data for page in pages for data in page] == [
        f"{batch}-{number}" for batch in range(3) for number in range(7)
    ]
    assert behind[0] >= 59_000 and behind[-1] == 0


def test_read_ends_at_ten_mebibytes(kinesis: Any, stream: str) -> None:
    for _ in range(3):
        put(kinesis, stream, *[b"x" * 900_000] * 5)
    assert len(read(kinesis, stream)) == 11


def test_arrival_is_stamped_by_the_clock(kinesis: Any, stream: str, clock: Any) -> None:
    clock.set(datetime(2010, 12, 1, 8, 26, tzinfo=UTC))
    put(kinesis, stream, b"a")
    [record] = read(kinesis, stream)
    assert abs(record["ApproximateArrivalTimestamp"] - datetime(2010, 12, 1, 8, 26, tzinfo=UTC)) < timedelta(seconds=5)


def test_partition_key_chooses_the_shard_by_md5_and_explicit_hash_key_overrides(kinesis: Any) -> None:
    kinesis.create_stream(StreamName="wide", ShardCount=4)
    shards = kinesis.list_shards(StreamName="wide")["Shards"]
    ranges = {
        each["ShardId"]: range(
            int(each["HashKeyRange"]["StartingHashKey"]), int(each["HashKeyRange"]["EndingHashKey"]) + 1
        )
        for each in shards
    }
    keys = [f"key-{number}" for number in range(40)]
    entries = [{"Data": b"x", "PartitionKey": key} for key in keys]
    stored = kinesis.put_records(StreamName="wide", Records=entries)["Records"]
    assert all(
        int(md5(key.encode()).hexdigest(), 16) in ranges[each["ShardId"]]
        for key, each in zip(keys, stored, strict=True)
    )
    assert len({each["ShardId"] for each in stored}) == 4
    last = kinesis.put_record(StreamName="wide", Data=b"x", PartitionKey="any", ExplicitHashKey=str(2**128 - 1))
    assert last["ShardId"] == "shardId-000000000003"
    assert sum(len(read(kinesis, "wide", shard)) for shard in ranges) == 41


@pytest.mark.parametrize(
    ("records", "code", "message"),
    [
        pytest.param([(b"x", "k")] * 501, "ValidationException", "less than or equal to 500", id="501 records"),
        pytest.param([], "ValidationException", "greater than or equal to 1", id="no records"),
        pytest.param(
            [(b"x", "k"), (b"x" * MIB, "k")], "ValidationException", "records.2.member.data", id="1 MiB and key"
        ),
        pytest.param([(b"x" * 1_000_000, "k")] * 11, "InvalidArgumentException", "10 MB", id="request over 10 MiB"),
        pytest.param([(b"x", "k" * 257)], "ValidationException", "less than or equal to 256", id="long key"),
        pytest.param([(b"x", "")], "ValidationException", "greater than or equal to 1", id="empty key"),
    ],
)
def test_request_over_a_limit_stores_nothing(
    client: Callable[..., Any], stream: str, records: list[tuple[bytes, str]], code: str, message: str
) -> None:
    kinesis = client("kinesis", config=Config(parameter_validation=False, retries={"total_max_attempts": 1}))
    with pytest.raises(ClientError, match=message) as refused:
        kinesis.put_records(StreamName=stream, Records=[{"Data": data, "PartitionKey": key} for data, key in records])
    assert refused.value.response["Error"]["Code"] == code
    assert read(kinesis, stream) == []


def test_larger_records_once_the_stream_allows_them(kinesis: Any, stream: str) -> None:
    arn = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    kinesis.update_max_record_size(StreamARN=arn, MaxRecordSizeInKiB=4096)
    put(kinesis, stream, b"x" * 3 * MIB)
    assert kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["MaxRecordSizeInKiB"] == 4096
    assert len(read(kinesis, stream)[0]["Data"]) == 3 * MIB


def test_records_past_the_retention_period_are_gone(kinesis: Any, stream: str, clock: Any) -> None:
    clock.set(datetime(2010, 12, 1, tzinfo=UTC))
    put(kinesis, stream, b"old")
    clock.set(datetime(2010, 12, 1, 23, tzinfo=UTC))
    put(kinesis, stream, b"young")
    assert len(read(kinesis, stream)) == 2
    clock.set(datetime(2010, 12, 2, 1, tzinfo=UTC))
    assert [record["Data"] for record in read(kinesis, stream)] == [b"young"]
    kinesis.increase_stream_retention_period(StreamName=stream, RetentionPeriodHours=48)
    clock.set(datetime(2010, 12, 3, 12, tzinfo=UTC))
    assert [record["Data"] for record in read(kinesis, stream)] == [b"young"]


def test_iterator_expires_after_five_minutes(kinesis: Any, stream: str, clock: Any) -> None:
    shard = {"StreamName": stream, "ShardId": "shardId-000000000000", "ShardIteratorType": "LATEST"}
    iterator = kinesis.get_shard_iterator(**shard)["ShardIterator"]
    clock.set(datetime.now(UTC) + timedelta(minutes=6))
    with pytest.raises(ClientError, match="ExpiredIteratorException"):
        kinesis.get_records(ShardIterator=iterator)


def test_split_shard_ends_its_iterator_and_names_the_children(kinesis: Any, stream: str) -> None:
    put(kinesis, stream, b"parent")
    kinesis.split_shard(StreamName=stream, ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**127))
    put(kinesis, stream, b"child")
    shard = {"StreamName": stream, "ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
    answer = kinesis.get_records(ShardIterator=kinesis.get_shard_iterator(**shard)["ShardIterator"])
    assert [record["Data"] for record in answer["Records"]] == [b"parent"]
    assert "NextShardIterator" not in answer
    children = [child["ShardId"] for child in answer["ChildShards"]]
    assert children == ["shardId-000000000001", "shardId-000000000002"]
    assert sum(len(read(kinesis, stream, child)) for child in children) == 1


def test_stream_made_again_under_its_name_is_empty(kinesis: Any, stream: str) -> None:
    [number] = put(kinesis, stream, b"first life")
    kinesis.delete_stream(StreamName=stream)
    kinesis.create_stream(StreamName=stream, ShardCount=1)
    assert read(kinesis, stream) == []
    with pytest.raises(ClientError, match="InvalidArgumentException"):
        read(kinesis, stream, ShardIteratorType="AT_SEQUENCE_NUMBER", StartingSequenceNumber=number)


@pytest.mark.parametrize("operation", ["put_record", "put_records", "describe_stream", "list_shards"])
def test_missing_stream_is_named(kinesis: Any, account_id: str, operation: str) -> None:
    extra = {
        "put_record": {"Data": b"x", "PartitionKey": "k"},
        "put_records": {"Records": [{"Data": b"x", "PartitionKey": "k"}]},
    }
    with pytest.raises(ClientError, match=f"Stream nowhere under account {account_id} not found") as refused:
        getattr(kinesis, operation)(StreamName="nowhere", **extra.get(operation, {}))
    assert refused.value.response["Error"]["Code"] == "ResourceNotFoundException"


def test_control_plane_of_the_base_works_with_it(kinesis: Any) -> None:
    kinesis.create_stream(StreamName="tagged", StreamModeDetails={"StreamMode": "ON_DEMAND"}, Tags={"team": "orders"})
    kinesis.get_waiter("stream_exists").wait(StreamName="tagged", WaiterConfig={"Delay": 1, "MaxAttempts": 2})
    described = kinesis.describe_stream(StreamName="tagged")["StreamDescription"]
    assert described["StreamStatus"] == "ACTIVE" and len(described["Shards"]) == 4
    assert described["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    assert kinesis.list_tags_for_stream(StreamName="tagged")["Tags"] == [{"Key": "team", "Value": "orders"}]
    assert kinesis.list_streams()["StreamNames"] == ["tagged"]
    first = kinesis.list_shards(StreamName="tagged", MaxResults=3)
    rest = kinesis.list_shards(NextToken=first["NextToken"])
    assert [len(first["Shards"]), len(rest["Shards"])] == [3, 1]
    kinesis.delete_stream(StreamName="tagged")
    assert kinesis.list_streams()["StreamNames"] == []


def test_metrics_count_what_came_in_by_the_clock(
    client: Callable[..., Any], kinesis: Any, stream: str, clock: Any
) -> None:
    noon = datetime(2010, 12, 1, 12, tzinfo=UTC)
    clock.set(noon)
    put(kinesis, stream, b"abc", b"de")
    answer = client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Kinesis",
        MetricName="IncomingRecords",
        Dimensions=[{"Name": "StreamName", "Value": stream}],
        StartTime=noon - timedelta(minutes=1),
        EndTime=noon + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )
    assert [point["Sum"] for point in answer["Datapoints"]] == [2.0]


def test_shards_after_one_are_listed(kinesis: Any) -> None:
    kinesis.create_stream(StreamName="wide", ShardCount=3)
    after = {"Type": "AFTER_SHARD_ID", "ShardId": "shardId-000000000000"}
    found = [each["ShardId"][-1] for each in kinesis.list_shards(StreamName="wide", ShardFilter=after)["Shards"]]
    assert found == ["1", "2"]
    with pytest.raises(ClientError, match="ShardId must be specified"):
        kinesis.list_shards(StreamName="wide", ShardFilter={"Type": "AFTER_SHARD_ID"})


@pytest.mark.parametrize(
    ("metric", "total"),
    [
        ("PutRecords.TotalRecords", 2.0),
        ("PutRecords.Bytes", 5.0),
        ("PutRecords.FailedRecords", 0.0),
        ("GetRecords.Bytes", 5.0),
        ("GetRecords.Success", 1.0),
        ("WriteProvisionedThroughputExceeded", 0),
        ("ReadProvisionedThroughputExceeded", 0),
    ],
)
def test_calls_are_metered(
    client: Callable[..., Any], kinesis: Any, stream: str, clock: Any, metric: str, total: float
) -> None:
    noon = datetime(2010, 12, 1, 12, tzinfo=UTC)
    clock.set(noon)
    put(kinesis, stream, b"abc", b"de")
    read(kinesis, stream)
    answer = client("cloudwatch").get_metric_statistics(
        Namespace="AWS/Kinesis",
        MetricName=metric,
        Dimensions=[{"Name": "StreamName", "Value": stream}],
        StartTime=noon - timedelta(minutes=1),
        EndTime=noon + timedelta(minutes=1),
        Period=60,
        Statistics=["Sum"],
    )
    assert [point["Sum"] for point in answer["Datapoints"]] == [total]


def test_what_the_base_writes_itself_is_read_like_the_rest(
    client: Callable[..., Any], kinesis: Any, stream: str
) -> None:
    put(kinesis, stream, b"ours")
    logs = client("logs")
    logs.create_log_group(logGroupName="g")
    logs.create_log_stream(logGroupName="g", logStreamName="s")
    arn = kinesis.describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    logs.put_subscription_filter(logGroupName="g", filterName="f", filterPattern="", destinationArn=arn)
    event = {"timestamp": int(datetime.now(UTC).timestamp() * 1000), "message": "hello"}
    logs.put_log_events(logGroupName="g", logStreamName="s", logEvents=[event])
    found = read(kinesis, stream)
    assert len(found) == 2 and b"hello" in gzip.decompress(found[1]["Data"])


def test_streams_are_listed_by_name_and_paged(client: Callable[..., Any]) -> None:
    kinesis = client("kinesis")
    for name in ("c", "a", "b"):
        kinesis.create_stream(StreamName=name, ShardCount=1)
    pages = list(kinesis.get_paginator("list_streams").paginate(PaginationConfig={"PageSize": 2}))
    assert [page["StreamNames"] for page in pages] == [["a", "b"], ["c"]]
    assert [each["StreamStatus"] for each in pages[1]["StreamSummaries"]] == ["ACTIVE"]
    assert kinesis.list_streams(ExclusiveStartStreamName="a")["StreamNames"] == ["b", "c"]
    with pytest.raises(ClientError, match="NextToken"):
        kinesis.list_streams(NextToken="!")
