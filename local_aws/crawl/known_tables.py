"""Tables of the catalog as what a crawler crawls: their data is read where they say it lies, and they are updated.

No table is made or deleted, all data below a table's location is that table's (`CombineCompatibleSchemas`), and what
is gone is only logged: `DeleteBehavior` has to be LOG. Catalog targets do not go together with others.
Evidence: https://docs.aws.amazon.com/glue/latest/dg/define-crawler-choose-data-sources.html (existing tables),
https://aws.amazon.com/about-aws/whats-new/2019/05/aws-glue-crawlers-now-support-existing-data-catalog-tables-as-sources/,
https://docs.aws.amazon.com/glue/latest/webapi/API_CatalogTarget.html
Deviates: AWS does not say what becomes of a table whose folders do not fit its partition keys; it is left as it is, and
the log says so. Tables on anything but S3, and Iceberg tables, are refused.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from local_aws import iceberg
from local_aws.crawl.plan import Context, Known, TableChange, change_of
from local_aws.crawl.settings import INVALID
from local_aws.crawl.table import TableDraft
from local_aws.errors import AwsError, Unsupported

Shape = dict[str, Any]
COMBINED = json.dumps({"Version": 1.0, "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"}})
"""The configuration of a crawler with catalog targets that gives none."""


def check(crawler: Shape) -> None:
    """:raises AwsError: for a crawler whose catalog targets AWS refuses."""
    targets = crawler["Targets"]["CatalogTargets"]
    if any(each for kind, each in crawler["Targets"].items() if kind != "CatalogTargets"):
        raise AwsError(INVALID, "Catalog targets cannot be mixed with targets of other types.")
    if (crawler.get("SchemaChangePolicy") or {}).get("DeleteBehavior") != "LOG":
        raise AwsError(INVALID, "The SchemaChangePolicy for Catalog target can have only LOG DeleteBehavior value.")
    for target in targets:
        for member in ("ConnectionName", "EventQueueArn", "DlqEventQueueArn"):
            if target.get(member):
                raise Unsupported(f"catalog targets with {member}")


def named(targets: list[Shape]) -> list[tuple[str, str]]:
    """Database and name of each table that is a target, once."""
    found = [(each["DatabaseName"].lower(), name.lower()) for each in targets for name in each["Tables"]]
    return list(dict.fromkeys(found))


def location_of(database: str, table: Shape) -> str:
    """Where a table's data lies. :raises AwsError, Unsupported: for a table that cannot be crawled."""
    if iceberg.is_iceberg(table):
        raise Unsupported("crawling Iceberg tables")
    location = str(table.get("StorageDescriptor", {}).get("Location") or "")
    if not location.startswith(("s3://", "s3a://", "s3n://")):
        raise AwsError(INVALID, f"Table {database}.{table['Name']} does not point to Amazon S3.")
    return location


def planned(database: str, known: Known, draft: TableDraft | None, context: Context) -> TableChange:
    """What a crawl of its data changes in a table."""
    table = known.table
    name = str(table["Name"])
    if draft is None:
        return TableChange(name, "KEEP", database=database, note=f"No data is found for table {database}.{name}.")
    keys, found = table.get("PartitionKeys") or [], draft.table_input["PartitionKeys"]
    if len(keys) != len(found):
        said = (
            f"Table {database}.{name} has {len(keys)} partition keys and its folders {len(found)}: it is left as it is."
        )
        return TableChange(name, "KEEP", database=database, note=said)
    descriptor = {**draft.table_input["StorageDescriptor"], "Location": table["StorageDescriptor"]["Location"]}
    taken = {each["Name"] for each in keys}
    descriptor["Columns"] = [each for each in descriptor["Columns"] if each["Name"] not in taken]
    wanted = {**draft.table_input, "PartitionKeys": keys, "StorageDescriptor": descriptor}
    return replace(change_of(name, replace(draft, table_input=wanted), known, context), database=database)
