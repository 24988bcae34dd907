"""`StackOperator`: a CloudFormation stack brought to what a template says, whatever it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from airflow.providers.amazon.aws.operators.cloud_formation import CloudFormationCreateStackOperator
from botocore.exceptions import ClientError

from aws_warehouse.connection import Calls
from aws_warehouse.resume import ResumeThenDefer
from aws_warehouse.triggers.stack import StackTrigger

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"]


class StackOperator(ResumeThenDefer, CloudFormationCreateStackOperator):
    """Creates the stack, or updates it, or finds it up to date; returns its outputs.

    The provider's operator creates alone, returns before the stack is there, and fails when it exists.

    :param stack_name: the stack. (templated)
    :param template: the template's file.
    :param parameters: the template's parameters by name. (templated)
    :param deadline: how long it may take; a stack that takes longer is left to end by itself.

    Returns `{"status", "outputs"}`.
    """

    template_fields: Sequence[str] = ("stack_name", "parameters", "aws_conn_id", "region_name", "verify")
    trigger_class = StackTrigger

    def __init__(
        self, *, stack_name: str, template: Path | str, parameters: Mapping[str, str] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(stack_name=stack_name, cloudformation_parameters={}, **kwargs)
        self.template = str(template)
        self.parameters = dict(parameters or {})

    def specs(self) -> list[dict[str, Any]]:
        parameters = [{"ParameterKey": name, "ParameterValue": text} for name, text in self.parameters.items()]
        return [{"body": Path(self.template).read_text(), "parameters": parameters}]

    async def start(self, call: Calls, spec: dict[str, Any], token: str, remember: Any) -> dict[str, Any]:
        request = {
            "StackName": self.stack_name,
            "TemplateBody": spec["body"],
            "Parameters": spec["parameters"],
            "Capabilities": CAPABILITIES,
            "ClientRequestToken": token,
        }
        job = {"id": self.stack_name, "own": False}
        try:
            action = "update_stack" if await self._exists(call) else "create_stack"
            await call("cloudformation", action, **request)
        except ClientError as error:
            if "No updates are to be performed" not in str(error):
                raise
            self.log.info("stack %s is up to date", self.stack_name)
        return job

    async def _exists(self, call: Calls) -> bool:
        try:
            await call("cloudformation", "describe_stacks", StackName=self.stack_name)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":  # "Stack with id … does not exist"
                return False
            raise
        return True

    async def result(self, call: Calls, jobs: list[dict[str, Any]], values: list[dict[str, Any]]) -> dict[str, Any]:
        self.log.info("stack %s: %s", self.stack_name, values[0])
        return values[0]
