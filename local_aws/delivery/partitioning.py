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
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from local_aws.delivery.errors import PROCESSING, RecordFailed
from local_aws.errors import AwsError, Unsupported

Keys = tuple[tuple[str, str], ...]
Steps = tuple[str | int, ...]
_ENTRY = re.compile(r'\s*(?:"([^"]+)"|([A-Za-z_]\w*))\s*:\s*([^,{}]+?)\s*(?:,|$)')
_STEP = re.compile(r'\.?\["([^"]+)"\]|\[(\d+)\]|\."([^"]+)"|\.([A-Za-z_]\w*)')
_DECODER = json.JSONDecoder()


@dataclass(frozen=True)
class Processing:
    """What a `ProcessingConfiguration` asks for: `queries` gives partition keys, `split` cuts aggregated records."""

    delimiter: bytes = b""
    queries: tuple[tuple[str, Steps], ...] = ()
    split: Callable[[bytes], Iterator[bytes]] | None = None

    @classmethod
    def of(cls, config: dict[str, Any]) -> Processing:
        """:raises Unsupported: for a processor, or a jq expression, that is not emulated."""
        delimiter, queries = b"", tuple[tuple[str, Steps], ...]()
        split: Callable[[bytes], Iterator[bytes]] | None = None
        for processor in config.get("Processors", []) if config.get("Enabled") else []:
            given = {each["ParameterName"]: each["ParameterValue"] for each in processor.get("Parameters", [])}
            if processor["Type"] == "AppendDelimiterToRecord":
                delimiter += codecs.decode(given.get("Delimiter", "\\n"), "unicode_escape").encode()
            elif processor["Type"] == "MetadataExtraction":
                queries = _queries(given)
            elif processor["Type"] == "RecordDeAggregation":
                split = _splitter(given)
            else:
                raise Unsupported(f"the processor {processor['Type']} of Firehose")
        return cls(delimiter, queries, split)

    def records(self, data: bytes) -> Iterator[bytes]:
        """The records within a record. :raises RecordFailed: if they cannot be told apart."""
        if self.split is None:
            yield data
        else:
            yield from self.split(data)

    def keys(self, data: bytes) -> Keys:
        """The partition keys of a record. :raises RecordFailed: for one that is no JSON or lacks a key."""
        if not self.queries:
            return ()
        try:
            value = json.loads(data)
        except ValueError as problem:
            raise _failed("Non JSON record provided") from problem
        return tuple((name, _key(name, value, steps)) for name, steps in self.queries)


def _failed(message: str) -> RecordFailed:
    return RecordFailed(PROCESSING, "DynamicPartitioning.MetadataExtractionFailed", message)


def _queries(given: dict[str, str]) -> tuple[tuple[str, Steps], ...]:
    """`{day: .at.day, "kind": .kinds[0]}`. Paths are all of jq that is emulated."""
    if given.get("JsonParsingEngine", "JQ-1.6") != "JQ-1.6":
        raise AwsError("InvalidArgumentException", "JsonParsingEngine must be JQ-1.6.")
    text = given.get("MetadataExtractionQuery", "").strip()
    if not (text.startswith("{") and text.endswith("}")):
        raise Unsupported(f"the jq expression {text} of MetadataExtractionQuery")
    body, position, found = text[1:-1].strip(), 0, []
    while position < len(body):
        entry = _ENTRY.match(body, position)
        if entry is None:
            raise Unsupported(f"the jq expression {text} of MetadataExtractionQuery")
        found.append((entry[1] or entry[2], _steps(entry[3])))
        position = entry.end()
    return tuple(found)


def _steps(path: str) -> Steps:
    found: list[str | int] = []
    position = 0
    while position < len(path):
        step = _STEP.match(path, position)
        if step is None:
            break
        found.append(int(step[2]) if step[2] else step[1] or step[3] or step[4])
        position = step.end()
    if position < len(path) or not found:
        raise Unsupported(f"the jq expression {path} of MetadataExtractionQuery")
    return tuple(found)


def _key(name: str, value: Any, steps: Steps) -> str:
    for step in steps:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    if value is None or value == "" or isinstance(value, dict | list):
        raise _failed(f"partitionKeys values must not be null or empty: {name}")
    return value if isinstance(value, str) else json.dumps(value)


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
