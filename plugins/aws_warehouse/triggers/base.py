"""One wait: look, look again, until it has ended or its deadline has come. The same look serves worker and triggerer.

Why not the provider's waiter triggers: under persistent throttling they never end (apache/airflow#67222 counts no
attempt for it), they have no deadline that the remote job hears of (apache/airflow#69678, #67382), and most of them
leave the job running when a person kills the task (apache/airflow#36090).
"""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from airflow.triggers.base import BaseTrigger, TriggerEvent
from botocore.exceptions import BotoCoreError, ClientError

from aws_warehouse.connection import AsyncCalls, AwsParams, Calls, explain, is_passing, is_refusal, is_unreachable

RUNNING, SUCCEEDED, FAILED, LOST, TIMED_OUT = "running", "succeeded", "failed", "lost", "timed out"
UNSEEN = "unseen"
"""Nobody would say how it is: the wait has failed, not the job, which a retry goes on with."""


@dataclass(frozen=True)
class Progress:
    """What one look found.

    :param state: `running`, `succeeded`, `failed`, `lost` (the service does not know the job), or `unseen`.
    :param message: why, for a person.
    :param value: what the operator needs of the answer; JSON.
    :param permanent: whether a retry of the task is pointless.
    :param conflict: whether it failed for somebody else's change at the same time: starting it again is right.
    """

    state: str
    message: str = ""
    value: dict[str, Any] = field(default_factory=dict)
    permanent: bool = False
    conflict: bool = False


HANDOVER = 3.0
"""Seconds before the triggerer looks for the first time."""


class WaitTrigger(BaseTrigger):
    """Waits for one remote job or condition.

    :param job: what to look at: JSON; `own` False means that somebody else started it, and it is never cancelled.
    :param aws: what makes a client.
    :param deadline: when to give up, in seconds since the epoch. Then the job is cancelled and the event says so.
    :param poll: seconds between two looks.
    :param state: what the operator wants back with the event; JSON.
    """

    what: ClassVar[str] = "the wait"
    patience: ClassVar[float] = 20.0
    """For how many seconds in a row nobody need answer while we wait: a restart of the endpoint is no failure."""

    def __init__(
        self,
        *,
        job: dict[str, Any],
        aws: AwsParams,
        deadline: float,
        poll: float = 5.0,
        state: dict[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.job = job
        self.aws = aws
        self.deadline = deadline
        self.poll = poll
        self.state = state or {}
        self._silent_since: float | None = None
        self._trouble = ""

    def serialize(self) -> tuple[str, dict[str, Any]]:
        fields = {"job": self.job, "aws": dict(self.aws), "deadline": self.deadline}
        return f"{type(self).__module__}.{type(self).__qualname__}", fields | {"poll": self.poll, "state": self.state}

    @abstractmethod
    async def probe(self, call: Calls) -> Progress:
        """Look once. Errors of AWS go through: `look` judges them."""

    async def cancel(self, call: Calls) -> None:
        """Stop the remote job; nothing to stop by default."""

    async def look(self, call: Calls, patience: float = 0.0) -> dict[str, Any] | None:
        """The event if the wait is over, else None.

        :param patience: for how many seconds in a row an endpoint may be silent.
        """
        try:
            progress = await self.probe(call)
            self._silent_since, self._trouble = None, ""
        except (ClientError, BotoCoreError) as error:
            if not is_passing(error) and not self._tolerated(error, patience):
                said = f"{self.what}: {explain(error, self.aws)}"
                return self.event(Progress(UNSEEN, said, permanent=is_refusal(error)))
            self._trouble = f"; last trouble: {explain(error, self.aws)}"
            progress = Progress(RUNNING)
        if progress.state != RUNNING:
            return self.event(progress)
        if time.time() < self.deadline:
            return None
        await self.cancel_own(call)
        stopped = "; it was told to stop" if self.job.get("own", True) else ""
        doing = f": {progress.message}" if progress.message else ""
        return self.event(
            Progress(TIMED_OUT, f"{self.what} was not over by its deadline{doing}{stopped}{self._trouble}")
        )

    def _tolerated(self, error: BaseException, patience: float) -> bool:
        if not is_unreachable(error):
            return False
        self._silent_since = self._silent_since or time.monotonic()
        return time.monotonic() - self._silent_since < patience

    def event(self, progress: Progress) -> dict[str, Any]:
        return {
            "status": progress.state,
            "message": " ".join(progress.message.split()),
            "value": progress.value,
            "permanent": progress.permanent,
            "conflict": progress.conflict,
            "state": self.state,
        }

    async def cancel_own(self, call: Calls) -> None:
        """Stop the job if it is ours. Its own end is no error, and an error here must not hide another."""
        if not self.job.get("own", True):
            return
        try:
            await self.cancel(call)
        except (ClientError, BotoCoreError) as error:
            self.log.warning("%s could not be stopped: %s", self.what, explain(error, self.aws))

    async def run(self) -> AsyncIterator[TriggerEvent]:
        delay = min(0.2, self.poll)
        # The worker has just looked. And a task that is resumed before the scheduler has seen its worker end is taken
        # for one that was killed from outside, and is tried again.
        await asyncio.sleep(max(0.0, min(HANDOVER, self.poll, self.deadline - time.time())))
        async with AsyncCalls(self.aws) as call:
            while (event := await self.look(call, self.patience)) is None:
                await asyncio.sleep(max(0.0, min(delay, self.deadline - time.time())))
                delay = min(delay * 1.5, self.poll)
        yield TriggerEvent(event)

    async def on_kill(self) -> None:
        """A person ended the task (marked or cleared): end the remote job too. Not called on triggerer restarts."""
        async with AsyncCalls(self.aws) as call:
            await self.cancel_own(call)


class PauseTrigger(WaitTrigger):
    """Waits until `job["until"]` (seconds since the epoch): AWS was too busy to start something."""

    what = "a pause before the next try to start"

    async def probe(self, call: Calls) -> Progress:
        return Progress(SUCCEEDED if time.time() >= self.job["until"] else RUNNING, self.job.get("why", ""))
