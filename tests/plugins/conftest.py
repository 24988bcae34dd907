"""A real Airflow for the plugins' tests: its home and database in a temporary directory, its connection to local_aws.

`run(operator)` does what a worker and the triggerer do, without a scheduler: renders, executes, sends the trigger
through its serialized form, runs it, and resumes. `test_in_airflow.py` does the same by `dag.test()`.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

# Airflow reads these when it is first imported
_HOME = Path(os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="airflow-")))
os.environ.setdefault("AIRFLOW__CORE__DAGS_FOLDER", str(Path(__file__).parent / "dags"))
os.environ.setdefault("AIRFLOW__CORE__PLUGINS_FOLDER", str(_HOME / "plugins"))
os.environ.setdefault("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
os.environ.setdefault("AIRFLOW__LOGGING__LOGGING_LEVEL", "WARNING")
os.environ.setdefault("AIRFLOW__CORE__UNIT_TEST_MODE", "False")


class Store(dict[str, Any]):
    """A task state store: what it keeps is JSON, as in Airflow."""

    def get(self, key: str, default: Any = None) -> Any:
        return json.loads(super().get(key, "null")) or default

    def set(self, key: str, value: Any) -> None:
        self[key] = json.dumps(value)

    def delete(self, key: str) -> None:
        self.pop(key, None)


def context_of(store: Store | None = None, *, tries: int = 0, **more: Any) -> dict[str, Any]:
    """The context of one try.

    :param store: what earlier tries of the same task kept.
    :param tries: `max_tries`, which grows when a person clears the task.
    """
    ti = SimpleNamespace(dag_id="lake", run_id="manual__1", task_id="job", map_index=-1, max_tries=tries, try_number=1)
    return {"ti": ti, "task_state_store": Store() if store is None else store, "params": {}} | more


def resume(operator: Any, context: dict[str, Any], deferred: Any) -> Any:
    """What follows a deferral: the trigger, rebuilt from what is serialized, and the task with its event."""
    from airflow.sdk._shared.module_loading import import_string
    from airflow.sdk.exceptions import TaskDeferred

    while True:
        path, fields = deferred.trigger.serialize()
        trigger = import_string(path)(**json.loads(json.dumps(fields)))

        async def first(trigger: Any = trigger) -> Any:
            return await anext(trigger.run())

        event = json.loads(json.dumps(asyncio.run(first()).payload))
        try:
            return getattr(operator, deferred.method_name)(context, event)
        except TaskDeferred as again:
            deferred = again


def run(operator: Any, context: dict[str, Any] | None = None) -> Any:
    """The result of a task, however often it defers."""
    from airflow.sdk.exceptions import TaskDeferred

    context = context_of() if context is None else context
    try:
        return operator.execute(context)
    except TaskDeferred as deferred:
        return resume(operator, context, deferred)


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
