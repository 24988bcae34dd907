"""Which operation of which service a request asks for: our services' and the base's alike, by botocore's models.

Evidence: https://smithy.io/2.0/aws/protocols/index.html (where each protocol carries the operation's name), and for S3
https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html (buckets in the host's name).
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote_plus

import botocore.exceptions
from botocore.model import ServiceModel

from local_aws import wire

_BY_SIGNING_NAME = {
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "airflow": "mwaa",
    "elasticmapreduce": "emr",
    "elasticloadbalancing": "elbv2",
    "email": "ses",
}
"""Services whose signing name is not botocore's name of them."""
KNOWN = "local_aws.call"
"""Where a request's environment keeps its `Call` once it is known: a form can be read once alone."""
_RPC = re.compile(r"/service/\w+/operation/(\w+)")
_CREDENTIAL = re.compile(r"[?&]?X-Amz-Credential=([^&]+)")


@dataclass(frozen=True)
class Call:
    """An operation, and the protocol in which this request asks for it."""

    service: ServiceModel
    action: str
    protocol: str

    @property
    def name(self) -> str:
        return f"{self.service.service_name}.{self.action}"


@dataclass(frozen=True)
class _Rule:
    """How a rest request for one operation looks."""

    action: str
    method: str
    path: re.Pattern[str]
    literal: int
    query: tuple[tuple[str, str], ...]
    headers: tuple[str, ...]

    def fits(self, path: str, query: dict[str, list[str]], headers: dict[str, Any]) -> bool:
        named = all(key in query and (not text or text in query[key]) for key, text in self.query)
        return named and all(key in headers for key in self.headers) and self.path.fullmatch(path) is not None


def call_of(environ: dict[str, Any]) -> Call | None:
    """`identify`, done once a request."""
    if KNOWN not in environ:
        environ[KNOWN] = identify(environ)
    found: Call | None = environ[KNOWN]
    return found


def identify(environ: dict[str, Any]) -> Call | None:
    """The call that a WSGI request makes, or None if it is none (a page, an unsigned request).

    The body of a form is read for it and put back.
    """
    service = _service(environ)
    if service is None:
        return None
    target, path = environ.get("HTTP_X_AMZ_TARGET", ""), environ.get("PATH_INFO", "/")
    if "." in target:
        action, protocol = target.rpartition(".")[2], "json"
    elif found := _RPC.fullmatch(path):
        action, protocol = found[1], "smithy-rpc-v2-cbor"
    elif (own := service.metadata.get("protocol", "")).startswith("rest-"):
        action, protocol = _rest_action(service.service_name, environ) or "", own
    else:
        action, protocol = _form_action(environ), "ec2" if own == "ec2" else "query"
    return Call(service, action, protocol) if action in service.operation_names else None


def check(service: str, action: str) -> None:
    """:raises ValueError: for a service or an operation that botocore does not know."""
    found = _model(service)
    if found is None:
        raise ValueError(f"botocore knows no service {service!r}")
    if action.lower() not in {each.lower() for each in found.operation_names}:
        raise ValueError(f"{service} has no operation {action!r}")


@cache
def _model(service: str) -> ServiceModel | None:
    try:
        return wire.model(service)
    except (botocore.exceptions.UnknownServiceError, botocore.exceptions.DataNotFoundError):
        return None


def _service(environ: dict[str, Any]) -> ServiceModel | None:
    caller = wire.caller_of({"authorization": environ.get("HTTP_AUTHORIZATION", "")})
    signed = caller.service if caller else None
    if signed is None and (found := _CREDENTIAL.search(environ.get("QUERY_STRING", ""))):
        scope = unquote_plus(found[1]).split("/")
        signed = scope[3] if len(scope) == 5 else None
    elif signed is None and "AWSAccessKeyId=" in environ.get("QUERY_STRING", ""):
        signed = "s3"  # the older way to presign, which boto3 still takes by default
    return None if signed is None else model_of(signed)


def model_of(signing_name: str) -> ServiceModel | None:
    """The service's model by its signing name, or None where botocore has none."""
    return _model(_BY_SIGNING_NAME.get(signing_name, signing_name))


def body_of(environ: dict[str, Any]) -> bytes:
    """The request's body, which stays readable."""
    length = environ.get("CONTENT_LENGTH")
    stream = environ["wsgi.input"]
    body: bytes = stream.read(int(length)) if length else b""
    if not length and environ.get("wsgi.input_terminated"):
        body = stream.read()
    put_body(environ, body)
    return body


def put_body(environ: dict[str, Any], body: bytes) -> None:
    environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))


def _form_action(environ: dict[str, Any]) -> str:
    text: str = environ.get("QUERY_STRING", "")
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        text = body_of(environ).decode(errors="replace")
    return dict(parse_qsl(text)).get("Action", "")


def object_of(environ: dict[str, Any]) -> tuple[str, str]:
    """The bucket and the key that a request to S3 names, each empty if it names none."""
    bucket, _, key = _path(environ).lstrip("/").partition("/")
    return bucket, key


def _path(environ: dict[str, Any]) -> str:
    """The path, with the bucket in it wherever the request has it."""
    path: str = environ.get("PATH_INFO", "/")
    bucket = bucket_of(environ.get("HTTP_HOST", "").partition(":")[0])
    return f"/{bucket}{path}" if bucket else path


def _rest_action(service: str, environ: dict[str, Any]) -> str | None:
    path = _path(environ) if service == "s3" else environ.get("PATH_INFO", "/")
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    fitting = (rule.action for rule in _rules(service, environ["REQUEST_METHOD"]) if rule.fits(path, query, environ))
    return next(fitting, None)


def bucket_of(host: str) -> str | None:
    """The bucket that a host's name holds, if any."""
    host = host.partition(":")[0]
    if host.endswith(".localhost"):
        return host.removesuffix(".localhost")
    found = re.fullmatch(r"(.+)\.s3[.-][\w.-]*amazonaws\.com", host)
    return str(found[1]) if found else None


@cache
def _rules(service: str, method: str) -> tuple[_Rule, ...]:
    """The operations of one method, the most particular first: S3's differ by query and headers alone."""
    rules = []
    found = wire.model(service)
    for name in found.operation_names:
        operation = found.operation_model(name)
        if operation.http["method"] != method or operation.deprecated:  # its successor has the same form
            continue
        template, _, query = operation.http["requestUri"].partition("?")
        template = operation.http.get("authPath", template)  # botocore's client takes the bucket out of a model in use
        static = [(key, text) for key, text in parse_qsl(query, keep_blank_values=True) if key != "x-id"]
        shape, headers = operation.input_shape, []
        for member in shape.required_members if shape is not None else ():
            place = shape.members[member].serialization
            wire_name = place.get("name", member)
            if place.get("location") == "querystring":
                static.append((wire_name, ""))
            elif place.get("location") == "header":
                headers.append("HTTP_" + wire_name.upper().replace("-", "_"))
        rules.append(_Rule(name, method, _pattern(template), _literal(template), tuple(static), tuple(headers)))
    return tuple(sorted(rules, key=lambda rule: (-rule.literal, -len(rule.query) - len(rule.headers))))


def _pattern(template: str) -> re.Pattern[str]:
    text = re.sub(r"\\\{\w+\\\+\\\}", ".+", re.escape(template.rstrip("/")))
    return re.compile(re.sub(r"\\\{[\w-]+\\\}", "[^/]+", text) + "/?", re.DOTALL)  # keys may hold newlines


def _literal(template: str) -> int:
    return len(re.sub(r"\{[^}]+\}", "", template.rstrip("/")))
