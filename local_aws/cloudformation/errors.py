"""CloudFormation's errors."""

from __future__ import annotations

from local_aws.errors import AwsError


def invalid(message: str) -> AwsError:
    """`ValidationError`: what CloudFormation answers to a template or request that it cannot take."""
    return AwsError("ValidationError", message)


def missing_stack(name: str) -> AwsError:
    return invalid(f"Stack with id {name} does not exist")
