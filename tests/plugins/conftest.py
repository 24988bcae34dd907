"""The plugins' tests: Airflow's connection to local_aws, and what arrives there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest


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
