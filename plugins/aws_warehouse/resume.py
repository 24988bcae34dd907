"""Resume, then defer: the one core of all operators that start something on AWS and wait for it.

Airflow's own `ResumableJobMixin` keeps a job's id for the blocking mode only. Here a job survives its worker in
either mode, and what has to begin anew does begin anew:

* A **retry after a crash** adopts what is running or done. What identifies a try's jobs (a random `nonce`) is kept in
  the task state store *before* anything is started, and each request carries a token made of it; so the gap between
  the start of a job and the keeping of its id is covered as well.
* A **failure**, a **clear** or **changed SQL** begins anew, all of it: after a failure because AWS would answer a known
  token with the failed job; after a clear because the person wants it run (`max_tries` grows with each clear, and with
  nothing else). Whatever still runs from before is stopped first.
"""

from __future__ import annotations

import hashlib
import json
import random
import time
import uuid
from abc import abstractmethod
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from airflow.sdk.bases.operator import BaseOperatorMeta
from airflow.sdk.exceptions import AirflowException, AirflowFailException
from botocore.exceptions import BotoCoreError, ClientError

from aws_warehouse.connection import AwsParams, BlockingCalls, Calls, is_passing, raise_clearly, run_now
from aws_warehouse.triggers.base import FAILED, LOST, SUCCEEDED, TIMED_OUT, UNSEEN, PauseTrigger, WaitTrigger

if TYPE_CHECKING:
    from airflow.sdk import Context

LONGEST_PAUSE = 60.0
MOST_CONFLICTS = 8


class DeadlineExceeded(AirflowException):
    """A wait was not over in time; its remote job was told to stop."""


class Busy(Exception):  # noqa: N818 - not an error: something else has to end before ours can start
    """Raised by `start`: wait for this first.

    :param trigger: the class that waits for it.
    :param job: what it looks at.
    """

    def __init__(self, trigger: type[WaitTrigger], job: dict[str, Any]) -> None:
        super().__init__(str(job))
        self.trigger = trigger
        self.job = job | {"own": False}


class WaitMixin:
    """Look quickly from the worker, and hand the wait to the triggerer if it takes longer.

    Handing over costs one to three seconds on a real Airflow, more than most of a small warehouse's jobs take.

    :param deadline: how long the whole wait may take.
    :param inline_wait: for how many seconds the worker looks itself.
    :param poll_interval: seconds between two looks of the triggerer.
    """

    aws_conn_id: str | None
    region_name: str | None
    verify: bool | str | None
    botocore_config: dict[str, Any] | None
    deferrable: bool
    log: Any
    defer: Any

    # so that default_args reach it
    @BaseOperatorMeta._apply_defaults  # type: ignore[untyped-decorator]
    def __init__(
        self,
        *,
        deadline: timedelta | float = timedelta(hours=1),
        inline_wait: float = 2.0,
        poll_interval: float = 5.0,
        deferrable: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.deferrable = deferrable
        self.deadline = deadline
        self.inline_wait = inline_wait
        self.poll_interval = poll_interval
        self._now: WaitTrigger | None = None

    @property
    def aws(self) -> AwsParams:
        return AwsParams(
            aws_conn_id=self.aws_conn_id,
            region_name=self.region_name,
            verify=self.verify,
            botocore_config=self.botocore_config,
        )

    @property
    def call(self) -> BlockingCalls:
        """Blocking calls; their clients are kept for the life of the operator."""
        if not hasattr(self, "_calls"):
            self._calls = BlockingCalls(self.aws)
        return self._calls

    def until(self) -> float:
        """The instant of the deadline, counted from now."""
        seconds = self.deadline.total_seconds() if isinstance(self.deadline, timedelta) else float(self.deadline)
        return time.time() + seconds

    def wait(
        self, trigger: type[WaitTrigger], job: dict[str, Any], until: float, state: dict[str, Any]
    ) -> dict[str, Any]:
        """The event that ends the wait; or the task is deferred, and `execute_complete` gets it."""
        self._now = wait = trigger(job=job, aws=self.aws, deadline=until, poll=self.poll_interval, state=state)
        event = self._look(wait, self.inline_wait if self.deferrable else float("inf"))
        if event is None:
            self.defer(trigger=wait, method_name="execute_complete")
            raise AssertionError("defer() does not return")
        self._now = None
        return event

    def _look(self, wait: WaitTrigger, seconds: float) -> dict[str, Any] | None:
        start, delay = time.monotonic(), 0.05
        while (event := run_now(wait.look(self.call))) is None:
            if time.monotonic() - start + delay > seconds:
                return None
            time.sleep(delay)
            delay = min(delay * 1.5, 0.5 if self.deferrable else max(0.5, self.poll_interval))
        return event

    def raise_for(self, event: dict[str, Any]) -> None:
        """Raise what an event reports, unless it reports success."""
        if event["status"] == SUCCEEDED:
            return
        if event["status"] == TIMED_OUT:
            raise DeadlineExceeded(event["message"])
        if event.get("permanent"):
            raise AirflowFailException(event["message"])
        raise AirflowException(event["message"] or f"ended as {event['status']}")

    def on_kill(self) -> None:
        """The worker was told to stop: so is the remote job, if it is ours."""
        if self._now is not None:
            run_now(self._now.cancel_own(self.call))


class ResumeThenDefer(WaitMixin):
    """Runs remote jobs one after another, each of them once.

    A subclass says what there is to start (`specs`), how (`start`), what waits for it (`trigger_class`) and what the
    task returns (`result`).
    """

    STATE_KEY: ClassVar[str] = "remote_jobs"
    trigger_class: ClassVar[type[WaitTrigger]]
    jobs: Sequence[dict[str, Any]] = ()
    """What this try has started or adopted so far: what the links of the task point at."""

    @abstractmethod
    def specs(self) -> list[dict[str, Any]]:
        """What is to be started, in order; JSON. If it differs from what an earlier try started, all begins anew."""

    @abstractmethod
    async def start(self, call: Calls, spec: dict[str, Any], token: str, remember: Any) -> dict[str, Any]:
        """Start one; its `job` is returned. Adopts it if the token was used before.

        :param remember: `remember(job)` keeps a job before it is started, for a service that knows no tokens.
        :raises Busy: something else has to end first.
        """

    @abstractmethod
    async def result(self, call: Calls, jobs: list[dict[str, Any]], values: list[dict[str, Any]]) -> Any:
        """What the task returns, once all have succeeded."""

    def execute(self, context: Context) -> Any:
        state = self._adopt(context) or self._begin(context)
        fresh = {"until": self.until(), "values": [], "busy": None, "pauses": 0, "conflicts": 0}
        return self._advance(context, state | fresh)

    def execute_complete(self, context: Context, event: dict[str, Any] | None = None) -> Any:
        if not event:
            raise AirflowException("the trigger ended without an event")
        return self._advance(context, event["state"], event)

    def _advance(self, context: Context, state: dict[str, Any], event: dict[str, Any] | None = None) -> Any:
        specs = self.specs()
        self.jobs = state["jobs"]
        while len(state["values"]) < len(specs):
            index = len(state["values"])
            if event is None and state["busy"] is None and len(state["jobs"]) <= index:
                self._start(context, state, index, specs[index])
            busy = state["busy"]
            if event is None:
                event = self._wait_for(busy, state) if busy else self._wait_for_job(state, index)
            if busy:
                # whatever became of the other one, it is over; only its deadline is ours
                if event["status"] == TIMED_OUT or event.get("permanent"):
                    self.raise_for(event)
                state["busy"] = None
            elif event.get("conflict") and state["conflicts"] < MOST_CONFLICTS:
                self._begin_again(context, state, index, event)
            else:
                self._judge(context, event)
                state["values"].append(event["value"])
            event = None
        return run_now(self._guarded(self.result(self.call, state["jobs"], state["values"]), "reading the result"))

    def _wait_for_job(self, state: dict[str, Any], index: int) -> dict[str, Any]:
        return self.wait(self.trigger_class, state["jobs"][index], state["until"], state)

    def _wait_for(self, busy: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
        from importlib import import_module

        module, _, name = busy["trigger"].rpartition(".")
        return self.wait(getattr(import_module(module), name), busy["job"], state["until"], state)

    def _start(self, context: Context, state: dict[str, Any], index: int, spec: dict[str, Any]) -> None:
        """Start the next one, or note in `state` what has to be waited for first."""

        def remember(job: dict[str, Any]) -> None:
            self._keep(context, state, [*state["jobs"][:index], job])

        def busy(trigger: type[WaitTrigger], job: dict[str, Any]) -> None:
            state["busy"] = {"trigger": f"{trigger.__module__}.{trigger.__qualname__}", "job": job}

        try:
            job = run_now(self.start(self.call, spec, self._token(context, state, index, spec), remember))
        except Busy as other:
            busy(other.trigger, other.job)
        except (ClientError, BotoCoreError) as error:
            if not is_passing(error):
                raise_clearly(error, self.aws, "starting")
            state["pauses"] += 1
            seconds = min(2.0 ** state["pauses"], LONGEST_PAUSE)
            self.log.warning("AWS is too busy to start it; trying again in %.0f s: %s", seconds, error)
            busy(PauseTrigger, {"until": time.time() + seconds, "why": str(error), "own": False})
        else:
            remember(job)
            self.jobs = state["jobs"] = [*state["jobs"][:index], job]

    def _begin_again(self, context: Context, state: dict[str, Any], index: int, event: dict[str, Any]) -> None:
        """Somebody else changed the table meanwhile and nothing of ours took place: pause, then start it anew.

        By another token, since AWS would answer the known one with the job that failed.
        """
        state["conflicts"] += 1
        state["nonce"] = uuid.uuid4().hex
        state["jobs"] = state["jobs"][:index]
        self._keep(context, state, state["jobs"])
        seconds = random.uniform(0, min(2.0 ** state["conflicts"], LONGEST_PAUSE))  # apart from whom we met
        self.log.warning("conflict %d: trying again in %.1f s: %s", state["conflicts"], seconds, event["message"])
        pause = {"until": time.time() + seconds, "why": event["message"], "own": False}
        state["busy"] = {"trigger": f"{PauseTrigger.__module__}.{PauseTrigger.__qualname__}", "job": pause}

    def _judge(self, context: Context, event: dict[str, Any]) -> None:
        if event["status"] in (FAILED, LOST, TIMED_OUT):
            self._forget(context)  # the next try begins anew
        self.raise_for(event)

    async def _guarded(self, work: Any, doing: str) -> Any:
        try:
            return await work
        except (ClientError, BotoCoreError) as error:
            raise_clearly(error, self.aws, doing)

    # what is kept between tries
    def _begin(self, context: Context) -> dict[str, Any]:
        state = {"nonce": uuid.uuid4().hex, "jobs": [], **self._identity(context)}
        if context.get("task_state_store") is None:
            self.log.warning("no task state store: after a crash of the worker, jobs will be started again")
        self._keep(context, state, [])
        return state

    def _adopt(self, context: Context) -> dict[str, Any] | None:
        """What an earlier try of this attempt left, if all of it is alive or done."""
        store = context.get("task_state_store")
        kept = store.get(self.STATE_KEY) if store is not None else None
        if not isinstance(kept, dict):
            return None
        waits = [self.trigger_class(job=job, aws=self.aws, deadline=time.time() + 60, state={}) for job in kept["jobs"]]
        if {name: kept.get(name) for name in ("tries", "sent")} != self._identity(context):
            for wait in waits:
                run_now(wait.cancel_own(self.call))
            return None
        for wait in waits:
            event = run_now(wait.look(self.call))
            if event is not None and event["status"] == UNSEEN:
                self.raise_for(event)  # it may be alive: another one is not started because we cannot see it
            if event is not None and event["status"] in (FAILED, LOST):
                if event.get("permanent"):
                    self.raise_for(event)
                return None
        if waits:
            self.log.info("an earlier try started it already; going on with %s", kept["jobs"])
        return kept

    def _identity(self, context: Context) -> dict[str, Any]:
        sent = hashlib.sha256(json.dumps(self.specs(), sort_keys=True, default=str).encode()).hexdigest()
        return {"tries": getattr(context["ti"], "max_tries", 0), "sent": sent}

    def _keep(self, context: Context, state: dict[str, Any], jobs: list[dict[str, Any]]) -> None:
        store = context.get("task_state_store")
        if store is not None:
            kept = {name: state[name] for name in ("nonce", "tries", "sent")}
            store.set(self.STATE_KEY, kept | {"jobs": jobs})

    def _forget(self, context: Context) -> None:
        store = context.get("task_state_store")
        if store is not None:
            store.delete(self.STATE_KEY)

    @staticmethod
    def _token(context: Context, state: dict[str, Any], index: int, spec: dict[str, Any]) -> str:
        """64 characters, the same for each try that may adopt, different for all else."""
        ti = context["ti"]
        who = [ti.dag_id, ti.run_id, ti.task_id, getattr(ti, "map_index", -1), state["nonce"], index, spec]
        return hashlib.sha256(json.dumps(who, sort_keys=True, default=str).encode()).hexdigest()
