"""What a page is drawn from: one account and region, through the same APIs that its clients use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from local_aws.lake import Lake

HOME = "/_local_aws/console"


@dataclass(frozen=True)
class World:
    """:param parts: the path below the section.

    :param query: the query string's first values.
    :param origin: where the client reached us.
    """

    lake: Lake
    parts: tuple[str, ...]
    query: Mapping[str, str]
    origin: str

    @property
    def account(self) -> str:
        return self.lake.account_id

    @property
    def region(self) -> str:
        return self.lake.region

    def client(self, service: str) -> Any:
        return self.lake.api.client(service)

    def every(self, service: str, operation: str, member: str, most: int = 500, **params: Any) -> list[Any]:
        """The members of a listing over all its pages, `most` at most."""
        found: list[Any] = []
        client = self.client(service)
        if not client.can_paginate(operation):
            return list(getattr(client, operation)(**params)[member])[:most]
        for page in client.get_paginator(operation).paginate(**params):
            found += page.get(member, [])
            if len(found) >= most:
                break
        return found[:most]

    def address(self, section: str, *parts: str, **query: str) -> str:
        """Where a page of this account is. `parts` are the steps of its path."""
        path = "/".join([HOME, section, *(quote(part, safe="") for part in parts)])
        return f"{path}?{urlencode({'account': self.account, 'region': self.region, **query})}"
