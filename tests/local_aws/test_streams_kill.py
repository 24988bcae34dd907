"""Kinesis and Firehose killed amid writes: what was acknowledged is read and delivered once by the next process."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.local_aws.test_durable import ACCOUNT, REGION, Child, child

ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
ONCE = Config(retries={"total_max_attempts": 1})
MIDDLE = str(2**126)


def _build(aws: Child) -> None:
    aws.client("s3").create_bucket(Bucket="lake")
    aws.client("kinesis").create_stream(StreamName="orders", ShardCount=2)
    to = {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::lake"}
    lines = {"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord", "Parameters": []}]}
    source = {"KinesisStreamARN": f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/orders", "RoleARN": ROLE}
    aws.client("firehose").create_delivery_stream(
        DeliveryStreamName="hose",
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration=source,
        ExtendedS3DestinationConfiguration={**to, "ProcessingConfiguration": lines},
    )


def _put_until_killed(aws: Child, prefix: str, wanted: int) -> dict[str, str]:
    """Put records one by one, have the process killed amid them; gives the acknowledged ones by sequence number."""
    keys = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "x", "config": ONCE}
    kinesis = boto3.client("kinesis", endpoint_url=aws.url, region_name=REGION, **keys)
    acknowledged: dict[str, str] = {}
    enough = threading.Event()

    def put() -> None:
        try:
            for number in range(100_000):
                text = f"{prefix}{number}"
                answer = kinesis.put_record(StreamName="orders", Data=text.encode(), PartitionKey=text)
                acknowledged[answer["SequenceNumber"]] = text
                if number == wanted:
                    enough.set()
        except (BotoCoreError, ClientError):
            enough.set()

    writer = threading.Thread(target=put)
    writer.start()
    assert enough.wait(60)
    aws.kill()
    writer.join()
    assert len(acknowledged) > wanted
    return acknowledged


def _read(kinesis: Any) -> dict[str, str]:
    found = {}
    for shard in kinesis.list_shards(StreamName="orders")["Shards"]:
        where = {"StreamName": "orders", "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        records = kinesis.get_records(ShardIterator=kinesis.get_shard_iterator(**where)["ShardIterator"])["Records"]
        found.update({each["SequenceNumber"]: each["Data"].decode() for each in records})
    return found


def test_acknowledged_records_are_read_and_delivered_once_after_kills(tmp_path: Path) -> None:
    with child(tmp_path) as aws:
        _build(aws)
        first = _put_until_killed(aws, "a", 40)
    with child(tmp_path) as aws:
        before = datetime.now(UTC)
        kinesis = aws.client("kinesis")
        assert first.items() <= _read(kinesis).items()
        kinesis.split_shard(StreamName="orders", ShardToSplit="shardId-000000000000", NewStartingHashKey=MIDDLE)
        second = _put_until_killed(aws, "b", 40)
    with child(tmp_path) as aws:
        kinesis, firehose, s3 = aws.client("kinesis"), aws.client("firehose"), aws.client("s3")
        read = _read(kinesis)
        assert (first | second).items() <= read.items()
        at = kinesis.list_shards(StreamName="orders", ShardFilter={"Type": "AT_TIMESTAMP", "Timestamp": before})
        assert [each["ShardId"][-1] for each in at["Shards"]] == ["0", "1"]
        now = kinesis.list_shards(StreamName="orders", ShardFilter={"Type": "AT_LATEST"})
        assert [each["ShardId"][-1] for each in now["Shards"]] == ["1", "2", "3"]
        firehose.delete_delivery_stream(DeliveryStreamName="hose")
        keys = [each["Key"] for each in s3.list_objects_v2(Bucket="lake")["Contents"]]
        lines = [line for key in keys for line in s3.get_object(Bucket="lake", Key=key)["Body"].read().decode().split()]
        assert len(lines) == len(set(lines))
        assert {*first.values(), *second.values()} <= set(lines) <= set(read.values())
