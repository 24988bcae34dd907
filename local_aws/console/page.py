"""The console: pages drawn on the server, each from the same APIs that clients use; scripts only run the query box,
the clock and the faults, and they too speak the APIs.

`/`, `/_local_aws/console/`                    the overview
`/_local_aws/console/<section>/…`              a section; `?account=…&region=…` says whose
`/_local_aws/console/static/…`                 script and style
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from botocore.exceptions import ClientError

from local_aws import __version__
from local_aws.console import analytics, catalog, control, html, overview, storage
from local_aws.console.html import Html
from local_aws.console.world import HOME, World
from local_aws.errors import AwsError
from local_aws.wire import Response

if TYPE_CHECKING:
    from local_aws.lake import Lake
    from local_aws.services.base import Service

Accounts = Callable[[], Mapping[tuple[str, str], "Mapping[str, Service]"]]
View = Callable[[World], Html]

SECTIONS: dict[str, tuple[str, View]] = {
    "": ("Overview", overview.view),
    "sql": ("Query", control.query_box),
    "storage": ("Storage", storage.view),
    "catalog": ("Catalog", catalog.view),
    "crawlers": ("Crawlers", catalog.crawlers),
    "athena": ("Athena", analytics.athena),
    "redshift": ("Redshift", analytics.redshift),
    "streams": ("Streams", analytics.streams),
    "quicksight": ("QuickSight", analytics.quicksight),
    "control": ("Clock and faults", control.view),
}
STATIC = Path(__file__).parent / "static"
_TYPES = {"console.js": "text/javascript; charset=utf-8", "console.css": "text/css; charset=utf-8"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)


def console_page(accounts: Accounts, method: str, path: str, query: str, origin: str) -> Response | None:
    """Answer a request for `/` or below `HOME`."""
    if method not in {"GET", "HEAD"}:
        return _answer("<p>Only GET</p>", 405)
    parts = tuple(unquote(part) for part in path.removeprefix(HOME).split("/") if part)
    if parts[:1] == ("static",):
        return _static("/".join(parts[1:]))
    name = parts[0] if parts else ""
    asked = dict(parse_qsl(query, keep_blank_values=True))
    known = accounts()
    world = World(_chosen(known, asked), parts[1:], asked, origin)
    if name not in SECTIONS:
        return _answer(_frame(world, list(known), "", html.problem("There is no such page.")), 404)
    status = 200
    try:
        body = SECTIONS[name][1](world)
    except (ClientError, AwsError) as error:
        status, body = 404, html.problem(str(error))
    return _answer(_frame(world, list(known), name, body), status)


def _chosen(known: Mapping[tuple[str, str], Mapping[str, Service]], asked: Mapping[str, str]) -> Lake:
    """The account and region that were asked for; else the first one that has a bucket; else the first."""
    lakes = {key: next(iter(services.values())).lake for key, services in known.items()}
    wanted = (asked.get("account", ""), asked.get("region", ""))
    filled = (key for key, lake in lakes.items() if lake.api.client("s3").list_buckets()["Buckets"])
    chosen = wanted if wanted in lakes else next(filled, next(iter(lakes)))
    return lakes[chosen]


def _frame(world: World, known: list[tuple[str, str]], name: str, body: Html) -> str:
    title = SECTIONS[name][0]
    tabs = "".join(
        f'<a href="{escape(world.address(key))}"{" aria-current=page" if key == name else ""}>{escape(label)}</a>'
        for key, (label, _) in SECTIONS.items()
    )
    chosen = (world.account, world.region)
    options = "".join(
        f'<option value="{escape(account)} {escape(region)}"{" selected" if (account, region) == chosen else ""}>'
        f"{escape(account)} · {escape(region)}</option>"
        for account, region in known
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(title)} · local_aws</title>"
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,">'
        f'<link rel="stylesheet" href="{HOME}/static/console.css">'
        f'<script src="{HOME}/static/console.js" defer></script></head>'
        f'<body data-account="{escape(world.account)}" data-region="{escape(world.region)}" data-home="{HOME}">'
        f'<a class="skip" href="#main">To the content</a><header><a class="brand" href="/">local_aws</a>'
        f'<span class="none">{__version__}</span><span class="clock">{world.lake.clock.now():%Y-%m-%d %H:%M} UTC</span>'
        f'<label>Account <select id="account">{options}</select></label>'
        '<button id="theme" type="button">Dark</button></header>'
        f'<nav aria-label="Sections">{tabs}<a href="/dashboards/">Dashboards</a></nav>'
        f'<main id="main"><h1>{escape(title)}</h1>{body}</main></body></html>'
    )


@cache
def _read(name: str) -> bytes:
    return (STATIC / name).read_bytes()


def _static(name: str) -> Response:
    if name not in _TYPES:
        return _answer("<p>There is no such file</p>", 404)
    return Response(200, _read(name), {"Content-Type": _TYPES[name], "Cache-Control": "no-cache"})


def _answer(page: str, status: int = 200) -> Response:
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": _POLICY}
    return Response(status, page.encode(), headers | {"Cache-Control": "no-store"})
