"""The Glue Data Catalog: databases, tables, schemas, partitions; crawlers and their crawls."""

from __future__ import annotations

import json
from typing import Any

from local_aws.console.html import Html, code, facts, join, link, seconds, section, state, table, text
from local_aws.console.world import World

MOST_PARTITIONS = 200
_DONE = {"ADD": "added", "UPDATE": "updated", "DELETE": "deleted", "DEPRECATE": "deprecated"}


def view(world: World) -> Html:
    if len(world.parts) == 2:
        return _table(world, *world.parts)
    databases = world.every("glue", "get_databases", "DatabaseList")
    if not databases:
        return Html('<p class="empty">There are no databases: create one with CreateDatabase, or run a crawler.</p>')
    return join(section(each["Name"], _tables(world, each["Name"])) for each in databases)


def _tables(world: World, database: str) -> Html:
    rows = []
    for each in world.every("glue", "get_tables", "TableList", DatabaseName=database):
        storage, parameters = each.get("StorageDescriptor", {}), each.get("Parameters", {})
        keys = ", ".join(key["Name"] for key in each.get("PartitionKeys", []))
        kind = parameters.get("table_type") or parameters.get("classification") or each.get("TableType")
        name = link(world.address("catalog", database, each["Name"]), each["Name"])
        rows.append((name, kind, len(storage.get("Columns", [])), keys, storage.get("Location")))
    return table(("Table", "Kind", "Columns", "Partitioned by", "Location"), rows, "No tables.")


def _table(world: World, database: str, name: str) -> Html:
    found = world.client("glue").get_table(DatabaseName=database, Name=name)["Table"]
    storage, keys = found.get("StorageDescriptor", {}), found.get("PartitionKeys", [])
    columns = [(each["Name"], each.get("Type"), each.get("Comment")) for each in storage.get("Columns", [])]
    columns += [(each["Name"], each.get("Type"), Html("<em>partition key</em>")) for each in keys]
    query = link(world.address("sql", sql=f'SELECT * FROM "{database}"."{name}" LIMIT 10'), "Query it")
    described = {
        "Location": _place(world, storage.get("Location")),
        "Type": found.get("TableType"),
        "SerDe": storage.get("SerdeInfo", {}).get("SerializationLibrary") or None,
        "Input format": storage.get("InputFormat") or None,
        "Updated": found.get("UpdateTime"),
    }
    parts = [
        Html(f'<p class="path">{link(world.address("catalog"), database)} / {text(name)}</p><p>{query}</p>'),
        section("Columns", table(("Column", "Type", ""), columns, "No columns.")),
        section("Storage", facts(described)),
        section("Parameters", facts(dict(sorted(found.get("Parameters", {}).items())))),
    ]
    if found.get("ViewOriginalText"):
        parts.append(section("View", code(found["ViewOriginalText"])))
    return join([*parts, _partitions(world, database, name, keys) if keys else Html()])


def _place(world: World, location: str | None) -> Html | None:
    """A link to the folder, if it is on S3."""
    if not location or not location.startswith("s3://"):
        return None
    bucket, _, prefix = location.removeprefix("s3://").partition("/")
    prefix = f"{prefix.rstrip('/')}/" if prefix else ""
    return link(world.address("storage", bucket, prefix=prefix), location)


def _partitions(world: World, database: str, name: str, keys: list[dict[str, Any]]) -> Html:
    found = world.every("glue", "get_partitions", "Partitions", MOST_PARTITIONS, DatabaseName=database, TableName=name)
    rows = [
        (*each["Values"], _place(world, each["StorageDescriptor"].get("Location")), each.get("CreationTime"))
        for each in found
    ]
    heads = (*(key["Name"] for key in keys), "Location", "Created")
    title = f"Partitions (the first {MOST_PARTITIONS})" if len(rows) == MOST_PARTITIONS else f"Partitions ({len(rows)})"
    return section(title, table(heads, rows, "None: run the crawler, or MSCK REPAIR TABLE."))


def _targets(given: dict[str, Any]) -> list[str]:
    """Where a crawler looks: include paths, tables of the catalog."""
    tables = [f"{each['DatabaseName']}.{name}" for each in given.get("CatalogTargets", []) for name in each["Tables"]]
    return [*(each["Path"] for each in given.get("S3Targets", [])), *tables]


def crawlers(world: World) -> Html:
    rows = []
    crawls: list[Html] = []
    for each in world.every("glue", "get_crawlers", "Crawlers"):
        last = each.get("LastCrawl", {})
        targets = ", ".join(_targets(each.get("Targets", {})))
        rows.append((each["Name"], state(each["State"]), state(last.get("Status")), each.get("DatabaseName"), targets))
        crawls.append(section(f"Crawls of {each['Name']}", _crawls(world, each["Name"])))
    heads = ("Crawler", "State", "Last crawl", "Database", "Targets")
    return join([table(heads, rows, "There are no crawlers: create one with CreateCrawler."), *crawls])


def _crawls(world: World, name: str) -> Html:
    rows = []
    for each in world.client("glue").list_crawls(CrawlerName=name, MaxResults=20)["Crawls"]:
        took = (each["EndTime"] - each["StartTime"]).total_seconds() if each.get("EndTime") else None
        spent = None if took is None else seconds(took * 1000)
        rows.append((each["StartTime"], state(each["State"]), spent, each.get("ErrorMessage") or _changes(each)))
    return table(("Started", "State", "Took", "Changes, or what went wrong"), rows, "Not crawled yet.")


def _changes(crawl: dict[str, Any]) -> str | None:
    """What a crawl changed, such as `1 table added: orders; 3 partitions added`."""
    parts = []
    for thing, changes in json.loads(crawl.get("Summary") or "{}").items():
        for verb, told in changes.items():
            found = json.loads(told)
            names = ", ".join(found.get("Details", {}).get("names", [])) if thing == "TABLE" else ""
            noun, count = thing.lower(), found["Count"]
            parts.append(
                f"{count} {noun}{'' if count == 1 else 's'} {_DONE.get(verb, verb.lower())}: {names}".rstrip(": ")
            )
    return "; ".join(parts) or None
