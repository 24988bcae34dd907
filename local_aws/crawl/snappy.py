"""Snappy in its three forms: framed, in Hadoop's blocks, and raw. Only the first has magic bytes.

Evidence: https://docs.aws.amazon.com/glue/latest/dg/add-classifier.html ("standard and Hadoop native Snappy formats"),
https://github.com/google/snappy/blob/main/framing_format.txt, https://github.com/google/snappy/blob/main/format_description.txt
"""

from __future__ import annotations

from pathlib import Path

FRAMED = b"\xff\x06\x00\x00sNaPpY"
MOST = 1 << 30
_FAILED = (OSError, ValueError, IndexError)


def is_snappy(head: bytes, path: Path) -> bool:
    """Whether a file, of which `head` are the first bytes, decompresses; told apart by structure, then by trying."""
    if head.startswith(FRAMED):
        return True
    size = path.stat().st_size
    if size < 3 or not (_is_hadoop(head, size) or _is_raw(head, size)):
        return False
    try:
        return bool(decompress(path.read_bytes()))
    except _FAILED:
        return False


def decompress(data: bytes) -> bytes:
    """:raises OSError: (or one of its kind) for what is damaged."""
    try:
        if data.startswith(FRAMED):
            return b"".join(_frames(data))
        return b"".join(_blocks(data)) if _is_hadoop(data[:16], len(data)) else _raw(data)
    except (ValueError, IndexError) as error:
        raise OSError(f"damaged Snappy data: {error}") from error


def _number(head: bytes) -> tuple[int, int]:
    """The length that raw Snappy begins with, and the bytes that it takes; (0, 0) if it is none."""
    found = 0
    for position, byte in enumerate(head[:5]):
        found |= (byte & 0x7F) << (7 * position)
        if byte < 0x80:
            return found, position + 1
    return 0, 0


def _is_raw(head: bytes, size: int) -> bool:
    length, start = _number(head)
    begins_literal = start < len(head) and head[start] & 3 == 0
    return 0 < length <= MOST and begins_literal and size <= 32 + length + length // 6


def _is_hadoop(head: bytes, size: int) -> bool:
    if size < 10:
        return False
    plain, packed = int.from_bytes(head[:4], "big"), int.from_bytes(head[4:8], "big")
    length, _ = _number(head[8:])
    return 0 < packed <= size - 8 and 0 < length <= plain <= MOST


def _raw(data: bytes) -> bytes:
    import pyarrow as pa

    length, _ = _number(data)
    if not 0 < length <= MOST:
        raise ValueError("no length")
    return bytes(pa.decompress(data, decompressed_size=length, codec="snappy", asbytes=True))


def _blocks(data: bytes) -> list[bytes]:
    parts, position = [], 0
    while position < len(data):
        plain, position = int.from_bytes(data[position : position + 4], "big"), position + 4
        while plain > 0:
            packed, position = int.from_bytes(data[position : position + 4], "big"), position + 4
            if packed <= 0 or position + packed > len(data):
                raise ValueError("a block is cut off")
            parts.append(_raw(data[position : position + packed]))
            plain, position = plain - len(parts[-1]), position + packed
    return parts


def _frames(data: bytes) -> list[bytes]:
    parts, position = [], 0
    while position < len(data):
        kind, length = data[position], int.from_bytes(data[position + 1 : position + 4], "little")
        body, position = data[position + 4 : position + 4 + length], position + 4 + length
        if position > len(data) or 2 <= kind < 0x80:
            raise ValueError("a frame is cut off or of an unknown kind")
        if kind == 0:
            parts.append(_raw(body[4:]))
        elif kind == 1:
            parts.append(body[4:])
    return parts
