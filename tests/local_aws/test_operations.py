"""Every operation of our services, asked as its model allows and as it does not: an answer or a typed refusal.

That answers fit the model, and that nothing fails with a 500, is looked at after each test (`tests/answers.py`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as Xml

import pytest
from botocore.model import OperationModel
from botocore.serialize import create_serializer
from hypothesis import HealthCheck, given, seed, settings
from hypothesis.strategies import SearchStrategy

from local_aws import cbor, wire
from local_aws.server import LocalAws
from local_aws.services import NAMES
from tests.accounts import new_account
from tests.local_aws import model_requests

Params = SearchStrategy[dict[str, Any]]
SECONDS = 20
FEW = settings(max_examples=2, deadline=None, database=None, suppress_health_check=list(HealthCheck))
OURS = sorted(NAMES)
BASE = ["cloudwatch", "iam", "logs", "secretsmanager", "sns", "sqs", "sts"]


class Asking:
    """One connection to the endpoint, kept open; an answer that takes longer than `SECONDS` is a hang."""

    def __init__(self, aws: LocalAws, service: str) -> None:
        self._connection = HTTPConnection("127.0.0.1", aws.port, timeout=SECONDS)
        self._service = service
        self._account = new_account()
        self.protocol = wire.protocol(service)

    def ask(self, operation: OperationModel, params: dict[str, Any]) -> tuple[int, str]:
        """The status and the error's code, or nothing where it is none, of a request as the client would send it."""
        if not isinstance(params, model_requests.Broken):
            return self._ask(operation, params)
        path = re.sub(r"{\w+\+?}", "a", operation.http["requestUri"].partition("?")[0])
        target = f"{operation.service_model.metadata.get('targetPrefix')}.{operation.name}"
        headers = {"X-Amz-Target": target} if self.protocol == "json" else {}
        return self.send(operation.http["method"], path, json.dumps(params, default=str), headers)

    def _ask(self, operation: OperationModel, params: dict[str, Any]) -> tuple[int, str]:
        made = create_serializer(self.protocol, include_validation=False).serialize_to_request(params, operation)
        query = made["query_string"] if isinstance(made["query_string"], dict) else {}
        text = urlencode(query, doseq=True)
        path = made["url_path"] + (f"?{text}" if text else "")
        body = made["body"]
        if isinstance(body, dict):
            body = urlencode(body)
        return self.send(made["method"], path, body, dict(made["headers"]))

    def send(self, method: str, path: str, body: Any, headers: dict[str, str]) -> tuple[int, str]:
        scope = f"Credential={self._account}/20240101/us-east-1/{self._service}/aws4_request, Signature=0"
        data = body.encode() if isinstance(body, str) else body
        self._connection.request(method, path, data, {"Authorization": f"AWS4-HMAC-SHA256 {scope}", **headers})
        answer = self._connection.getresponse()
        return answer.status, self._code(answer.status, answer.read())

    def _code(self, status: int, body: bytes) -> str:
        if status < 300:
            return ""
        if "cbor" in self.protocol:
            return str(cbor.decode(body)["__type"]).rpartition("#")[2]
        if "json" in self.protocol:
            return str(json.loads(body)["__type"]).rpartition("#")[2]
        return next(each.text or "" for each in Xml.fromstring(body).iter() if each.tag.rpartition("}")[2] == "Code")


@pytest.fixture
def asking(local_aws: LocalAws, service: str) -> Iterator[Asking]:
    yield Asking(local_aws, service)


def _operations(service: str) -> list[OperationModel]:
    return [wire.model(service).operation_model(name) for name in sorted(wire.model(service).operation_names)]


def _is_typed(status: int, code: str) -> bool:
    return status < 300 if not code else (400 <= status < 500 or status == 501) and code.isidentifier()


def _wrong(asking: Asking, service: str, make: Callable[[OperationModel], Params], few: settings) -> list[Any]:
    """The requests that were not answered as they have to be."""
    wrong: list[Any] = []
    for operation in _operations(service):
        wrong += _asked(asking, operation, make(operation), few)
    return wrong


def _asked(asking: Asking, operation: OperationModel, made: Params, few: settings) -> list[Any]:
    wrong: list[Any] = []

    @seed(0)
    @few
    @given(made)
    def run(params: dict[str, Any]) -> None:
        status, code = asking.ask(operation, params)
        if not _is_typed(status, code):
            wrong.append((operation.name, params, status, code))

    run()
    return wrong


@pytest.mark.parametrize("service", OURS + BASE)
def test_what_is_required_is_enough_for_an_answer_or_a_typed_refusal(asking: Asking, service: str) -> None:
    assert not _wrong(asking, service, model_requests.valid, FEW)


@pytest.mark.parametrize("service", OURS + BASE)
def test_whatever_the_model_allows_is_answered_or_refused_by_type(asking: Asking, service: str) -> None:
    assert not _wrong(asking, service, lambda each: model_requests.valid(each, whole=True), FEW)


@pytest.mark.parametrize("service", [each for each in OURS + BASE if "json" in wire.protocol(each)])
def test_what_the_model_does_not_allow_is_refused_by_type(asking: Asking, service: str) -> None:
    assert not _wrong(asking, service, model_requests.broken, FEW)
