"""Requests to S3 checked before the base sees them: names of buckets, keys, headers, query strings, documents.

Evidence: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html,
https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html,
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList (the codes)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import parse_qs
from xml.etree import ElementTree as Xml

from botocore.model import ListShape, OperationModel, Shape, StringShape, StructureShape

from local_aws import validate
from local_aws.errors import AwsError

MAX_KEY_BYTES = 1024
MAX_DOCUMENT_BYTES = 16 * 1024 * 1024
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")
_MALFORMED = "The XML you provided was not well-formed or did not validate against our published schema"
_ENUM_ERRORS = {
    "StorageClass": ("InvalidStorageClass", "The storage class you specified is not valid"),
    "ServerSideEncryption": (
        "InvalidEncryptionAlgorithmError",
        "The encryption request that you specified is not valid. The valid value is AES256.",
    ),
    "MetadataDirective": ("InvalidArgument", "Unknown metadata directive."),
    "TaggingDirective": ("InvalidArgument", "Unknown tagging directive."),
    "EncodingType": ("InvalidArgument", "Invalid Encoding Method specified in Request"),
    "LocationConstraint": ("InvalidLocationConstraint", "The specified location-constraint is not valid"),
}
"""Member → the error of a value that it cannot have, where S3 has one of its own."""


def check(operation: OperationModel, bucket: str, key: str, environ: dict[str, Any], body: bytes | None) -> None:
    """:raises AwsError: for a request that S3 refuses whatever is in the bucket.

    :param body: the document of the request; None where the body is an object's bytes.
    """
    if operation.name == "CreateBucket":
        _check_name(bucket)
    if _size(key) > MAX_KEY_BYTES:
        raise AwsError("KeyTooLongError", "Your key is too long")
    strings = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    for name, shape, header, query in _located(operation):
        text = environ.get(header) if header else next(iter(strings.get(query, [])), None)
        if text is not None:
            _check_text(name, shape, text, query or header)
    if body:
        _check_document(operation, body)


def _size(key: str) -> int:
    """The bytes of a key as WSGI has it, one character a byte, or as text."""
    try:
        return len(key.encode("latin-1"))
    except UnicodeEncodeError:
        return len(key.encode())


def _check_name(name: str) -> None:
    good = _NAME.fullmatch(name) and not _ADDRESS.fullmatch(name) and ".." not in name
    if not good or name.startswith(_PREFIXES) or name.endswith(_SUFFIXES):
        raise AwsError("InvalidBucketName", "The specified bucket is not valid.")


@cache
def _located(operation: OperationModel) -> tuple[tuple[str, Shape, str, str], ...]:
    """(member, shape, WSGI's name of the header, name in the query string) of what can be wrong in itself."""
    shape, found = operation.input_shape, []
    for name, member in shape.members.items() if shape is not None else ():
        place, wire_name = member.serialization.get("location"), member.serialization.get("name", name)
        limited = member.type_name in {"integer", "long", "boolean"} or (
            isinstance(member, StringShape) and member.enum
        )
        if not limited or place not in {"header", "querystring"} or wire_name.lower() == "content-length":
            continue
        header = "HTTP_" + wire_name.upper().replace("-", "_") if place == "header" else ""
        found.append((name, member, header, "" if header else wire_name))
    return tuple(found)


def _check_text(name: str, shape: Shape, text: str, wire_name: str) -> None:
    if shape.type_name in {"integer", "long"}:
        if not re.fullmatch(r"\d{1,10}", text) or int(text) > 2**31 - 1:
            raise AwsError("InvalidArgument", f"Provided {wire_name} not an integer or within integer range")
    elif shape.type_name == "boolean":
        if text.lower() not in {"true", "false"}:
            raise AwsError("InvalidArgument", f"{wire_name} takes true or false, not {text!r}")
    elif isinstance(shape, StringShape) and text not in shape.enum and text.upper() not in shape.enum:
        code, message = _ENUM_ERRORS.get(name, ("InvalidArgument", f"{wire_name} cannot be {text!r}"))
        raise AwsError(code, message)


def _check_document(operation: OperationModel, body: bytes) -> None:
    shape = operation.input_shape
    payload = shape.serialization.get("payload") if shape is not None else None
    member = shape.members[payload] if shape is not None and payload else None
    if not isinstance(member, StructureShape):
        return
    try:
        document = _value(member, Xml.fromstring(body))
    except (Xml.ParseError, ValueError, RecursionError) as error:
        raise AwsError("MalformedXML", _MALFORMED) from error
    for problem in validate.problems(member, document):
        told = next((each for name, each in _ENUM_ERRORS.items() if f"'{validate.lower(name)}'" in problem), None)
        raise AwsError(*(told or ("MalformedXML", f"{_MALFORMED}: {problem}")))
    if operation.name == "DeleteObjects" and len(document.get("Objects", ())) > 1000:
        raise AwsError("MalformedXML", _MALFORMED)


def _value(shape: Shape, element: Xml.Element) -> Any:
    """The value of an element, as a client would give it. :raises ValueError: for a text that has not its type."""
    if isinstance(shape, StructureShape):
        return dict(_members(shape, element))
    if isinstance(shape, ListShape):
        return [_value(shape.member, child) for child in element]
    text = element.text or ""
    if shape.type_name in {"integer", "long"}:
        return int(text)
    if shape.type_name == "boolean" and text.lower() not in {"true", "false"}:
        raise ValueError(text)
    return text


def _members(shape: StructureShape, element: Xml.Element) -> Iterator[tuple[str, Any]]:
    for name, member in shape.members.items():
        flat = isinstance(member, ListShape) and member.serialization.get("flattened")
        tag = member.serialization.get("name", name)
        if flat and isinstance(member, ListShape):
            tag = member.serialization.get("name") or member.member.serialization.get("name", name)
        found = [child for child in element if child.tag.rpartition("}")[2] == tag]
        if member.serialization.get("xmlAttribute"):
            texts = [text for key, text in element.attrib.items() if key.rpartition("}")[2] == tag.rpartition(":")[2]]
            if texts:
                yield name, texts[0]
        elif flat and isinstance(member, ListShape):
            if found:
                yield name, [_value(member.member, child) for child in found]
        elif found:
            yield name, _value(member, found[0])
