"""`make up` for tests: a deployed stack on free ports, with some days in its stream; nothing of it is left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from laptop import endpoint
from laptop.stack import Stack, free_port
from laptop.store import send_day
from laptop.up import DAGS, deploy
from producer import Arrival


@contextmanager
def deployed(state: Path, days: list[tuple[date, list[Arrival]]], **more: str) -> Iterator[Stack]:
    """The stack, its DAGs unpaused.

    :param more: options of `[aws_warehouse]`.
    """
    patch = pytest.MonkeyPatch()
    patch.setattr(endpoint, "STATE", state)
    patch.setattr(endpoint, "PID_FILE", state / "local_aws.json")
    patch.setattr(endpoint, "LOG", state / "local_aws.log")
    patch.setenv("AWS_ACCESS_KEY_ID", "test")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    options = {"inline_wait_seconds": "1", **more}
    made = Stack(
        state / "up", variables={f"AIRFLOW__AWS_WAREHOUSE__{name.upper()}": value for name, value in options.items()}
    )
    try:
        made.start(free_port(), free_port(), "0 0 * * *")
        deploy(made)
        for day, records in days:
            send_day(made.endpoint_url, "CadabraOrders", day, records)
        endpoint.set_clock(made.endpoint_url, None)
        for dag in DAGS:
            made.airflow.pause(dag, False)
        yield made
    finally:
        ran = made.stop()
        left = [process.pid for process in made.processes.marked()]
        patch.undo()
        assert {"scheduler", "triggerer", "dag-processor", "api-server", "postgres", "local_aws"} <= set(ran)
        assert not left
