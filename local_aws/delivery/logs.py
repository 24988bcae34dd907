"""Records of CloudWatch Logs subscriptions: unpacked, and reduced to the messages of their events.

Evidence: https://docs.aws.amazon.com/firehose/latest/dev/writing-with-cloudwatch-logs-decompression.html,
https://docs.aws.amazon.com/firehose/latest/dev/Message_extraction.html and, for failures,
https://docs.aws.amazon.com/firehose/latest/dev/decomp-faq.html. Deviates: any client may put such records (on AWS
CloudWatch Logs alone); AWS does not document the error codes, nor what becomes of control messages: they are dropped
where messages are extracted.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Sequence
from typing import Any

from local_aws.delivery.errors import DECOMPRESSION, RecordFailed
from local_aws.errors import AwsError

Unpack = Callable[[bytes], bytes]


def unpacker(processors: Sequence[tuple[str, dict[str, str]]]) -> Unpack | None:
    """What `Decompression` and `CloudWatchLogProcessing` do to a record.

    :param processors: types with their parameters.
    :raises AwsError: `InvalidArgumentException` for an extraction of what is not unpacked.
    """
    given = dict(processors)
    if given.get("Decompression", {}).get("CompressionFormat", "GZIP") != "GZIP":
        raise AwsError("InvalidArgumentException", "CompressionFormat of the Decompression processor must be GZIP.")
    extraction = given.get("CloudWatchLogProcessing")
    if extraction is None:
        return _unpacked if "Decompression" in given else None
    if "Decompression" not in given:
        message = "The CloudWatchLogProcessing processor requires the Decompression processor."
        raise AwsError("InvalidArgumentException", message)
    if extraction.get("DataMessageExtraction", "").lower() != "true":
        raise AwsError("InvalidArgumentException", "DataMessageExtraction of CloudWatchLogProcessing must be true.")
    return lambda data: _messages(_unpacked(data))


def _unpacked(data: bytes) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as problem:
        raise RecordFailed(DECOMPRESSION, "Decompression.InvalidFormat", f"Not a GZIP record: {problem}") from problem


def _messages(data: bytes) -> bytes:
    """The messages of the events, a line each."""
    try:
        document: Any = json.loads(data)
        events = document["logEvents"] if document["messageType"] == "DATA_MESSAGE" else []
        return "\n".join(event["message"] for event in events).encode()
    except (ValueError, KeyError, TypeError) as problem:
        message = f"Not a record of CloudWatch Logs: {problem!r}"
        raise RecordFailed(DECOMPRESSION, "Decompression.InvalidMessage", message) from problem
