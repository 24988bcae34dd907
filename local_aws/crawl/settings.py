"""What a crawler's owner may set: change policies, recrawl policy, the Configuration JSON.

Evidence: https://docs.aws.amazon.com/glue/latest/dg/crawler-configuration.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from local_aws.errors import AwsError, Unsupported

INVALID = "InvalidInputException"


@dataclass(frozen=True)
class Settings:
    """A crawler's options, read and checked.

    :param merge_columns: `MergeNewColumns`: columns are added, never changed or removed.
    :param inherit: `InheritFromTable`: partitions take format and schema from their table.
    :param combine: `CombineCompatibleSchemas`.
    :param level: `TableLevelConfiguration`.
    :param threshold: `TableThreshold`: most tables that a crawl may make.
    :param new_folders_only: `CRAWL_NEW_FOLDERS_ONLY`.
    :param index: `CreatePartitionIndex`: new tables get an index over their partition keys, unless it is false.
    """

    update: str = "UPDATE_IN_DATABASE"
    delete: str = "DEPRECATE_IN_DATABASE"
    merge_columns: bool = False
    inherit: bool = False
    combine: bool = False
    level: int | None = None
    threshold: int | None = None
    new_folders_only: bool = False
    index: bool = True


def read(crawler: dict[str, Any]) -> Settings:
    """The settings in a `Crawler` shape. :raises: `InvalidInputException`, or Unsupported by the option's name."""
    policy = crawler.get("SchemaChangePolicy") or {}
    recrawl = (crawler.get("RecrawlPolicy") or {}).get("RecrawlBehavior", "CRAWL_EVERYTHING")
    if recrawl == "CRAWL_EVENT_MODE":
        raise Unsupported("crawlers with RecrawlBehavior CRAWL_EVENT_MODE")
    configuration = _configuration(crawler.get("Configuration") or "")
    output = configuration.get("CrawlerOutput", {})
    grouping = configuration.get("Grouping", {})
    found = Settings(
        update=policy.get("UpdateBehavior", "UPDATE_IN_DATABASE"),
        delete=policy.get("DeleteBehavior", "DEPRECATE_IN_DATABASE"),
        merge_columns=_behavior(output, "Tables", "MergeNewColumns"),
        inherit=_behavior(output, "Partitions", "InheritFromTable"),
        combine=_one_of(grouping, "TableGroupingPolicy", "CombineCompatibleSchemas"),
        level=_positive(grouping, "TableLevelConfiguration"),
        threshold=_positive(output.get("Tables", {}), "TableThreshold"),
        new_folders_only=recrawl == "CRAWL_NEW_FOLDERS_ONLY",
        index=_flag(configuration, "CreatePartitionIndex"),
    )
    if found.new_folders_only and (found.update, found.delete) != ("LOG", "LOG"):
        raise AwsError(
            INVALID,
            'The SchemaChangePolicy for "Crawl new folders only" Amazon S3 target can have only LOG DeleteBehavior '
            "value and LOG UpdateBehavior value.",
        )
    return found


_KNOWN = {"Version", "CrawlerOutput", "Grouping", "CreatePartitionIndex"}


def _configuration(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError as error:
        raise AwsError(INVALID, f"Configuration string is not valid JSON: {error}") from error
    if not isinstance(found, dict) or found.get("Version") != 1.0:
        raise AwsError(INVALID, "Configuration must be a JSON object with Version 1.0.")
    for name in found:
        if name not in _KNOWN:
            raise Unsupported(f"{name} in a crawler's Configuration")
    for name in ("CrawlerOutput", "Grouping"):
        if not isinstance(found.get(name, {}), dict):
            raise AwsError(INVALID, f"{name} in Configuration must be an object.")
    return found


def _behavior(output: dict[str, Any], part: str, allowed: str) -> bool:
    return _one_of(output.get(part) or {}, "AddOrUpdateBehavior", allowed)


def _one_of(holder: dict[str, Any], name: str, allowed: str) -> bool:
    value = holder.get(name)
    if value not in {None, allowed}:
        raise AwsError(INVALID, f"{name} in Configuration can only be {allowed}, not {value}.")
    return value is not None


def _flag(holder: dict[str, Any], name: str) -> bool:
    value = holder.get(name, True)
    if not isinstance(value, bool):
        raise AwsError(INVALID, f"{name} in Configuration must be true or false, not {value}.")
    return value


def _positive(holder: dict[str, Any], name: str) -> int | None:
    value = holder.get(name)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise AwsError(INVALID, f"{name} in Configuration must be a positive integer, not {value}.")
    return value
