"""Alerts: whom a setting names, what a message says, and that it arrives at SNS."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from aws_warehouse import alerts, settings
from aws_warehouse.checks import CheckError

pytestmark = pytest.mark.usefixtures("connection")


def context(dag_id: str = "order_lake", task_id: str = "merge", **more: Any) -> dict[str, Any]:
    ti = SimpleNamespace(dag_id=dag_id, task_id=task_id, run_id="scheduled__1", try_number=4, log_url="http://log")
    params = {"window_start": "2010-12-01", "window_end": "2010-12-02"} if dag_id == "order_lake" else {}
    return {"ti": ti, "params": params} | more


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        pytest.param("pigeon:ops", "'pigeon:ops' is not understood; write sns:<topic ARN>", id="unknown kind"),
        pytest.param("sns:", "'sns:' is not understood", id="no address"),
        pytest.param("slack:#orders", "needs the package apache-airflow-providers-slack", id="not installed"),
    ],
)
def test_target_that_cannot_be_told_is_refused_by_name(setting: str, said: str) -> None:
    with pytest.raises(alerts.AlertSettingError, match=said):
        alerts.targets(setting)


def test_targets_are_listed_with_commas() -> None:
    found = alerts.targets("sns:arn:aws:sns:us-east-1:123456789012:orders, smtp:ops@example.com")
    assert found == [("sns", "arn:aws:sns:us-east-1:123456789012:orders"), ("smtp", "ops@example.com")]


def test_failure_says_window_layer_cause_and_what_to_do() -> None:
    alert = alerts.failure(context(exception=CheckError("3 rows against 'each event is one order line'")))
    assert alert.subject == "order_lake failed in merge: window 2010-12-01T00:00:00Z/2010-12-02T00:00:00Z"
    for said in ("Layer: the lake: order_lines", "3 rows against", "To do: Look at the rows", "Log: http://log"):
        assert said in alert.message


@pytest.mark.parametrize(
    ("dag_id", "more", "said"),
    [
        ("order_warehouse", {"task": SimpleNamespace(parameters={"first_day": "a", "last_day": "b"})}, "days a to b"),
        ("order_warehouse", {}, "the pending order days"),
        ("sales_dashboards", {"task": SimpleNamespace(data_set_id="order_lines")}, "data set order_lines"),
        ("order_lake", {"params": {}}, "a run without a window"),
    ],
)
def test_failure_says_what_the_run_owns(dag_id: str, more: dict[str, Any], said: str) -> None:
    assert said in alerts.failure(context(dag_id, "load", **more)).subject


def test_error_text_is_no_template(client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    topic, read = subscribed(client)
    monkeypatch.setattr(settings, "SETTINGS", replace(settings.SETTINGS, notify=f"sns:{topic}"))
    alerts.task_failed(context(exception=ValueError("{{ 1 + 1 }} ☃")))
    [message] = read()
    assert "Error: {{ 1 + 1 }} ☃" in message["Message"]
    assert message["Subject"].startswith("order_lake failed in merge")


def test_late_run_is_told_and_a_backfill_is_not(client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    topic, read = subscribed(client)
    monkeypatch.setattr(settings, "SETTINGS", replace(settings.SETTINGS, notify=f"sns:{topic}"))
    for run_type in ("backfill", "scheduled"):
        run = {"dag_id": "order_lake", "dag_run_id": f"{run_type}__1", "run_type": run_type}
        interval = {"data_interval_start": "2010-12-01T00:00:00Z", "data_interval_end": "2010-12-02T00:00:00Z"}
        asyncio.run(alerts.run_is_late(context={"dag_run": run | interval}))
    [message] = read()
    assert message["Subject"] == "order_lake is late: window 2010-12-01T00:00:00Z to 2010-12-02T00:00:00Z"
    assert "180 minutes" in message["Message"]


def test_one_target_that_fails_does_not_keep_the_next_from_being_told(
    client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    topic, read = subscribed(client)
    nowhere = "sns:arn:aws:sns:us-east-1:123456789012:nowhere"
    monkeypatch.setattr(settings, "SETTINGS", replace(settings.SETTINGS, notify=f"{nowhere},sns:{topic}"))
    alerts.task_failed(context())
    assert len(read()) == 1


def subscribed(client: Callable[..., Any]) -> tuple[str, Callable[[], list[dict[str, Any]]]]:
    """A topic, and what a queue has got of it."""
    sns, sqs = client("sns"), client("sqs")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    queue = sqs.create_queue(QueueName="alerts")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def read() -> list[dict[str, Any]]:
        found = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
        return [json.loads(each["Body"]) for each in found]

    return topic, read


def test_dags_carry_callback_and_deadline_if_somebody_is_to_be_told() -> None:
    code = (
        "from airflow.dag_processing.dagbag import DagBag; b = DagBag('dags'); assert not b.import_errors;"
        " d = b.dags['order_lake']; print(len(d.deadline or []), len(d.get_task('merge').on_failure_callback))"
    )
    found = {}
    for notify in ("", "sns:arn:aws:sns:us-east-1:123456789012:orders"):
        environment = _environment(notify)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
        found[bool(notify)] = done.stdout.split()[-2:]
    assert found == {False: ["0", "0"], True: ["1", "1"]}


def _environment(notify: str) -> dict[str, str]:
    import os

    return os.environ | {"AIRFLOW__AWS_WAREHOUSE__NOTIFY": notify, "PYTHONPATH": "plugins"}
