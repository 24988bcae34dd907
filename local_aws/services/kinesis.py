"""Kinesis Data Streams: the data plane is ours, and what depends on it; the base answers the rest.

Deviates: shards do not throttle (AWS: 1 MiB/s and 1,000 records/s in, 2 MiB/s out); streams are ACTIVE at once.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from operator import itemgetter

from local_aws import base
from local_aws.errors import AwsError, Unsupported
from local_aws.lake import Lake
from local_aws.services.kinesis_consumers import ConsumerOperations
from local_aws.services.kinesis_resharding import ReshardingOperations
from local_aws.services.kinesis_shapes import aware, children_of, encryption, page, shards_of
from local_aws.streams.checks import problem_of, records_of
from local_aws.streams.stream import Entry, StreamLog
from local_aws.wire import Params

MAX_REQUEST_BYTES = 10 * 1024 * 1024
MAX_READ_RECORDS = 10_000
MAX_READ_BYTES = 10 * 1024 * 1024
_MILLISECOND = timedelta(milliseconds=1)
ITERATOR_LIFE = timedelta(minutes=5)


class Kinesis(ReshardingOperations, ConsumerOperations):
    """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_Operations.html"""

    name = "kinesis"
    whole = False
    unchecked = frozenset({"PutRecords"})

    def __init__(self, lake: Lake) -> None:
        super().__init__(lake)
        self.streams = lake.streams

    def close(self) -> None:
        self.streams.close()

    # what there is
    def list_streams(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListStreams.html: by name, 100 at a time."""
        after = params.get("ExclusiveStartStreamName")
        if params.get("NextToken"):
            try:
                after = base64.b64decode(params["NextToken"], validate=True).decode()
            except ValueError as error:
                raise AwsError("ExpiredNextTokenException", "The NextToken is not valid.") from error
        known = base.backend(self.name, self.lake.account_id, self.lake.region).list_streams()
        found = [each.to_json_summary()["StreamDescriptionSummary"] for each in known]
        members = ("StreamName", "StreamARN", "StreamStatus", "StreamModeDetails", "StreamCreationTimestamp")
        summaries = [{name: each[name] for name in members if name in each} for each in found]
        shown, more = page(
            sorted(summaries, key=itemgetter("StreamName")), "StreamName", after, params.get("Limit", 100)
        )
        names = [each["StreamName"] for each in shown]
        token = base64.b64encode(names[-1].encode()).decode() if more else None
        return {"StreamNames": names, "StreamSummaries": shown, "HasMoreStreams": more, "NextToken": token}

    # writing
    def put_record(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html"""
        _refuse_reserved(params)
        stream = self._stream(params)
        problem = problem_of(params, stream.max_record_kib)
        if problem:
            raise AwsError("ValidationException", f"1 validation error detected: Value at {problem}")
        [stored] = stream.append([_entry(params)])
        stream.metrics.add(
            PutRecord_Bytes=len(params["Data"]), PutRecord_Success=1, WriteProvisionedThroughputExceeded=0
        )
        return {"ShardId": stored.shard_id, "SequenceNumber": stored.sequence_number, **encryption(stream)}

    def put_records(self, params: Params) -> Params:
        """Up to 500 records and 10 MiB with their keys; a request that breaks a limit stores nothing.

        Every valid record is stored, so `FailedRecordCount` is 0: on AWS single records fail by throttling alone.
        Evidence: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html and, for the size of a
        record, https://docs.aws.amazon.com/streams/latest/dev/large-records.html
        """
        _refuse_reserved(params)
        records = records_of(params)
        stream = self._stream(params)
        for number, record in enumerate(records, 1):
            problem = problem_of(record, stream.max_record_kib, f"records.{number}.member.")
            if problem:
                raise AwsError("ValidationException", f"1 validation error detected: Value at {problem}")
        entries = [_entry(record) for record in records]
        if sum(len(entry.data) + len(entry.partition_key.encode()) for entry in entries) > MAX_REQUEST_BYTES:
            raise AwsError("InvalidArgumentException", "Records size exceeds 10 MB limit")
        stored = [{"SequenceNumber": each.sequence_number, "ShardId": each.shard_id} for each in stream.append(entries)]
        stream.metrics.add(
            PutRecords_Bytes=sum(len(entry.data) for entry in entries),
            PutRecords_Success=1,
            PutRecords_TotalRecords=len(entries),
            PutRecords_SuccessfulRecords=len(entries),
            PutRecords_FailedRecords=0,
            PutRecords_ThrottledRecords=0,
            WriteProvisionedThroughputExceeded=0,
        )
        return {"FailedRecordCount": 0, "Records": stored, **encryption(stream)}

    # reading
    def get_shard_iterator(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetShardIterator.html"""
        _refuse_reserved(params)
        stream, shard_id = self._stream(params), params["ShardId"]
        position = _starting_position(stream, shard_id, params)
        return {"ShardIterator": self._iterator(stream, shard_id, position)}

    def get_records(self, params: Params) -> Params:
        """Up to 10,000 records or 10 MiB; the iterator of a closed shard ends with null and names the children.

        Evidence: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_GetRecords.html
        """
        _refuse_reserved(params)
        stream, shard_id, position = self._read_iterator(params)
        log = stream.log(shard_id)
        found = stream.read(shard_id, position, params.get("Limit", MAX_READ_RECORDS), MAX_READ_BYTES)
        after = found[-1].position + 1 if found else max(position, 0)
        waiting = log.oldest_after(after)
        behind = max(self.lake.clock.now() - waiting, timedelta()) if waiting else timedelta()
        stream.metrics.add(
            GetRecords_Bytes=sum(len(record.data) for record in found),
            GetRecords_Success=1,
            GetRecords_Records=len(found),
            ReadProvisionedThroughputExceeded=0,
            GetRecords_IteratorAgeMilliseconds=behind / _MILLISECOND,
        )
        ended = not stream.stream.shards[shard_id].is_open and waiting is None
        return {
            "Records": [
                {
                    "SequenceNumber": stream.sequence_number(shard_id, record.position),
                    "ApproximateArrivalTimestamp": record.arrived,
                    "Data": record.data,
                    "PartitionKey": record.partition_key,
                    **encryption(stream),
                }
                for record in found
            ],
            "NextShardIterator": None if ended else self._iterator(stream, shard_id, after),
            "MillisBehindLatest": behind // _MILLISECOND,
            "ChildShards": children_of(stream, shard_id) if ended else None,
        }

    # what the base tells, with what depends on the records
    def create_stream(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_CreateStream.html"""
        _refuse_features(params, "WarmThroughputMiBps", "RecordDistributionStrategy")
        name, mode = params["StreamName"], params.get("StreamModeDetails")
        on_demand = mode is not None and mode["StreamMode"] == "ON_DEMAND"
        count = params.get("ShardCount")
        if on_demand and count is not None:
            raise AwsError("ValidationException", "ShardCount is not allowed for a stream in ON_DEMAND mode.")
        if name in self.streams.backend.streams:
            message = f"Stream {name} under account {self.lake.account_id} already exists."
            raise AwsError("ResourceInUseException", message)
        self.streams.backend.create_stream(name, count or 1, stream_mode=mode)
        stream = self.streams.stream(name)
        stream.note_shards()
        stream.stream.tags.update(params.get("Tags", {}))
        if "MaxRecordSizeInKiB" in params:
            stream.max_record_kib = params["MaxRecordSizeInKiB"]
        return {}

    def update_max_record_size(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateMaxRecordSize.html"""
        self._stream(params).max_record_kib = params["MaxRecordSizeInKiB"]
        return {}

    def describe_stream(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStream.html"""
        stream = self._stream(params)
        description = stream.stream.to_json()["StreamDescription"]
        shards, more = page(
            shards_of(stream), "ShardId", params.get("ExclusiveStartShardId"), min(params.get("Limit", 100), 100)
        )
        mode = {"StreamModeDetails": stream.stream.stream_mode}
        created = aware(description["StreamCreationTimestamp"])
        described = {**description, **mode, "Shards": shards, "HasMoreShards": more}
        return {"StreamDescription": {**described, "StreamCreationTimestamp": created}}

    def describe_stream_summary(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_DescribeStreamSummary.html"""
        stream = self._stream(params)
        summary = stream.stream.to_json_summary()["StreamDescriptionSummary"]
        ours = {
            "StreamCreationTimestamp": aware(summary["StreamCreationTimestamp"]),
            "OpenShardCount": sum(shard.is_open for shard in stream.stream.shards.values()),
            "ConsumerCount": len(stream.stream.consumers),
            "MaxRecordSizeInKiB": stream.max_record_kib,
        }
        return {"StreamDescriptionSummary": {**summary, **ours}}

    def list_shards(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListShards.html"""
        token = _token(params)
        stream = self.streams.stream(token["stream"]) if token else self._stream(params)
        given = params.get("ShardFilter", {})
        kind, instant = given.get("Type", "FROM_TRIM_HORIZON"), given.get("Timestamp")
        if kind == "AFTER_SHARD_ID" and "ShardId" not in given:
            message = "ShardId must be specified in ShardFilter for the type AFTER_SHARD_ID."
            raise AwsError("InvalidArgumentException", message)
        if token:
            kind, instant = token["kind"], token["instant"] and datetime.fromisoformat(token["instant"])
        listed = stream.lives.chosen(kind, instant, stream.horizon)
        shards = [each for each in shards_of(stream) if listed(each["ShardId"])]
        start = token.get("after") or params.get("ExclusiveStartShardId") or given.get("ShardId")
        shown, more = page(shards, "ShardId", start, params.get("MaxResults", 1000))
        if not more:
            return {"Shards": shown}
        following = {"stream": stream.stream.stream_name, "after": shown[-1]["ShardId"], "kind": kind}
        text = json.dumps({**following, "instant": instant and instant.isoformat()})
        return {"Shards": shown, "NextToken": base64.b64encode(text.encode()).decode()}

    # internals
    def _iterator(self, stream: StreamLog, shard_id: str, position: int) -> str:
        issued = self.lake.clock.now().isoformat()
        fields = [stream.stream.stream_name, shard_id, stream.sequence_number(shard_id, 0), position, issued]
        return base64.b64encode(json.dumps(fields).encode()).decode()

    def _read_iterator(self, params: Params) -> tuple[StreamLog, str, int]:
        try:
            name, shard_id, first, position, issued = json.loads(base64.b64decode(params["ShardIterator"]))
            age = self.lake.clock.now() - datetime.fromisoformat(issued)
        except (ValueError, TypeError) as error:
            raise AwsError("InvalidArgumentException", "Invalid ShardIterator.") from error
        stream = self.streams.stream(name, params.get("StreamARN"))
        if age > ITERATOR_LIFE:
            message = f"Iterator expired. The iterator was created at time {issued} while right now it is {age} later"
            raise AwsError("ExpiredIteratorException", f"{message}, which is past its life of 300000 milliseconds.")
        if shard_id not in stream.stream.shards or stream.sequence_number(shard_id, 0) != first:
            raise AwsError("InvalidArgumentException", "Invalid ShardIterator: its stream is gone.")
        return stream, shard_id, position


def _token(params: Params) -> Params:
    if "NextToken" not in params:
        return {}
    if "StreamName" in params or "StreamARN" in params or "ShardFilter" in params:
        message = "NextToken and StreamName cannot be provided together."
        raise AwsError("InvalidArgumentException", message)
    try:
        found: Params = json.loads(base64.b64decode(params["NextToken"]))
    except ValueError as error:
        raise AwsError("InvalidArgumentException", "Invalid NextToken.") from error
    return found


def _entry(record: Params) -> Entry:
    hash_key = record.get("ExplicitHashKey")
    return Entry(record["PartitionKey"], record["Data"], None if hash_key is None else int(hash_key))


def _refuse_reserved(params: Params) -> None:
    _refuse_features(params, "DryRun", "StreamId")


def _refuse_features(params: Params, *names: str) -> None:
    for name in names:
        if params.get(name):
            raise Unsupported(f"Kinesis' {name}")


def _starting_position(stream: StreamLog, shard_id: str, params: Params) -> int:
    kind, log = params["ShardIteratorType"], stream.log(shard_id)
    if kind == "TRIM_HORIZON":
        return 0
    if kind == "LATEST":
        return log.next_position
    if kind == "AT_TIMESTAMP":
        if "Timestamp" not in params:
            message = "Must specify timestampInMillis for GetShardIterator of type AT_TIMESTAMP."
            raise AwsError("InvalidArgumentException", message)
        return log.position_at(params["Timestamp"])
    if "StartingSequenceNumber" not in params:
        message = f"Must specify startingSequenceNumber for GetShardIterator of type {kind}."
        raise AwsError("InvalidArgumentException", message)
    position = stream.position_of(shard_id, params["StartingSequenceNumber"])
    return position + 1 if kind == "AFTER_SEQUENCE_NUMBER" else position
