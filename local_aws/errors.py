"""Errors as AWS clients know them: a code, a message, an HTTP status. Shaped for the wire in `wire.py` alone."""

from __future__ import annotations

from typing import Any


class AwsError(Exception):
    """An error that the caller of the API gets to see.

    :param code: the error type of the service model, such as `EntityNotFoundException`.
    :param message: one line that says what is wrong and names the thing.
    :param status: the HTTP status.
    :param members: further members of the error's shape (`AthenaErrorCode`, `ResourceType`, …).
    """

    def __init__(self, code: str, message: str, status: int = 400, **members: Any) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.members = members


class Unsupported(Exception):  # noqa: N818 - the word says what it is; each service gives it its own error code
    """A feature of AWS that local_aws does not emulate. Services turn it into their own typed error.

    :param feature: the feature, by the name that the AWS documentation gives it.
    """

    def __init__(self, feature: str) -> None:
        super().__init__(f"local_aws does not support {feature}")
        self.feature = feature
