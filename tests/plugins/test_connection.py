"""One connection decides where all calls go, and an error says which connection, where and what to do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

import pytest
from airflow.providers.amazon.aws.hooks.athena import AthenaHook
from airflow.providers.amazon.aws.hooks.glue_crawler import GlueCrawlerHook
from airflow.providers.amazon.aws.hooks.quicksight import QuickSightHook
from airflow.providers.amazon.aws.hooks.redshift_data import RedshiftDataHook
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.sdk.exceptions import AirflowException, AirflowFailException
from botocore.exceptions import ClientError, EndpointConnectionError

from aws_warehouse.connection import AsyncCalls, AwsParams, BlockingCalls, check_connection, hook_for, run_now
from aws_warehouse.operators.athena import AthenaQueryOperator
from aws_warehouse.triggers.base import SUCCEEDED, TIMED_OUT, UNSEEN, Progress, WaitTrigger
from local_aws.server import LocalAws
from tests.plugins.harness import context_of, run

AWS = AwsParams(aws_conn_id="aws_default", region_name=None, verify=None, botocore_config=None)
SERVICES = ["athena", "cloudwatch", "firehose", "glue", "quicksight", "redshift-data", "s3", "sts"]


def aws_error(code: str, status: int = 400) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "…"}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Op")


@pytest.mark.parametrize("service", SERVICES)
def test_endpoint_of_the_connection_reaches_blocking_and_asynchronous_clients(
    connection: Callable[..., None], local_aws: LocalAws, service: str
) -> None:
    hook = hook_for(service, AWS)

    async def url() -> str:
        async with await hook.get_async_conn() as client:
            return str(client.meta.endpoint_url)

    assert hook.conn.meta.endpoint_url == local_aws.url == asyncio.run(url())
    assert hook.conn.meta.region_name == "us-east-1"


@pytest.mark.parametrize("hook", [AthenaHook, GlueCrawlerHook, QuickSightHook, RedshiftDataHook, S3Hook])
def test_providers_hooks_honour_the_connection_too(
    connection: Callable[..., None], local_aws: LocalAws, hook: type[Any]
) -> None:
    assert hook().conn.meta.endpoint_url == local_aws.url


def test_asynchronous_calls_answer_like_blocking_ones(connection: Callable[..., None], account_id: str) -> None:
    async def who() -> str:
        async with AsyncCalls(AWS) as call:
            return str((await call("sts", "get_caller_identity"))["Account"])

    assert asyncio.run(who()) == run_now(BlockingCalls(AWS)("sts", "get_caller_identity"))["Account"] == account_id


def test_check_connection_tells_who_we_are(connection: Callable[..., None], account_id: str) -> None:
    assert account_id in check_connection()
    connection("http://127.0.0.1:9")
    with pytest.raises(AirflowException, match=r"no answer from http://127.0.0.1:9"):
        check_connection()


def test_retries_are_ours_unless_the_connection_has_its_own(connection: Callable[..., None]) -> None:
    ours = hook_for("athena", AWS).conn.meta.config
    assert (ours.retries["mode"], ours.retries["total_max_attempts"]) == ("adaptive", 3)
    connection(config_kwargs={"retries": {"mode": "standard", "total_max_attempts": 7}})
    assert hook_for("athena", AWS).conn.meta.config.retries["total_max_attempts"] == 7


@pytest.mark.parametrize(
    ("error", "kind", "message"),
    [
        (aws_error("ExpiredTokenException"), AirflowFailException, "AWS refuses connection 'aws_default'.*renew"),
        (aws_error("UnrecognizedClientException"), AirflowFailException, "AWS refuses connection"),
        (aws_error("AccessDeniedException"), AirflowFailException, "may not do this.*grant it"),
        (EndpointConnectionError(endpoint_url="x"), AirflowException, "no answer from http://127.0.0.1"),
        (aws_error("InvalidRequestException"), AirflowException, "starting: .*InvalidRequestException"),
    ],
)
def test_error_at_the_start_says_what_to_do_and_is_retried_only_if_that_helps(
    connection: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    kind: type[Exception],
    message: str,
) -> None:
    async def refuse(*_: Any) -> Any:
        raise error

    monkeypatch.setattr(AthenaQueryOperator, "start", refuse)
    with pytest.raises(AirflowException, match=message) as raised:
        run(AthenaQueryOperator(task_id="job", query="SELECT 1"))
    assert raised.type is kind and "\n" not in str(raised.value)


def test_throttling_at_the_start_is_waited_out_until_the_deadline(
    connection: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[float] = []

    async def throttled(*_: Any) -> Any:
        tried.append(time.monotonic())
        raise aws_error("TooManyRequestsException")

    monkeypatch.setattr(AthenaQueryOperator, "start", throttled)
    with pytest.raises(AirflowException, match=r"was not over by its deadline.*TooManyRequests"):
        run(AthenaQueryOperator(task_id="job", query="SELECT 1", deadline=3, inline_wait=0), context_of())
    assert len(tried) == 2


class Scripted(WaitTrigger):
    """A wait whose looks are given: answers or errors; the last one repeats."""

    script: list[Any]
    cancelled = 0

    async def probe(self, call: Any) -> Progress:
        found = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(found, Exception):
            raise found
        return Progress(found)

    async def cancel(self, call: Any) -> None:
        self.cancelled += 1


async def first(trigger: WaitTrigger) -> dict[str, Any]:
    event = await anext(trigger.run())
    found: dict[str, Any] = event.payload
    return found


@pytest.mark.parametrize(
    ("script", "status", "cancelled"),
    [
        pytest.param([aws_error("ThrottlingException"), "succeeded"], SUCCEEDED, 0, id="throttled once"),
        pytest.param([aws_error("InternalError", 500), "succeeded"], SUCCEEDED, 0, id="500 once"),
        pytest.param([EndpointConnectionError(endpoint_url="x"), "succeeded"], SUCCEEDED, 0, id="restarted endpoint"),
        pytest.param([aws_error("ThrottlingException")], TIMED_OUT, 1, id="throttled to the end"),
        pytest.param(["running"], TIMED_OUT, 1, id="running to the end"),
        pytest.param([aws_error("ValidationException")], UNSEEN, 0, id="an error that stays"),
    ],
)
def test_wait_in_the_triggerer_outlives_trouble_but_not_its_deadline(
    connection: Callable[..., None], script: list[Any], status: str, cancelled: int
) -> None:
    trigger = Scripted(job={}, aws=AWS, deadline=time.time() + 0.8, poll=0.1, state={"kept": 1})
    trigger.script = script
    event = asyncio.run(first(trigger))
    assert (event["status"], event["state"], trigger.cancelled) == (status, {"kept": 1}, cancelled)


def test_silent_endpoint_ends_the_wait_before_its_deadline(
    connection: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(WaitTrigger, "patience", 0.3)
    trigger = Scripted(job={}, aws=AWS, deadline=time.time() + 60, poll=0.1)
    trigger.script = [EndpointConnectionError(endpoint_url="x")]
    event = asyncio.run(first(trigger))
    assert (event["status"], event["permanent"]) == (UNSEEN, False)


def test_what_somebody_else_started_is_never_cancelled(connection: Callable[..., None]) -> None:
    trigger = Scripted(job={"own": False}, aws=AWS, deadline=time.time() - 1, poll=0.1)
    trigger.script = ["running"]
    assert asyncio.run(first(trigger))["status"] == TIMED_OUT
    asyncio.run(trigger.on_kill())
    assert trigger.cancelled == 0
