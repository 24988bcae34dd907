"""Pages for people, by path: (prefix, handler). A handler gets the accounts, the method, the path and the query."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from local_aws.console import HOME, console_page
from local_aws.dashboards.page import dashboards_page
from local_aws.services.base import Service
from local_aws.wire import Response

Accounts = Callable[[], Mapping[tuple[str, str], Mapping[str, Service]]]
"""Asks for the services by (account id, region) of every account that was used so far, and of the default one."""

Page = Callable[[Accounts, str, str, str], Response | None]

PAGES: tuple[tuple[str, Page], ...] = (("/dashboards", dashboards_page), (HOME, console_page))
FRONT: Page = console_page
"""The page at `/` itself, which has no others below it: those are S3's."""
