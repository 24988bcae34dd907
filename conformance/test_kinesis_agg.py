"""Records of several, as AWS's own library packs and unpacks them: through Kinesis, and unpacked by Firehose.

https://github.com/awslabs/kinesis-aggregation
"""

from __future__ import annotations

import base64
import time
import uuid
from typing import Any

import boto3
import pytest
from aws_kinesis_agg.aggregator import RecordAggregator
from aws_kinesis_agg.deaggregator import deaggregate_records

PACKAGES = ("aws-kinesis-agg",)
COUNT = 500


@pytest.fixture(scope="module")
def stream() -> str:
    name, kinesis = f"agg-{uuid.uuid4().hex[:8]}", boto3.client("kinesis")
    kinesis.create_stream(StreamName=name, ShardCount=2)
    kinesis.get_waiter("stream_exists").wait(StreamName=name)
    return name


@pytest.fixture(scope="module")
def delivered(stream: str, bucket: str, account: str) -> str:
    """The prefix under which a delivery stream puts what the stream has."""
    role = f"arn:aws:iam::{account}:role/delivery"
    source = boto3.client("kinesis").describe_stream_summary(StreamName=stream)["StreamDescriptionSummary"]["StreamARN"]
    boto3.client("firehose").create_delivery_stream(
        DeliveryStreamName=stream,
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={"KinesisStreamARN": source, "RoleARN": role},
        ExtendedS3DestinationConfiguration={
            "RoleARN": role,
            "BucketARN": f"arn:aws:s3:::{bucket}",
            "Prefix": "agg/",
            "BufferingHints": {"IntervalInSeconds": 1, "SizeInMBs": 1},
        },
    )
    return "agg/"


@pytest.fixture(scope="module")
def sent(stream: str, delivered: str) -> set[bytes]:
    """Records packed by the library, each pack put as one record."""
    kinesis, packer, wanted = boto3.client("kinesis"), RecordAggregator(max_size=4000), set()

    def put(packed: Any) -> None:
        if packed is not None and packed.get_num_user_records():
            key, _, data = packed.get_contents()
            kinesis.put_record(StreamName=stream, Data=data, PartitionKey=key)

    for number in range(COUNT):
        line = f"line {number} é\n".encode()
        wanted.add(line)
        put(packer.add_user_record(f"key{number % 7}", line))
    put(packer.clear_and_get())
    return wanted


def records_of(stream: str) -> list[dict[str, Any]]:
    kinesis, found = boto3.client("kinesis"), list[dict[str, Any]]()
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        place = {"StreamName": stream, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = kinesis.get_shard_iterator(**place)["ShardIterator"]
        while iterator:
            answer = kinesis.get_records(ShardIterator=iterator, Limit=100)
            found += answer["Records"]
            iterator = answer.get("NextShardIterator") if answer["Records"] or answer["MillisBehindLatest"] else None
    return found


def test_packed_records_are_unpacked_by_the_library(stream: str, sent: set[bytes]) -> None:
    records = records_of(stream)
    assert len(records) < COUNT / 10
    events = [
        {
            "eventVersion": "1.0",
            "eventID": each["SequenceNumber"],
            "kinesis": {
                "data": base64.b64encode(each["Data"]).decode(),
                "partitionKey": each["PartitionKey"],
                "sequenceNumber": each["SequenceNumber"],
                "kinesisSchemaVersion": "1.0",
                "approximateArrivalTimestamp": each["ApproximateArrivalTimestamp"].timestamp(),
            },
        }
        for each in records
    ]
    found = [base64.b64decode(each["kinesis"]["data"]) for each in deaggregate_records(events)]
    assert len(found) == COUNT
    assert set(found) == sent


def test_firehose_delivers_them_one_by_one(sent: set[bytes], delivered: str, bucket: str) -> None:
    s3, lines = boto3.client("s3"), list[bytes]()
    for _ in range(120):
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix=delivered).get("Contents", [])]
        bodies = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys]
        lines = [line for body in bodies for line in body.splitlines(keepends=True)]
        if len(lines) >= COUNT:
            break
        time.sleep(0.5)
    assert sorted(lines) == sorted(sent)
