"""What the users and the sessions of roles of IAM may do, for our services and the base's alike.

A request that is signed with an access key that IAM or STS gave out is checked against the identity-based policies of
its user (with those of its groups) or role; any other key is the account's root, who may do everything.
Evidence: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html (the messages)
Deviates: signatures are not verified; permission boundaries, session policies and organizations' policies are not
considered, and of resource-based policies only buckets' are, by the base. Where no resource can be told of a request
(see `resources.py`), `Resource` is taken to match in what allows, and in what denies only if it is `*`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from local_aws import base
from local_aws.errors import AwsError
from local_aws.faults.identify import Call
from local_aws.permissions import conditions
from local_aws.permissions.patterns import matches, texts
from local_aws.permissions.resources import actions_of, resources_of

Document = dict[str, Any]
_ISSUED = re.compile(r"(AKIA|ASIA|LSIA)[A-Z0-9]{12,}")
_FREE = frozenset({"sts:GetCallerIdentity", "sts:GetSessionToken"})
"""What needs no permission: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
_CODES = {"query": ("AccessDenied", 403), "rest-xml": ("AccessDenied", 403), "ec2": ("UnauthorizedOperation", 403)}


@dataclass(frozen=True)
class Principal:
    """Who asks, with the policies that say what it may."""

    arn: str
    documents: tuple[Document, ...]


def principal_of(account_id: str, access_key: str) -> Principal | None:
    """The user or the session of a role that an access key belongs to; None for the root of the account."""
    if not _ISSUED.fullmatch(access_key):
        return None
    found = base.identity_of(account_id, access_key)
    return None if found is None else Principal(found[0], tuple(json.loads(text) for text in found[1]))


def check(principal: Principal, call: Call, account_id: str, region: str, environ: dict[str, Any]) -> None:
    """:raises AwsError: if the principal's policies do not allow what is asked for, or deny it."""
    resources = resources_of(call, account_id, region, environ)
    known = conditions.Context(principal.arn, region)
    for action in actions_of(call):
        for resource in resources if action not in _FREE else ():
            _decide(principal, call, action, resource, known)


def _decide(principal: Principal, call: Call, action: str, resource: str | None, known: conditions.Context) -> None:
    statements = [each for each in _statements(principal) if _concerns(each, action, known)]
    denied = any(each.get("Effect") == "Deny" and _is_about(each, resource, False) for each in statements)
    if not denied and any(each.get("Effect") == "Allow" and _is_about(each, resource, True) for each in statements):
        return
    reason = (
        "with an explicit deny in an identity-based policy"
        if denied
        else f"because no identity-based policy allows the {action} action"
    )
    message = f"User: {principal.arn} is not authorized to perform: {action} on resource: {resource or '*'} {reason}"
    raise denial(call, message)


def denial(call: Call, message: str) -> AwsError:
    """The service's own error of who may not."""
    code, status = _CODES.get(call.protocol, ("AccessDeniedException", 400))
    declared = {each.name: each for each in call.service.operation_model(call.action).error_shapes}
    if code in declared:
        status = int(declared[code].metadata.get("error", {}).get("httpStatusCode", status))
    return AwsError(code, message, status)


def _statements(principal: Principal) -> Iterator[Document]:
    for document in principal.documents:
        found = document.get("Statement", [])
        yield from found if isinstance(found, list) else [found]


def _concerns(statement: Document, action: str, known: conditions.Context) -> bool:
    listed = "Action" if "Action" in statement else "NotAction"
    named = any(matches(each, action, ignore_case=True) for each in texts(statement.get(listed)))
    return named == (listed == "Action") and conditions.hold(statement.get("Condition", {}), known)


def _is_about(statement: Document, resource: str | None, by_default: bool) -> bool:
    listed = "NotResource" if "NotResource" in statement else "Resource"
    patterns = texts(statement.get(listed, "*"))
    if resource is None:
        return by_default or (listed == "Resource" and "*" in patterns)
    return any(matches(each, resource) for each in patterns) == (listed == "Resource")
