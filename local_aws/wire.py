"""From an HTTP request to an operation with typed parameters, and from its answer to bytes.

Three protocols are read here, those of our own services: `json` (the operation in the `X-Amz-Target` header),
`rest-json` (the operation in method and path) and `query` (the operation in a form field; see `query.py`). The base
reads its own.
Evidence: botocore's service models; https://smithy.io/2.0/aws/protocols/index.html
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote

import botocore.session
from botocore.model import ListShape, MapShape, OperationModel, ServiceModel, Shape, StructureShape
from botocore.utils import parse_timestamp

from local_aws import cbor, query
from local_aws.errors import AwsError

Params = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What arrived, as far as routing needs it."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Caller:
    """Who asks, by the credential scope of the signature: access key, region, signing name of the service."""

    access_key: str
    region: str
    service: str


_SCOPE = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/,\s]+)/([^/,\s]+)/aws4_request")


def caller_of(headers: dict[str, str]) -> Caller | None:
    """The caller by SigV4's Authorization header, or None for an unsigned request. Signatures are not verified.

    Evidence: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    found = _SCOPE.search(headers.get("authorization", ""))
    return None if found is None else Caller(found[1], found[2], found[3])


@cache
def model(service: str) -> ServiceModel:
    """botocore's model of a service."""
    return botocore.session.get_session().get_service_model(service)


@cache
def _paths(service: str) -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """(method, path pattern, operation) of a rest-json service, the most literal path first."""
    rows = []
    for name in model(service).operation_names:
        http = model(service).operation_model(name).http
        template = http["requestUri"].split("?")[0]
        literal = len(re.sub(r"\{[^}]+\}", "", template))
        pattern = re.sub(r"\\\{(\w+)\\\+\\\}", r"(?P<\1>.+)", re.escape(template))
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", pattern)
        rows.append((literal, http["method"], re.compile(pattern), name))
    return tuple((method, pattern, name) for _, method, pattern, name in sorted(rows, key=lambda row: -row[0]))


def target_of(request: Request) -> tuple[str, str] | None:
    """(target prefix, operation) of the `json` protocol, such as (`AmazonAthena`, `StartQueryExecution`)."""
    prefix, dot, operation = request.headers.get("x-amz-target", "").rpartition(".")
    return (prefix, operation) if dot else None


def rest_operation(service: str, request: Request) -> tuple[OperationModel, dict[str, str]] | None:
    """The operation of a rest-json request and the labels in its path."""
    for method, pattern, name in _paths(service):
        found = pattern.fullmatch(request.path) if method == request.method else None
        if found:
            return model(service).operation_model(name), {key: unquote(text) for key, text in found.groupdict().items()}
    return None


def protocol(service: str) -> str:
    """The protocol that our side of a service speaks."""
    return str(model(service).metadata.get("protocol"))


def query_operation(service: str, request: Request) -> OperationModel | None:
    """The operation of a `query` request."""
    action = query.fields_of(request.body, request.query).get("Action")
    return model(service).operation_model(action) if action in model(service).operation_names else None


def parse(operation: OperationModel, request: Request, labels: dict[str, str] | None = None) -> Params:
    """The operation's parameters, typed: timestamps aware, blobs as bytes. Members that the model lacks are dropped.

    :raises AwsError: `SerializationException` for a body that is no JSON object.
    """
    shape = operation.input_shape
    if shape is None:
        return {}
    if protocol(operation.service_model.service_name) == "query":
        return query.parse(operation, query.fields_of(request.body, request.query))
    try:
        body = json.loads(request.body) if request.body.strip() else {}
    except (ValueError, RecursionError) as error:
        raise AwsError("SerializationException", f"The request body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise AwsError("SerializationException", "The request body is not a JSON object")
    payload = shape.serialization.get("payload")
    if payload:
        body = {payload: body}
    params: Params = {}
    strings = parse_qs(request.query, keep_blank_values=True)
    for name, member in shape.members.items():
        value = _located(name, member, request, labels or {}, strings, body)
        if value is not None:
            params[name] = _typed(member, value)
    return params


def typed(operation: OperationModel, members: Params) -> Params:
    """Members as JSON has them, typed by the operation's input."""
    found = _typed(operation.input_shape, members) if operation.input_shape is not None else {}
    return found if isinstance(found, dict) else {}


def _located(
    name: str,
    member: Shape,
    request: Request,
    labels: dict[str, str],
    strings: dict[str, list[str]],
    body: Params,
) -> Any:
    where = member.serialization.get("location")
    wire_name = member.serialization.get("name", name)
    if where == "uri":
        return _plain(member, labels.get(wire_name))
    if where == "querystring":
        values = strings.get(wire_name)
        if values is None:
            return None
        return values if isinstance(member, ListShape) else _plain(member, values[0])
    if where == "header":
        return _plain(member, request.headers.get(wire_name.lower()))
    return body.get(wire_name, body.get(name))


def _plain(member: Shape, text: str | None) -> Any:
    if text is None:
        return None
    if member.type_name in {"integer", "long"}:
        return int(text) if re.fullmatch(r"-?\d+", text) else text
    return text == "true" if member.type_name == "boolean" else text


def _typed(shape: Shape, value: Any) -> Any:
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {
            name: _typed(member, value[wire_name])
            for name, member in shape.members.items()
            if value.get(wire_name := member.serialization.get("name", name)) is not None
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_typed(shape.member, each) for each in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: _typed(shape.value, each) for key, each in value.items()}
    if shape.type_name == "timestamp":
        try:
            return parse_timestamp(value)
        except (ValueError, TypeError, RuntimeError) as error:  # the last for a moment that no calendar has
            raise AwsError("SerializationException", f"{value!r} is no timestamp") from error
    if shape.type_name == "blob" and isinstance(value, str):
        try:
            return base64.b64decode(value)
        except ValueError as error:
            raise AwsError("SerializationException", "A blob is not Base64") from error
    return value


def answer(operation: OperationModel, result: Params, request_id: str) -> Response:
    """The HTTP answer of an operation; members that the model lacks, or that are None, are left out."""
    if protocol(operation.service_model.service_name) == "query":
        return Response(200, query.answer(operation, result, request_id), {"Content-Type": "text/xml"})
    status, headers, body = int(operation.http.get("responseCode", 200)), {}, {}
    shape = operation.output_shape
    for name, member in shape.members.items() if shape is not None else ():
        value = result.get(name)
        if value is None:
            continue
        where = member.serialization.get("location")
        wire_name = member.serialization.get("name", name)
        if where == "statusCode":
            status = int(value)
        elif where == "header":
            headers[wire_name] = str(value)
        else:
            body[wire_name] = _plain_json(member, value)
    return Response(status, json.dumps(body).encode(), {**headers, **_json_type(operation.service_model)})


def _plain_json(shape: Shape, value: Any) -> Any:
    if isinstance(shape, StructureShape):
        return {
            member.serialization.get("name", name): _plain_json(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None
        }
    if isinstance(shape, ListShape):
        return [_plain_json(shape.member, each) for each in value]
    if isinstance(shape, MapShape):
        return {key: _plain_json(shape.value, each) for key, each in value.items()}
    if shape.type_name == "timestamp" and isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        if shape.serialization.get("timestampFormat") == "iso8601":
            return aware.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return round(aware.timestamp(), 3)
    if shape.type_name == "blob":
        return base64.b64encode(value).decode()
    return value


def error_answer(
    service: ServiceModel | None, error: AwsError, request_id: str, protocol: str | None = None
) -> Response:
    """The HTTP answer of an error.

    :param protocol: that of the request, where the service speaks more than one.
    """
    protocol = protocol or (str(service.metadata.get("protocol")) if service is not None else "json")
    ids = {"x-amzn-RequestId": request_id}
    if protocol in {"query", "ec2", "rest-xml"}:
        namespace = service.metadata.get("xmlNamespace", "") if service is not None else ""
        bare = service is not None and service.service_name == "s3"
        shape = query.ec2_error if protocol == "ec2" else query.bare_error if bare else query.error
        text = shape(error.code, error.message, error.status, request_id, namespace)
        kind = "application/xml" if protocol == "rest-xml" else "text/xml"
        return Response(error.status, text, {**ids, "Content-Type": kind})
    if protocol == "smithy-rpc-v2-cbor":
        body = cbor.encode({"__type": error.code, "message": error.message})
        kinds = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
        return Response(error.status, body, {**ids, **kinds})
    told = {"__type": error.code, "message": error.message, "Message": error.message, **error.members}
    headers = {"x-amzn-ErrorType": error.code, **ids, **_json_type(service)}
    return Response(error.status, json.dumps(told, default=str).encode(), headers)


def _json_type(service: ServiceModel | None) -> dict[str, str]:
    version = service.metadata.get("jsonVersion", "1.1") if service is not None else "1.1"
    plain = service is not None and service.metadata.get("protocol") == "rest-json"
    return {"Content-Type": "application/json" if plain else f"application/x-amz-json-{version}"}
