"""Why an ingestion failed, as QuickSight's `ErrorInfo`: the type from the real cause, the message from the engine.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_ErrorInfo.html and
https://docs.aws.amazon.com/quicksight/latest/user/errors-spice-ingestion.html
"""

from __future__ import annotations

import logging
import re

from local_aws.errors import AwsError, Unsupported
from local_aws.spice.staging import Refused, TooManyUnreadable

log = logging.getLogger("local_aws")


class Failed(Exception):  # noqa: N818 - the ingestion's outcome
    """The end of an ingestion, with its type."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


_COLUMN = re.compile(r"column\b.*(does not exist|cannot be resolved|not found)|COLUMN_NOT_FOUND", re.I)
_TABLE = re.compile(
    r"(relation|table|schema|database)\b.*(does not exist|not found|cannot be found)|TABLE_NOT_FOUND|SCHEMA_NOT_FOUND"
    r"|EntityNotFound",
    re.I,
)
_DENIED = re.compile(r"permission denied|not authorized|access ?denied", re.I)
_TIMEOUT = re.compile(r"timed? ?out", re.I)
_OVERFLOW = re.compile(r"numeric.*(overflow|out of range)|NUMERIC_VALUE_OUT_OF_RANGE", re.I)

_BY_TEXT = (
    (_DENIED, "PERMISSION_DENIED"),
    (_COLUMN, "SQL_SCHEMA_MISMATCH_ERROR"),
    (_TABLE, "SQL_TABLE_NOT_FOUND"),
    (_TIMEOUT, "QUERY_TIMEOUT"),
    (_OVERFLOW, "SQL_NUMERIC_OVERFLOW"),
)
_BY_CODE = {
    "ThrottlingException": "SOURCE_API_LIMIT_EXCEEDED_FAILURE",
    "TooManyRequestsException": "SOURCE_API_LIMIT_EXCEEDED_FAILURE",
    "AccessDeniedException": "PERMISSION_DENIED",
    "ResourceNotFoundException": "DATA_SOURCE_CONNECTION_FAILED",
}


def error_info(error: Exception) -> tuple[dict[str, str], dict[str, int]]:
    """`ErrorInfo` and `RowInfo` of a failed ingestion. What nobody expected is INTERNAL_SERVICE_ERROR, and logged."""
    if isinstance(error, Failed):
        return {"Type": error.kind, "Message": str(error)}, {}
    if isinstance(error, TooManyUnreadable):
        return {"Type": "DATA_TOLERANCE_EXCEPTION", "Message": str(error)}, {"RowsDropped": error.dropped}
    if isinstance(error, Refused):
        return {"Type": "INVALID_DATAPREP_SYNTAX", "Message": str(error)}, {}
    if isinstance(error, AwsError | Unsupported):
        text = str(error)
        kind = next((name for pattern, name in _BY_TEXT if pattern.search(text)), None)
        code = error.code if isinstance(error, AwsError) else ""
        message = error.message if isinstance(error, AwsError) else text
        return {"Type": kind or _BY_CODE.get(code, "SQL_EXCEPTION"), "Message": message}, {}
    log.exception("defect in local_aws: ingestion", exc_info=error)
    return {"Type": "INTERNAL_SERVICE_ERROR", "Message": f"{type(error).__name__}: {error}"}, {}
