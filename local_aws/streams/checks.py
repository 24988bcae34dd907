"""The limits of records, checked by hand: a walk over the service model for each of 500 records would cost more.

Evidence: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
"""

from __future__ import annotations

import re
from typing import Any

from local_aws.errors import AwsError

MAX_RECORDS = 500
MAX_HASH_KEY = 2**128 - 1
_HASH_KEY = re.compile(r"0|[1-9]\d{0,38}")

Params = dict[str, Any]


def records_of(params: Params) -> list[Params]:
    records = params.get("Records")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise AwsError(
            "ValidationException",
            "1 validation error detected: Value at 'records' failed to satisfy constraint: Member must not be null",
        )
    for broken, bound in (
        (not records, "greater than or equal to 1"),
        (len(records) > MAX_RECORDS, "less than or equal to 500"),
    ):
        if broken:
            problem = f"Value at 'records' failed to satisfy constraint: Member must have length {bound}"
            raise AwsError("ValidationException", f"1 validation error detected: {problem}")
    return records


def problem_of(record: Params, max_kib: int, path: str = "") -> str | None:
    """What is wrong with one record, as AWS words it; None if nothing is."""
    data, key, hash_key = record.get("Data"), record.get("PartitionKey"), record.get("ExplicitHashKey")
    if not isinstance(data, bytes):
        return f"'{path}data' failed to satisfy constraint: Member must not be null"
    if not isinstance(key, str):
        return f"'{path}partitionKey' failed to satisfy constraint: Member must not be null"
    if not 1 <= len(key) <= 256:
        bound = "greater than or equal to 1" if not key else "less than or equal to 256"
        return f"'{path}partitionKey' failed to satisfy constraint: Member must have length {bound}"
    if hash_key is not None and (not _HASH_KEY.fullmatch(str(hash_key)) or int(hash_key) > MAX_HASH_KEY):
        pattern = r"0|([1-9]\d{0,38})"
        return (
            f"'{path}explicitHashKey' failed to satisfy constraint: Member must satisfy regular expression "
            f"pattern: {pattern}"
        )
    most = max_kib * 1024
    if len(data) + len(key.encode()) > most:
        return f"'{path}data' failed to satisfy constraint: Member must have length less than or equal to {most}"
    return None
