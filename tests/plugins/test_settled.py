"""A refresh waits for windows and loads that are at work, but not for ever, and not by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from aws_warehouse import tasks
from aws_warehouse.settings import SETTINGS


@pytest.mark.parametrize(
    ("run_type", "minutes", "at_work", "goes_on"),
    [
        pytest.param("asset_triggered", 0, {}, True, id="all is at rest"),
        pytest.param("asset_triggered", 0, {"order_lake": 3}, False, id="windows are run"),
        pytest.param("asset_triggered", 0, {"order_warehouse": 1}, False, id="a load is run"),
        pytest.param("asset_triggered", SETTINGS.settle_minutes, {"order_lake": 3}, True, id="for too long"),
        pytest.param("manual", 0, {"order_lake": 3}, True, id="by hand"),
    ],
)
def test_refresh_waits_until_windows_and_loads_are_over(
    run_type: str, minutes: int, at_work: dict[str, int], goes_on: bool
) -> None:
    def count(dag_id: str, states: list[str], **_: Any) -> int:
        assert states == ["queued", "running"]
        return at_work.get(dag_id, 0)

    run = SimpleNamespace(run_type=run_type, start_date=datetime.now(UTC) - timedelta(minutes=minutes))
    ti = SimpleNamespace(get_dr_count=count)
    assert tasks.wait_until_settled.function(dag_run=run, ti=ti) is goes_on
