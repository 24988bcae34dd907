"""Kinesis' shards split, merged and counted anew; the streams are the base's, their records ours."""

from __future__ import annotations

from local_aws.errors import AwsError
from local_aws.services.base import Service
from local_aws.streams import reshard
from local_aws.streams.stream import StreamLog
from local_aws.wire import Params


class ReshardingOperations(Service):
    """https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-resharding.html"""

    def split_shard(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SplitShard.html"""
        stream = self._stream(params)
        reshard.split(stream.stream, params["ShardToSplit"], params["NewStartingHashKey"])
        stream.note_shards()
        return {}

    def merge_shards(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_MergeShards.html"""
        stream = self._stream(params)
        reshard.merge(stream.stream, params["ShardToMerge"], params["AdjacentShardToMerge"])
        stream.note_shards()
        return {}

    def update_shard_count(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/kinesis/latest/APIReference/API_UpdateShardCount.html"""
        stream, wanted = self._stream(params), params["TargetShardCount"]
        held, name = stream.stream, stream.stream.stream_name
        now = sum(shard.is_open for shard in held.shards.values())
        if held.stream_mode.get("StreamMode") == "ON_DEMAND":
            raise AwsError("ValidationException", f"Request is invalid. Stream {name} is in On-Demand mode.")
        if not now <= 2 * wanted or wanted > 2 * now:
            message = f"UpdateShardCount cannot scale {now} shards of {name} below half or above double: {wanted}"
            raise AwsError("InvalidArgumentException" if wanted < now else "LimitExceededException", message)
        held.update_shard_count(wanted)
        stream.note_shards()
        answer = {"StreamName": name, "CurrentShardCount": now, "TargetShardCount": wanted}
        return {**answer, "StreamARN": held.arn}

    def _stream(self, params: Params) -> StreamLog:
        name, arn = params.get("StreamName"), params.get("StreamARN")
        if not name and not arn:
            raise AwsError("ValidationException", "Either StreamName or StreamARN must be specified.")
        return self.lake.streams.stream(name, arn)
