"""`CrawlOperator`: run a Glue crawler, and know which crawl was ours."""

from __future__ import annotations

from typing import Any, Literal

from airflow.providers.amazon.aws.operators.glue_crawler import GlueCrawlerRunOperator
from airflow.sdk.exceptions import AirflowException
from botocore.exceptions import ClientError

from aws_warehouse.connection import Calls, code_of
from aws_warehouse.links import CrawlerLink
from aws_warehouse.resume import Busy, ResumeThenDefer
from aws_warehouse.triggers.crawl import CrawlerReadyTrigger, CrawlTrigger, history

STILL_BUSY = frozenset({"CrawlerRunningException", "CrawlerStoppingException"})


class CrawlOperator(ResumeThenDefer, GlueCrawlerRunOperator):
    """Runs a crawler and returns what its crawl changed.

    The provider's operator waits until the crawler is READY. A crawler that was just started may still be READY, with
    an earlier crawl as its last: then that one's outcome is reported, or there is none at all. It can join a running
    crawl (https://github.com/apache/airflow/pull/62016), which may miss files that arrived after that one began; it
    starts a second crawl after a crash; and it leaves the crawl running when the task is killed.

    Here a crawl is known by its id: what the crawler's history lists after we looked, before StartCrawler, began after
    that look and so sees every file that the look could have seen. No clock is compared.

    :param crawler_name: the crawler. (templated)
    :param on_running: what to do if a crawl is already running: `wait` for its end and start ours, `join` it, or
        `fail`.
    :param deadline: how long it may take, another crawl's end included; then our crawl is stopped.
    :param inline_wait: for how many seconds the worker looks itself before it defers.
    :param poll_interval: seconds between two looks of the triggerer.

    Returns `{"crawl_id", "crawler_name", "state", "tables": {"ADD": 1}, "partitions": {"ADD": 24}, "dpu_hours"}`.
    """

    trigger_class = CrawlTrigger
    operator_extra_links = (CrawlerLink(),)

    def __init__(
        self, *, crawler_name: str, on_running: Literal["join", "wait", "fail"] = "wait", **kwargs: Any
    ) -> None:
        super().__init__(crawler_name=crawler_name, **kwargs)
        self.on_running = on_running

    def specs(self) -> list[dict[str, Any]]:
        return [{"crawler": self.crawler_name}]

    async def start(self, call: Calls, spec: dict[str, Any], token: str, remember: Any) -> dict[str, Any]:
        crawler = spec["crawler"]
        before = await history(call, crawler)
        known = [crawl["CrawlId"] for crawl in before]
        running = [crawl["CrawlId"] for crawl in before if crawl["State"] == "RUNNING"]
        if running:
            return self._running(crawler, [each for each in known if each not in running])
        job = {"crawler": crawler, "known": known, "started": False, "own": True}
        # Glue knows no tokens: what is listed now is kept first, so that a crash after the start finds the crawl
        remember(job)
        try:
            await call("glue", "start_crawler", Name=crawler)
        except ClientError as error:
            if code_of(error) not in STILL_BUSY:
                raise
            if any(crawl["CrawlId"] not in known for crawl in await history(call, crawler)):
                # it began after we looked, by us (an answer was lost) or by somebody else: it serves, but is not ours
                return job | {"started": True, "own": False}
            return self._running(crawler, known)
        return job | {"started": True}

    def _running(self, crawler: str, known: list[str]) -> dict[str, Any]:
        """A crawl ran before we looked. `known` leaves it out, so that joining finds it."""
        if self.on_running == "fail":
            raise AirflowException(f"crawler {crawler} is already running, and on_running is 'fail'")
        if self.on_running == "join":
            return {"crawler": crawler, "known": known, "started": True, "own": False}
        self.log.info("crawler %s is already running: waiting for its end", crawler)
        raise Busy(CrawlerReadyTrigger, {"crawler": crawler})

    async def result(self, call: Calls, jobs: list[dict[str, Any]], values: list[dict[str, Any]]) -> dict[str, Any]:
        self.log.info("crawled: %s", values[0])
        return values[0]
