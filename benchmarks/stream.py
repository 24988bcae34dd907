"""Stream to S3 through boto3: PutRecords → Kinesis → Firehose → gzip objects, and a count of what landed.

Client and server share this machine. Each record carries its number; the S3 objects are read back, and a record that
is missing or there twice ends the run with an error. Rates are records by wall time, from the first put to the last
answer, and by the server's CPU time, which other work on the machine does not change.
"""

from __future__ import annotations

import gzip
import json
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from benchmarks import Row
from benchmarks.endpoint import client, running

RECORDS, SHARDS = 250_000, 4
BATCH = 500
STREAM, BUCKET, ROLE = "orders", "stream-benchmark", "arn:aws:iam::111122223333:role/firehose"
PADDING = "x" * 150


def produce(url: str, first: int, count: int) -> int:
    """Put the records `first` to `first + count`; returns how many were accepted."""
    kinesis, accepted = client("kinesis", url), 0
    for start in range(first, first + count, BATCH):
        numbers = range(start, min(start + BATCH, first + count))
        entries = [
            {"Data": json.dumps({"number": number, "text": PADDING}).encode(), "PartitionKey": str(number)}
            for number in numbers
        ]
        accepted += len(entries) - kinesis.put_records(StreamName=STREAM, Records=entries)["FailedRecordCount"]
    return accepted


def prepare(url: str, shards: int) -> None:
    client("s3", url).create_bucket(Bucket=BUCKET)
    client("kinesis", url).create_stream(StreamName=STREAM, ShardCount=shards)
    newline = [{"Type": "AppendDelimiterToRecord", "Parameters": []}]
    client("firehose", url).create_delivery_stream(
        DeliveryStreamName=STREAM,
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={
            "KinesisStreamARN": f"arn:aws:kinesis:us-east-1:111122223333:stream/{STREAM}",
            "RoleARN": ROLE,
        },
        ExtendedS3DestinationConfiguration={
            "RoleARN": ROLE,
            "BucketARN": f"arn:aws:s3:::{BUCKET}",
            "CompressionFormat": "GZIP",
            "ProcessingConfiguration": {"Enabled": True, "Processors": newline},
        },
    )


def landed(url: str) -> Counter[int]:
    """How often each record lies in the delivered objects."""
    s3, found = client("s3", url), Counter[int]()
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
        for each in page.get("Contents", []):
            body = gzip.decompress(s3.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read())
            found.update(json.loads(line)["number"] for line in body.splitlines())
    return found


def measure(records: int, producers: int) -> list[Row]:
    """So many records by so many client processes, into a server of their own."""
    with running() as server:
        prepare(server.url, SHARDS)
        share = -(-records // producers)
        parts = [(first, min(share, records - first)) for first in range(0, records, share)]
        with ProcessPoolExecutor(producers) as pool:
            list(pool.map(produce, [server.url] * producers, [0] * producers, [0] * producers))  # imports: not timed
            cpu, began = server.cpu_seconds(), time.perf_counter()
            firsts, counts = zip(*parts, strict=True)
            accepted = sum(pool.map(produce, [server.url] * len(parts), firsts, counts))
            wall = time.perf_counter() - began
            cpu = server.cpu_seconds() - cpu
        server.client("firehose").delete_delivery_stream(DeliveryStreamName=STREAM)  # delivers what is buffered
        found = landed(server.url)
    missing, double = records - len(found), sum(count > 1 for count in found.values())
    if accepted != records or missing or double:
        raise SystemExit(f"{accepted:,} of {records:,} records accepted, {missing:,} missing, {double:,} doubled in S3")
    by = f"{records:,} records by {producers} client process{'es' if producers > 1 else ''}, all in S3, none twice"
    return [
        Row(by, records / wall, "records/s", "at least 25,000"),
        Row(f"the same, by the server's CPU time of {cpu:.1f} s", records / cpu, "records/s"),
    ]


def run(scale: float) -> list[Row]:
    return [row for producers in (1, 2) for row in measure(int(RECORDS * scale), producers)]
