"""Pages for people: the console, and the dashboards."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from local_aws.console import HOME, console_page
from local_aws.dashboards.page import dashboards_page
from local_aws.services.base import Service
from local_aws.wire import Response

Accounts = Callable[[], Mapping[tuple[str, str], Mapping[str, Service]]]
"""Asks for the services by (account id, region) of every account that was used so far, and of the default one."""


def page(accounts: Accounts, method: str, path: str, query: str, origin: str) -> Response | None:
    """The page at a path, None where there is none: below `/` itself lie S3's buckets.

    :param origin: where the client reached us, such as `http://127.0.0.1:4580`.
    """
    if path == "/" and method in {"GET", "HEAD"} and not query:
        return console_page(accounts, "GET", path, query, origin)
    if _is_below(path, "/dashboards"):
        return dashboards_page(accounts, method, path, query)
    return console_page(accounts, method, path, query, origin) if _is_below(path, HOME) else None


def _is_below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")
