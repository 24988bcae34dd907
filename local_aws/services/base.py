"""What a service is: one class, a method an operation, each taking and returning plain dicts of the API's shapes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from local_aws.lake import Lake

INTERRUPTED = "local_aws was stopped while this ran."
"""Why work that the end of the process cut off has failed."""


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

    def check(self, params: dict[str, Any]) -> None:
        """Refuse what none of the service's operations does; called before each."""

    def kept_maps(self) -> Iterable[tuple[str, dict[Any, Any]]]:
        """What outlives the process, by name: maps whose entries are written one by one (`local_aws.durable`)."""
        return ()

    def settled(self, name: str, entity: Any) -> bool:
        """Whether an entry of a kept map will not change any more."""
        return False

    def recover(self) -> None:
        """End what ran when the process that kept the maps ended."""

    def close(self) -> None:
        """Let go of files and threads."""
