"""Records that the Kinesis Producer Library packed into one: Firehose unpacks those of a stream source.

Evidence: https://docs.aws.amazon.com/firehose/latest/dev/writing-with-kinesis-streams.html; the format, which is
protocol buffers between a magic number and an MD5:
https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

MAGIC = b"\xf3\x89\x9a\xc2"
_DIGEST = 16
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_RECORDS, _DATA = 3, 3


def unpacked(record: bytes) -> list[bytes]:
    """The user records of a record; itself, if it is not an aggregated one or is damaged."""
    body, digest = record[len(MAGIC) : -_DIGEST], record[-_DIGEST:]
    if not record.startswith(MAGIC) or hashlib.md5(body, usedforsecurity=False).digest() != digest:
        return [record]
    try:
        packed = [value for number, value in _fields(body) if number == _RECORDS]
        return [value for each in packed for number, value in _fields(each) if number == _DATA]
    except (IndexError, ValueError):
        return [record]


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The length-delimited fields of a message. :raises IndexError, ValueError: for what is no message."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        kind = tag & 7
        if kind == _BYTES:
            size, position = _varint(message, position)
            if position + size > len(message):
                raise ValueError("a field is longer than its message")
            yield tag >> 3, message[position : position + size]
            position += size
        elif kind == _VARINT:
            _, position = _varint(message, position)
        elif kind in {_FIXED64, _FIXED32}:
            position += 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"wire type {kind}")


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if not byte & 0x80:
            return value, position
