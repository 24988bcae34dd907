"""Carrying a template out on a stack: resources made, changed and removed in order; all undone when one fails.

Evidence: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html and, for the order
of an update and its clean-up, https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
Deviates: resources are handled one after the other, and stack tags are not passed on to them.
"""

from __future__ import annotations

import logging
import secrets
import string
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from local_aws.api import Api
from local_aws.cloudformation import plan
from local_aws.cloudformation.resources import TYPES
from local_aws.cloudformation.resources.base import ResourceError, ResourceType
from local_aws.cloudformation.stack import Stack, StackResource
from local_aws.cloudformation.template import Template, order
from local_aws.errors import AwsError

log = logging.getLogger("local_aws.cloudformation")

_MAX_NAME = 63


class _FailedError(Exception):
    """One resource failed; its event is written."""

    def __init__(self, logical_id: str, reason: str) -> None:
        super().__init__(reason)
        self.logical_id = logical_id


class Deployment:
    """One create or update of a stack."""

    def __init__(self, api: Api, stack: Stack, template: Template, values: dict[str, str]) -> None:
        self._api = api
        self._stack = stack
        self._template = template
        self._values = values
        self._before = dict(stack.resources)
        self._undo: list[Callable[[], None]] = []
        self._replaced: list[StackResource] = []
        self._scope = plan.scope(api, stack, template, values, self._reference, self._attribute)

    def create(self) -> None:
        """Make everything; on failure roll back, unless the stack says otherwise."""
        stack = self._stack
        stack.become("CREATE_IN_PROGRESS", "User Initiated")
        try:
            self._carry_out()
        except _FailedError as failure:
            reason = f"The following resource(s) failed to create: [{failure.logical_id}]. "
            if stack.on_failure == "DO_NOTHING":
                stack.become("CREATE_FAILED", reason)
                return
            stack.become("ROLLBACK_IN_PROGRESS", f"{reason}Rollback requested by user.")
            failed = self._roll_back()
            stack.become("ROLLBACK_FAILED" if failed else "ROLLBACK_COMPLETE", failed)
            if stack.on_failure == "DELETE" and not failed:
                stack.deleted = stack.clock.now()
                stack.become("DELETE_COMPLETE")
            return
        stack.become("CREATE_COMPLETE")

    def update(self, given: dict[str, str], tags: dict[str, str]) -> None:
        """Change what differs; on failure go back to what was."""
        stack = self._stack
        stack.become("UPDATE_IN_PROGRESS", "User Initiated")
        try:
            self._carry_out()
        except _FailedError as failure:
            reason = f"The following resource(s) failed to update: [{failure.logical_id}]. "
            stack.become("UPDATE_ROLLBACK_IN_PROGRESS", reason)
            failed = self._roll_back()
            stack.resources = self._before
            stack.become("UPDATE_ROLLBACK_FAILED" if failed else "UPDATE_ROLLBACK_COMPLETE", failed)
            return
        stack.become("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        self._clean_up()
        stack.given, stack.tags, stack.updated = given, tags, stack.clock.now()
        stack.become("UPDATE_COMPLETE")

    def _carry_out(self) -> None:
        here = plan.present(self._template, self._scope)
        for logical_id in order(self._template, here):
            self._settle(logical_id)
        with _failing(self._stack, self._stack.name, self._stack.id, "AWS::CloudFormation::Stack", None):
            self._stack.outputs = plan.outputs(self._template, self._scope)
        self._stack.template, self._stack.values = self._template, self._values

    def _settle(self, logical_id: str) -> None:
        """Bring one resource to what the template says."""
        definition = self._template.resources[logical_id]
        kind = TYPES[definition["Type"]]
        existing = self._stack.resources.get(logical_id)
        verb = "CREATE" if existing is None else "UPDATE"
        with _failing(self._stack, logical_id, existing.physical_id if existing else "", kind.type, f"{verb}_FAILED"):
            desired = self._scope.resolve(definition.get("Properties", {}))
            kind.check(desired)
        if existing is None:
            self._create(logical_id, kind, desired, definition, verb)
        elif plan.replaces(kind, existing, desired):
            self._replace(existing, kind, desired, definition)
        elif existing.desired != desired:
            self._update(existing, desired, definition)
        else:
            _policies(existing, definition)

    def _create(
        self, logical_id: str, kind: ResourceType, desired: dict[str, Any], definition: dict[str, Any], verb: str
    ) -> None:
        stack, properties = self._stack, dict(desired)
        if kind.name_property and kind.name_property not in properties:
            properties[kind.name_property] = _name(stack.name, logical_id, kind)
        stack.note(logical_id, "", kind.type, f"{verb}_IN_PROGRESS")
        with _failing(stack, logical_id, "", kind.type, f"{verb}_FAILED"):
            physical_id = kind.create(self._api, plan.reveal(self._api, properties))
        made = StackResource(logical_id, kind, physical_id, desired, properties)
        _policies(made, definition)
        stack.resources[logical_id] = made
        self._undo.append(lambda: self._unmake(made))
        with _failing(stack, logical_id, physical_id, kind.type, f"{verb}_FAILED"):
            made.attributes = kind.read(self._api, physical_id, properties)
        stack.note(logical_id, physical_id, kind.type, f"{verb}_COMPLETE")

    def _replace(
        self, existing: StackResource, kind: ResourceType, desired: dict[str, Any], definition: dict[str, Any]
    ) -> None:
        name, logical_id = kind.name_property, existing.logical_id
        with _failing(self._stack, logical_id, existing.physical_id, kind.type, "UPDATE_FAILED"):
            if existing.kind is kind and name and name in desired and existing.desired.get(name) == desired[name]:
                message = "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename"
                raise ResourceError(f"{message} {desired[name]} and update the stack again.")
        self._replaced.append(existing)
        self._create(logical_id, kind, desired, definition, "UPDATE")

    def _update(self, existing: StackResource, desired: dict[str, Any], definition: dict[str, Any]) -> None:
        stack, kind, old = self._stack, existing.kind, existing
        named = {kind.name_property: old.properties[kind.name_property]} if kind.name_property else {}
        properties = {**desired, **{key: value for key, value in named.items() if key not in desired}}
        about = (old.logical_id, old.physical_id, kind.type)
        stack.note(*about, "UPDATE_IN_PROGRESS")
        new = StackResource(old.logical_id, kind, old.physical_id, desired, properties)
        _policies(new, definition)
        self._undo.append(lambda: self._change(kind, old.physical_id, properties, old.properties))
        with _failing(stack, *about, "UPDATE_FAILED"):
            self._change(kind, old.physical_id, old.properties, properties)
            new.attributes = kind.read(self._api, old.physical_id, properties)
        stack.resources[old.logical_id] = new
        stack.note(*about, "UPDATE_COMPLETE")

    def _change(self, kind: ResourceType, physical_id: str, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Update a resource; a property that is the same reference to a secret in both counts as unchanged."""
        kept = {name: old[name] for name in new if name in old and old[name] == new[name]}
        revealed = {name: plan.reveal(self._api, new[name]) for name in new}
        before = {name: revealed[name] if name in kept else old[name] for name in old}
        kind.update(self._api, physical_id, before, revealed)

    def _unmake(self, made: StackResource) -> None:
        if made.deletion_policy == "Retain":
            self._stack.note(made.logical_id, made.physical_id, made.kind.type, "DELETE_SKIPPED")
        else:
            remove(self._api, self._stack, made)
        if self._stack.resources.get(made.logical_id) is made:
            del self._stack.resources[made.logical_id]

    def _roll_back(self) -> str | None:
        """Undo in reverse; returns the reason if that fails too."""
        problems = []
        for step in reversed(self._undo):
            try:
                step()
            except (ResourceError, AwsError) as error:
                problems.append(str(error))
        return "; ".join(problems) or None

    def _clean_up(self) -> None:
        """Remove what was replaced, and what the template no longer has. Failures are events; they do not undo."""
        here = plan.present(self._template, self._scope)
        gone = [each for logical_id, each in self._before.items() if logical_id not in here]
        for resource in [*reversed(self._replaced), *reversed(gone)]:
            policy = resource.deletion_policy if resource in gone else resource.replace_policy
            try:
                discard(self._api, self._stack, resource, policy)
            except ResourceError as error:
                log.warning("%s of stack %s stays behind: %s", resource.physical_id, self._stack.name, error)
            if resource in gone:
                self._stack.resources.pop(resource.logical_id, None)

    def _reference(self, logical_id: str) -> Any:
        resource = self._existing(logical_id)
        return resource.kind.reference(resource.physical_id)

    def _attribute(self, logical_id: str, name: str) -> Any:
        attributes = self._existing(logical_id).attributes
        if attributes.get(name) is None:
            raise ResourceError(f"Attribute '{name}' does not exist for {logical_id}")
        return attributes[name]

    def _existing(self, logical_id: str) -> StackResource:
        resource = self._stack.resources.get(logical_id)
        if resource is None:
            raise ResourceError(f"Unresolved resource dependencies [{logical_id}]: its condition does not hold")
        return resource


def remove_stack(api: Api, stack: Stack, retained: set[str]) -> None:
    """Delete a stack's resources in reverse order; what fails is named and stays.

    :param retained: logical ids that are let go without deleting them.
    """
    stack.become("DELETE_IN_PROGRESS", "User Initiated")
    kept = set(stack.resources)
    ranked = order(stack.template, kept) if stack.template is not None else list(kept)
    failed = []
    for logical_id in reversed(ranked):
        resource = stack.resources[logical_id]
        try:
            discard(api, stack, resource, "Retain" if logical_id in retained else resource.deletion_policy)
        except ResourceError:
            failed.append(logical_id)
            continue
        del stack.resources[logical_id]
    if failed:
        stack.become("DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(failed)}]. ")
        return
    stack.deleted = stack.clock.now()
    stack.become("DELETE_COMPLETE")


def discard(api: Api, stack: Stack, resource: StackResource, policy: str) -> None:
    """Delete a resource, or let go of it when its policy says so."""
    if policy in {"Retain", "RetainExceptOnCreate"}:
        stack.note(resource.logical_id, resource.physical_id, resource.kind.type, "DELETE_SKIPPED")
    else:
        remove(api, stack, resource)


def remove(api: Api, stack: Stack, resource: StackResource) -> None:
    """Delete a resource, with its events. :raises ResourceError: when that fails."""
    about = (resource.logical_id, resource.physical_id, resource.kind.type)
    stack.note(*about, "DELETE_IN_PROGRESS")
    try:
        resource.kind.delete(api, resource.physical_id, resource.properties)
    except ResourceError as error:
        stack.note(*about, "DELETE_FAILED", str(error))
        raise
    stack.note(*about, "DELETE_COMPLETE")


@contextmanager
def _failing(stack: Stack, logical_id: str, physical_id: str, kind: str, status: str | None) -> Iterator[None]:
    """Turn any failure inside into the event of the resource and `_FailedError`."""
    try:
        yield
    except Exception as error:
        reason = error.message if isinstance(error, AwsError) else str(error)
        if not isinstance(error, ResourceError | AwsError):
            log.exception("defect in local_aws: %s of stack %s", logical_id, stack.name)
            reason = f"defect in local_aws: {type(error).__name__}: {error}"
        if status is not None:
            stack.note(logical_id, physical_id, kind, status, reason)
        raise _FailedError(logical_id, reason) from error


def _policies(resource: StackResource, definition: dict[str, Any]) -> None:
    resource.deletion_policy = definition.get("DeletionPolicy", "Delete")
    resource.replace_policy = definition.get("UpdateReplacePolicy", "Delete")


def _name(stack: str, logical_id: str, kind: ResourceType) -> str:
    """A name that nobody else has: `stack-Logical-1A2B3C4D5E6F`, in lower case for a bucket."""
    alphabet = string.ascii_uppercase + string.digits
    suffix = f"-{logical_id}-{''.join(secrets.choice(alphabet) for _ in range(12))}"
    name = f"{stack[: _MAX_NAME - len(suffix)]}{suffix}"
    return name.lower() if kind.type == "AWS::S3::Bucket" else name
