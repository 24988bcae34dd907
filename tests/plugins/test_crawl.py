"""`CrawlOperator` over a crawler that really crawls: whose crawl it was, and what it changed."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, TaskDeferred

from aws_warehouse.operators.crawl import CrawlOperator
from aws_warehouse.triggers.base import RUNNING, SUCCEEDED
from aws_warehouse.triggers.crawl import CrawlTrigger
from local_aws.server import LocalAws
from tests.local_aws.glue_helpers import Crawls
from tests.plugins.harness import Store, context_of, resume, run

pytestmark = pytest.mark.usefixtures("connection")


@pytest.fixture
def crawls(client: Callable[..., Any], bucket: str) -> Crawls:
    found = Crawls(client, bucket)
    found.put_json("raw/year=2010/month=12/day=01/hour=08/part", [{"a": 1}])
    found.create()
    return found


@pytest.fixture
def held(local_aws: LocalAws, account_id: str) -> Callable[[], Any]:
    """`with held():` every job thread is taken, so that a crawl that starts stays RUNNING."""

    @contextmanager
    def hold() -> Iterator[threading.Event]:
        jobs, go = local_aws.app.account(account_id, "us-east-1").lake.jobs, threading.Event()
        taken = [jobs.start("held", lambda _: go.wait(20) and None) for _ in range(8)]
        try:
            yield go
        finally:
            go.set()
            for job in taken:
                job.wait(20)

    return hold


def operator(**options: Any) -> CrawlOperator:
    return CrawlOperator(task_id="job", crawler_name="orders", poll_interval=0.1, **options)


def listed(crawls: Crawls) -> list[str]:
    return [crawl["CrawlId"] for crawl in crawls.glue.list_crawls(CrawlerName="orders")["Crawls"]]


def test_result_says_what_the_crawl_changed(crawls: Crawls) -> None:
    result = run(operator())
    assert (result["tables"], result["partitions"], result["state"]) == ({"ADD": 1}, {"ADD": 1}, "COMPLETED")
    crawls.put_json("raw/year=2010/month=12/day=01/hour=09/part", [{"a": 2}])
    assert run(operator())["partitions"]["ADD"] == 1
    assert run(operator())["crawl_id"] == listed(crawls)[0]


def test_clock_set_back_between_crawls_changes_nothing(crawls: Crawls, local_aws: LocalAws) -> None:
    """Crawls are told apart by id: the second one is the older by its StartTime."""
    first = run(operator())
    local_aws.clock.set(datetime(2010, 12, 1, tzinfo=UTC))
    try:
        assert run(operator())["crawl_id"] != first["crawl_id"]
    finally:
        local_aws.clock.set(datetime.now(UTC))


def test_ready_of_an_earlier_crawl_is_not_ours() -> None:
    """The crawler may still say READY, and its history lack our crawl, right after the start."""
    old = {"CrawlId": "old", "State": "FAILED", "ErrorMessage": "of yesterday"}
    ours = {"CrawlId": "ours", "State": "COMPLETED"}
    history: list[list[dict[str, Any]]] = [[old], [ours, old]]

    async def call(service: str, operation: str, **params: Any) -> dict[str, Any]:
        return {"Crawls": history.pop(0)}

    job = {"crawler": "orders", "known": ["old"], "started": True}
    aws: Any = {"aws_conn_id": None, "region_name": None, "verify": None, "botocore_config": None}
    trigger = CrawlTrigger(job=job, aws=aws, deadline=time.time() + 9)
    assert asyncio.run(trigger.probe(call)).state == RUNNING
    found = asyncio.run(trigger.probe(call))
    assert (found.state, found.value["crawl_id"]) == (SUCCEEDED, "ours")


def test_retry_after_a_crash_adopts_the_crawl(crawls: Crawls) -> None:
    store = Store()
    first = run(operator(), context_of(store))
    again = run(operator(), context_of(store))
    assert (again["crawl_id"], len(listed(crawls))) == (first["crawl_id"], 1)


def test_crash_right_after_the_start_finds_the_crawl_again(crawls: Crawls, monkeypatch: pytest.MonkeyPatch) -> None:
    """StartCrawler has no token: what was listed before is kept first."""
    start = CrawlOperator.start
    crashes = iter([True, False])

    async def crashing(self: Any, *args: Any) -> Any:
        job = await start(self, *args)
        if next(crashes, False):
            raise KeyboardInterrupt
        return job

    monkeypatch.setattr(CrawlOperator, "start", crashing)
    store = Store()
    with pytest.raises(KeyboardInterrupt):
        run(operator(), context_of(store))
    assert run(operator(), context_of(store))["crawl_id"] == listed(crawls)[0]
    assert len(listed(crawls)) == 1


def test_cleared_task_crawls_again(crawls: Crawls) -> None:
    store = Store()
    run(operator(), context_of(store))
    run(operator(), context_of(store, tries=1))
    assert len(listed(crawls)) == 2


@pytest.mark.parametrize(("policy", "crawl_count"), [("wait", 2), ("join", 1)])
def test_running_crawl_is_waited_for_or_joined(
    crawls: Crawls, held: Callable[[], Any], policy: Any, crawl_count: int
) -> None:
    task, context = operator(on_running=policy, inline_wait=0), context_of()
    with held():
        crawls.glue.start_crawler(Name="orders")
        with pytest.raises(TaskDeferred) as deferred:
            task.execute(context)
    result = resume(task, context, deferred.value)
    assert (len(listed(crawls)), result["crawl_id"]) == (crawl_count, listed(crawls)[0])


def test_running_crawl_fails_the_task_if_it_is_to(crawls: Crawls, held: Callable[[], Any]) -> None:
    with held():
        crawls.glue.start_crawler(Name="orders")
        with pytest.raises(AirflowException, match="orders is already running"):
            run(operator(on_running="fail"))


@pytest.mark.parametrize(("foreign", "state"), [(False, "STOPPED"), (True, "COMPLETED")])
def test_kill_stops_our_crawl_and_no_other(crawls: Crawls, held: Callable[[], Any], foreign: bool, state: str) -> None:
    task = operator(on_running="join", inline_wait=0)
    with held():
        if foreign:
            crawls.glue.start_crawler(Name="orders")
        with pytest.raises(TaskDeferred) as deferred:
            task.execute(context_of())
        asyncio.run(deferred.value.trigger.on_kill())
    crawls.wait()
    assert crawls.glue.list_crawls(CrawlerName="orders")["Crawls"][0]["State"] == state


def test_deadline_stops_the_crawl_and_says_so(crawls: Crawls, held: Callable[[], Any]) -> None:
    with held(), pytest.raises(AirflowException, match=r"the crawl was not over by its deadline.*told to stop"):
        run(operator(deadline=0.6, inline_wait=0))
    crawls.wait()
    assert crawls.glue.list_crawls(CrawlerName="orders")["Crawls"][0]["State"] == "STOPPED"


def test_failed_crawl_raises_its_reason_and_the_next_try_begins_anew(crawls: Crawls, bucket: str) -> None:
    store, key = Store(), "raw/year=2010/month=12/day=01/hour=08/part"
    crawls.s3.delete_object(Bucket=bucket, Key=key)
    crawls.s3.delete_bucket(Bucket=bucket)
    with pytest.raises(AirflowException, match=f"crawl .* of orders failed: .*{bucket}"):
        run(operator(), context_of(store))
    crawls.s3.create_bucket(Bucket=bucket)
    crawls.put_json(key, [{"a": 1}])
    assert run(operator(), context_of(store))["state"] == "COMPLETED"
