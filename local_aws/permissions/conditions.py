"""Conditions of policy statements: operators on the global keys that are known of a request.

Evidence: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
Deviates: `aws:SecureTransport` is true over plain HTTP, which is loopback's; keys of single services are not known, so
that what is allowed on their condition is not allowed, and what is denied on it is not denied.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local_aws.permissions.patterns import matches, texts


@dataclass(frozen=True)
class Context:
    """What is known of a request."""

    principal: str
    region: str

    def value(self, key: str) -> str | None:
        """The value of a condition key, None for one that is not there."""
        account, _, path = self.principal.split(":", 4)[4].partition(":")
        known = {
            "aws:principalarn": self.principal,
            "aws:principalaccount": account,
            "aws:resourceaccount": account,
            "aws:requestedregion": self.region,
            "aws:securetransport": "true",
            "aws:username": path.rpartition("/")[2] if path.startswith("user/") else None,
            "aws:sourceip": "127.0.0.1",
        }
        return known.get(key.lower())


_OPERATORS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda wanted, value: wanted == value,
    "StringEqualsIgnoreCase": lambda wanted, value: wanted.lower() == value.lower(),
    "StringLike": matches,
    "ArnEquals": matches,
    "ArnLike": matches,
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
}
_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}


def hold(condition: dict[str, dict[str, Any]], context: Context) -> bool:
    """Whether all operators hold for all their keys; one that is not known does not."""
    return all(
        _holds(operator, wanted, context.value(key))
        for operator, keys in condition.items()
        for key, wanted in keys.items()
    )


def _holds(operator: str, wanted: Any, value: str | None) -> bool:
    plain = operator.removesuffix("IfExists")
    if plain == "Null":
        return all((value is None) == (each.lower() == "true") for each in texts(wanted))
    if value is None:
        return plain != operator
    negated = plain in _NEGATED
    compare = _OPERATORS.get(_NEGATED.get(plain, plain))
    if compare is None:
        return False
    return (
        any(compare(each if isinstance(wanted, str | list) else str(each), value) for each in _plain(wanted)) != negated
    )


def _plain(wanted: Any) -> list[str]:
    return [str(wanted).lower()] if isinstance(wanted, bool) else texts(wanted)
