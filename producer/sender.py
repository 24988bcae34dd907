"""Arrivals into a Kinesis data stream, each record acknowledged before `send` returns.

Limits: PutRecords takes 500 records a request
(https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html). AWS raised the request from 5
to 10 MiB and lets a stream take records of up to 10 MiB; a stream takes 1 MiB unless it was told otherwise.
We keep to 5 MiB and 1 MiB: every stream and every emulator takes those, and 500 order lines are 0.2 MiB.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as BotoConnectionError

from producer.arrival import Arrival, Kind
from producer.destination import explain
from producer.errors import DestinationError, UnsentError

MAX_RECORDS = 500
MAX_REQUEST_BYTES = 5 * 1024 * 1024
MAX_RECORD_BYTES = 1024 * 1024

_PASSING_ERRORS = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "LimitExceededException",
        "ThrottlingException",
        "Throttling",
        "KMSThrottlingException",
        "RequestLimitExceeded",
        "InternalFailure",
        "InternalFailureException",
        "InternalServerError",
        "ServiceUnavailable",
        "RequestTimeout",
    }
)


@dataclass(frozen=True, kw_only=True)
class Retry:
    """Waits of full jitter: up to `base` × 2ⁿ seconds, at most `cap`, after the n-th try in vain.

    `tries` are in a row without one record accepted: a throttled shard that takes a few each time is
    progress.
    """

    tries: int = 10
    base: float = 0.1
    cap: float = 10.0
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = random.random

    def wait(self, failed_tries: int) -> None:
        self.sleep(self.random() * min(self.cap, self.base * 2**failed_tries))


@dataclass
class SendResult:
    """What the stream has accepted. `bytes` are of payloads; `retried` counts records sent again, once per
    time."""

    records: int = 0
    bytes: int = 0
    requests: int = 0
    retried: int = 0
    kinds: Counter[Kind] = field(default_factory=Counter)
    first_arrival: datetime | None = None
    last_arrival: datetime | None = None

    def __add__(self, other: SendResult) -> SendResult:
        firsts = [moment for moment in (self.first_arrival, other.first_arrival) if moment]
        lasts = [moment for moment in (self.last_arrival, other.last_arrival) if moment]
        return SendResult(
            records=self.records + other.records,
            bytes=self.bytes + other.bytes,
            requests=self.requests + other.requests,
            retried=self.retried + other.retried,
            kinds=self.kinds + other.kinds,
            first_arrival=min(firsts, default=None),
            last_arrival=max(lasts, default=None),
        )


def send(
    client: Any,
    stream: str,
    arrivals: Iterable[Arrival],
    *,
    on_arrival: Callable[[datetime], None] | None = None,
    progress: Callable[[int], None] | None = None,
    speed: float | None = None,
    retry: Retry | None = None,
) -> SendResult:
    """Send every arrival and return when the stream has accepted them all.

    :param client: a boto3 Kinesis client. Give it `retries={"total_max_attempts": 1}` (as
        `destination.kinesis_client` does): retrying is done here, and just for the records that failed.
    :param on_arrival: called with the arrival time of the first record, and of each record in a later UTC
        hour than the one before, when all earlier records are accepted and before that record is sent.
    :param progress: called with the number of records accepted, after each request.
    :param speed: multiple of real time at which to send; as fast as possible by default.
    :raises UnsentError: the stream refused records `retry.tries` times in a row.
    :raises DestinationError: the stream is missing, or access refused: trying again would not help.

    A request whose answer is lost is sent again: the stream may then hold its records twice, with the same
    `event_id`.
    """
    sender = _Sender(client, stream, progress, retry or Retry())
    pace = _Pace(speed, sender.retry.sleep)
    hour: datetime | None = None
    for arrival in arrivals:
        wait = pace.wait_for(arrival.arrival_time)
        if wait > 0:
            sender.flush()
            pace.sleep(wait)
        this_hour = arrival.arrival_time.replace(minute=0, second=0, microsecond=0)
        if on_arrival is not None and (hour is None or this_hour > hour):
            sender.flush()
            on_arrival(arrival.arrival_time)
            hour = this_hour
        sender.add(arrival)
    sender.flush()
    return sender.result


class _Pace:
    def __init__(self, speed: float | None, sleep: Callable[[float], None]) -> None:
        self._speed = speed
        self.sleep = sleep
        self._start: tuple[float, datetime] | None = None

    def wait_for(self, moment: datetime) -> float:
        if self._speed is None:
            return 0.0
        if self._start is None:
            self._start = (time.monotonic(), moment)
        began, first = self._start
        return began + (moment - first).total_seconds() / self._speed - time.monotonic()


class _Sender:
    """Fills a batch, and sends it until all of it is accepted."""

    def __init__(self, client: Any, stream: str, progress: Callable[[int], None] | None, retry: Retry) -> None:
        self._client = client
        self._stream = stream
        self._progress = progress
        self.retry = retry
        self._batch: list[Arrival] = []
        self._batch_bytes = 0
        self.result = SendResult()

    def add(self, arrival: Arrival) -> None:
        size = len(arrival.payload) + len(arrival.partition_key.encode())
        if size > MAX_RECORD_BYTES:
            raise UnsentError(
                f"a record of {size:,} bytes (partition key {arrival.partition_key}) is over the limit of "
                f"{MAX_RECORD_BYTES:,}; {self.result.records:,} records were sent before it",
                sent=self.result.records,
                unsent=1 + len(self._batch),
            )
        if len(self._batch) == MAX_RECORDS or self._batch_bytes + size > MAX_REQUEST_BYTES:
            self.flush()
        self._batch.append(arrival)
        self._batch_bytes += size

    def flush(self) -> None:
        pending, self._batch, self._batch_bytes = self._batch, [], 0
        vain = 0
        while pending:
            failed, reason = self._put(pending)
            self._accepted(pending, failed)
            vain = vain + 1 if len(failed) == len(pending) else 0
            if vain >= self.retry.tries:
                raise UnsentError(
                    f"stream {self._stream} refused {len(failed):,} records {vain} times in a row "
                    f"({reason}); {self.result.records:,} records were sent, {len(failed):,} of this batch "
                    "and all after it were not. Run again later: a record sent twice keeps its event_id",
                    sent=self.result.records,
                    unsent=len(failed),
                )
            pending = [pending[position] for position in failed]
            if pending:
                self.result.retried += len(pending)
                self.retry.wait(vain)

    def _put(self, batch: list[Arrival]) -> tuple[list[int], str]:
        """Positions of the records that were not accepted, and why."""
        everything = list(range(len(batch)))
        self.result.requests += 1
        try:
            answer = self._client.put_records(
                StreamName=self._stream,
                Records=[{"Data": arrival.payload, "PartitionKey": arrival.partition_key} for arrival in batch],
            )
        except (HTTPClientError, BotoConnectionError) as error:
            return everything, str(error)
        except ClientError as error:
            if not _passes(error):
                raise explain(error, self._stream, self._client) from error
            return everything, error.response["Error"].get("Message") or error.response["Error"]["Code"]
        except BotoCoreError as error:
            raise explain(error, self._stream, self._client) from error
        outcomes = answer["Records"]
        if len(outcomes) != len(batch):
            raise DestinationError(
                f"stream {self._stream} answered for {len(outcomes)} of {len(batch)} records: this is no Kinesis"
            )
        failed = [position for position, outcome in enumerate(outcomes) if outcome.get("ErrorCode")]
        reason = outcomes[failed[0]].get("ErrorMessage") or outcomes[failed[0]]["ErrorCode"] if failed else ""
        return failed, reason

    def _accepted(self, batch: list[Arrival], failed: list[int]) -> None:
        refused = set(failed)
        accepted = [arrival for position, arrival in enumerate(batch) if position not in refused]
        if not accepted:
            return
        result = self.result
        result.records += len(accepted)
        result.bytes += sum(len(arrival.payload) for arrival in accepted)
        result.kinds.update(arrival.kind for arrival in accepted)
        times = [arrival.arrival_time for arrival in accepted]
        result.first_arrival = min(times[0], result.first_arrival or times[0])
        result.last_arrival = max(times[-1], result.last_arrival or times[-1])
        if self._progress is not None:
            self._progress(len(accepted))


def _passes(error: ClientError) -> bool:
    """Whether the same request may succeed in a moment."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return error.response["Error"]["Code"] in _PASSING_ERRORS or status >= 500
