"""When something is wrong the run fails at once and says what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from laptop.airflow import DagError, InProcessAirflow
from tests.e2e.conftest import FIRST_DAY, World, arrivals


def test_endpoint_that_is_down_fails_the_task_at_once_and_says_what_to_start(
    airflow: InProcessAirflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra = {"endpoint_url": "http://127.0.0.1:9", "region_name": "us-east-1"}
    connection = {"conn_type": "aws", "login": "test", "password": "test", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_AWS_DEFAULT", json.dumps(connection))
    monkeypatch.setenv("AIRFLOW__AWS_WAREHOUSE__BUCKET", "orders")
    with pytest.raises(DagError, match=r"order_lake failed in .*http://127\.0\.0\.1:9"):
        airflow.run("order_lake", {"window_start": "2010-12-01T00:00:00Z", "window_end": "2010-12-02T00:00:00Z"})


@pytest.mark.parametrize(
    ("conf", "said"),
    [
        pytest.param(
            {"window_start": "2010-12-02T00:00:00Z", "window_end": "2010-12-01T00:00:00Z"},
            "ends",
            id="end before start",
        ),
        pytest.param({"window_start": "2010-12-01T00:00:00Z"}, "both window_start and window_end", id="half a window"),
        pytest.param(
            {"window_start": "2010-12-01T00:30:00Z", "window_end": "2010-12-02T00:00:00Z"}, "hour", id="half an hour"
        ),
        pytest.param({"window_start": "yesterday"}, "refuses its Params", id="no date"),
    ],
)
def test_window_that_cannot_be_is_refused(world: World, conf: dict[str, str], said: str) -> None:
    with pytest.raises(DagError, match=said):
        world.run("order_lake", conf)


def test_record_that_is_neither_kept_nor_rejected_fails_the_balance_and_names_the_layers(
    new_world: Callable[[], World], order_files: Path
) -> None:
    broken = new_world()
    day, records = next(iter(arrivals(order_files)))
    broken.send(day, records)
    good = Path("include/sql/athena/order_records/create_view.sql").read_text()
    broken.athena(good.replace("\nFROM priced", "\nFROM priced\nWHERE coalesce(stock_code, '') <> '37370'"))
    with pytest.raises(DagError, match=r"order_lake failed in balance_window: .*the raw layer has \d+ records, but"):
        broken.window(day)
    assert broken.ledger.pending() == {}, "a window that does not balance is not published"


def test_doubled_row_fails_the_checks_before_anything_is_published(
    new_world: Callable[[], World], order_files: Path
) -> None:
    broken = new_world()
    day, records = next(iter(arrivals(order_files)))
    broken.send(day, records)
    broken.window(day)
    broken.athena("INSERT INTO order_lines SELECT * FROM order_lines WHERE invoice_no = '536370'")
    with pytest.raises(DagError, match="no_offending_rows"):
        broken.window(day)


def test_layers_that_differ_fail_the_reconciliation_and_are_named(world: World) -> None:
    from aws_warehouse import tasks
    from aws_warehouse.connection import run_now

    rows = [
        {"order_day": str(FIRST_DAY), "layer": layer, "line_count": count, "revenue": "1.00"}
        for layer, count in (("lake", 900), ("fact", 900), ("marts", 899))
    ]
    world.use()
    windows = {str(FIRST_DAY): world.ledger.brought()[str(FIRST_DAY)]}
    generation = run_now(tasks.lease().look())[0].generation
    with pytest.raises(tasks.CheckError, match="rows differ: fact 900, marts 899"):
        tasks.reconcile_days.function(windows, [{"rows": rows}], generation, run_id="test")
    assert world.ledger.pending() == {}
