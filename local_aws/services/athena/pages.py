"""Lists cut into pages, with a token that says where the next one begins."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from local_aws.errors import AwsError


def token_of(offset: int) -> str:
    return base64.urlsafe_b64encode(f"at:{offset}".encode()).decode()


def offset_of(token: str | None) -> int:
    """:raises AwsError: `InvalidRequestException` for a token that was not given here."""
    if not token:
        return 0
    try:
        text = base64.urlsafe_b64decode(token.encode()).decode()
        if text.startswith("at:"):
            return int(text[3:])
    except (ValueError, binascii.Error):
        pass
    raise AwsError("InvalidRequestException", "The pagination token is not valid", AthenaErrorCode="INVALID_INPUT")


def paged(member: str, rows: list[Any], params: dict[str, Any], most: int) -> dict[str, Any]:
    start = offset_of(params.get("NextToken"))
    end = start + params.get("MaxResults", most)
    return {member: rows[start:end], **({"NextToken": token_of(end)} if end < len(rows) else {})}
