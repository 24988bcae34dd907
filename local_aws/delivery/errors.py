"""Records that cannot be delivered as they should: what goes to the error prefix in their place.

Evidence: https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html (`errorCode` and
`errorMessage`, what processing fails) and
https://docs.aws.amazon.com/firehose/latest/dev/record-format-conversion-error-handling.html. For conversion that page
says `ErrorCode` today and said `lastErrorCode` before, with `lastErrorMessage`, which is what captured objects have.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

PROCESSING, CONVERSION, DECOMPRESSION = "processing-failed", "format-conversion-failed", "decompression-failed"


_NAMES = ("errorCode", "errorMessage")
_CONVERSION_NAMES = ("lastErrorCode", "lastErrorMessage")


@dataclass
class RecordFailed(Exception):  # noqa: N818 - what happened to the record, not a defect here
    """A record that could not be partitioned or converted. `kind` is Firehose's error output type."""

    kind: str
    code: str
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def document(self, data: bytes, arrived: datetime, ended: datetime) -> bytes:
        """The line that tells of the record in the error prefix. Times are in milliseconds."""
        code, message = _CONVERSION_NAMES if self.kind == CONVERSION else _NAMES
        found = {
            "attemptsMade": 1,
            "arrivalTimestamp": int(arrived.timestamp() * 1000),
            code: self.code,
            message: self.message,
            "attemptEndingTimestamp": int(ended.timestamp() * 1000),
            "rawData": base64.b64encode(data).decode(),
            **self.details,
        }
        return json.dumps(found).encode() + b"\n"
