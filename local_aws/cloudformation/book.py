"""The stacks of an account and region: lookups, templates of requests, and work that is held."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import TimeoutError as StillRunning
from typing import Any
from urllib.parse import unquote, urlsplit

from local_aws.cloudformation import parameters, plan, template
from local_aws.cloudformation.deployment import Deployment
from local_aws.cloudformation.errors import invalid, missing_stack
from local_aws.cloudformation.stack import ChangeSet, Stack
from local_aws.cloudformation.template import Template
from local_aws.errors import AwsError, Unsupported
from local_aws.lake import Lake

Params = dict[str, Any]

HOLD_SECONDS = 20
_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
_UPDATABLE = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"})
_REFUSED = (
    "StackPolicyBody",
    "StackPolicyURL",
    "NotificationARNs",
    "ResourcesToImport",
    "IncludeNestedStacks",
    "ImportExistingResources",
    "RollbackConfiguration",
)


class StackBook:
    """Finds stacks and change sets, reads what requests bring, starts the work."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.stacks: dict[str, Stack] = {}

    def new(self, params: Params) -> Stack:
        name = params["StackName"]
        if not _NAME.fullmatch(name):
            raise invalid(
                f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
            )
        stack_id = self.lake.arn("cloudformation", f"stack/{name}/{self.lake.new_id()}")
        stack = self.stacks[stack_id] = Stack(stack_id, name, self.lake.clock, role_arn=params.get("RoleARN"))
        return stack

    def create(
        self,
        stack: Stack,
        source: Template,
        given: dict[str, str],
        values: dict[str, str],
        tags: dict[str, str],
        capabilities: list[str],
    ) -> None:
        stack.template, stack.given, stack.values = source, given, values
        stack.tags, stack.capabilities = tags, capabilities
        self.run(stack, Deployment(self.lake.api, stack, source, values).create)

    def run(self, stack: Stack, work: Callable[[], None]) -> None:
        """Start the work on a stack and hold the request a while for it. One work at a time."""
        if not stack.working.acquire(blocking=False):
            raise invalid(f"Stack:{stack.id} is in {stack.status} state and can not be changed now.")

        def locked() -> None:
            try:
                work()
            finally:
                stack.working.release()

        job = self.lake.jobs.start(f"stack {stack.name}", lambda _: locked())
        try:
            job.wait(HOLD_SECONDS)
        except StillRunning:
            return

    def source(self, params: Params, stack: Stack | None) -> tuple[Template, dict[str, str], dict[str, str]]:
        """The template of a request, its parameters as given, and all of them resolved."""
        source = self.template_of(params, stack)
        plan.check_capabilities(source, params.get("Capabilities", []))
        previous = stack.values if stack is not None else {}
        given = parameters.given(params.get("Parameters", []), previous)
        return source, given, parameters.resolve(source, given)

    def template_of(self, params: Params, stack: Stack | None) -> Template:
        body, url = params.get("TemplateBody"), params.get("TemplateURL")
        if params.get("UsePreviousTemplate") and stack is not None and stack.template is not None:
            return stack.template
        if (body is None) == (url is None):
            raise invalid("Either Template URL or Template Body must be specified.")
        source = template.parse(body if body is not None else self._download(str(url)), limited=body is not None)
        plan.check(source)
        return source

    def _download(self, url: str) -> str:
        parts = urlsplit(url)
        host, path = parts.hostname or "", unquote(parts.path.lstrip("/"))
        virtual = ".s3." in host or ".s3-" in host
        bucket, key = (host.partition(".s3")[0], path) if virtual else tuple(path.split("/", 1))
        try:
            return self.lake.objects.read(bucket, key).decode()
        except AwsError as error:
            raise invalid(f"S3 error: {error.message}") from error

    def living(self, name: str) -> Stack | None:
        found = (each for each in self.stacks.values() if name in {each.name, each.id} and each.deleted is None)
        return next(found, None)

    def stack(self, name: str) -> Stack:
        """A living stack by name or id, or a deleted one by id."""
        found = self.living(name) or self.stacks.get(name)
        if found is None:
            raise missing_stack(name)
        return found

    def updatable(self, name: str) -> Stack:
        stack = self.living(name)
        if stack is None:
            raise invalid(f"Stack [{name}] does not exist")
        if stack.status not in _UPDATABLE:
            raise invalid(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
        return stack

    def change_set(self, params: Params) -> tuple[Stack, ChangeSet]:
        name = params["ChangeSetName"]
        if "StackName" in params:
            stack = self.stack(params["StackName"])
            return stack, change_set(stack, name)
        for stack in self.stacks.values():
            for each in stack.change_sets.values():
                if each.id == name:
                    return stack, each
        raise AwsError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)


def change_set(stack: Stack, name: str) -> ChangeSet:
    found = next((each for each in stack.change_sets.values() if name in {each.name, each.id}), None)
    if found is None:
        raise AwsError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)
    return found


def not_busy(stack: Stack) -> None:
    if stack.busy:
        raise invalid(f"Stack:{stack.id} is in {stack.status} state and can not be changed now.")


def refuse(params: Params) -> None:
    for name in _REFUSED:
        if params.get(name):
            raise Unsupported(f"CloudFormation's {name}")


def tags(params: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in params.get("Tags", [])}
