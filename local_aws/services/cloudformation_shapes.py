"""The API's shapes of stacks, resources, events and change sets."""

from __future__ import annotations

from local_aws.cloudformation import parameters
from local_aws.cloudformation.stack import ChangeSet, Event, Stack, StackResource
from local_aws.wire import Params


def _tags(tags: dict[str, str]) -> list[Params]:
    return [{"Key": key, "Value": text} for key, text in tags.items()]


def stack_shape(stack: Stack) -> Params:
    """`Stack`, and `StackSummary` by its members."""
    return {
        "StackId": stack.id,
        "StackName": stack.name,
        "ChangeSetId": stack.change_set_id,
        "Description": stack.template.description if stack.template else None,
        "TemplateDescription": stack.template.description if stack.template else None,
        "Parameters": parameters.shown(stack.template, stack.values) if stack.template else [],
        "CreationTime": stack.created,
        "DeletionTime": stack.deleted,
        "LastUpdatedTime": stack.updated,
        "RollbackConfiguration": {},
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason,
        "DisableRollback": stack.on_failure == "DO_NOTHING",
        "NotificationARNs": [],
        "Capabilities": stack.capabilities,
        "Outputs": [
            {
                "OutputKey": output.key,
                "OutputValue": output.value,
                "Description": output.description,
                "ExportName": output.export,
            }
            for output in stack.outputs
        ],
        "RoleARN": stack.role_arn,
        "Tags": _tags(stack.tags),
        "EnableTerminationProtection": stack.protected,
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"},
    }


def resource_shape(stack: Stack, resource: StackResource) -> Params:
    """`StackResource`, `StackResourceDetail` and `StackResourceSummary` by their members."""
    changed = resource.changed or stack.created
    return {
        "StackName": stack.name,
        "StackId": stack.id,
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.kind.type,
        "Timestamp": changed,
        "LastUpdatedTimestamp": changed,
        "ResourceStatus": resource.status,
        "ResourceStatusReason": resource.reason,
        "DriftInformation": {"StackResourceDriftStatus": "NOT_CHECKED"},
    }


def event_shape(stack: Stack, event: Event) -> Params:
    return {
        "StackId": stack.id,
        "EventId": event.event_id,
        "StackName": stack.name,
        "LogicalResourceId": event.logical_id,
        "PhysicalResourceId": event.physical_id,
        "ResourceType": event.type,
        "Timestamp": event.at,
        "ResourceStatus": event.status,
        "ResourceStatusReason": event.reason,
    }


def change_set_shape(stack: Stack, made: ChangeSet) -> Params:
    """`DescribeChangeSetOutput`, and `ChangeSetSummary` by its members."""
    changes = [
        {
            "Type": "Resource",
            "ResourceChange": {
                "Action": change.action,
                "LogicalResourceId": change.logical_id,
                "PhysicalResourceId": change.physical_id,
                "ResourceType": change.type,
                "Replacement": ("True" if change.replaced else "False") if change.action == "Modify" else None,
                "Scope": list(change.scope),
                "Details": [],
            },
        }
        for change in made.changes
        if change.scope != ("Outputs",)
    ]
    return {
        "ChangeSetName": made.name,
        "ChangeSetId": made.id,
        "StackId": stack.id,
        "StackName": stack.name,
        "Description": made.description,
        "Parameters": parameters.shown(made.template, made.values),
        "CreationTime": made.created,
        "ExecutionStatus": made.execution,
        "Status": made.status,
        "StatusReason": made.reason,
        "NotificationARNs": [],
        "Capabilities": made.capabilities,
        "Tags": _tags(made.tags),
        "Changes": changes,
    }
