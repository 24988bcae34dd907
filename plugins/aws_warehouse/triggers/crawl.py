"""Waits for a crawl, known by what the crawler's history lists after it was asked to start."""

from __future__ import annotations

import json
from typing import Any

from aws_warehouse.connection import Calls
from aws_warehouse.triggers.base import FAILED, LOST, RUNNING, SUCCEEDED, Progress, WaitTrigger


class CrawlTrigger(WaitTrigger):
    """Waits for one crawl of a crawler; stops it on kill and at the deadline if we started it.

    `job`: `crawler`, `known` (the ids that its history listed before), `started` (whether StartCrawler has answered),
    `own`. The crawl is the first one listed that is not known: no clock is compared.
    """

    what = "the crawl"

    async def probe(self, call: Calls) -> Progress:
        crawls = await history(call, self.job["crawler"])
        # newest first, so that the last of the new ones began first
        new = [crawl for crawl in crawls if crawl["CrawlId"] not in self.job["known"]]
        if not new:
            if not self.job["started"]:
                return Progress(LOST, f"no crawl of {self.job['crawler']} was started")
            return Progress(RUNNING, f"no crawl of {self.job['crawler']} is listed yet")
        crawl = new[-1]
        name = f"crawl {crawl['CrawlId']} of {self.job['crawler']}"
        if crawl["State"] == "COMPLETED":
            return Progress(SUCCEEDED, value=result_of(self.job["crawler"], crawl))
        if crawl["State"] == "RUNNING":
            return Progress(RUNNING, f"{name} is running")
        return Progress(FAILED, f"{name} {crawl['State'].lower()}: {crawl.get('ErrorMessage') or 'no reason given'}")

    async def cancel(self, call: Calls) -> None:
        # StopCrawler stops whatever runs: look first whether that is ours
        if (await self.probe(call)).state == RUNNING:
            await call("glue", "stop_crawler", Name=self.job["crawler"])


class CrawlerReadyTrigger(WaitTrigger):
    """Waits until a crawler has nothing to do. `job`: `crawler`."""

    what = "the crawl that ran already"

    async def probe(self, call: Calls) -> Progress:
        state = (await call("glue", "get_crawler", Name=self.job["crawler"]))["Crawler"]["State"]
        return Progress(SUCCEEDED if state == "READY" else RUNNING, f"{self.job['crawler']} is {state}")


async def history(call: Calls, crawler: str) -> list[dict[str, Any]]:
    """The newest crawls, newest first: one page, since ours is among the newest."""
    answer = await call("glue", "list_crawls", CrawlerName=crawler, MaxResults=20)
    found: list[dict[str, Any]] = answer.get("Crawls", [])
    return found


def result_of(crawler: str, crawl: dict[str, Any]) -> dict[str, Any]:
    """What a crawl changed, from its summary: `{"tables": {"ADD": 1}, "partitions": {"ADD": 24}}`, and what it cost."""
    changed: dict[str, dict[str, int]] = {"TABLE": {}, "PARTITION": {}}
    try:
        for kind, counts in json.loads(crawl.get("Summary") or "{}").items():
            for action, entry in _counts(counts).items():
                changed.setdefault(kind.upper(), {})[action] = entry
    except (ValueError, AttributeError):
        changed["unreadable"] = {str(crawl.get("Summary")): 1}
    return {
        "crawl_id": crawl["CrawlId"],
        "crawler_name": crawler,
        "state": crawl["State"],
        "tables": changed["TABLE"],
        "partitions": changed["PARTITION"],
        "dpu_hours": float(crawl.get("DPUHour") or 0.0),
    }


def _counts(value: Any) -> dict[str, int]:
    """The counts by action of one kind; AWS nests them as JSON text: `{"ADD": "{\\"Count\\":1,\\"Details\\":…}"}`."""
    entries = json.loads(value) if isinstance(value, str) else value
    counts = {}
    for action, entry in entries.items():
        entry = json.loads(entry) if isinstance(entry, str) else entry
        counts[action] = int(entry["Count"] if isinstance(entry, dict) else entry)
    return counts
