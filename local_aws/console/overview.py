"""The first page: how much there is of everything, and what was asked last."""

from __future__ import annotations

from html import escape
from typing import Any

from local_aws.console import analytics
from local_aws.console.html import Html, join, link, section, text
from local_aws.console.world import World


def view(world: World) -> Html:
    databases = world.every("glue", "get_databases", "DatabaseList")
    tables = sum(len(world.every("glue", "get_tables", "TableList", DatabaseName=each["Name"])) for each in databases)
    tiles: list[tuple[str, str, Any]] = [
        ("storage", "buckets", len(world.client("s3").list_buckets()["Buckets"])),
        ("catalog", "tables", tables),
        ("crawlers", "crawlers", len(world.every("glue", "get_crawlers", "Crawlers"))),
        ("athena", "Athena queries", len(analytics.executions(world))),
        ("redshift", "Redshift statements", len(analytics.statements(world))),
        ("streams", "delivery streams", len(analytics.hoses(world))),
        ("quicksight", "dashboards", len(analytics.dashboards(world))),
    ]
    shown = join(
        Html(f'<a class="tile" href="{escape(world.address(name))}"><b>{text(count)}</b>{escape(label)}</a>')
        for name, label, count in tiles
    )
    started = "" if any(count for _, _, count in tiles) else _how_to_start(world)
    return join(
        [
            Html(f'<div class="tiles">{shown}</div>{started}'),
            Html(f"<p>{link(world.address('sql'), 'Run a query')}</p>"),
            section("Latest queries on Athena", analytics.athena_table(world, 8)),
            section("Latest statements on Redshift", analytics.redshift_table(world, 5)),
        ]
    )


def _how_to_start(world: World) -> Html:
    variables = {
        "AWS_ENDPOINT_URL": world.origin,
        "AWS_ACCESS_KEY_ID": world.account,
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": world.region,
    }
    lines = "\n".join(f"export {name}={value}" for name, value in variables.items())
    return Html(
        '<div class="empty"><p>Nothing is here yet. Point a client at this address:</p>'
        f"<pre>{escape(lines)}</pre><p>An access key of twelve digits is its account's id.</p></div>"
    )
