"""The plugins' tests: Airflow's connection to local_aws, and what arrives there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aws_warehouse import tasks
from aws_warehouse.lease import Lease
from aws_warehouse.ledger import Ledger


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch, local_aws: Any, account_id: str) -> Callable[..., None]:
    """`aws_default` of the test's own account at local_aws; call it with another `endpoint_url` to move it."""

    def connect(endpoint_url: str = local_aws.url, **extra: Any) -> None:
        settings = {"endpoint_url": endpoint_url, "region_name": "us-east-1"} | extra
        value = {"conn_type": "aws", "login": account_id, "password": "secret", "extra": settings}
        monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(value))

    connect()
    return connect


@pytest.fixture
def requests_seen(local_aws: Any) -> Iterator[list[str]]:
    """The names of the operations that reach local_aws during the test, in order."""
    seen: list[str] = []
    application = local_aws.app.__class__.__call__

    def recorded(self: Any, environ: dict[str, Any], start_response: Any) -> Any:
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        seen.append(target.rpartition(".")[2] or f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
        return application(self, environ, start_response)

    local_aws.app.__class__.__call__ = recorded
    yield seen
    local_aws.app.__class__.__call__ = application


@pytest.fixture
def kept_lease(client: Callable[..., Any], bucket: str, monkeypatch: pytest.MonkeyPatch) -> Lease:
    """The lease in the test's bucket; tasks use it as well."""
    clients = {"s3": client("s3")}

    async def call(service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        answer: dict[str, Any] = getattr(clients[service], operation)(**params)
        return answer

    made = Lease(call, bucket)
    monkeypatch.setattr(tasks, "lease", lambda: made)
    return made


@pytest.fixture
def kept_ledger(client: Callable[..., Any], bucket: str, kept_lease: Lease, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """The ledger in the test's bucket; tasks use it as well."""
    made = Ledger(client("s3"), bucket)
    monkeypatch.setattr(tasks, "ledger", lambda: made)
    return made
