"""Avro cut into records, matched to columns by name or by path as JSON is.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-avro.html. Deviates: values of
logical types (dates, timestamps, decimals) are read as what they mean, not as the number below.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Any
from uuid import UUID

from local_aws.sql.redshift.load.json_records import Paths, printed, record
from local_aws.sql.redshift.load.options import Copy
from local_aws.sql.redshift.load.records import Record


def records(data: IO[bytes], copy: Copy, columns: Sequence[str], paths: Paths) -> Iterator[Record]:
    """The records of an object container file, counted from 1.

    :raises OSError: if it is none.
    """
    import fastavro

    try:
        for number, each in enumerate(fastavro.reader(data), 1):
            value = _plain(each)
            yield record(value, printed(value), number, copy, columns, paths)
    except (ValueError, TypeError, KeyError, IndexError, EOFError) as problem:
        raise OSError(f"it is no valid Avro file ({problem})") from problem


def _plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float):
        return Decimal(repr(value)) if value == value and abs(value) != float("inf") else str(value)
    return str(value) if isinstance(value, UUID) else value
