"""Waits for a CloudFormation stack."""

from __future__ import annotations

from aws_warehouse.connection import Calls
from aws_warehouse.triggers.base import FAILED, RUNNING, SUCCEEDED, Progress, WaitTrigger

DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")


class StackTrigger(WaitTrigger):
    """Waits for one stack to be created or updated. A kill leaves it to end by itself: half a stack helps nobody.

    `job`: `id` (the stack's name or ARN).
    """

    what = "the stack"

    async def probe(self, call: Calls) -> Progress:
        [stack] = (await call("cloudformation", "describe_stacks", StackName=self.job["id"]))["Stacks"]
        status = stack["StackStatus"]
        if status in DONE:
            outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}
            return Progress(SUCCEEDED, value={"status": status, "outputs": outputs})
        if status.endswith("_IN_PROGRESS"):
            return Progress(RUNNING, f"the stack is {status}")
        return Progress(FAILED, f"the stack is {status}: {await self._reasons(call) or stack.get('StackStatusReason')}")

    async def _reasons(self, call: Calls) -> str:
        """What failed first, in CloudFormation's own words."""
        answer = await call("cloudformation", "describe_stack_events", StackName=self.job["id"])
        failed = [each for each in answer["StackEvents"] if each.get("ResourceStatus", "").endswith("_FAILED")]
        return "; ".join(f"{each['LogicalResourceId']}: {each.get('ResourceStatusReason', '')}" for each in failed[-3:])
