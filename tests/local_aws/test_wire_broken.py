"""Bodies and targets that no client sends: each service answers in its protocol, and never with a failure of its own.

What is well-formed and wrong: `test_operations.py`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from http.client import HTTPConnection
from xml.etree import ElementTree as Xml

import pytest

from local_aws import wire
from local_aws.server import LocalAws
from local_aws.services import NAMES

ACCOUNT = "177777777777"
JSON_SERVICES = sorted({each for each in NAMES if wire.protocol(each) == "json"} | {"secretsmanager"})
REST_SERVICES = sorted(each for each in NAMES if wire.protocol(each) == "rest-json")
FORM_SERVICES = sorted({each for each in NAMES if wire.protocol(each) == "query"} | {"iam", "sts"})
BODIES = (b"", b"{", b"[]", b'"text"', b"null", b"\xff\xfe\x00", b"[" * 3000, b'{"a": NaN}', b'{"a": 1e999}')


def _ask(
    aws: LocalAws, service: str, method: str, path: str, body: bytes, headers: dict[str, str]
) -> tuple[int, str, bytes]:
    scope = f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20240101/us-east-1/{service}/aws4_request, Signature=0"
    connection = HTTPConnection("127.0.0.1", aws.port, timeout=60)
    try:
        connection.request(method, path, body, {"Authorization": scope, **headers})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type", ""), answer.read()
    finally:
        connection.close()


def _refused(status: int) -> bool:
    return status < 500 or status == 501


def _requests(service: str) -> Iterator[tuple[str, bytes]]:
    model, pick = wire.model(service), random.Random(service)
    prefix, names = model.metadata["targetPrefix"], sorted(model.operation_names)
    for body in BODIES:
        yield f"{prefix}.{pick.choice(names)}", body
    for target in (f"{prefix}.Nothing", f"{prefix}.", "Nothing.ListThings", "..", "\u00e9"):
        yield target, b"{}"


@pytest.mark.parametrize("service", JSON_SERVICES)
def test_json_service_refuses_in_json(local_aws: LocalAws, service: str) -> None:
    wrong = []
    for target, body in _requests(service):
        headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
        status, kind, answer = _ask(local_aws, service, "POST", "/", body, headers)
        if not _refused(status) or "json" not in kind or not isinstance(json.loads(answer or b"{}"), dict):
            wrong.append((target, body[:200], status, kind, answer[:200]))
    assert not wrong


@pytest.mark.parametrize("service", REST_SERVICES)
def test_rest_service_refuses_in_json(local_aws: LocalAws, service: str) -> None:
    wrong, pick = [], random.Random(service)
    for name in sorted(wire.model(service).operation_names):
        operation = wire.model(service).operation_model(name)
        path = operation.http["requestUri"].replace("{", "").replace("+}", "").replace("}", "")
        body = pick.choice(BODIES)
        status, kind, answer = _ask(local_aws, service, operation.http["method"], path, body, {})
        if not _refused(status) or "json" not in kind or not isinstance(json.loads(answer or b"{}"), dict):
            wrong.append((name, body[:200], status, kind, answer[:200]))
    assert not wrong


@pytest.mark.parametrize("service", FORM_SERVICES)
def test_form_service_refuses_in_xml(local_aws: LocalAws, service: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    wrong = []
    for body in (b"", b"Action=Nothing&Version=1", b"Version=1", b"%%%=&&=", b"\xff\xfe"):
        status, kind, answer = _ask(local_aws, service, "POST", "/", body, headers)
        if not _refused(status) or "xml" not in kind or Xml.fromstring(answer) is None:
            wrong.append((body, status, kind, answer[:200]))
    assert not wrong
