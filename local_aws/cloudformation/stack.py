"""What a stack is: its template, its resources, its outputs, its events."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local_aws.clock import Clock
from local_aws.cloudformation.resources.base import ResourceType
from local_aws.cloudformation.template import Template

STACK_TYPE = "AWS::CloudFormation::Stack"


@dataclass
class StackResource:
    """A resource that exists.

    `desired` is what the template says, resolved; `properties` has the generated name besides. Neither holds secrets:
    dynamic references are in them as written.
    """

    logical_id: str
    kind: ResourceType
    physical_id: str
    desired: dict[str, Any]
    properties: dict[str, Any]
    attributes: dict[str, Any] = field(default_factory=dict)
    deletion_policy: str = "Delete"
    replace_policy: str = "Delete"
    status: str = "CREATE_COMPLETE"
    reason: str | None = None
    changed: datetime | None = None


@dataclass(frozen=True)
class Output:
    key: str
    value: str
    description: str | None
    export: str | None


@dataclass(frozen=True)
class Event:
    event_id: str
    logical_id: str
    physical_id: str
    type: str
    status: str
    reason: str | None
    at: datetime


@dataclass(frozen=True)
class Change:
    """What an update would do to one resource."""

    action: str
    logical_id: str
    physical_id: str | None
    type: str
    replaced: bool
    scope: tuple[str, ...]


@dataclass
class ChangeSet:
    """A template and parameters for a stack, with what they would change."""

    id: str
    name: str
    kind: str
    template: Template
    given: dict[str, str]
    values: dict[str, str]
    tags: dict[str, str]
    capabilities: list[str]
    changes: list[Change]
    created: datetime
    description: str | None = None
    status: str = "CREATE_COMPLETE"
    reason: str | None = None
    execution: str = "AVAILABLE"


@dataclass
class Stack:
    """A stack. `status` is the API's; `given` are the parameters as requested, `values` all of them resolved."""

    id: str
    name: str
    clock: Clock
    template: Template | None = None
    given: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    capabilities: list[str] = field(default_factory=list)
    role_arn: str | None = None
    on_failure: str = "ROLLBACK"
    protected: bool = False
    resources: dict[str, StackResource] = field(default_factory=dict)
    outputs: list[Output] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    change_set_id: str | None = None
    status: str = "REVIEW_IN_PROGRESS"
    reason: str | None = None
    updated: datetime | None = None
    deleted: datetime | None = None
    working: threading.Lock = field(default_factory=threading.Lock)
    """Held while a job works on the stack."""

    def __post_init__(self) -> None:
        self.created = self.clock.now()

    @property
    def busy(self) -> bool:
        return self.status.endswith("_IN_PROGRESS") and self.status != "REVIEW_IN_PROGRESS"

    def become(self, status: str, reason: str | None = None) -> None:
        """Change the stack's status, with its event."""
        self.status, self.reason = status, reason
        self._event(self.name, self.id, STACK_TYPE, status, reason)

    def note(self, logical_id: str, physical_id: str, kind: str, status: str, reason: str | None = None) -> None:
        """An event of a resource; one that exists takes the status on."""
        resource = self.resources.get(logical_id)
        if resource is not None and resource.physical_id == physical_id:
            resource.status, resource.reason, resource.changed = status, reason, self.clock.now()
        self._event(logical_id, physical_id, kind, status, reason)

    def _event(self, logical_id: str, physical_id: str, kind: str, status: str, reason: str | None) -> None:
        now = self.clock.now()
        self.events.append(Event(str(uuid.uuid4()), logical_id, physical_id, kind, status, reason, now))
