"""When the shards of a stream were open: what `ListShards` filters by, and which shards have expired.

Evidence: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ShardFilter.html and
https://docs.aws.amazon.com/streams/latest/dev/kinesis-using-sdk-java-after-resharding.html (a shard that was closed
before the retention period began has expired). The base knows whether a shard is open, not since when.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local_aws.errors import AwsError

_EVER = datetime.min.replace(tzinfo=UTC)
_NEVER = datetime.max.replace(tzinfo=UTC)


class Lives:
    """Opening and closing of each shard, in a small file that outlives the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        known = json.loads(path.read_text()) if path.exists() else {}
        self._spans: dict[str, list[str | None]] = known

    def note(self, shards: dict[str, Any], now: datetime) -> None:
        """Shards were made or closed just now."""
        for shard_id, shard in shards.items():
            span = self._spans.setdefault(shard_id, [now.isoformat(), None])
            if not shard.is_open and span[1] is None:
                span[1] = now.isoformat()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(self._spans))
        fresh.replace(self._path)

    def span(self, shard_id: str) -> tuple[datetime, datetime]:
        """From when until when a shard is open."""
        opened, closed = self._spans.get(shard_id, [None, None])
        return (
            datetime.fromisoformat(opened) if opened else _EVER,
            datetime.fromisoformat(closed) if closed else _NEVER,
        )

    def chosen(self, kind: str, instant: datetime | None, horizon: datetime) -> Callable[[str], bool]:
        """Whether a shard is listed under a filter, the horizon being that of the retention period.

        :raises AwsError: `InvalidArgumentException` for a filter by time without a time.
        """
        if kind in {"AT_TIMESTAMP", "FROM_TIMESTAMP"} and instant is None:
            message = f"Timestamp must be specified in ShardFilter for the type {kind}."
            raise AwsError("InvalidArgumentException", message)
        birth = min((self.span(shard_id)[0] for shard_id in self._spans), default=_EVER)
        trim = max(horizon, birth)
        at = {"AT_TRIM_HORIZON": trim, "AT_TIMESTAMP": instant, "AT_LATEST": _NEVER}.get(kind)
        since = max(instant, trim) if kind == "FROM_TIMESTAMP" and instant is not None else horizon

        def listed(shard_id: str) -> bool:
            opened, closed = self.span(shard_id)
            return closed >= since and (at is None or opened <= at <= closed)

        return listed
