"""Parts of objects that were uploaded in parts: read one by one, and told of by GetObjectAttributes.

The base keeps which parts an object has, and answers a request for one with all of the object.
Evidence, below https://docs.aws.amazon.com/AmazonS3/latest/API/: API_GetObject.html (`partNumber`, a ranged request),
API_HeadObject.html (`x-amz-mp-parts-count`, the object's own ETag), API_GetObjectAttributes.html (`ObjectParts`; single
parts are listed of objects with a checksum alone).
Deviates: a part's checksum is told of SHA-1, SHA-256 and CRC-32 alone.
"""

from __future__ import annotations

import importlib
from itertools import accumulate
from typing import Any

MOST = 1000


def tell_of_parts() -> None:
    """Have the base answer so; once or more often."""
    answers: Any = importlib.import_module("moto.s3.responses").S3Response
    for name, made in (
        ("get_object", _get_object),
        ("head_object", _head_object),
        ("get_object_attributes", _get_object_attributes),
    ):
        own = getattr(answers, name)
        if not getattr(own, "knows_parts", False):
            setattr(answers, name, made(own))


_TOLD = {"SHA1", "SHA256", "CRC32"}


def _bounds(key: Any, number: int) -> tuple[int, int]:
    """Where a part begins in the object and where it ends. :raises: the base's error for one that is not there."""
    for own, start, end in _parts(key):
        if own == number:
            return start, end
    raise importlib.import_module("moto.s3.exceptions").RangeNotSatisfiable


def _parts(key: Any) -> list[tuple[int, int, int]]:
    """Each part's number, begin and end, in order; none of an object that was put at once."""
    if not key.multipart:
        return []
    sizes = {number: each.contentsize for number, each in sorted(key.multipart.parts.items())}
    ends = list(accumulate(sizes.values()))
    if not ends or ends[-1] != key.contentsize:  # parts were sent that the object was not made of
        return []
    return [(number, end - sizes[number], end) for number, end in zip(sizes, ends, strict=True)]


def _get_object(original: Any) -> Any:
    def get_object(response: Any) -> Any:
        number = response._get_int_param("partNumber")
        status, headers, body = original(response)
        if status != 200 or not number:
            return status, headers, body
        key, _ = response._get_key()
        if not _parts(key):
            raise NotImplementedError("GetObject's partNumber, where parts were sent that the object was not made of")
        start, end = _bounds(key, number)
        headers |= {"content-length": str(end - start), "content-range": f"bytes {start}-{end - 1}/{key.contentsize}"}
        headers["x-amz-mp-parts-count"] = str(len(_parts(key)))
        return 206, headers, body[start:end]

    get_object.knows_parts = True  # type: ignore[attr-defined]
    return get_object


def _head_object(original: Any) -> Any:
    def head_object(response: Any, bucket_name: str, query: dict[str, Any], key_name: str, headers: Any) -> Any:
        number, version = int(query.get("partNumber", ["0"])[0]), query.get("versionId", [None])[0]
        key = response.backend.head_object(bucket_name, key_name, version_id=version) if number else None
        if key is None or not _parts(key):
            return original(response, bucket_name, query, key_name, headers=headers)
        start, end = _bounds(key, number)
        whole = {name: each for name, each in query.items() if name != "partNumber"}
        status, found, body = original(response, bucket_name, whole, key_name, headers=headers)
        if status != 200:
            return status, found, body
        found |= {"content-length": str(end - start), "content-range": f"bytes {start}-{end - 1}/{key.contentsize}"}
        return 206, {**found, "x-amz-mp-parts-count": str(len(_parts(key)))}, body

    head_object.knows_parts = True  # type: ignore[attr-defined]
    return head_object


def _get_object_attributes(original: Any) -> Any:
    def get_object_attributes(response: Any) -> Any:
        status, headers, body = original(response)
        wanted = response.headers.get("x-amz-object-attributes", "").split(",")
        if status != 200 or "ObjectParts" not in [each.strip() for each in wanted]:
            return status, headers, body
        key, _ = response._get_key(validate_storage_class=False)
        text = body.decode() if isinstance(body, bytes) else body
        end = text.rindex("</")
        return status, headers, text[:end] + _described(key, response.headers) + text[end:]

    get_object_attributes.knows_parts = True  # type: ignore[attr-defined]
    return get_object_attributes


def _described(key: Any, asked: Any) -> str:
    """The `ObjectParts` element; nothing for an object that was put at once."""
    parts = _parts(key)
    if not parts:
        return ""
    if not key.checksum_algorithm:
        return f"<ObjectParts><PartsCount>{len(parts)}</PartsCount></ObjectParts>"
    after, most = int(asked.get("x-amz-part-number-marker", 0)), min(MOST, int(asked.get("x-amz-max-parts", MOST)))
    left = [each for each in parts if each[0] > after]
    told = {
        "PartsCount": len(parts),
        "PartNumberMarker": after,
        "NextPartNumberMarker": left[:most][-1][0] if left[:most] else 0,
        "MaxParts": most,
        "IsTruncated": str(len(left) > most).lower(),
    }
    listed = "".join(_part(key, *each) for each in left[:most])
    return f"<ObjectParts>{''.join(f'<{name}>{each}</{name}>' for name, each in told.items())}{listed}</ObjectParts>"


def _part(key: Any, number: int, start: int, end: int) -> str:
    algorithm = key.checksum_algorithm.upper()
    told = f"<PartNumber>{number}</PartNumber><Size>{end - start}</Size>"
    if algorithm in _TOLD:
        with key._value_buffer.path.open("rb") as file:
            file.seek(start)
            found = importlib.import_module("moto.s3.utils").compute_checksum(file.read(end - start), algorithm)
        told += f"<Checksum{algorithm}>{found.decode()}</Checksum{algorithm}>"
    return f"<Part>{told}</Part>"
