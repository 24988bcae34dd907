"""The viewer's addresses, all below `/dashboards/`.

`/dashboards/`                              the list
`/dashboards/<account>/<id>`                a dashboard; the data of its first sheet, or `?sheet=<id>`, is in the page
`/dashboards/<account>/<id>/data.json`      its data; `?sheet=<id>` one sheet alone
`/dashboards/<account>/<id>/export.html`    one file with everything in it
`/dashboards/static/…`                      scripts and styles
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote

from local_aws.dashboards.definition import Definition
from local_aws.dashboards.draw import Json
from local_aws.dashboards.payload import Seen, payload
from local_aws.dashboards.readers import Reader
from local_aws.dashboards.state import BadState, State
from local_aws.dashboards.tables import Tables
from local_aws.wire import Response

if TYPE_CHECKING:
    from local_aws.services.base import Service
    from local_aws.services.quicksight import QuickSight
    from local_aws.services.quicksight.dashboards import Dashboard

STATIC = Path(__file__).parent / "static"
SCRIPTS = (
    "echarts/echarts.min.js",
    "viewer/format.js",
    "viewer/table.js",
    "viewer/theme.js",
    "viewer/kpi.js",
    "viewer/bar.js",
    "viewer/line.js",
    "viewer/pie.js",
    "viewer/pivot.js",
    "viewer/combo.js",
    "viewer/insight.js",
    "viewer/heatmap.js",
    "viewer/scatter.js",
    "viewer/gauge.js",
    "viewer/parts.js",
    "viewer/map.js",
    "viewer/waterfall.js",
    "viewer/distribution.js",
    "viewer/sankey.js",
    "viewer/panels.js",
    "viewer/save.js",
    "viewer/card.js",
    "viewer/controls.js",
    "viewer/main.js",
)
STYLES = ("viewer/viewer.css",)
WORLD = "world/world.json"
_TYPES = {".json": "application/json", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_MAPS = {"FilledMap", "GeospatialMap"}
_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'"
)


def dashboards_page(
    accounts: Callable[[], Mapping[tuple[str, str], Mapping[str, Service]]], method: str, path: str, query: str
) -> Response | None:
    """Answer a request below `/dashboards`; None leaves it to others."""
    if method not in {"GET", "HEAD"}:
        return _html("<p>Only GET</p>", 405)
    parts = [unquote(part) for part in path.split("/")[2:] if part]
    if not parts:
        services_of: dict[tuple[str, str], Any] = {key: each["quicksight"] for key, each in accounts().items()}
        return _html(_index(services_of))
    if parts[0] == "static":
        return _static("/".join(parts[1:]))
    if len(parts) not in {2, 3}:
        return _html(_problem("There is no such page", "Dashboards are listed at /dashboards/"), 404)
    services = _services(accounts(), parts[0])
    service: Any = services["quicksight"] if services else None
    found = service.resources["dashboard"].get(parts[1]) if service else None
    if found is None:
        cure = "Deploy it (CreateDashboard), or look for another in the list"
        return _html(_problem(f"There is no dashboard {parts[1]} in the account {parts[0]}", cure), 404)
    return _dashboard(service, found, parts[2] if len(parts) == 3 else "", parse_qs(query))


def _dashboard(service: QuickSight, found: Dashboard, what: str, query: dict[str, list[str]]) -> Response:
    if found.published is None:
        errors = "; ".join(each["Message"] for each in found.version(None).errors) or "it is still being created"
        problem = _problem(f"{found.name} has no published version", errors)
        return _json({"message": errors}, 409) if what == "data.json" else _html(problem, 409)
    try:
        return _drawn(service, found, what, query)
    except BadState as error:
        if what == "data.json":
            return _json({"message": str(error)}, 400)
        return _html(_problem("The choices in this address cannot be read", str(error)), 400)


def _drawn(service: QuickSight, found: Dashboard, what: str, query: dict[str, list[str]]) -> Response:
    seen = Seen(State.of(query.get("state", [""])[0]), Reader.of(query))
    if what == "data.json":
        return _json(payload(service, found, query.get("sheet"), seen))
    if what == "export.html":
        return _html(_page(payload(service, found, None, seen), inline=True))
    if what:
        return _html(_problem("There is no such page", "Dashboards are listed at /dashboards/"), 404)
    sheets = [each["SheetId"] for each in Definition(found.version(None).definition).sheets]
    first = [each for each in sheets if each in query.get("sheet", ())][:1] or sheets[:1]
    return _html(_page(payload(service, found, first, seen), inline=False))


def render_html(service: QuickSight, dashboard_id: str) -> str:
    """One self-contained HTML file of a published dashboard: rows, scripts and styles in it, nothing to fetch.

    :param service: the account's QuickSight: `app.account(account_id, region).services["quicksight"]`.
    :raises AwsError: `ResourceNotFoundException` if there is no such dashboard or no published version of it.
    """
    found: Dashboard = service.find("dashboard", dashboard_id)
    return _page(payload(service, found), inline=True)


def _services(
    accounts: Mapping[tuple[str, str], Mapping[str, Service]], account_id: str
) -> Mapping[str, Service] | None:
    """The account's services in the first region that has dashboards, else in any region."""
    mine: list[Any] = [services for (number, _), services in accounts.items() if number == account_id]
    filled = [each for each in mine if each["quicksight"].resources["dashboard"]]
    return next(iter(filled or mine), None)


def _page(data: Json, inline: bool) -> str:
    text = _read("viewer/page.html")
    data = {**data, "exported": inline}
    if inline:
        styles = "".join(f"<style>{_read(name)}</style>" for name in STYLES)
        scripts = "".join(f"<script>{_read(name)}</script>" for name in SCRIPTS)
        if any(each.get("kind") in _MAPS for sheet in data["sheets"] for each in sheet.get("visuals") or ()):
            scripts = f'<script id="world" type="application/json">{_read(WORLD)}</script>{scripts}'
    else:
        styles = "".join(f'<link rel="stylesheet" href="/dashboards/static/{name}">' for name in STYLES)
        scripts = "".join(f'<script src="/dashboards/static/{name}"></script>' for name in SCRIPTS)
    # "<" never ends the script element that carries the data
    embedded = json.dumps(data).replace("<", "\\u003c")
    return Template(text).substitute(
        title=escape(data["dashboard"]["name"]), styles=styles, scripts=scripts, data=embedded
    )


def _index(services: Mapping[tuple[str, str], QuickSight]) -> str:
    cards = []
    for (account, region), service in services.items():
        for each in tuple(service.resources["dashboard"].values()):
            declared = Definition(each.version(None).definition)
            sets = Tables(service, declared, Reader("")).states()
            worst = next((one for one in sets if one.state in {"stale", "empty", "missing"}), None)
            state = worst.message if worst else f"{len(sets)} data sets, all fresh"
            address = f"/dashboards/{account}/{each.id}"
            cards.append(
                f'<li class="card"><a href="{escape(address)}">{escape(each.name)}</a>'
                f"<p>{escape(state or '')}</p><p>account {account} · {region}</p></li>"
            )
    empty = (
        "<p class='advice'>There are no dashboards yet. Create one with CreateDashboard: deploy the project"
        " (the DAG <code>warehouse_deploy</code>, or your own), then load this page again.</p>"
    )
    return _plain_page("Dashboards", f"<ul class='index'>{''.join(cards)}</ul>" if cards else empty)


def _problem(what: str, cure: str) -> str:
    body = f"<p class='advice'>{escape(cure)}</p><p><a href='/dashboards/'>All dashboards</a></p>"
    return _plain_page(what, body)


def _plain_page(title: str, body: str) -> str:
    styles = "".join(f'<link rel="stylesheet" href="/dashboards/static/{name}">' for name in STYLES)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{styles}</head>'
        f'<body><main class="plain"><h1>{escape(title)}</h1>{body}</main></body></html>'
    )


@cache
def _read(name: str) -> str:
    return (STATIC / name).read_text(encoding="utf-8")


def _static(name: str) -> Response:
    if name not in {*SCRIPTS, *STYLES, WORLD}:
        return _html(_problem("There is no such file", name), 404)
    headers = {"Content-Type": _TYPES[Path(name).suffix], "Cache-Control": "no-cache"}
    return Response(200, _read(name).encode(), headers)


def _html(text: str, status: int = 200) -> Response:
    headers = {"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": _POLICY}
    return Response(status, text.encode(), headers | {"Cache-Control": "no-store"})


def _json(body: Json, status: int = 200) -> Response:
    return Response(status, json.dumps(body).encode(), {"Content-Type": "application/json"})
