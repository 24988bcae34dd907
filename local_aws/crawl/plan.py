"""What a crawl changes in the catalog: drafts and existing tables in, changes out. Pure.

Evidence: https://docs.aws.amazon.com/glue/latest/dg/crawler-configuration.html (update and delete behaviours, what is
inherited and merged), https://docs.aws.amazon.com/glue/latest/dg/crawler-running.html (names),
https://docs.aws.amazon.com/glue/latest/dg/incremental-crawls.html.
Deviates: AWS leaves open what happens to a table of which only the size estimates changed: it stays as it is here, so
that a crawl that finds new partitions alone makes no new table version. Partitions that vanished are deleted by
DELETE_FROM_DATABASE and stay otherwise: the marker of DEPRECATE_IN_DATABASE is documented for tables. Where the
table must stay as it is, a CSV table that splits quoted values gets no partitions with such values.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from local_aws.crawl.settings import Settings
from local_aws.crawl.table import LAZY_SIMPLE, OPEN_CSV, STATISTICS, PartitionDraft, TableDraft
from local_aws.crawl.types import extend, parse, render

Shape = dict[str, Any]

DEPRECATED = "DEPRECATED_BY_CRAWLER"
LONGEST_NAME = 128
_FUNDAMENTAL = ("classification", "compressionType", "delimiter")
_VOLATILE = {*STATISTICS, "UPDATED_BY_CRAWLER"}
_INPUT = ("Name", "Description", "Owner", "Retention", "StorageDescriptor", "PartitionKeys", "TableType", "Parameters")


@dataclass
class TableChange:
    """:param action: ADD, UPDATE, DELETE, or KEEP where only partitions change.

    :param note: what was found and not carried out, for the log.
    :param database: where the table is, if not in the crawler's database.
    """

    name: str
    action: str
    table_input: Shape = field(default_factory=dict)
    add: list[Shape] = field(default_factory=list)
    update: list[Shape] = field(default_factory=list)
    remove: list[list[str]] = field(default_factory=list)
    note: str = ""
    database: str = ""

    @property
    def changes_something(self) -> bool:
        return self.action != "KEEP" or bool(self.add or self.update or self.remove)


@dataclass(frozen=True)
class Known:
    """A table of the catalog, and its partitions on demand."""

    table: Shape
    partitions: Callable[[], list[Shape]]


@dataclass(frozen=True)
class Context:
    """What a plan depends on besides drafts and catalog.

    :param targets: the include paths, without a slash at the end: `bucket/folder`.
    :param is_new: whether a folder was not there at the last crawl; None when all folders count.
    :param stamp: the time of the crawl, in milliseconds, as the deprecation marker keeps it.
    """

    crawler: str
    prefix: str
    settings: Settings
    targets: list[str]
    stamp: int
    is_new: Callable[[str], bool] | None = None


def plan(drafts: list[TableDraft], known: dict[str, Known], context: Context) -> list[TableChange]:
    """The changes, in the order in which to write them."""
    names = assign_names(drafts, known, context.prefix)
    changes = [change_of(name, each, known.get(name), context) for name, each in zip(names, drafts, strict=True)]
    if context.is_new is None:
        changes += _gone(set(names), known, context)
    return [each for each in changes if each.changes_something or each.note]


def assign_names(drafts: Iterable[TableDraft], known: dict[str, Known], prefix: str) -> list[str]:
    """Lower case, letters, digits and underscores, 128 at most; a name that is another table's gets a hash."""
    names: list[str] = []
    for each in drafts:
        name = re.sub(r"[^a-z0-9_]", "_", f"{prefix}{each.base_name}".lower())[:LONGEST_NAME]
        holder = known.get(name)
        if name in names or (holder is not None and _place(_location_of(holder.table)) != _place(each.location)):
            suffix = "_" + hashlib.md5(each.location.encode(), usedforsecurity=False).hexdigest()
            name = name[: LONGEST_NAME - len(suffix)] + suffix
        names.append(name)
    return names


def _location_of(table: Shape) -> str:
    return str(table.get("StorageDescriptor", {}).get("Location", ""))


def _place(location: str) -> str:
    return location.partition("://")[2].rstrip("/")


def change_of(name: str, draft: TableDraft, known: Known | None, context: Context) -> TableChange:
    """What becomes of one table."""
    wanted = {"Name": name, **draft.table_input}
    if known is None:
        partitions = _settled_partitions(draft.partitions, wanted, context.settings)
        return TableChange(name, "ADD", wanted, add=[each.partition_input for each in partitions])
    new_input, usable = _updated(known.table, wanted, context)
    change = TableChange(name, "UPDATE" if new_input else "KEEP", new_input or {})
    if usable:
        _plan_partitions(change, draft, new_input or known.table, known, context)
    else:
        change.note = f"Table {name} and the data found for it do not fit: its partitions are left as they are."
    return change


def _updated(table: Shape, wanted: Shape, context: Context) -> tuple[Shape | None, bool]:
    """The table's new definition, or None if it stays; and whether partitions of this crawl fit the table."""
    settings = context.settings
    current = {name: table[name] for name in _INPUT if name in table}
    same_keys = _names_of(current.get("PartitionKeys")) == _names_of(wanted["PartitionKeys"])
    if context.is_new is not None:
        return None, same_keys and not _differs(current, wanted)
    if settings.merge_columns:
        if not same_keys or _differs(current, wanted):
            return (None if DEPRECATED in current["Parameters"] else _marked(current, context.stamp)), False
        merged = _merged(current, wanted)
        return (merged if merged != current else None), True
    if settings.update == "LOG":
        return None, same_keys and not (settings.inherit and _would_shift(current, wanted))
    wanted = _in_known_order(current, wanted)
    return (None if _stable(current) == _stable(wanted) else wanted), True


def _names_of(columns: list[Shape] | None) -> list[str]:
    return [each["Name"] for each in columns or []]


def _differs(current: Shape, wanted: Shape) -> bool:
    """Whether an attribute that no merge can bridge has changed."""
    old, new = current.get("Parameters", {}), wanted["Parameters"]
    changed = any(name in old and name in new and old[name] != new[name] for name in _FUNDAMENTAL)
    return changed or _would_shift(current, wanted)


def _would_shift(current: Shape, wanted: Shape) -> bool:
    """Whether the table's SerDe splits quoted values that the data now has: its partitions would be misread."""
    old, new = (each["StorageDescriptor"].get("SerdeInfo", {}) for each in (current, wanted))
    return (old.get("SerializationLibrary"), new.get("SerializationLibrary")) == (LAZY_SIMPLE, OPEN_CSV)


def _marked(current: Shape, stamp: int) -> Shape:
    return {**current, "Parameters": {**current["Parameters"], DEPRECATED: str(stamp)}}


def _merged(current: Shape, wanted: Shape) -> Shape:
    """`current` with the columns, nested fields and JSON paths that only `wanted` has."""
    merged = copy.deepcopy(current)
    descriptor, found = merged["StorageDescriptor"], wanted["StorageDescriptor"]
    types = {each["Name"]: each["Type"] for each in found["Columns"]}
    for column in descriptor["Columns"]:
        name, known = column["Name"], column.get("Type", "string")
        if name in types:
            extended = extend(parse(known), parse(types.pop(name)))
            column["Type"] = known if extended == parse(known) else render(extended)
    taken = set(_names_of(merged.get("PartitionKeys")))
    descriptor["Columns"] += [{"Name": name, "Type": each} for name, each in types.items() if name not in taken]
    own = descriptor.get("SerdeInfo", {}).get("Parameters", {})
    if "paths" in own and "paths" in (new := found["SerdeInfo"]["Parameters"]):
        own["paths"] = ",".join(sorted({*own["paths"].split(","), *new["paths"].split(",")}))
    merged["Parameters"].pop(DEPRECATED, None)
    return merged


def _in_known_order(current: Shape, wanted: Shape) -> Shape:
    """Columns that go by name keep the places they have; new ones follow."""
    found = wanted["StorageDescriptor"]
    if wanted["Parameters"]["classification"] == "csv":
        return wanted
    columns = {each["Name"]: each for each in found["Columns"]}
    ordered = [columns.pop(name) for name in _names_of(current["StorageDescriptor"].get("Columns")) if name in columns]
    return {**wanted, "StorageDescriptor": {**found, "Columns": [*ordered, *columns.values()]}}


def _stable(table_input: Shape) -> Shape:
    """A definition without what every crawl estimates anew."""
    descriptor = table_input["StorageDescriptor"]
    return {
        **table_input,
        "Parameters": _without_volatile(table_input.get("Parameters", {})),
        "StorageDescriptor": {**descriptor, "Parameters": _without_volatile(descriptor.get("Parameters", {}))},
    }


def _without_volatile(parameters: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in parameters.items() if name not in _VOLATILE}


def _plan_partitions(change: TableChange, draft: TableDraft, table: Shape, known: Known, context: Context) -> None:
    settings = context.settings
    existing = {tuple(each["Values"]): each for each in known.partitions()} if table.get("PartitionKeys") else {}
    if _names_of(known.table.get("PartitionKeys")) != _names_of(table.get("PartitionKeys")):
        change.remove, existing = [list(values) for values in existing], {}
    found = set()
    touch = context.is_new is None and (settings.update != "LOG" or settings.inherit or settings.merge_columns)
    for each in _settled_partitions(draft.partitions, table, settings):
        values = tuple(each.values)
        found.add(values)
        if values not in existing:
            if context.is_new is None or context.is_new(each.folder):
                change.add.append(each.partition_input)
        elif touch:
            wanted = _merged_partition(existing[values], each.partition_input, settings)
            if _plain(existing[values]) != _plain(wanted):
                change.update.append(wanted)
    if settings.delete == "DELETE_FROM_DATABASE" and context.is_new is None:
        inside = tuple(f"{each}/" for each in context.targets)
        change.remove += [
            list(values)
            for values, each in existing.items()
            if values not in found and f"{_place(_location_of(each))}/".startswith(inside)
        ]


def _plain(partition: Shape) -> Shape:
    return {name: partition.get(name) for name in ("Values", "StorageDescriptor", "Parameters")}


def _merged_partition(existing: Shape, wanted: Shape, settings: Settings) -> Shape:
    if not settings.merge_columns or settings.inherit:
        return wanted
    return {**wanted, "StorageDescriptor": _merged({**existing, "Parameters": {}}, wanted)["StorageDescriptor"]}


def _settled_partitions(drafts: list[PartitionDraft], table: Shape, settings: Settings) -> list[PartitionDraft]:
    """Partitions as they are written: with the table's format and schema if they inherit it."""
    if not settings.inherit:
        return drafts
    return [PartitionDraft(each.values, each.folder, _inherited(each.partition_input, table)) for each in drafts]


def _inherited(partition_input: Shape, table: Shape) -> Shape:
    descriptor = copy.deepcopy(table["StorageDescriptor"])
    own = partition_input["Parameters"]
    statistics = {name: own[name] for name in STATISTICS}
    descriptor["Location"] = partition_input["StorageDescriptor"]["Location"]
    descriptor["Parameters"] = {**descriptor.get("Parameters", {}), **statistics}
    parameters = {**table["Parameters"], **statistics}
    parameters.pop(DEPRECATED, None)
    return {"Values": partition_input["Values"], "StorageDescriptor": descriptor, "Parameters": parameters}


def _gone(found: set[str], known: dict[str, Known], context: Context) -> list[TableChange]:
    """Tables of this crawler, below its include paths, of which no data is left."""
    behavior = context.settings.delete
    inside = tuple(f"{each}/" for each in context.targets)
    changes = []
    for name, each in known.items():
        parameters = each.table.get("Parameters", {})
        own = parameters.get("UPDATED_BY_CRAWLER") == context.crawler
        if name in found or not own or not f"{_place(_location_of(each.table))}/".startswith(inside):
            continue
        if behavior == "DELETE_FROM_DATABASE":
            changes.append(TableChange(name, "DELETE"))
        elif behavior == "DEPRECATE_IN_DATABASE" and DEPRECATED not in parameters:
            current = {key: each.table[key] for key in _INPUT if key in each.table}
            changes.append(TableChange(name, "UPDATE", _marked(current, context.stamp)))
    return changes
