"""`MergeWindowOperator`: a window's merges on Athena, while no other window is between its merge and its balance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_warehouse.connection import Calls
from aws_warehouse.lease import Lease, holder_of
from aws_warehouse.ledger import window_key
from aws_warehouse.operators.athena import AthenaQueryOperator
from aws_warehouse.resume import Busy
from aws_warehouse.triggers.lease import LeaseTrigger
from aws_warehouse.window import resolve_window, text


class MergeWindowOperator(AthenaQueryOperator):
    """Runs the merges of the run's window as `AthenaQueryOperator` does, once it holds the lease of the lake's tables.

    Waiting for another window holds no slot. A retry, a clear and a crash find the lease as their own. It is given back
    by the task `release_lease`, which runs whether the window balanced or not, or when its time is over.

    :param bucket: the bucket whose ledger the lease is in. (templated)
    :param lease_seconds: for how long it is taken: longer than a run takes from here to its balance.

    Returns what `AthenaQueryOperator` returns, and `generation`, which the balance confirms.
    """

    template_fields: Sequence[str] = (*AthenaQueryOperator.template_fields, "bucket")

    def __init__(self, *, bucket: str, lease_seconds: float = 3600.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.bucket = bucket
        self.lease_seconds = lease_seconds

    def execute(self, context: Any) -> Any:
        self._holder = holder_in(context)
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any] | None = None) -> Any:
        self._holder = holder_in(context)
        return super().execute_complete(context, event)

    async def start(self, call: Calls, spec: dict[str, Any], token: str, remember: Any) -> dict[str, Any]:
        held = await Lease(call, self.bucket, self.lease_seconds).acquire(self._holder)
        if held.holder != self._holder:
            self.log.info("the lake is held by %s: waiting for its end", held.holder)
            raise Busy(LeaseTrigger, {"bucket": self.bucket})
        job = await super().start(call, spec, token, remember)
        return job | {"generation": held.generation}

    async def result(self, call: Calls, jobs: list[dict[str, Any]], values: list[dict[str, Any]]) -> dict[str, Any]:
        # of the first merge: if the lease was lost in between, the balance is to see it
        return await super().result(call, jobs, values) | {"generation": jobs[0]["generation"]}


def holder_in(context: Any) -> str:
    """How the run of a context is named as holder of the lease."""
    window = resolve_window(context)
    return holder_of(window_key(text(window.start), text(window.end)), context["run_id"])
