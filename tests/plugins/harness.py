"""What a worker and the triggerer do with a task, without a scheduler: `run(operator)` executes it, sends its trigger
through the serialized form, runs it, and resumes. `test_in_airflow.py` does the same by `dag.test()`.
"""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any


class Store(dict[str, Any]):
    """A task state store: what it keeps is JSON, as in Airflow."""

    def get(self, key: str, default: Any = None) -> Any:
        return json.loads(super().get(key, "null")) or default

    def set(self, key: str, value: Any) -> None:
        self[key] = json.dumps(value)

    def delete(self, key: str) -> None:
        self.pop(key, None)


def context_of(store: Store | None = None, *, tries: int = 0, run_id: str = "manual__1", **more: Any) -> dict[str, Any]:
    """The context of one try.

    :param store: what earlier tries of the same task kept.
    :param tries: `max_tries`, which grows when a person clears the task.
    """
    ti = SimpleNamespace(dag_id="lake", run_id=run_id, task_id="job", map_index=-1, max_tries=tries, try_number=1)
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
