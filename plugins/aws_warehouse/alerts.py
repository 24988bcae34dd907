"""Alerts: which window, which layer, what to do; to whom `[aws_warehouse] notify` names.

`notify` is a list of `sns:<topic ARN>`, `smtp:<address>` (e-mail) and `slack:<channel>`, separated by commas. Each is
sent by its provider's notifier, over that provider's default connection. A target whose provider is not installed makes
the DAGs fail to import, with its name: an alert that cannot be sent must not be found out by a failure.

- A task that has failed for good alerts by `on_failure_callback`.
- A run that is not over `freshness_minutes` after it was queued alerts by a `DeadlineAlert`
  (https://airflow.apache.org/docs/apache-airflow/stable/howto/deadline-alerts.html). Runs of a backfill wait for one
  another by design and are left out.
"""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

log = logging.getLogger(__name__)

LAYERS = {
    "delivered": "the delivery by Firehose",
    "crawl": "the raw table, by the Glue crawler",
    "partitions": "the raw table's partitions",
    "audit_window": "the window's records, before their merge",
    "merge": "the lake: order_lines and order_rejects",
    "balance_window": "the window's balance",
    "plan_load": "the ledger",
    "audit_lake": "the lake, before the load",
    "load": "the facts, dimensions and marts in Redshift",
    "reconcile_days": "the balance of lake, facts and marts",
    "refresh": "SPICE",
    "compare_spice": "the balance of marts and SPICE",
}
PACKAGES = {"sns": "amazon", "smtp": "smtp", "slack": "slack"}
CLEAR = "Read its log, mend the cause and clear the task: it may be run again at any time, nothing is lost or doubled."


class AlertSettingError(ValueError):
    """`[aws_warehouse] notify` names a target that cannot be told; the message says which and why."""


@dataclass(frozen=True)
class Alert:
    """One message.

    :param subject: a line.
    """

    subject: str
    message: str


def targets(setting: str) -> list[tuple[str, str]]:
    """The kinds and addresses of a `notify` setting.

    :raises AlertSettingError: for one that is not understood, or whose provider is not installed.
    """
    found = []
    for part in filter(None, (each.strip() for each in setting.split(","))):
        kind, colon, address = part.partition(":")
        if kind not in PACKAGES or not colon or not address.strip():
            raise AlertSettingError(
                f"[aws_warehouse] notify: {part!r} is not understood; write sns:<topic ARN>, smtp:<address> or"
                " slack:<channel>, separated by commas"
            )
        if not _is_installed(f"airflow.providers.{PACKAGES[kind]}"):
            raise AlertSettingError(
                f"[aws_warehouse] notify: {part!r} needs the package apache-airflow-providers-{PACKAGES[kind]}, which"
                " is not installed"
            )
        found.append((kind, address.strip()))
    return found


def _is_installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def send(alert: Alert, context: Mapping[str, Any]) -> None:
    """Tell every target. One that cannot be told is logged, and the others are told all the same."""
    from aws_warehouse.settings import SETTINGS

    for kind, address in targets(SETTINGS.notify):
        try:
            # not called, but asked to notify: what the error says is text, and never a template
            _notifier(kind, address, alert).notify(context)
        except Exception:
            log.exception("%s:%s could not be told: %s", kind, address, alert.subject)


def _notifier(kind: str, address: str, alert: Alert) -> Any:
    from aws_warehouse.settings import SETTINGS

    if kind == "sns":
        from airflow.providers.amazon.aws.notifications.sns import SnsNotifier

        # a subject is at most 100 characters of ASCII: docs.aws.amazon.com/sns/latest/api/API_Publish.html
        subject = alert.subject.encode("ascii", "replace").decode()[:100]
        return SnsNotifier(
            aws_conn_id=SETTINGS.aws_conn_id,
            region_name=SETTINGS.region,
            target_arn=address,
            subject=subject,
            message=alert.message,
        )
    if kind == "smtp":
        from html import escape

        from airflow.providers.smtp.notifications.smtp import SmtpNotifier

        return SmtpNotifier(to=address, subject=alert.subject, html_content=f"<pre>{escape(alert.message)}</pre>")
    from airflow.providers.slack.notifications.slack import SlackNotifier

    return SlackNotifier(text=f"*{alert.subject}*\n{alert.message}", channel=address)


def task_failed(context: Any) -> None:
    """`on_failure_callback`: the last try of a task has failed."""
    send(failure(context), context)


async def run_is_late(context: Mapping[str, Any] | None = None, **_: Any) -> None:
    """The callback of the `DeadlineAlert`, in the triggerer."""
    from asgiref.sync import sync_to_async

    found = lateness(context or {})
    if found is not None:
        await sync_to_async(send)(found, context or {})


def failure(context: Mapping[str, Any]) -> Alert:
    """What a failed task's alert says."""
    ti = context["ti"]
    owned = _owned(context)
    error = context.get("exception")
    lines = [
        f"{ti.dag_id}, task {ti.task_id}, try {ti.try_number}",
        f"Concerns: {owned}",
        f"Layer: {LAYERS.get(ti.task_id, ti.task_id.replace('_', ' '))}",
        f"Error: {' '.join(str(error or 'the process was killed, or never said').split())}",
        f"To do: {advice(error)}",
        f"Run: {ti.run_id}",
    ]
    if url := getattr(ti, "log_url", None):
        lines.append(f"Log: {url}")
    return Alert(f"{ti.dag_id} failed in {ti.task_id}: {owned}", "\n".join(lines))


def lateness(context: Mapping[str, Any]) -> Alert | None:
    """What the alert of a late run says; None for a run of a backfill."""
    from aws_warehouse.settings import SETTINGS

    run = context.get("dag_run") or {}
    if run.get("run_type") == "backfill":
        return None
    dag_id, run_id = run.get("dag_id", "a DAG"), run.get("dag_run_id") or run.get("run_id")
    interval = [run.get("data_interval_start"), run.get("data_interval_end")]
    conf = run.get("conf") or {}
    asked = [conf.get("window_start") or interval[0], conf.get("window_end") or interval[1]]
    owned = f"window {asked[0]} to {asked[1]}" if dag_id == "order_lake" and all(asked) else f"run {run_id}"
    lines = [
        f"{dag_id} is not over {SETTINGS.freshness_minutes} minutes after it was queued: what it brings is late.",
        f"Concerns: {owned}",
        "To do: look at the task that runs or waits. `delivered` waits for Firehose: is the store sending, and is the"
        " delivery stream ACTIVE? A task that waits says in its log what for. Does nothing run: is the scheduler well,"
        " and are there free slots?",
        f"Run: {run_id}",
    ]
    return Alert(f"{dag_id} is late: {owned}", "\n".join(lines))


def advice(error: Any) -> str:
    """What to do about an error of ours."""
    kind = type(error).__name__
    if kind == "CheckError":
        return (
            "Look at the rows in the task's log. Nothing after this step was published, so the marts are as they were."
            " Mend the cause, then clear the task and what follows it."
        )
    if kind == "DeadlineExceeded":
        return (
            "The remote job was told to stop. Follow the task's link to it; if it only needs longer, raise"
            " [aws_warehouse] deadline_minutes. Then clear the task."
        )
    if kind == "WindowError":
        return "Trigger the run again with window_start and window_end on whole hours of UTC."
    return CLEAR


def _owned(context: Mapping[str, Any]) -> str:
    """The window or the order days that the run owns, as far as it can be said."""
    ti = context["ti"]
    if ti.dag_id == "order_lake":
        from aws_warehouse.window import WindowError, resolve_window

        try:
            return f"window {resolve_window(context)}"
        except WindowError:
            return "a run without a window"
    days = getattr(context.get("task"), "parameters", None)
    if not isinstance(days, dict) or "first_day" not in days:
        days = context.get("params") or {}
    if days.get("first_day"):
        return f"order days {days['first_day']} to {days['last_day']}"
    if data_set := getattr(context.get("task"), "data_set_id", None):
        return f"data set {data_set}"
    owned = {"order_warehouse": "the pending order days", "sales_dashboards": "the data sets"}
    return owned.get(ti.dag_id, str(ti.dag_id))
