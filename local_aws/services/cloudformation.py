"""CloudFormation: stacks and change sets over templates whose resources are all really made.

Deviates: answers of CreateStack, UpdateStack, DeleteStack and ExecuteChangeSet are held back until the work has ended,
for up to 20 seconds: clients' waiters look again only every 30 seconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import TimeoutError as StillRunning
from typing import Any
from urllib.parse import unquote, urlsplit

from local_aws.cloudformation import parameters, plan, template
from local_aws.cloudformation.deployment import Deployment, remove_stack
from local_aws.cloudformation.errors import invalid, missing_stack
from local_aws.cloudformation.stack import ChangeSet, Stack, StackResource
from local_aws.cloudformation.template import Template
from local_aws.errors import AwsError, Unsupported
from local_aws.lake import Lake
from local_aws.services.base import Service
from local_aws.services.cloudformation_shapes import change_set_shape, event_shape, resource_shape, stack_shape
from local_aws.wire import Params

HOLD_SECONDS = 20
NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
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


class CloudFormation(Service):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html"""

    name = "cloudformation"
    invalid = "ValidationError"
    unsupported = "ValidationError"

    def __init__(self, lake: Lake) -> None:
        super().__init__(lake)
        self._stacks: dict[str, Stack] = {}

    # stacks
    def create_stack(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html"""
        _refuse(params)
        if self._living(params["StackName"]) is not None:
            raise AwsError("AlreadyExistsException", f"Stack [{params['StackName']}] already exists")
        source, given, values = self._source(params, None)
        stack = self._new(params)
        stack.on_failure = "DO_NOTHING" if params.get("DisableRollback") else params.get("OnFailure", "ROLLBACK")
        stack.protected = bool(params.get("EnableTerminationProtection"))
        self._create(stack, source, given, values, _tags(params), params.get("Capabilities", []))
        return {"StackId": stack.id}

    def update_stack(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStack.html"""
        _refuse(params)
        stack = self._updatable(params["StackName"])
        source, given, values = self._source(params, stack)
        tags = _tags(params) if "Tags" in params else stack.tags
        if not plan.changes(self.lake.api, stack, source, values) and tags == stack.tags:
            raise invalid("No updates are to be performed.")
        stack.capabilities = params.get("Capabilities", [])
        self._run(stack, lambda: Deployment(self.lake.api, stack, source, values).update(given, tags))
        return {"StackId": stack.id}

    def delete_stack(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html"""
        stack = self._living(params["StackName"])
        if stack is None:
            return {}
        if stack.protected:
            message = f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
            raise invalid(message)
        _not_busy(stack)
        retained = set(params.get("RetainResources", []))
        if retained and stack.status != "DELETE_FAILED":
            raise invalid("Invalid operation on stack: RetainResources is for stacks in DELETE_FAILED state")
        self._run(stack, lambda: remove_stack(self.lake.api, stack, retained))
        return {}

    def describe_stacks(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html"""
        name = params.get("StackName")
        found = [self._stack(name)] if name else [each for each in self._stacks.values() if each.deleted is None]
        return {"Stacks": [stack_shape(stack) for stack in found]}

    def list_stacks(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStacks.html"""
        wanted = params.get("StackStatusFilter")
        found = [each for each in self._stacks.values() if not wanted or each.status in wanted]
        return {"StackSummaries": [stack_shape(stack) for stack in reversed(found)]}

    def update_termination_protection(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateTerminationProtection.html"""
        stack = self._stack(params["StackName"])
        stack.protected = params["EnableTerminationProtection"]
        return {"StackId": stack.id}

    def describe_stack_events(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackEvents.html"""
        stack = self._stack(params["StackName"])
        return {"StackEvents": [event_shape(stack, event) for event in reversed(stack.events)]}

    def describe_stack_resource(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResource.html"""
        stack = self._stack(params["StackName"])
        return {"StackResourceDetail": resource_shape(stack, _resource(stack, params["LogicalResourceId"]))}

    def describe_stack_resources(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html"""
        if "StackName" not in params:
            raise Unsupported("DescribeStackResources by PhysicalResourceId")
        stack, logical_id = self._stack(params["StackName"]), params.get("LogicalResourceId")
        found = [_resource(stack, logical_id)] if logical_id else list(stack.resources.values())
        return {"StackResources": [resource_shape(stack, each) for each in found]}

    def list_stack_resources(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html"""
        stack = self._stack(params["StackName"])
        return {"StackResourceSummaries": [resource_shape(stack, each) for each in stack.resources.values()]}

    def list_exports(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListExports.html"""
        exports = [
            {"ExportingStackId": stack.id, "Name": output.export, "Value": output.value}
            for stack in self._stacks.values()
            if stack.deleted is None
            for output in stack.outputs
            if output.export
        ]
        return {"Exports": exports}

    # templates
    def get_template(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html"""
        stack = self._stack(params["StackName"])
        if "ChangeSetName" in params:
            return {"TemplateBody": _change_set(stack, params["ChangeSetName"]).template.body}
        if stack.template is None:
            raise invalid(f"Template for the stack {stack.name} does not exist")
        return {"TemplateBody": stack.template.body, "StagesAvailable": ["Original", "Processed"]}

    def validate_template(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ValidateTemplate.html"""
        source = self._template(params, None)
        needed = plan.capabilities(source)
        return {
            "Description": source.description,
            "Parameters": [
                {
                    "ParameterKey": key,
                    "DefaultValue": None if "Default" not in each else str(each["Default"]),
                    "NoEcho": bool(each.get("NoEcho")),
                    "Description": each.get("Description"),
                }
                for key, each in source.parameters.items()
            ],
            "Capabilities": [needed] if needed else [],
            "CapabilitiesReason": "The template contains IAM resources" if needed else None,
        }

    def get_template_summary(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplateSummary.html"""
        stack = self._stack(params["StackName"]) if "StackName" in params else None
        source = stack.template if stack is not None and stack.template else self._template(params, None)
        needed = plan.capabilities(source)
        return {
            "Description": source.description,
            "ResourceTypes": sorted({each["Type"] for each in source.resources.values()}),
            "Version": "2010-09-09",
            "Capabilities": [needed] if needed else [],
            "Parameters": [
                {
                    "ParameterKey": key,
                    "ParameterType": each["Type"],
                    "DefaultValue": None if "Default" not in each else str(each["Default"]),
                    "NoEcho": bool(each.get("NoEcho")),
                    "Description": each.get("Description"),
                    "ParameterConstraints": {"AllowedValues": [str(value) for value in each.get("AllowedValues", [])]},
                }
                for key, each in source.parameters.items()
            ],
        }

    # change sets
    def create_change_set(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html"""
        _refuse(params)
        kind, stack = params.get("ChangeSetType", "UPDATE"), self._living(params["StackName"])
        if kind == "IMPORT":
            raise Unsupported("change sets of the type IMPORT")
        if kind == "UPDATE":
            stack = self._updatable(params["StackName"])
        elif stack is not None and stack.status != "REVIEW_IN_PROGRESS":
            raise invalid(f"Stack [{stack.name}] already exists and cannot be created again with the changeSet")
        source, given, values = self._source(params, stack)
        stack = stack or self._new(params)
        if not stack.events:
            stack.become("REVIEW_IN_PROGRESS", "User Initiated")
        name = params["ChangeSetName"]
        if name in stack.change_sets:
            raise AwsError("AlreadyExistsException", f"ChangeSet {name} cannot be created: it exists")
        tags = _tags(params) if "Tags" in params else stack.tags
        made = ChangeSet(
            self.lake.arn("cloudformation", f"changeSet/{name}/{self.lake.new_id()}"),
            *(name, kind, source, given, values, tags, params.get("Capabilities", [])),
            plan.changes(self.lake.api, stack, source, values),
            self.lake.clock.now(),
            params.get("Description"),
        )
        if not made.changes and tags == stack.tags:
            made.status, made.reason, made.execution = "FAILED", NO_CHANGES, "UNAVAILABLE"
        stack.change_sets[name] = made
        return {"Id": made.id, "StackId": stack.id}

    def describe_change_set(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html"""
        stack, found = self._change_set(params)
        return change_set_shape(stack, found)

    def list_change_sets(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListChangeSets.html"""
        stack = self._stack(params["StackName"])
        return {"Summaries": [change_set_shape(stack, each) for each in stack.change_sets.values()]}

    def execute_change_set(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html"""
        stack, found = self._change_set(params)
        if found.execution != "AVAILABLE":
            message = f"ChangeSet [{found.id}] cannot be executed in its current status of [{found.status}]"
            raise AwsError("InvalidChangeSetStatus", message)
        _not_busy(stack)
        found.execution, stack.change_set_id = "EXECUTE_COMPLETE", found.id
        stack.change_sets = {found.name: found}
        if found.kind == "CREATE":
            stack.on_failure = "DO_NOTHING" if params.get("DisableRollback") else "ROLLBACK"
            self._create(stack, found.template, found.given, found.values, found.tags, found.capabilities)
        else:
            stack.capabilities = found.capabilities
            change = Deployment(self.lake.api, stack, found.template, found.values)
            self._run(stack, lambda: change.update(found.given, found.tags))
        return {}

    def delete_change_set(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteChangeSet.html"""
        stack, found = self._change_set(params)
        del stack.change_sets[found.name]
        return {}

    # internals
    def _new(self, params: Params) -> Stack:
        name = params["StackName"]
        if not _NAME.fullmatch(name):
            raise invalid(
                f"1 validation error detected: Value '{name}' at 'stackName' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
            )
        stack_id = self.lake.arn("cloudformation", f"stack/{name}/{self.lake.new_id()}")
        stack = self._stacks[stack_id] = Stack(stack_id, name, self.lake.clock, role_arn=params.get("RoleARN"))
        return stack

    def _create(
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
        self._run(stack, Deployment(self.lake.api, stack, source, values).create)

    def _run(self, stack: Stack, work: Callable[[], None]) -> None:
        job = self.lake.jobs.start(f"stack {stack.name}", lambda _: work())
        try:
            job.wait(HOLD_SECONDS)
        except StillRunning:
            return

    def _source(self, params: Params, stack: Stack | None) -> tuple[Template, dict[str, str], dict[str, str]]:
        """The template of a request, its parameters as given, and all of them resolved."""
        source = self._template(params, stack)
        plan.check_capabilities(source, params.get("Capabilities", []))
        previous = stack.values if stack is not None else {}
        given = parameters.given(params.get("Parameters", []), previous)
        return source, given, parameters.resolve(source, given)

    def _template(self, params: Params, stack: Stack | None) -> Template:
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

    def _living(self, name: str) -> Stack | None:
        found = (each for each in self._stacks.values() if name in {each.name, each.id} and each.deleted is None)
        return next(found, None)

    def _stack(self, name: str) -> Stack:
        """A living stack by name or id, or a deleted one by id."""
        found = self._living(name) or self._stacks.get(name)
        if found is None:
            raise missing_stack(name)
        return found

    def _updatable(self, name: str) -> Stack:
        stack = self._living(name)
        if stack is None:
            raise invalid(f"Stack [{name}] does not exist")
        if stack.status not in _UPDATABLE:
            raise invalid(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
        return stack

    def _change_set(self, params: Params) -> tuple[Stack, ChangeSet]:
        name = params["ChangeSetName"]
        if "StackName" in params:
            stack = self._stack(params["StackName"])
            return stack, _change_set(stack, name)
        for stack in self._stacks.values():
            for each in stack.change_sets.values():
                if each.id == name:
                    return stack, each
        raise AwsError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)


def _change_set(stack: Stack, name: str) -> ChangeSet:
    found = next((each for each in stack.change_sets.values() if name in {each.name, each.id}), None)
    if found is None:
        raise AwsError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist", 404)
    return found


def _resource(stack: Stack, logical_id: str) -> StackResource:
    found = stack.resources.get(logical_id)
    if found is None:
        raise invalid(f"Resource {logical_id} does not exist for stack {stack.name}")
    return found


def _not_busy(stack: Stack) -> None:
    if stack.busy:
        raise invalid(f"Stack:{stack.id} is in {stack.status} state and can not be changed now.")


def _refuse(params: Params) -> None:
    for name in _REFUSED:
        if params.get(name):
            raise Unsupported(f"CloudFormation's {name}")


def _tags(params: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in params.get("Tags", [])}
