"""One crawl: list, classify, group, plan; then write what the plan says.

Evidence: https://docs.aws.amazon.com/glue/latest/dg/crawler-running.html
`SampleSize`: https://docs.aws.amazon.com/glue/latest/webapi/API_S3Target.html.
Deviates: AWS does not say which files of a folder it samples: the first by key, and only they are counted; hidden
files (`_…`, `.…`) stay out, as they do in queries.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from local_aws.catalog import Catalog
from local_aws.crawl import exclude, known_tables, settings
from local_aws.crawl.classify import Classifier, classify
from local_aws.crawl.files import FileSchema
from local_aws.crawl.group import FoundFile, Group, group
from local_aws.crawl.log import Log
from local_aws.crawl.plan import Context, Known, TableChange, plan
from local_aws.crawl.table import TableDraft, draft
from local_aws.errors import AwsError
from local_aws.objects import ObjectStore, StoredObject, split_uri
from local_aws.partition_indexes import new_indexes

Shape = dict[str, Any]
INDEX = "crawler_partition_index"
NAMED = 100
"""Names that a summary lists, and files that the log names; counts are exact."""


@dataclass
class Memory:
    """What a crawler keeps from crawl to crawl: files it has classified (by key, with their ETag) and their folders.

    Evidence: "A crawler keeps track of previously crawled data", https://docs.aws.amazon.com/glue/latest/dg/add-classifier.html
    """

    files: dict[tuple[str, str], tuple[str, FileSchema]] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    crawled: bool = False


@dataclass
class Crawl:
    """One run of a crawler.

    :param crawler: the `Crawler` shape.
    :param check: called between files; raises to end the run.
    :param seen: what the next crawl is to start from, once this one is planned.
    """

    crawler: Shape
    classifiers: tuple[Classifier, ...]
    memory: Memory
    objects: ObjectStore
    catalog: Catalog
    now_ms: int
    check: Callable[[], None]
    log: Log
    seen: Memory = field(default_factory=Memory)
    _unknown: int = 0

    def plan(self) -> list[TableChange]:
        """What is to change in the catalog.

        :raises AwsError: for a bucket that is not there, or more tables than `TableThreshold`.
        :raises Unsupported: for a file format that is not emulated.
        """
        options = settings.read(self.crawler)
        incremental = options.new_folders_only and self.memory.crawled
        seen = Memory(crawled=True)
        if self.crawler["Targets"].get("CatalogTargets"):
            return self._planned_of_known(options, seen, incremental)
        drafts: dict[str, TableDraft] = {}
        targets = self.crawler["Targets"]["S3Targets"]
        for target in targets:
            for found in self._groups(target, options, seen, incremental):
                made = draft(found, self.crawler["Name"], target.get("Exclusions") or [])
                drafts.setdefault(made.location, made)
        if self._unknown:
            self.log("WARN", f"{self._unknown} new files were recognised by no classifier.")
        if options.threshold is not None and len(drafts) > options.threshold:
            raise AwsError(
                "InvalidInputException",
                f"The number of tables detected by crawler: {len(drafts)} is greater than the table threshold value "
                f"provided: {options.threshold}. Failing crawler without writing to Data Catalog.",
            )
        self.seen = seen
        context = self._context(options, ["/".join(_root(each["Path"])) for each in targets], incremental)
        return plan(list(drafts.values()), self._known(), context)

    def _context(self, options: settings.Settings, targets: list[str], incremental: bool) -> Context:
        before = self.memory.folders
        return Context(
            crawler=self.crawler["Name"],
            prefix=self.crawler.get("TablePrefix") or "",
            settings=options,
            targets=targets,
            stamp=self.now_ms,
            is_new=(lambda folder: folder not in before) if incremental else None,
        )

    def _planned_of_known(self, options: settings.Settings, seen: Memory, incremental: bool) -> list[TableChange]:
        """The changes of the tables that are the crawler's targets."""
        changes = []
        for database, name in known_tables.named(self.crawler["Targets"]["CatalogTargets"]):
            table = self.catalog.find_table(database, name)
            if table is None:
                raise AwsError("EntityNotFoundException", f"Table {name} was not found in database {database}.")
            path = known_tables.location_of(database, table)
            groups = self._groups({"Path": path}, replace(options, combine=True, level=None), seen, incremental)
            found = [draft(each, self.crawler["Name"], []) for each in groups if each.root == _root(path)]
            context = self._context(options, ["/".join(_root(path))], incremental)
            known = Known(table, partial(self.catalog.partitions, database, name))
            changes.append(known_tables.planned(database, known, found[0] if found else None, context))
        self.seen = seen
        return [each for each in changes if each.changes_something or each.note]

    def _known(self) -> dict[str, Known]:
        database = self.crawler["DatabaseName"]
        known = self.catalog.tables(database) if self.catalog.has_database(database) else []
        return {each["Name"]: Known(each, partial(self.catalog.partitions, database, each["Name"])) for each in known}

    def _groups(self, target: Shape, options: settings.Settings, seen: Memory, incremental: bool) -> list[Group]:
        root = _root(target["Path"])
        listed = self.objects.under(f"s3://{'/'.join(root)}")
        if not listed and len(root) > 1 and self.objects.exists(root[0], "/".join(root[1:])):
            listed, root = [self.objects.head(root[0], "/".join(root[1:]))], root[:-1]
        excluded = exclude.matcher(target.get("Exclusions") or [])
        skip = len("/".join(root[1:])) + (len(root) > 1)
        files: list[FoundFile] = []
        sample, sampled = target.get("SampleSize"), Counter[str]()
        for stored in listed:
            self.check()
            folder = f"{stored.bucket}/{stored.key}".rpartition("/")[0]
            key = (stored.bucket, stored.key)
            if excluded(stored.key[skip:]):
                continue
            if incremental and folder in self.memory.folders and key not in self.memory.files:
                continue  # a new file in a folder of old: the next full crawl sees it
            sampled[folder] += 1
            if sample and sampled[folder] > sample:
                continue
            schema = self._schema(stored)
            seen.files[key] = (stored.etag, schema)
            seen.folders.add(folder)
            files.append((stored, schema))
        return group(files, root, options.combine, options.level)

    def _schema(self, stored: StoredObject) -> FileSchema:
        etag, schema = self.memory.files.get((stored.bucket, stored.key), ("", None))
        if schema is not None and etag == stored.etag:
            return schema
        found = classify(stored.path, self.classifiers)
        if not found.known:
            self._unknown += 1
            if self._unknown <= NAMED:
                self.log("WARN", f"No classifier recognises {stored.uri}: it makes no table.")
        return found

    def write(self, changes: list[TableChange]) -> None:
        """Carry the plan out; what was `seen` is to be remembered once it is written.

        A database that is not there is made. Evidence: the Amazon provider's system test `example_glue`, which passes
        on AWS, crawls into one that nobody has made, and deletes it in the end.
        """
        own = self.crawler["DatabaseName"]
        if self.crawler["Targets"].get("S3Targets") and not self.catalog.has_database(own):
            self.catalog.create_database({"Name": own})
            self.log("INFO", f"Created database {own}.")
        for change in changes:
            database = change.database or own
            if change.note:
                self.log("WARN", change.note)
            if change.changes_something:
                self.log("INFO", _told(change, database))
            if change.action == "ADD":
                self.catalog.create_table(database, change.table_input)
                self._index(database, change)
            elif change.action == "UPDATE":
                self.catalog.update_table(database, change.table_input)
            elif change.action == "DELETE":
                self.catalog.delete_table(database, change.name)
                continue
            for values in change.remove:
                self.catalog.delete_partition(database, change.name, values)
            if change.add:
                self.catalog.create_partitions(database, change.name, change.add)
            for each in change.update:
                self.catalog.update_partition(database, change.name, each["Values"], each)

    def _index(self, database: str, change: TableChange) -> None:
        """Give a new table an index over its partition keys.

        Evidence: https://docs.aws.amazon.com/glue/latest/dg/crawler-configure-partition-indexes.html (for tables on
        S3, unless it is turned off). Deviates: AWS does not say what it is called, nor over which keys it goes.
        """
        keys = change.table_input.get("PartitionKeys") or []
        if not keys or not settings.read(self.crawler).index:
            return
        wanted = {"IndexName": INDEX, "Keys": [each["Name"] for each in keys]}
        values = [each["Values"] for each in change.add]
        self.catalog.set_partition_indexes(database, change.name, new_indexes([wanted], keys, [], values))


def _root(path: str) -> tuple[str, ...]:
    """An include path as (bucket, folder, …)."""
    bucket, key = split_uri(path if "://" in path else f"s3://{path}")
    return (bucket, *(part for part in key.strip("/").split("/") if part))


def _told(change: TableChange, database: str) -> str:
    done = {"ADD": "Created", "UPDATE": "Updated", "DELETE": "Deleted", "KEEP": "Kept"}[change.action]
    parts = f"{len(change.add)} added, {len(change.update)} updated, {len(change.remove)} deleted"
    return f"{done} table {change.name} in database {database}; partitions: {parts}."


def summary(changes: list[TableChange]) -> str | None:
    """What ListCrawls tells of a crawl, or None if nothing changed: `{"TABLE": {"ADD": "{…}"}, "PARTITION": {…}}`.

    The inner objects, `{"Details": {"names": […]}, "Count": n}`, are JSON texts themselves.
    Evidence: https://docs.aws.amazon.com/glue/latest/webapi/API_CrawlerHistory.html says what it contains, not its
    form: the form is that of answers of the service as its users parse them. Deviates: names stop at a hundred.
    """
    tables: dict[str, list[str]] = {}
    partitions: dict[str, list[str]] = {}
    for change in changes:
        if change.action != "KEEP":
            tables.setdefault(change.action, []).append(change.name)
        for action, values in (
            ("ADD", [each["Values"] for each in change.add]),
            ("UPDATE", [each["Values"] for each in change.update]),
            ("DELETE", change.remove),
        ):
            if values:
                partitions.setdefault(action, []).extend(f"{change.name}/{'/'.join(each)}" for each in values)
    found = {
        kind: {
            action: json.dumps({"Details": {"names": names[:NAMED]}, "Count": len(names)}, separators=(",", ":"))
            for action, names in actions.items()
        }
        for kind, actions in (("TABLE", tables), ("PARTITION", partitions))
        if actions
    }
    return json.dumps(found, separators=(",", ":")) if found else None


def counts(changes: list[TableChange]) -> dict[str, int]:
    """Tables added, updated and deleted."""
    return {action: sum(each.action == action for each in changes) for action in ("ADD", "UPDATE", "DELETE")}
