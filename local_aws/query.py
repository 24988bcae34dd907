"""The `query` protocol of older services (CloudFormation): form fields in, XML out, both by botocore's model.

Evidence: https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from xml.etree import ElementTree as Xml

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.utils import parse_timestamp

from local_aws.errors import AwsError

Fields = dict[str, str]


def fields_of(body: bytes, query: str) -> Fields:
    """The fields of a request: from the form, or from the query string of a GET."""
    text = body.decode(errors="replace") if body else query
    return dict(parse_qsl(text, keep_blank_values=True))


def parse(operation: OperationModel, fields: Fields) -> dict[str, Any]:
    """The operation's parameters, typed. :raises AwsError: `MalformedInput` for a field that has not its type."""
    if operation.input_shape is None:
        return {}
    try:
        parsed = _structure(operation.input_shape, fields, "")
    except (ValueError, RuntimeError) as error:  # the second for a moment that no calendar has
        raise AwsError("MalformedInput", str(error)) from error
    return parsed or {}


def _value(shape: Shape, fields: Fields, name: str) -> Any:
    if isinstance(shape, StructureShape):
        return _structure(shape, fields, name)
    if isinstance(shape, ListShape):
        return _list(shape, fields, name)
    if isinstance(shape, MapShape):
        entries = _numbered(fields, name if shape.serialization.get("flattened") else f"{name}.entry")
        return {fields[f"{each}.key"]: _value(shape.value, fields, f"{each}.value") for each in entries} or None
    text = fields.get(name)
    return None if text is None else _scalar(shape, text)


def _structure(shape: StructureShape, fields: Fields, name: str) -> dict[str, Any] | None:
    found = {}
    for key, member in shape.members.items():
        path = member.serialization.get("name", key)
        value = _value(member, fields, f"{name}.{path}" if name else path)
        if value is not None:
            found[key] = value
    return found or None


def _list(shape: ListShape, fields: Fields, name: str) -> list[Any] | None:
    item = "" if shape.serialization.get("flattened") else f".{shape.member.serialization.get('name', 'member')}"
    found = [_value(shape.member, fields, each) for each in _numbered(fields, f"{name}{item}")]
    return found if found else ([] if fields.get(name) == "" else None)


def _numbered(fields: Fields, prefix: str) -> list[str]:
    """`Tags.member.1`, `Tags.member.2`, … as far as the fields go."""
    numbers = {key[len(prefix) + 1 :].partition(".")[0] for key in fields if key.startswith(f"{prefix}.")}
    return [f"{prefix}.{number}" for number in sorted((each for each in numbers if each.isdigit()), key=int)]


def _scalar(shape: Shape, text: str) -> Any:
    if shape.type_name in {"integer", "long"}:
        return int(text)
    if shape.type_name in {"float", "double"}:
        return float(text)
    if shape.type_name == "boolean":
        return text.lower() == "true"
    if shape.type_name == "timestamp":
        return parse_timestamp(text)
    return base64.b64decode(text) if shape.type_name == "blob" else text


def answer(operation: OperationModel, result: dict[str, Any], request_id: str) -> bytes:
    """The XML of an answer; members that the model lacks, or that are None, are left out."""
    namespace = operation.service_model.metadata.get("xmlNamespace", "")
    root = Xml.Element(f"{operation.name}Response", {"xmlns": namespace})
    shape = operation.output_shape
    if shape is not None:
        wrapper = shape.serialization.get("resultWrapper", f"{operation.name}Result")
        _write(shape, result, Xml.SubElement(root, wrapper))
    Xml.SubElement(Xml.SubElement(root, "ResponseMetadata"), "RequestId").text = request_id
    return Xml.tostring(root)


def error(code: str, message: str, status: int, request_id: str, namespace: str) -> bytes:
    """The XML of an error."""
    root = Xml.Element("ErrorResponse", {"xmlns": namespace})
    body = Xml.SubElement(root, "Error")
    for tag, text in (("Type", "Sender" if status < 500 else "Receiver"), ("Code", code), ("Message", message)):
        Xml.SubElement(body, tag).text = text
    Xml.SubElement(root, "RequestId").text = request_id
    return Xml.tostring(root)


def bare_error(code: str, message: str, status: int, request_id: str, namespace: str) -> bytes:
    """The XML of an error of S3, which has nothing around it.

    Evidence: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
    """
    root = Xml.Element("Error")
    for tag, text in (("Code", code), ("Message", message), ("RequestId", request_id)):
        Xml.SubElement(root, tag).text = text
    return bytes(Xml.tostring(root, xml_declaration=True, encoding="UTF-8"))


def ec2_error(code: str, message: str, status: int, request_id: str, namespace: str) -> bytes:
    """The XML of an error in EC2's own form.

    Evidence: https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-error-codes.html
    """
    root = Xml.Element("Response")
    body = Xml.SubElement(Xml.SubElement(root, "Errors"), "Error")
    for tag, text in (("Code", code), ("Message", message)):
        Xml.SubElement(body, tag).text = text
    Xml.SubElement(root, "RequestID").text = request_id
    return Xml.tostring(root)


def _write(shape: Shape, value: Any, element: Xml.Element) -> None:
    if isinstance(shape, StructureShape):
        for key, member in shape.members.items():
            if value.get(key) is not None:
                _write_member(member, value[key], element, member.serialization.get("name", key))
    elif isinstance(shape, ListShape):
        for each in value:
            _write(shape.member, each, Xml.SubElement(element, shape.member.serialization.get("name", "member")))
    elif isinstance(shape, MapShape):
        for key, each in value.items():
            entry = Xml.SubElement(element, "entry")
            Xml.SubElement(entry, "key").text = key
            _write(shape.value, each, Xml.SubElement(entry, "value"))
    else:
        element.text = _text(shape, value)


def _write_member(shape: Shape, value: Any, parent: Xml.Element, tag: str) -> None:
    if isinstance(shape, ListShape) and shape.serialization.get("flattened"):
        for each in value:
            _write(shape.member, each, Xml.SubElement(parent, tag))
    else:
        _write(shape, value, Xml.SubElement(parent, tag))


def _text(shape: Shape, value: Any) -> str:
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if isinstance(value, bool):
        return "true" if value else "false"
    return base64.b64encode(value).decode() if shape.type_name == "blob" else str(value)
