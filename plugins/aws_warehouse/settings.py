"""The settings, all in one place: Airflow's `[aws_warehouse]` section, the stack's outputs, and the defaults here.

`AIRFLOW__AWS_WAREHOUSE__SCHEDULE="0 * * * *"` or the same option in MWAA's configuration sets one. What CloudFormation
made is asked of CloudFormation, when a task needs it: nothing is looked up while a DAG file is parsed.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from airflow.sdk.configuration import conf
from airflow.sdk.definitions.callback import AsyncCallback
from airflow.sdk.definitions.deadline import DeadlineAlert, DeadlineReference

from aws_warehouse.alerts import run_is_late, targets, task_failed
from aws_warehouse.window import window_macro

SECTION = "aws_warehouse"


def _option(name: str, default: str) -> str:
    return str(conf.get(SECTION, name, fallback=default))


def include_directory() -> Path:
    """Where `include/` lies: beside `plugins/`, or, where only DAGs are synchronised, below the DAGs folder."""
    named = os.environ.get("AWS_WAREHOUSE_INCLUDE")
    beside = Path(__file__).parents[2] / "include"
    below = Path(str(conf.get("core", "dags_folder"))) / "include"
    return Path(named) if named else beside if beside.is_dir() else below


@dataclass(frozen=True)
class Settings:
    """What the DAGs, operators and SQL files are told. SQL files see it as `warehouse`."""

    aws_conn_id: str = _option("aws_conn_id", "aws_default")
    region: str = _option("region", "us-east-1")
    stack: str = _option("stack", "order-warehouse")
    schedule: str = _option("schedule", "0 0 * * *")
    """The windows of arrival, as a cron expression whose intervals are whole hours."""
    settle_minutes: int = int(_option("settle_minutes", "60"))
    """For how long a refresh of the dashboards waits for windows and loads that are at work: a backfill is one refresh
    an hour, not one a window; QuickSight allows 32 in 24 hours."""
    max_active_windows: int = int(_option("max_active_windows", "4"))
    """How many runs of `order_lake` there are at once, those that wait included; the others are queued."""
    maintenance_schedule: str = _option("maintenance_schedule", "0 3 * * 0")
    """When tables are tidied up, as a cron expression."""
    start_date: str = _option("start_date", "2010-12-01")
    stream: str = _option("stream", "CadabraOrders")
    delivery_stream: str = _option("delivery_stream", "orders-to-s3")
    database: str = _option("database", "orderlogs")
    crawler: str = _option("crawler", "orders-raw")
    raw_table: str = _option("raw_table", "orderlogs_raw")
    workgroup: str = _option("workgroup", "orders")
    redshift_workgroup: str = _option("redshift_workgroup", "orders")
    redshift_database: str = _option("redshift_database", "dev")
    external_schema: str = _option("external_schema", "orderlogs_schema")
    data_source: str = _option("data_source", "orders-redshift")
    dashboard: str = _option("dashboard", "retail_sales")
    data_sets: tuple[str, ...] = ("order_lines", "sales_by_day", "customers", "product_pairs", "pipeline_windows")
    max_bytes_scanned: int = int(_option("max_bytes_scanned", str(100 * 2**30)))
    """The most that one Athena query may scan, in bytes; a query that would scan more is stopped."""
    deadline_minutes: float = float(_option("deadline_minutes", "60"))
    """How long a remote job may take before its task fails, in minutes."""
    lease_minutes: float = float(_option("lease_minutes", "120"))
    """How long a run may keep other windows from being merged, in minutes: longer than merge, counts and retries."""

    local_aws_url: str = _option("local_aws_url", "")
    """Where a browser reaches local_aws, if not at the connection's endpoint_url: as between containers."""

    notify: str = _option("notify", "")
    """Who is told of failures and of late runs: `sns:<topic ARN>`, `smtp:<address>`, `slack:<channel>`, with commas."""
    freshness_minutes: int = int(_option("freshness_minutes", "180"))
    """How long after it was queued a run may take before somebody is told."""

    quicksight_principal: str = _option("quicksight_principal", "")
    """The ARN of the QuickSight user or group that owns data sets and dashboards; empty: none is given rights."""

    @property
    def stack_parameters(self) -> dict[str, str]:
        """Parameters of the template that differ from its defaults: `stack_parameters = {"ShardCount": "4"}`."""
        found: dict[str, str] = json.loads(_option("stack_parameters", "{}"))
        return found

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The outputs of the stack. :raises ValueError: when it is not deployed."""
        from airflow.providers.amazon.aws.hooks.base_aws import AwsBaseHook

        client: Any = AwsBaseHook(aws_conn_id=self.aws_conn_id, client_type="cloudformation").conn
        try:
            [stack] = client.describe_stacks(StackName=self.stack)["Stacks"]
        except client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "ValidationError":  # "Stack with id … does not exist"
                raise
            raise ValueError(
                f"stack {self.stack} is not there: run the DAG warehouse_deploy first ({error})"
            ) from error
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    @property
    def bucket(self) -> str:
        return _option("bucket", "") or self.outputs["BucketName"]

    @property
    def spectrum_role_arn(self) -> str:
        return _option("spectrum_role_arn", "") or self.outputs["SpectrumRoleArn"]


SETTINGS = Settings()
INCLUDE = include_directory()
SQL = str(INCLUDE / "sql")
MACROS: dict[str, Any] = {"warehouse": SETTINGS, "window": window_macro}
"""What SQL files may name: `{{ warehouse.bucket }}`, `{{ window().start_text }}`."""

DEFAULT_ARGS: dict[str, Any] = {
    "owner": "warehouse",
    "retries": int(_option("retries", "3")),
    "retry_delay": timedelta(seconds=int(_option("retry_delay_seconds", "60"))),
    "retry_exponential_backoff": True,
    "max_retry_delay": timedelta(minutes=15),
    "on_failure_callback": [task_failed] if targets(SETTINGS.notify) else [],
}
FRESHNESS = (
    DeadlineAlert(
        reference=DeadlineReference.DAGRUN_QUEUED_AT,
        interval=timedelta(minutes=SETTINGS.freshness_minutes),
        callback=AsyncCallback(run_is_late),
        name="freshness",
    )
    if SETTINGS.notify
    else None
)
"""The deadline of the DAGs that data passes through; nobody to tell, none is set."""

AWS: dict[str, Any] = {
    "aws_conn_id": SETTINGS.aws_conn_id,
    "region_name": SETTINGS.region,
    "deadline": timedelta(minutes=SETTINGS.deadline_minutes),
    "poll_interval": float(_option("poll_interval_seconds", "5")),
    "inline_wait": float(_option("inline_wait_seconds", "2")),
}
"""What every operator is told: the connection, and how to wait."""

ATHENA: dict[str, Any] = {
    **AWS,
    "database": SETTINGS.database,
    "workgroup": SETTINGS.workgroup,
    "max_scanned_bytes": SETTINGS.max_bytes_scanned,
}
REDSHIFT: dict[str, Any] = {
    **AWS,
    "workgroup_name": SETTINGS.redshift_workgroup,
    "database": SETTINGS.redshift_database,
}
