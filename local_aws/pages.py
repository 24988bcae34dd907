"""Pages for people, by path: (prefix, handler). A handler gets the account's services, the method, path and query."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from local_aws.services.base import Service
from local_aws.wire import Response

Page = Callable[[Mapping[str, Service], str, str, str], Response | None]

PAGES: tuple[tuple[str, Page], ...] = ()
