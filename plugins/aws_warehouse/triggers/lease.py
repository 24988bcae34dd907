"""Waits until the lake's tables are nobody's."""

from __future__ import annotations

from aws_warehouse.connection import Calls
from aws_warehouse.lease import Lease, shown
from aws_warehouse.triggers.base import RUNNING, SUCCEEDED, Progress, WaitTrigger


class LeaseTrigger(WaitTrigger):
    """Waits until the lease is free or its time is over; who takes it then is decided by taking it.

    `job`: `bucket`.
    """

    what = "the wait for another window's balance"

    async def probe(self, call: Calls) -> Progress:
        found, is_held = await Lease(call, self.job["bucket"]).look()
        return Progress(RUNNING if is_held else SUCCEEDED, f"the lake is held by {shown(found)}")
