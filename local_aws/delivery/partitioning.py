"""Processors that shape records before they are buffered: de-aggregation, partition keys, delimiters.

Evidence: https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html,
https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-partitioning-keys.html and
https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-multirecord-deaggergation.html
"""

from __future__ import annotations

import base64
import binascii
import codecs
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from local_aws.delivery.errors import PROCESSING, RecordFailed
from local_aws.delivery.logs import Unpack, unpacker
from local_aws.delivery.queries import Keys, Queries
from local_aws.errors import AwsError, Unsupported

_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Processing:
    """What a `ProcessingConfiguration` asks for: `queries` gives partition keys, `split` cuts aggregated records."""

    delimiter: bytes = b""
    queries: Queries = field(default_factory=Queries)
    split: Callable[[bytes], Iterator[bytes]] | None = None
    unpack: Unpack | None = None
    """What is done to a record of CloudWatch Logs before anything else."""

    @classmethod
    def of(cls, config: dict[str, Any]) -> Processing:
        """:raises Unsupported: for a processor, or a jq expression, that is not emulated."""
        delimiter, queries, logs = b"", Queries(), list[tuple[str, dict[str, str]]]()
        split: Callable[[bytes], Iterator[bytes]] | None = None
        for processor in config.get("Processors", []) if config.get("Enabled") else []:
            given = {each["ParameterName"]: each["ParameterValue"] for each in processor.get("Parameters", [])}
            if processor["Type"] == "AppendDelimiterToRecord":
                delimiter += codecs.decode(given.get("Delimiter", "\\n"), "unicode_escape").encode()
            elif processor["Type"] == "MetadataExtraction":
                queries = Queries.of(given)
            elif processor["Type"] == "RecordDeAggregation":
                split = _splitter(given)
            elif processor["Type"] in {"Decompression", "CloudWatchLogProcessing"}:
                logs.append((processor["Type"], given))
            else:
                raise Unsupported(f"the processor {processor['Type']} of Firehose")
        return cls(delimiter, queries, split, unpacker(logs))

    def records(self, data: bytes) -> Iterator[bytes]:
        """The records within a record. :raises RecordFailed: if they cannot be told apart."""
        if self.unpack is not None:
            data = self.unpack(data)
            if not data:
                return
        if self.split is None:
            yield data
        else:
            yield from self.split(data)

    def keys(self, data: bytes) -> Keys:
        """The partition keys of a record. :raises RecordFailed: for one that is no JSON or lacks a key."""
        return self.queries.keys(data)


def _splitter(given: dict[str, str]) -> Callable[[bytes], Iterator[bytes]]:
    kind = given.get("SubRecordType", "JSON")
    if kind == "JSON":
        return _json_records
    try:
        delimiter = base64.b64decode(given.get("Delimiter", ""), validate=True)
    except binascii.Error as problem:
        raise AwsError("InvalidArgumentException", "Delimiter must be base64 encoded.") from problem
    if not delimiter:
        raise AwsError("InvalidArgumentException", "Delimiter is required for SubRecordType DELIMITED.")
    return lambda data: (each for each in data.split(delimiter) if each)


def _json_records(data: bytes) -> Iterator[bytes]:
    """JSON documents one after the other, with or without line breaks between them."""
    try:
        text, position = data.decode(), 0
        found = []
        while text[position:].strip():
            position += len(text[position:]) - len(text[position:].lstrip())
            _, end = _DECODER.raw_decode(text, position)
            found.append(text[position:end].encode())
            position = end
    except ValueError as problem:
        raise RecordFailed(
            PROCESSING, "DynamicPartitioning.RecordDeaggregationFailed", "Non JSON record provided"
        ) from problem
    yield from found
