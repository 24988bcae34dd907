"""What a service is: one class, a method an operation, each taking and returning plain dicts of the API's shapes."""

from __future__ import annotations

from typing import ClassVar

from local_aws.lake import Lake


class Service:
    """One AWS service in one account and region.

    An operation is a method with the operation's name in snake case (`start_query_execution`), which takes the
    typed, checked parameters and returns the answer's members. It raises `AwsError`, or `Unsupported` for a
    feature that is not emulated; what has no method is refused by name, or left to the base.
    """

    name: ClassVar[str]
    """botocore's name of the service, such as `redshift-data`."""
    whole: ClassVar[bool] = True
    """Whether all of the service is ours: if not, operations without a method go to the base."""
    invalid: ClassVar[str] = "ValidationException"
    """The error code of a request that breaks the service model's constraints."""
    unsupported: ClassVar[str] = "ValidationException"
    """The error code of a feature that local_aws does not emulate."""
    unchecked: ClassVar[frozenset[str]] = frozenset()
    """Operations (API names) whose parameters the service checks itself, for speed."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake

    def close(self) -> None:
        """Let go of files and threads."""
