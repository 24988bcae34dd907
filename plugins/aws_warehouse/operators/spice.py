"""`SpiceRefreshOperator`: refresh a data set of QuickSight, and do not lose a row in silence."""

from __future__ import annotations

import re
from typing import Any, Literal

from airflow.providers.amazon.aws.operators.quicksight import QuickSightCreateIngestionOperator
from airflow.sdk.exceptions import AirflowFailException
from botocore.exceptions import ClientError

from aws_warehouse.connection import Calls, code_of
from aws_warehouse.links import DashboardLink, IngestionLink
from aws_warehouse.resume import Busy, ResumeThenDefer
from aws_warehouse.spice_errors import DROPPED, LIMIT
from aws_warehouse.triggers.spice import SpiceRefreshTrigger

UNDER_WAY = frozenset({"INITIALIZED", "QUEUED", "RUNNING"})
LONGEST_ID = 128


class SpiceRefreshOperator(ResumeThenDefer, QuickSightCreateIngestionOperator):
    """Ingests a data set into SPICE and returns its rows.

    The provider's operator (https://github.com/apache/airflow/pull/70218) calls an ingestion that dropped rows a
    success, fails on its own retry, since the ingestion's id exists, and leaves the ingestion running when the task is
    killed.

    If another ingestion of the data set is under way, such as the one that its creation starts, ours follows it.

    :param data_set_id: the data set. (templated)
    :param ingestion_type: `FULL_REFRESH` or `INCREMENTAL_REFRESH`. (templated)
    :param max_rows_dropped: how many rows QuickSight may drop; more fail the task, without retries.
    :param aws_account_id: the account; by default the connection's own.
    :param deadline: how long it may take, another ingestion's end included; then ours is cancelled.
    :param inline_wait: for how many seconds the worker looks itself before it defers.
    :param poll_interval: seconds between two looks of the triggerer.

    Returns `{"ingestion_id", "data_set_id", "status", "request_type", "rows_ingested", "rows_dropped", "total_rows",
    "seconds", "bytes"}`.
    """

    trigger_class = SpiceRefreshTrigger
    operator_extra_links = (IngestionLink(), DashboardLink())

    def __init__(
        self,
        *,
        data_set_id: str,
        ingestion_type: Literal["FULL_REFRESH", "INCREMENTAL_REFRESH"] = "FULL_REFRESH",
        max_rows_dropped: int = 0,
        aws_account_id: str | None = None,
        **kwargs: Any,
    ) -> None:
        # the parent's ingestion_id is ours to choose: it is the token of this API
        super().__init__(data_set_id=data_set_id, ingestion_id="", ingestion_type=ingestion_type, **kwargs)
        self.max_rows_dropped = max_rows_dropped
        self.aws_account_id = aws_account_id

    def execute(self, context: Any) -> Any:
        ti = context["ti"]
        self._readable = f"{ti.dag_id}-{ti.run_id}-{ti.task_id}-{getattr(ti, 'map_index', -1)}"
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any] | None = None, **_: Any) -> Any:
        ti = context["ti"]
        self._readable = f"{ti.dag_id}-{ti.run_id}-{ti.task_id}-{getattr(ti, 'map_index', -1)}"
        return super().execute_complete(context, event)

    def specs(self) -> list[dict[str, Any]]:
        return [{"data_set": self.data_set_id, "type": self.ingestion_type}]

    async def start(self, call: Calls, spec: dict[str, Any], token: str, remember: Any) -> dict[str, Any]:
        account = self.aws_account_id or (await call("sts", "get_caller_identity"))["Account"]
        where = {"AwsAccountId": account, "DataSetId": spec["data_set"]}
        job = {"account": account, "data_set": spec["data_set"], "id": ingestion_id(self._readable, token)}
        listed = (await call("quicksight", "list_ingestions", **where)).get("Ingestions", [])
        for other in listed:
            if other["IngestionStatus"] in UNDER_WAY and other["IngestionId"] != job["id"]:
                self.log.info("ingestion %s is under way: ours follows it", other["IngestionId"])
                raise Busy(SpiceRefreshTrigger, job | {"id": other["IngestionId"]})
        try:
            request = {**where, "IngestionId": job["id"], "IngestionType": spec["type"]}
            await call("quicksight", "create_ingestion", **request)
        except ClientError as error:
            if code_of(error) == "LimitExceededException":
                raise AirflowFailException(f"{spec['data_set']} cannot be refreshed now: {LIMIT} ({error})") from error
            if code_of(error) != "ResourceExistsException":
                raise
            self.log.info("ingestion %s exists: an earlier try created it", job["id"])
        self.ingestion_id = job["id"]
        return job

    async def result(self, call: Calls, jobs: list[dict[str, Any]], values: list[dict[str, Any]]) -> dict[str, Any]:
        rows = values[0]
        self.log.info("ingested: %s", rows)
        if rows["rows_dropped"] > self.max_rows_dropped:
            raise AirflowFailException(
                f"QuickSight dropped {rows['rows_dropped']} rows of {self.data_set_id} "
                f"(ingested: {rows['rows_ingested']}, allowed to drop: {self.max_rows_dropped}): {DROPPED}"
            )
        return rows


def ingestion_id(readable: str, token: str) -> str:
    """An id of at most 128 of the characters that QuickSight allows: who asked, and which try's token it carries."""
    tail = f"-{token[:16]}"
    return re.sub(r"[^a-zA-Z0-9_-]+", "-", readable)[: LONGEST_ID - len(tail)] + tail
