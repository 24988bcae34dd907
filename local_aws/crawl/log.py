"""What a crawl tells of itself, in CloudWatch Logs, where `LastCrawl` and ListCrawls point.

Evidence: https://docs.aws.amazon.com/glue/latest/dg/console-crawlers-details.html and, for group, stream and prefix,
https://docs.aws.amazon.com/glue/latest/webapi/API_LastCrawlInfo.html. Deviates: the sentences are our own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from local_aws import base
from local_aws.lake import Lake

LOG_GROUP = "/aws-glue/crawlers"

Log = Callable[[str, str], None]
"""Takes a level (`INFO`, `WARN`, `ERROR`, `BENCHMARK`) and a line."""


class CrawlLogs:
    """The log streams of an account's crawlers, one a crawler, named after it."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._lock = threading.Lock()

    def of(self, crawler: str, crawl_id: str) -> Log:
        """The log of one crawl; its lines begin with the crawl's id."""

        def write(level: str, text: str) -> None:
            event = {
                "timestamp": int(self._lake.clock.now().timestamp() * 1000),
                "message": f"[{crawl_id}] {level} : {text}",
            }
            backend = base.backend("logs", self._lake.account_id, self._lake.region)
            with self._lock:
                if LOG_GROUP not in backend.groups:
                    backend.create_log_group(LOG_GROUP, {})
                backend.ensure_log_stream(LOG_GROUP, crawler)
                backend.put_log_events(LOG_GROUP, crawler, [event])

        return write
