"""Splitting and merging shards: hash key ranges and parents.

Evidence: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_SplitShard.html,
https://docs.aws.amazon.com/kinesis/latest/APIReference/API_MergeShards.html
"""

from __future__ import annotations

from typing import Any

from local_aws.errors import AwsError


def split(stream: Any, shard_id: str, starting_hash: str) -> None:
    """Close a shard; its children divide its range at `starting_hash`."""
    shard, middle = _open_shard(stream, shard_id), int(starting_hash)
    if not shard.starting_hash + 1 < middle < shard.ending_hash:
        raise _invalid(
            f"NewStartingHashKey {starting_hash} used in SplitShard() on shard {shard_id} in stream "
            f"{stream.stream_name} under account {stream.account_id} is not both greater than one plus the shard's "
            f"StartingHashKey {shard.starting_hash} and less than the shard's EndingHashKey {shard.ending_hash}."
        )
    _add(stream, shard, shard.starting_hash, middle - 1, shard_id)
    _add(stream, shard, middle, shard.ending_hash, shard_id)
    shard.is_open = False


def merge(stream: Any, shard_id: str, adjacent_id: str) -> None:
    """Close two neighbours, given in any order; their child has both ranges."""
    first, second = _open_shard(stream, shard_id), _open_shard(stream, adjacent_id)
    if first.ending_hash + 1 != second.starting_hash and second.ending_hash + 1 != first.starting_hash:
        raise _invalid(
            f"Shards {shard_id} and {adjacent_id} in stream {stream.stream_name} under account {stream.account_id} "
            "are not an adjacent pair of shards eligible for merging"
        )
    start, end = min(first.starting_hash, second.starting_hash), max(first.ending_hash, second.ending_hash)
    _add(stream, first, start, end, shard_id, adjacent_id)
    first.is_open = second.is_open = False


def _open_shard(stream: Any, shard_id: str) -> Any:
    shard = stream.shards.get(shard_id)
    where = f"Shard {shard_id} in stream {stream.stream_name} under account {stream.account_id}"
    if shard is None:
        raise AwsError("ResourceNotFoundException", f"{where} does not exist")
    if not shard.is_open:
        message = f"{where} has already been merged or split, and thus is not eligible for merging or splitting."
        raise AwsError("ResourceInUseException", message)
    return shard


def _add(stream: Any, like: Any, start: int, end: int, *parents: str) -> None:
    number = max(int(each.rpartition("-")[2]) for each in stream.shards) + 1
    child = type(like)(number, start, end, *parents)
    stream.shards[child.shard_id] = child


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidArgumentException", message)
