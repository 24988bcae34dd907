"""Kinesis' answers, without state: shards as they are described, pages of them, encryption."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from local_aws.streams.stream import StreamLog
from local_aws.wire import Params


def encryption(stream: StreamLog) -> Params:
    return {} if stream.stream.encryption_type == "NONE" else {"EncryptionType": stream.stream.encryption_type}


def shards_of(stream: StreamLog) -> list[Params]:
    """All shards but those that have expired."""
    shapes = []
    for shard_id, shard in sorted(stream.stream.shards.items()):
        if stream.lives.span(shard_id)[1] < stream.horizon:
            continue
        numbers = {"StartingSequenceNumber": stream.sequence_number(shard_id, 0)}
        if not shard.is_open:
            last = stream.log(shard_id).next_position
            numbers["EndingSequenceNumber"] = stream.sequence_number(shard_id, last)
        shapes.append({**shard.to_json(), "SequenceNumberRange": numbers})
    return shapes


def children_of(stream: StreamLog, shard_id: str) -> list[Params]:
    return [
        {
            "ShardId": shape["ShardId"],
            "ParentShards": [shape[key] for key in ("ParentShardId", "AdjacentParentShardId") if key in shape],
            "HashKeyRange": shape["HashKeyRange"],
        }
        for shape in shards_of(stream)
        if shard_id in (shape.get("ParentShardId"), shape.get("AdjacentParentShardId"))
    ]


def page(shapes: list[Params], key: str, after: str | None, limit: int) -> tuple[list[Params], bool]:
    following = [each for each in shapes if after is None or each[key] > after]
    return following[:limit], len(following) > limit


def aware(instant: Any) -> datetime:
    moment: datetime = instant
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
