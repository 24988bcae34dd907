"""What Glue's operations share: pages, batches that tell their errors one by one, names by expression."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable
from typing import Any

from local_aws.errors import AwsError

Shape = dict[str, Any]

INVALID = "InvalidInputException"
PAGE = 100


def start_of(params: Shape) -> int:
    """How many earlier pages have shown. :raises AwsError: for a token that is none of ours."""
    token = params.get("NextToken") or "0"
    if not token.isdigit():
        raise AwsError(INVALID, f"{token} is no continuation token.")
    return int(token)


def page(found: list[Any], params: Shape, size: int = PAGE) -> tuple[list[Any], str | None]:
    """One page, and the token of the next: how many have been shown."""
    start, size = start_of(params), params.get("MaxResults") or size
    return found[start : start + size], str(start + size) if start + size < len(found) else None


def each_of(entries: list[Any], values: Callable[[Any], Shape], work: Callable[[Any], None]) -> Shape:
    """Do `work` for every entry; those that fail are told one by one, the others are done."""
    errors = []
    for entry in entries:
        try:
            work(entry)
        except AwsError as error:
            detail = {"ErrorCode": error.code, "ErrorMessage": error.message}
            errors.append({**values(entry), "ErrorDetail": detail})
    return {"Errors": errors}


def name_test(expression: str | None) -> Callable[[str], bool]:
    """A regular expression over the whole name; `*` alone is a wildcard, as clients write it."""
    if not expression:
        return lambda name: True
    try:
        pattern = re.compile(expression, re.IGNORECASE)
    except re.error:
        pattern = re.compile(fnmatch.translate(expression), re.IGNORECASE)
    loose = re.compile(re.sub(r"(?<![.\])])\*", ".*", expression), re.IGNORECASE) if "*" in expression[1:] else pattern
    return lambda name: bool(pattern.fullmatch(name) or loose.fullmatch(name))
