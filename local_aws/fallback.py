"""The base behind our services, and what it says when it does not know a service or an operation: a typed error.

Left alone it answers with a bare 500, a page of HTML or an exception, which no client can tell from an outage.
"""

from __future__ import annotations

import io
import logging
import re
import uuid
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import unescape

from botocore.exceptions import UnknownServiceError
from botocore.model import ServiceModel
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from local_aws import validate, wire
from local_aws.errors import AwsError
from local_aws.faults import identify

log = logging.getLogger("local_aws")

_DENIALS = {
    "AccessDenied": "AccessDeniedException",
    "InvalidClientTokenId": "UnrecognizedClientException",
    "AuthFailure": "UnrecognizedClientException",
    "SignatureDoesNotMatch": "InvalidSignatureException",
}
"""The base's code → that of the services that speak JSON."""
_INVALID = {"glue": "InvalidInputException", "secretsmanager": "InvalidParameterException"}
"""What a service calls a request that lacks a member, where it is not `ValidationException`."""
NO_PAGE = re.compile(rb"<title>(404 Not Found|405 Method Not Allowed)</title>")
REFUSED = {"SelectObjectContent", "StartQuery"}
"""What the base answers wrongly: its S3 Select knows no delimiters and no quotes, and finds a row after the last one;
its Logs Insights passes over `filter`, `stats` and `parse`.

S3 Select is closed to new customers: https://docs.aws.amazon.com/AmazonS3/latest/API/API_SelectObjectContent.html
"""
StartResponse = Callable[[str, list[tuple[str, str]]], Any]
Answer = tuple[str, list[tuple[str, str]], Iterable[bytes]]


class NoSuchService(Exception):  # noqa: N818 - the words say what it is
    """The base has no backend for a host."""


class Dispatcher(DomainDispatcherApplication):
    """The base's dispatcher, whose failures reach us instead of becoming a page of HTML."""

    def __init__(self) -> None:
        super().__init__(_backend)

    def get_backend_for_host(self, host: str | None) -> Any:
        if (
            host
            and "amazonaws.com" in host
            and not any(p.match(f"http://{host}") for _, p in self.backend_url_patterns)
        ):
            raise NoSuchService(host)
        return super().get_backend_for_host(host)


def _backend(service: Any) -> Any:
    application = create_backend_app(service)
    application.config["PROPAGATE_EXCEPTIONS"] = True
    return application


class Fallback:
    """The WSGI application that answers what our services do not.

    What it cannot is refused with the code `NotImplemented` and the status 501, as S3 refuses:
    https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
    """

    def __init__(self) -> None:
        self._dispatcher = Dispatcher()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        caller = wire.caller_of({"authorization": environ.get("HTTP_AUTHORIZATION", "")})
        service = caller.service if caller else "s3"
        operation = _operation(environ)
        try:
            if operation in REFUSED:
                raise NotImplementedError
            _check(service, operation, environ)
            status, headers, body = _in_protocol(service, self._ask(environ), environ)
        except (NoSuchService, NotImplementedError) as error:
            what = f"the service {service}" if isinstance(error, NoSuchService) else service
            refused = AwsError("NotImplemented", f"local_aws does not support {what}: {operation}", 501)
            status, headers, body = _refusal(service, refused, environ)
        except AwsError as error:
            status, headers, body = _refusal(service, error, environ)
        except Exception as error:
            log.exception("defect in the base: %s %s", service, operation)
            told = f"defect in the base of local_aws: {operation}: {type(error).__name__}: {error}"
            status, headers, body = _refusal(service, AwsError("InternalFailure", told, 500), environ)
        start_response(status, headers)
        return body

    def _ask(self, environ: dict[str, Any]) -> Answer:
        """:raises NotImplementedError: also when there is a backend, but no such path in it."""
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            started[:] = [status, headers]

        body = self._dispatcher(environ, start_response)
        status, headers = started
        if status[:3] in {"404", "405"} and dict(headers).get("Content-Type", "").startswith("text/html"):
            body = list(body)
            if NO_PAGE.search(b"".join(body)):
                raise NotImplementedError
        return status, headers, body


def _check(service: str, operation: str, environ: dict[str, Any]) -> None:
    """Refuse what is no request of a service: the base takes it as it comes, and breaks on it.

    Evidence: https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html (types, SerializationException) and
    https://docs.aws.amazon.com/awssupport/latest/APIReference/CommonErrors.html (UnknownOperationException,
    InvalidAction)
    Deviates: patterns, lengths and ranges are not checked, nor the parameters of services that take forms.
    """
    target, found = environ.get("HTTP_X_AMZ_TARGET", ""), _model(service)
    if found is None:
        return
    if not target and found.metadata.get("protocol") in {"query", "ec2"} and environ["REQUEST_METHOD"] == "POST":
        if operation not in found.operation_names and "HTTP_SMITHY_PROTOCOL" not in environ:
            raise AwsError("InvalidAction", f"The action {operation} is not valid for this web service.")
        return
    if not target or found.metadata.get("protocol") != "json":
        return
    if target.rpartition(".")[0] != found.metadata["targetPrefix"] or operation not in found.operation_names:
        raise AwsError("UnknownOperationException", f"{service} has no operation {target!r}")
    asked = found.operation_model(operation)
    request = wire.Request("POST", "/", "", {}, identify.body_of(environ))
    broken = list(validate.problems(asked.input_shape, wire.parse(asked, request))) if asked.input_shape else []
    if types := [each for each in broken if "Member must be a" in each]:
        raise AwsError("SerializationException", validate.message(types))
    if missing := [each for each in broken if each.endswith("Member must not be null")]:
        raise AwsError(_INVALID.get(service, "ValidationException"), validate.message(missing))


def _in_protocol(service: str, answer: Answer, environ: dict[str, Any]) -> Answer:
    """The answer, where need be in the form of a JSON service: the base refuses who may not by S3's form alone.

    Evidence: https://docs.aws.amazon.com/awssupport/latest/APIReference/CommonErrors.html (AccessDeniedException, 400)
    Deviates: the resource is always `*`: the base does not say which.
    """
    status, headers, body = answer
    found = _model(service)
    if status[:3] not in {"401", "403"} or found is None or "json" not in found.metadata.get("protocol", ""):
        return answer
    whole = b"".join(body)
    told = {tag: re.search(rf"<{tag}>(.*?)</{tag}>", whole.decode(errors="replace")) for tag in ("Code", "Message")}
    if told["Code"] is None or told["Message"] is None:
        return status, headers, [whole]
    code, message = told["Code"][1], unescape(told["Message"][1])
    if code == "AccessDenied":
        message += f" on resource: * because no identity-based policy allows the {message.rpartition(' ')[2]} action"
    return _refusal(service, AwsError(_DENIALS.get(code, code), message, 400), environ)


def _operation(environ: dict[str, Any]) -> str:
    """What is asked for, by the name that the request gives it."""
    target = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    if target:
        return str(target)
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        text = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(text)
        action = parse_qs(text.decode(errors="replace")).get("Action")
        if action:
            return str(action[0])
    if environ["REQUEST_METHOD"] == "POST" and "select-type" in parse_qs(environ.get("QUERY_STRING", "")):
        return "SelectObjectContent"
    path: str = environ.get("PATH_INFO", "/")
    called = re.search(r"/operation/(\w+)$", path)
    return called[1] if called else f"{environ['REQUEST_METHOD']} {path}"


def _refusal(service: str, error: AwsError, environ: dict[str, Any]) -> Answer:
    cbor = environ.get("HTTP_SMITHY_PROTOCOL") == "rpc-v2-cbor"
    answer = (wire.cbor_error if cbor else wire.error_answer)(_model(service), error, str(uuid.uuid4()))
    headers = [*answer.headers.items(), ("Content-Length", str(len(answer.body)))]
    return f"{answer.status} Error", headers, [answer.body]


def _model(service: str) -> ServiceModel | None:
    """The service's model by its signing name; for most services that is also its name."""
    try:
        return wire.model(service)
    except UnknownServiceError:
        return None
