"""The lease: who may change the lake's tables and count them, from the merge of a window to its balance.

Windows run in parallel up to their merge. From there on they go one by one: a count of one window is true as long as no
other one is merged before it is written down, since an earlier window takes over events that a later one has counted;
and two merges of one Iceberg table at a time conflict anyway.

The lease is an object in the ledger, `ledger/lease.json`, changed by conditional writes alone
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html). It is never deleted: its `generation`
grows with each holder. Whoever finds the generation of its own merge again when it balances knows that nobody was
between, whether or not its time is over; whoever does not, has to merge and count again. So a wrong clock, a holder
that was taken for dead, or an answer that was lost cost a run, not a row. What time it is, S3 says, by the `Date` of
its answers.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from airflow.sdk.exceptions import AirflowFailException
from botocore.exceptions import ClientError

from aws_warehouse.connection import Calls, code_of, status_of

KEY = "ledger/lease.json"
TRIES = 20
"""Each lost race means that another one won: as many in a row are no race."""


class LeaseLost(AirflowFailException):
    """Another window was merged between this one's merge and its balance: its counts may be stale."""


@dataclass(frozen=True)
class Held:
    """What the lease says.

    :param holder: who has it: a window and its run; empty: nobody.
    :param generation: how many holders there have been.
    :param until: when it may be taken away, in seconds since the epoch, by S3's time.
    """

    holder: str = ""
    generation: int = 0
    until: float = 0.0


class Lease:
    """The lease of one bucket.

    :param seconds: for how long it is taken: longer than a merge and its counts may take.
    """

    def __init__(self, call: Calls, bucket: str, seconds: float = 3600.0) -> None:
        self._call = call
        self._bucket = bucket
        self._seconds = seconds

    async def look(self) -> tuple[Held, bool]:
        """What it says, and whether somebody has it now."""
        found, _, now = await self._read()
        return found, bool(found.holder) and now < found.until

    async def acquire(self, holder: str) -> Held:
        """Take it, if it is free, its time is over, or it is the holder's own; else what another one holds."""
        for _ in range(TRIES):
            found, etag, now = await self._read()
            if found.holder not in ("", holder) and now < found.until:
                return found
            generation = found.generation + (found.holder != holder)
            taken = Held(holder, generation, now + self._seconds)
            if await self._write(taken, etag):
                return taken
        raise LeaseLost(f"{KEY} changed {TRIES} times while it was to be taken: something else writes it")

    async def confirm(self, holder: str, generation: int) -> None:
        """Take it for the balance. :raises LeaseLost: unless nobody else has had it since `generation` was given."""
        for _ in range(TRIES):
            found, etag, now = await self._read()
            if found.generation != generation or found.holder not in ("", holder):
                raise LeaseLost(
                    f"another window was merged since this one was ({found.holder or 'it has ended'}; lease"
                    f" {found.generation}, ours was {generation}): its counts may be stale. Clear `merge` and what"
                    " follows it"
                )
            if await self._write(Held(holder, generation, now + self._seconds), etag):
                return
        raise LeaseLost(f"{KEY} changed {TRIES} times while it was to be confirmed: something else writes it")

    async def release(self, holder: str) -> None:
        """Give it back, if the holder has it."""
        for _ in range(TRIES):
            found, etag, _now = await self._read()
            if found.holder != holder or await self._write(Held("", found.generation), etag):
                return

    async def _read(self) -> tuple[Held, str, float]:
        """What it says, its ETag (empty when there is none yet), and the time."""
        try:
            answer = await self._call("s3", "head_object", Bucket=self._bucket, Key=KEY)
        except ClientError as error:
            if status_of(error) != 404:
                raise
            return Held(), "", _now(error.response)
        kept = json.loads(answer["Metadata"]["lease"])
        return Held(**kept), str(answer["ETag"]), _now(answer)

    async def _write(self, held: Held, etag: str) -> bool:
        """Whether it was still as it was read. An answer that was lost is found out by reading again."""
        text = json.dumps(asdict(held), sort_keys=True)
        condition = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
        try:
            # in the metadata too: so that one HEAD reads it, its ETag and the time
            await self._call(
                "s3",
                "put_object",
                Bucket=self._bucket,
                Key=KEY,
                Body=text.encode(),
                Metadata={"lease": text},
                ContentType="application/json",
                **condition,
            )
        except ClientError as error:
            if code_of(error) in ("PreconditionFailed", "ConditionalRequestConflict") or status_of(error) == 404:
                return False
            raise
        return True


def _now(answer: dict[str, Any]) -> float:
    date = answer["ResponseMetadata"]["HTTPHeaders"]["date"]
    return parsedate_to_datetime(date).astimezone(UTC).timestamp()


def holder_of(window_key: str, run_id: str) -> str:
    return f"window {window_key} by {run_id}"


def shown(held: Held) -> str:
    """For a person: who has it, and until when."""
    return f"{held.holder or 'nobody'} until {datetime.fromtimestamp(held.until, UTC):%Y-%m-%dT%H:%M:%SZ}"
