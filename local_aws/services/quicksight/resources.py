"""What the operations share: the account's resources, SPICE and its ingestions, look-up, paging."""

from __future__ import annotations

import base64
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local_aws.errors import AwsError, Unsupported
from local_aws.lake import Lake
from local_aws.services.base import Service
from local_aws.spice.ingestions import Ingestions, Quotas
from local_aws.spice.storage import Spice

Params = dict[str, Any]

KINDS = {"data source": "datasource", "data set": "dataset", "dashboard": "dashboard", "analysis": "analysis"}
"""Kinds of resources, with the word that their ARNs use."""


@dataclass
class Resource:
    """One data source, data set or dashboard.

    :param body: the members of the request that made it, as the API's shape has them.
    """

    kind: str
    id: str
    arn: str
    name: str
    created: datetime
    updated: datetime
    body: Params
    status: str = "CREATION_IN_PROGRESS"
    error: Params | None = None
    permissions: dict[str, list[str]] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


class Resources(Service):
    """The base of the operation classes: one account's state."""

    def __init__(self, lake: Lake) -> None:
        super().__init__(lake)
        self.lock = threading.RLock()
        self.resources: dict[str, dict[str, Any]] = {kind: {} for kind in KINDS}
        self.refresh_properties: dict[str, Params] = {}
        self.refresh_schedules: dict[tuple[str, str], Params] = {}
        self.spice = Spice(lake)
        refreshes = int(os.environ.get("LOCAL_AWS_QUICKSIGHT_REFRESHES_PER_DAY", Quotas.manual_refreshes))
        self.ingestions = Ingestions(lake, self.spice, Quotas(manual_refreshes=refreshes))

    def close(self) -> None:
        self.spice.close()

    def own(self, params: Params) -> None:
        """:raises AwsError: `AccessDeniedException` if the request is about another account than the caller's."""
        asked = params["AwsAccountId"]
        if asked != self.lake.account_id:
            message = f"The caller's account is {self.lake.account_id}; it has no access to the account {asked}"
            raise AwsError("AccessDeniedException", message, 401)

    def find(self, kind: str, resource_id: str) -> Any:
        """:raises AwsError: `ResourceNotFoundException`."""
        found = self.resources[kind].get(resource_id)
        if found is None:
            raise missing(kind, resource_id)
        return found

    def new_arn(self, kind: str, resource_id: str) -> str:
        return self.lake.arn("quicksight", f"{KINDS[kind]}/{resource_id}")

    def refuse_used(self, kind: str, resource_id: str) -> None:
        if resource_id in self.resources[kind]:
            message = f"The {kind} {resource_id} exists already"
            raise AwsError("ResourceExistsException", message, 409, ResourceType=kind.upper().replace(" ", "_"))

    def by_arn(self, arn: str) -> Resource | None:
        """The resource of any kind that has this ARN."""
        everything = (each for kind in self.resources.values() for each in tuple(kind.values()))
        return next((each for each in everything if each.arn == arn), None)

    def mine(self, kind: str, params: Params, key: str) -> Any:
        self.own(params)
        return self.find(kind, params[key])

    def changed(self, kind: str, params: Params, key: str) -> Any:
        found = self.mine(kind, params, key)
        granted, revoked = params.get("GrantPermissions"), params.get("RevokePermissions")
        found.permissions = after(found.permissions, granted, revoked)
        return found

    def answered(self, status: int = 200, **members: Any) -> Params:
        """An answer with the members that all of QuickSight's answers have."""
        return {**members, "Status": status, "RequestId": self.lake.new_id()}


def missing(kind: str, resource_id: str) -> AwsError:
    message = f"There is no {kind} {resource_id}"
    return AwsError("ResourceNotFoundException", message, 404, ResourceType=kind.upper().replace(" ", "_"))


def refuse(params: Mapping[str, Any], *names: str) -> None:
    """:raises Unsupported: if the request has one of these members."""
    for name in names:
        if params.get(name):
            raise Unsupported(f"QuickSight's {name}")


def kept_permissions(params: Mapping[str, Any]) -> dict[str, list[str]]:
    return {each["Principal"]: list(each["Actions"]) for each in params.get("Permissions") or ()}


def kept_tags(params: Mapping[str, Any]) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in params.get("Tags") or ()}


def page(items: Sequence[Any], params: Mapping[str, Any], most: int = 100) -> tuple[list[Any], str | None]:
    """One page of a list, and the token of the next. :raises AwsError: `InvalidNextTokenException`."""
    start, token = 0, params.get("NextToken")
    if token:
        try:
            start = int(base64.b64decode(token, validate=True))
        except ValueError as error:
            raise AwsError("InvalidNextTokenException", "The NextToken is not valid") from error
    end = start + min(int(params.get("MaxResults") or most), most)
    return list(items[start:end]), base64.b64encode(str(end).encode()).decode() if end < len(items) else None


def after(
    held: Mapping[str, Sequence[str]], granted: Sequence[Params] | None, revoked: Sequence[Params] | None
) -> dict[str, list[str]]:
    """Principal → actions, after what is granted and what is taken away."""
    made = {principal: list(actions) for principal, actions in held.items()}
    for grant in granted or ():
        actions = made.setdefault(grant["Principal"], [])
        actions.extend(action for action in grant["Actions"] if action not in actions)
    for each in revoked or ():
        made[each["Principal"]] = [one for one in made.get(each["Principal"], ()) if one not in each["Actions"]]
    return {principal: actions for principal, actions in made.items() if actions}
