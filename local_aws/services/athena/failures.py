"""Why an execution did not succeed, in Athena's words and categories.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/error-reference.html
"""

from __future__ import annotations

import logging
from typing import Any

from local_aws.errors import AwsError, Unsupported
from local_aws.jobs import Cancelled, Job
from local_aws.sql.engine import CutOff
from local_aws.sql.errors import SYSTEM, USER, QueryFailed

Params = dict[str, Any]
_ERROR_TYPES = {
    "SYNTAX_ERROR": 1006,
    "TABLE_NOT_FOUND": 1301,
    "HIVE_BAD_DATA": 401,
    "HIVE_CURSOR_ERROR": 400,
    "FAILED": 1006,
}


def of(problem: Exception, job: Job) -> tuple[str, str | None, Params | None]:
    """State, reason and AthenaError of what stopped an execution."""
    if isinstance(problem, Cancelled) or job.cancelled:
        return "CANCELLED", "Query cancelled by user", None
    if isinstance(problem, CutOff):
        return "CANCELLED", "Bytes scanned limit was exceeded", None
    category, kind = USER, 9999
    if isinstance(problem, QueryFailed):
        reason, category, kind = problem.reason, problem.category, _ERROR_TYPES.get(problem.name, 9999)
    elif isinstance(problem, AwsError):
        reason = f"{problem.code}: {problem.message}"
    elif isinstance(problem, Unsupported):
        reason = f"NOT_SUPPORTED: {problem}"
    else:
        logging.getLogger("local_aws").exception("defect in local_aws: athena", exc_info=problem)
        reason, category = f"INTERNAL_ERROR: defect in local_aws: {type(problem).__name__}: {problem}", SYSTEM
    return "FAILED", reason, {"ErrorCategory": category, "ErrorType": kind, "Retryable": False, "ErrorMessage": reason}
