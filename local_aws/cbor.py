"""CBOR, as the AWS SDKs speak it: a request as the JSON that it stands for, an answer of JSON as CBOR.

AWS gives timestamps in milliseconds, where RFC 8949 has seconds.
Evidence: https://www.rfc-editor.org/rfc/rfc8949.html, https://github.com/aws/aws-sdk-java-v2/issues/4661
"""

from __future__ import annotations

import base64
import io
import struct
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

_UINT, _NEGATIVE, _BYTES, _TEXT, _LIST, _MAP, _TAG, _SIMPLE = range(8)
_FALSE, _TRUE, _NULL, _UNDEFINED = 20, 21, 22, 23
_INDEFINITE, _BREAK = 31, object()
_TIMESTAMP = 1
_DEEPEST = 64


def decode(data: bytes) -> Any:
    """A CBOR item as JSON has it: bytes in base64, timestamps in seconds. :raises ValueError: for what is none."""
    reader = io.BytesIO(data)
    value = _item(reader, 0)
    if value is _BREAK or reader.read(1):
        raise ValueError("more than one item")
    return value


def _item(reader: io.BytesIO, depth: int) -> Any:
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    [first] = _read(reader, 1)
    kind, info = first >> 5, first & 31
    if kind == _SIMPLE:
        return _simple(reader, info)
    size = None if info == _INDEFINITE else _argument(reader, info)
    if kind in {_BYTES, _TEXT}:
        parts = [_read(reader, size)] if size is not None else _chunks(reader, kind)
        whole = b"".join(parts)
        return whole.decode() if kind == _TEXT else base64.b64encode(whole).decode()
    if kind in {_LIST, _MAP}:
        return _collection(reader, kind, size, depth)
    if size is None:
        raise ValueError("an indefinite length where none can be")
    if kind == _TAG:
        value = _item(reader, depth + 1)
        return value / 1000 if size == _TIMESTAMP and isinstance(value, int | float) else value
    return size if kind == _UINT else -1 - size


def _read(reader: io.BytesIO, size: int) -> bytes:
    found = reader.read(size)
    if len(found) < size:
        raise ValueError("it ends too early")
    return found


def _argument(reader: io.BytesIO, info: int) -> int:
    if info < 24:
        return info
    if info > 27:
        raise ValueError(f"a reserved length {info}")
    return int.from_bytes(_read(reader, 1 << (info - 24)))


def _simple(reader: io.BytesIO, info: int) -> Any:
    known = {_FALSE: False, _TRUE: True, _NULL: None, _UNDEFINED: None, _INDEFINITE: _BREAK}
    if info in known:
        return known[info]
    if info in {25, 26, 27}:
        return struct.unpack({25: ">e", 26: ">f", 27: ">d"}[info], _read(reader, 1 << (info - 24)))[0]
    raise ValueError(f"an unknown simple value {info}")


def _chunks(reader: io.BytesIO, kind: int) -> list[bytes]:
    parts = []
    while (first := _read(reader, 1)[0]) != (_SIMPLE << 5 | _INDEFINITE):
        if first >> 5 != kind:
            raise ValueError("a chunk of another type")
        parts.append(_read(reader, _argument(reader, first & 31)))
    return parts


def _collection(reader: io.BytesIO, kind: int, size: int | None, depth: int) -> Any:
    found: list[Any] = []
    wanted = None if size is None else size * (2 if kind == _MAP else 1)
    while wanted is None or len(found) < wanted:
        value = _item(reader, depth + 1)
        if value is _BREAK:
            if wanted is not None:
                raise ValueError("a break where none can be")
            break
        found.append(value)
    if kind == _LIST:
        return found
    return dict(zip(map(str, found[::2]), found[1::2], strict=True))


def encode(value: Any, shape: Shape | None = None) -> bytes:
    """A value of a JSON answer, whose shape tells which texts are bytes and which numbers are timestamps."""
    if shape is not None and shape.type_name == "timestamp":
        return _head(_TAG, _TIMESTAMP) + encode(round(value * 1000))
    if shape is not None and shape.type_name == "blob":
        raw = base64.b64decode(value)
        return _head(_BYTES, len(raw)) + raw
    if value is None or isinstance(value, bool):
        return bytes([_SIMPLE << 5 | {None: _NULL, False: _FALSE, True: _TRUE}[value]])
    if isinstance(value, int):
        return _head(_UINT, value) if value >= 0 else _head(_NEGATIVE, -1 - value)
    if isinstance(value, float):
        return bytes([_SIMPLE << 5 | 27]) + struct.pack(">d", value)
    if isinstance(value, list):
        inner = shape.member if isinstance(shape, ListShape) else None
        return _head(_LIST, len(value)) + b"".join(encode(each, inner) for each in value)
    if isinstance(value, dict):
        pairs = (encode(key) + encode(each, _member(shape, key)) for key, each in value.items())
        return _head(_MAP, len(value)) + b"".join(pairs)
    text = str(value).encode()
    return _head(_TEXT, len(text)) + text


def _member(shape: Shape | None, key: str) -> Shape | None:
    if isinstance(shape, StructureShape):
        return shape.members.get(key)
    return shape.value if isinstance(shape, MapShape) else None


def _head(kind: int, size: int) -> bytes:
    if size < 24:
        return bytes([kind << 5 | size])
    power = next(power for power in range(4) if size < 1 << (8 << power))
    return bytes([kind << 5 | 24 + power]) + size.to_bytes(1 << power)
