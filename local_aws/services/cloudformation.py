"""CloudFormation: stacks and change sets over templates whose resources are all really made.

Deviates: answers of CreateStack, UpdateStack, DeleteStack and ExecuteChangeSet are held back until the work has ended,
for up to 20 seconds: clients' waiters look again only every 30 seconds.
"""

from __future__ import annotations

from local_aws.cloudformation import plan
from local_aws.cloudformation.book import StackBook, not_busy, refuse, tags
from local_aws.cloudformation.deployment import Deployment, remove_stack
from local_aws.cloudformation.errors import invalid
from local_aws.cloudformation.stack import ChangeSet, Stack, StackResource
from local_aws.errors import AwsError, Unsupported
from local_aws.lake import Lake
from local_aws.services.base import INTERRUPTED, Service
from local_aws.services.cloudformation_shapes import change_set_shape, event_shape, resource_shape, stack_shape
from local_aws.wire import Params

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


INTERRUPTED_STATUS = {
    "CREATE": "CREATE_FAILED",
    "ROLLBACK": "ROLLBACK_FAILED",
    "DELETE": "DELETE_FAILED",
    "UPDATE": "UPDATE_FAILED",
}
"""What becomes of a stack that was IN_PROGRESS, by the first word of its status.

Evidence: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""


class CloudFormation(Service):
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html"""

    name = "cloudformation"
    invalid = "ValidationError"
    unsupported = "ValidationError"

    def __init__(self, lake: Lake) -> None:
        super().__init__(lake)
        self.book = StackBook(lake)

    def kept_maps(self) -> tuple[tuple[str, dict[str, Stack]], ...]:
        return (("stacks", self.book.stacks),)

    def recover(self) -> None:
        """Stacks at which the end of the process struck can be continued (updates), or deleted."""
        for stack in self.book.stacks.values():
            if stack.busy:
                stack.become(INTERRUPTED_STATUS[stack.status.partition("_")[0]], INTERRUPTED)

    # stacks
    def create_stack(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html"""
        refuse(params)
        if self.book.living(params["StackName"]) is not None:
            raise AwsError("AlreadyExistsException", f"Stack [{params['StackName']}] already exists")
        source, given, values = self.book.source(params, None)
        stack = self.book.new(params)
        stack.on_failure = "DO_NOTHING" if params.get("DisableRollback") else params.get("OnFailure", "ROLLBACK")
        stack.protected = bool(params.get("EnableTerminationProtection"))
        self.book.create(stack, source, given, values, tags(params), params.get("Capabilities", []))
        return {"StackId": stack.id}

    def update_stack(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateStack.html"""
        refuse(params)
        stack = self.book.updatable(params["StackName"])
        source, given, values = self.book.source(params, stack)
        labels = tags(params) if "Tags" in params else stack.tags
        if not plan.changes(self.lake.api, stack, source, values) and labels == stack.tags:
            raise invalid("No updates are to be performed.")
        stack.capabilities = params.get("Capabilities", [])
        self.book.run(stack, lambda: Deployment(self.lake.api, stack, source, values).update(given, labels))
        return {"StackId": stack.id}

    def delete_stack(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteStack.html"""
        stack = self.book.living(params["StackName"])
        if stack is None:
            return {}
        if stack.protected:
            message = f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled"
            raise invalid(message)
        not_busy(stack)
        retained = set(params.get("RetainResources", []))
        if retained and stack.status != "DELETE_FAILED":
            raise invalid("Invalid operation on stack: RetainResources is for stacks in DELETE_FAILED state")
        self.book.run(stack, lambda: remove_stack(self.lake.api, stack, retained))
        return {}

    def describe_stacks(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html"""
        name = params.get("StackName")
        found = (
            [self.book.stack(name)] if name else [each for each in self.book.stacks.values() if each.deleted is None]
        )
        return {"Stacks": [stack_shape(stack) for stack in found]}

    def list_stacks(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStacks.html"""
        wanted = params.get("StackStatusFilter")
        found = [each for each in self.book.stacks.values() if not wanted or each.status in wanted]
        return {"StackSummaries": [stack_shape(stack) for stack in reversed(found)]}

    def update_termination_protection(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateTerminationProtection.html"""
        stack = self.book.stack(params["StackName"])
        stack.protected = params["EnableTerminationProtection"]
        return {"StackId": stack.id}

    def describe_stack_events(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackEvents.html"""
        stack = self.book.stack(params["StackName"])
        return {"StackEvents": [event_shape(stack, event) for event in reversed(stack.events)]}

    def describe_stack_resource(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResource.html"""
        stack = self.book.stack(params["StackName"])
        return {"StackResourceDetail": resource_shape(stack, _resource(stack, params["LogicalResourceId"]))}

    def describe_stack_resources(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackResources.html"""
        if "StackName" not in params:
            raise Unsupported("DescribeStackResources by PhysicalResourceId")
        stack, logical_id = self.book.stack(params["StackName"]), params.get("LogicalResourceId")
        found = [_resource(stack, logical_id)] if logical_id else list(stack.resources.values())
        return {"StackResources": [resource_shape(stack, each) for each in found]}

    def list_stack_resources(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html"""
        stack = self.book.stack(params["StackName"])
        return {"StackResourceSummaries": [resource_shape(stack, each) for each in stack.resources.values()]}

    def list_exports(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListExports.html"""
        exports = [
            {"ExportingStackId": stack.id, "Name": output.export, "Value": output.value}
            for stack in self.book.stacks.values()
            if stack.deleted is None
            for output in stack.outputs
            if output.export
        ]
        return {"Exports": exports}

    # templates
    def get_template(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html"""
        if "ChangeSetName" in params:
            return {"TemplateBody": self.book.change_set(params)[1].template.body}
        if "StackName" not in params:
            raise invalid("Either StackName or ChangeSetName must be specified.")
        stack = self.book.stack(params["StackName"])
        if stack.template is None:
            raise invalid(f"Template for the stack {stack.name} does not exist")
        return {"TemplateBody": stack.template.body, "StagesAvailable": ["Original", "Processed"]}

    def validate_template(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ValidateTemplate.html"""
        source = self.book.template_of(params, None)
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
        stack = self.book.stack(params["StackName"]) if "StackName" in params else None
        source = stack.template if stack is not None and stack.template else self.book.template_of(params, None)
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
        refuse(params)
        kind, stack = params.get("ChangeSetType", "UPDATE"), self.book.living(params["StackName"])
        if kind == "IMPORT":
            raise Unsupported("change sets of the type IMPORT")
        if kind == "UPDATE":
            stack = self.book.updatable(params["StackName"])
        elif stack is not None and stack.status != "REVIEW_IN_PROGRESS":
            raise invalid(f"Stack [{stack.name}] already exists and cannot be created again with the changeSet")
        source, given, values = self.book.source(params, stack)
        stack = stack or self.book.new(params)
        if not stack.events:
            stack.become("REVIEW_IN_PROGRESS", "User Initiated")
        name = params["ChangeSetName"]
        if name in stack.change_sets:
            raise AwsError("AlreadyExistsException", f"ChangeSet {name} cannot be created: it exists")
        labels = tags(params) if "Tags" in params else stack.tags
        made = ChangeSet(
            self.lake.arn("cloudformation", f"changeSet/{name}/{self.lake.new_id()}"),
            *(name, kind, source, given, values, labels, params.get("Capabilities", [])),
            plan.changes(self.lake.api, stack, source, values),
            self.lake.clock.now(),
            params.get("Description"),
        )
        if not made.changes and labels == stack.tags:
            made.status, made.reason, made.execution = "FAILED", NO_CHANGES, "UNAVAILABLE"
        stack.change_sets[name] = made
        return {"Id": made.id, "StackId": stack.id}

    def describe_change_set(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeChangeSet.html"""
        stack, found = self.book.change_set(params)
        return change_set_shape(stack, found)

    def list_change_sets(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListChangeSets.html"""
        stack = self.book.stack(params["StackName"])
        return {"Summaries": [change_set_shape(stack, each) for each in stack.change_sets.values()]}

    def execute_change_set(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ExecuteChangeSet.html"""
        stack, found = self.book.change_set(params)
        if found.execution != "AVAILABLE":
            message = f"ChangeSet [{found.id}] cannot be executed in its current status of [{found.status}]"
            raise AwsError("InvalidChangeSetStatus", message)
        not_busy(stack)
        found.execution, stack.change_set_id = "EXECUTE_COMPLETE", found.id
        stack.change_sets = {found.name: found}
        if found.kind == "CREATE":
            stack.on_failure = "DO_NOTHING" if params.get("DisableRollback") else "ROLLBACK"
            self.book.create(stack, found.template, found.given, found.values, found.tags, found.capabilities)
        else:
            stack.capabilities = found.capabilities
            change = Deployment(self.lake.api, stack, found.template, found.values)
            self.book.run(stack, lambda: change.update(found.given, found.tags))
        return {}

    def delete_change_set(self, params: Params) -> Params:
        """https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DeleteChangeSet.html"""
        stack, found = self.book.change_set(params)
        del stack.change_sets[found.name]
        return {}


def _resource(stack: Stack, logical_id: str) -> StackResource:
    found = stack.resources.get(logical_id)
    if found is None:
        raise invalid(f"Resource {logical_id} does not exist for stack {stack.name}")
    return found
