"""`MetadataExtractionQuery`: the partition keys that a jq expression takes from a record.

Evidence: https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning-partitioning-keys.html. Deviates: AWS
runs jq 1.6, the package `jq` a later one, whose differences are few (jq's changelog). An expression must be one object.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from local_aws.delivery.errors import PROCESSING, RecordFailed
from local_aws.errors import AwsError, Unsupported

Keys = tuple[tuple[str, str], ...]
_HOST = re.compile(
    r"\$ENV|\b(?:env|inputs?|input_filename|import|include|debug|stderr|get_search_list|now|halt|halt_error)\b"
)
"""What reaches out of the record: refused, as replaying a journal has to give the same keys again."""
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\s+|[A-Za-z_]\w*|.', re.DOTALL)


@dataclass(frozen=True)
class Queries:
    """A compiled expression and the names of the keys that it gives; without names there is none."""

    names: tuple[str, ...] = ()
    program: Any = None

    @classmethod
    def of(cls, given: dict[str, str]) -> Queries:
        """:raises AwsError: `InvalidArgumentException` for what is no jq expression for an object."""
        if given.get("JsonParsingEngine", "JQ-1.6") != "JQ-1.6":
            raise AwsError("InvalidArgumentException", "JsonParsingEngine must be JQ-1.6.")
        text = given.get("MetadataExtractionQuery", "").strip()
        bare = re.sub(r'"(?:[^"\\]|\\.)*"|\.\s*[A-Za-z_]\w*|[A-Za-z_]\w*\s*:', "", text)
        host = _HOST.search(bare)
        if host is not None:
            raise Unsupported(f"{host[0]} in the jq expression {text} of MetadataExtractionQuery")
        return cls(_names(text), _compiled(text))

    def __bool__(self) -> bool:
        return bool(self.names)

    def keys(self, data: bytes) -> Keys:
        """:raises RecordFailed: for a record that is no JSON, or lacks a key."""
        if not self.names:
            return ()
        try:
            json.loads(data)
        except ValueError as problem:
            raise _failed("Non JSON record provided") from problem
        try:
            found = self.program.input_text(data.decode()).all()
        except ValueError as problem:
            raise _failed(str(problem)) from problem
        if len(found) != 1:
            raise _failed(f"The query gives {len(found)} results for a record")
        return tuple((name, _key(name, found[0].get(name))) for name in self.names)


def _compiled(text: str) -> Any:
    import jq

    try:
        return jq.compile(text)
    except ValueError as problem:
        message = f"MetadataExtractionQuery {text} is not a jq expression: {problem}"
        raise AwsError("InvalidArgumentException", message) from problem


def _names(text: str) -> tuple[str, ...]:
    """The keys of an object construction, which the expression has to be as a whole."""
    names, depth, expecting = list[str](), 0, False
    for token in _TOKEN.findall(text):
        if token.isspace():
            continue
        if depth == 0 and (token != "{" or names):
            message = f"MetadataExtractionQuery must be one JSON object of partition keys: {text}"
            raise AwsError("InvalidArgumentException", message)
        if expecting and token != "}":
            names.append(_name(token, text))
        depth += (token in "{[(") - (token in "}])")
        expecting = depth == 1 and token in {"{", ","}
    if depth or not names:
        raise AwsError("InvalidArgumentException", f"MetadataExtractionQuery names no partition keys: {text}")
    return tuple(names)


def _name(token: str, text: str) -> str:
    plain = token[1:-1] if token.startswith('"') else token
    if not re.fullmatch(r"[^\\\"]+" if token.startswith('"') else r"[A-Za-z_]\w*", plain):
        raise Unsupported(f"a computed key in the jq expression {text} of MetadataExtractionQuery")
    return plain


def _key(name: str, value: Any) -> str:
    if value is None or value == "" or isinstance(value, dict | list):
        raise _failed(f"partitionKeys values must not be null or empty: {name}")
    return value if isinstance(value, str) else json.dumps(value)


def _failed(message: str) -> RecordFailed:
    return RecordFailed(PROCESSING, "DynamicPartitioning.MetadataExtractionFailed", message)
