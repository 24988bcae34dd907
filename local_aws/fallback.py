"""The base behind our services, and what it says when it does not know a service or an operation: a typed error.

Left alone it answers with a bare 500, a page of HTML or an exception, which no client can tell from an outage.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import threading
import uuid
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs

from botocore.model import ListShape, MapShape, ServiceModel, Shape, StructureShape
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from local_aws import base_requests, wire
from local_aws.errors import AwsError
from local_aws.faults import identify
from local_aws.faults.identify import Call

log = logging.getLogger("local_aws")

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
        self._one_at_a_time = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        call = identify.call_of(environ)
        caller = wire.caller_of({"authorization": environ.get("HTTP_AUTHORIZATION", "")})
        signed = caller.service if caller else "s3"
        service = call.service if call is not None else identify.model_of(signed)
        name, action = (call.service.service_name, call.action) if call is not None else (signed, _action(environ))
        try:
            if action in REFUSED:
                raise NotImplementedError
            base_requests.check(call, service, action, environ)
            status, headers, body = _mended(call, self._ask(environ))
        except (NoSuchService, NotImplementedError) as error:
            what = f"the service {name}" if isinstance(error, NoSuchService) else name
            refused = AwsError("NotImplemented", f"local_aws does not support {what}: {action}", 501)
            status, headers, body = _refusal(service, refused, call, environ)
        except AwsError as error:
            status, headers, body = _refusal(service, error, call, environ)
        except Exception as error:
            log.exception("defect in the base: %s %s", name, action)
            told = f"local_aws cannot do this {name}: {action}: its base fails with {type(error).__name__}: {error}"
            status, headers, body = _refusal(service, AwsError("NotImplemented", told, 501), call, environ)
        start_response(status, headers)
        return body

    def _ask(self, environ: dict[str, Any]) -> Answer:
        """:raises NotImplementedError: also when there is a backend, but no such path in it."""
        started: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
            started[:] = [status, headers]

        routed = environ["PATH_INFO"].replace("\n", "_").replace("\r", "_")  # keys are read from the raw path
        with self._one_at_a_time if _is_conditional_write(environ) else contextlib.nullcontext():
            body = self._dispatcher({**environ, "PATH_INFO": routed}, start_response)
        status, headers = started
        if status[:3] in {"404", "405"} and dict(headers).get("Content-Type", "").startswith("text/html"):
            body = list(body)
            if NO_PAGE.search(b"".join(body)):
                raise NotImplementedError
        return status, headers, body


def _is_conditional_write(environ: dict[str, Any]) -> bool:
    """Whether the base compares first and writes then: between the two, no other such write may come.

    Evidence: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html: of several conditional
    writes to one key at a time, one succeeds. Deviates: a write without condition may still come in between, and the
    others always meet 412, never 409.
    """
    conditions = ("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH")
    return environ["REQUEST_METHOD"] in {"PUT", "POST", "DELETE"} and any(name in environ for name in conditions)


def _mended(call: Call | None, answer: Answer) -> Answer:
    """The answer of a success without what AWS leaves out: nulls, members of no model, words where nothing is said."""
    status, headers, body = answer
    if call is None or not status.startswith("2"):
        return answer
    shape = call.service.operation_model(call.action).output_shape
    if call.protocol == "json":
        whole = b"".join(body)
        with contextlib.suppress(ValueError):
            whole = json.dumps(_pruned(shape, json.loads(whole))).encode() if whole else b"{}"
        return status, _sized(headers, whole), [whole]
    if call.protocol == "rest-xml" and shape is None:
        return status, _sized(headers, b""), [b""]
    return answer


def _sized(headers: list[tuple[str, str]], body: bytes) -> list[tuple[str, str]]:
    kept = [each for each in headers if each[0].lower() != "content-length"]
    return [*kept, ("Content-Length", str(len(body)))]


def _pruned(shape: Shape | None, value: Any) -> Any:
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_pruned(shape.member, each) for each in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {key: _pruned(shape.value, each) for key, each in value.items() if each is not None}
    if isinstance(shape, StructureShape) and isinstance(value, dict) and not shape.is_document_type:
        members = {each.serialization.get("name", name): each for name, each in shape.members.items()}
        kept = {key: each for key, each in value.items() if each is not None and key in members}
        return {key: _pruned(members[key], each) for key, each in kept.items()}
    return {} if shape is None else value


def _action(environ: dict[str, Any]) -> str:
    """What is asked for, in the words of a request that no operation is known for."""
    target = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    if target:
        return str(target)
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        action = parse_qs(identify.body_of(environ).decode(errors="replace")).get("Action")
        if action:
            return str(action[0])
    path: str = environ.get("PATH_INFO", "/")
    called = re.search(r"/operation/(\w+)$", path)
    return called[1] if called else f"{environ['REQUEST_METHOD']} {path}"


def _refusal(service: ServiceModel | None, error: AwsError, call: Call | None, environ: dict[str, Any]) -> Answer:
    protocol = call.protocol if call is not None else environ.get("HTTP_SMITHY_PROTOCOL") and "smithy-rpc-v2-cbor"
    answer = wire.error_answer(service, error, str(uuid.uuid4()), protocol)
    headers = [*answer.headers.items(), ("Content-Length", str(len(answer.body)))]
    body = b"" if environ["REQUEST_METHOD"] == "HEAD" else answer.body
    return f"{answer.status} Error", headers, [body]
