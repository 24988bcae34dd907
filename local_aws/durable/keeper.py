"""What is written when: the rows that a request, or a job since the last one, may have changed.

A row is an entity: an S3 key with its versions, a Glue table with its partitions, an entry of one of a service's maps
(`Service.kept`), or the whole of one of the base's small backends. Objects' bytes are files already.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

from local_aws import base
from local_aws.durable.base_rows import BaseRows
from local_aws.durable.journal import Journal
from local_aws.durable.pickling import packed, unpacked
from local_aws.services.base import Service

Rows = dict[str, bytes | None]


class Keeper:
    """Writes and reads the rows of all accounts."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = threading.Lock()
        self._digests: dict[str, bytes] = {}
        self._names: dict[str, set[str]] = {}
        self._settled: dict[str, set[str]] = {}
        self._loaded = journal.rows()
        self.base = BaseRows()
        for key, value in self._loaded:
            self._digests[key] = hashlib.sha1(value, usedforsecurity=False).digest()
        self.base.load([row for row in self._loaded if row[0].startswith("base\n")])
        base.defer_removals()

    def accounts(self) -> set[tuple[str, str]]:
        """Whose services have rows."""
        own = (key.split("\n") for key, _ in self._loaded if key.startswith("own\n"))
        return {(parts[1], parts[2]) for parts in own}

    def restore(self, account_id: str, region: str, services: dict[str, Service]) -> None:
        """Give an account's services what they had; what ran when the process ended is ended there."""
        for service in services.values():
            prefix = f"own\n{account_id}\n{region}\n{service.name}\n"
            present = {"lake": service.lake, "clock": service.lake.clock}
            found = [(key, value) for key, value in self._loaded if key.startswith(prefix)]
            entries: list[tuple[int, str, str, Any, Any]] = []
            for key, data in found:
                path, _, name = key[len(prefix) :].partition("\n")
                number, entity_key, entity = unpacked(data, present)
                entries.append((number, path, name, entity_key, entity))
                self._names.setdefault(prefix + path, set()).add(name)
            maps = dict(service.kept_maps())
            for path, kept in maps.items():
                mine = sorted((each for each in entries if each[1] == path), key=lambda each: each[0])
                if mine:
                    kept.clear()
                    kept.update({each[3]: each[4] for each in mine})
            if found:
                service.recover()

    def watch(self, lake: Any) -> None:
        """Hear of what jobs write into the catalog."""
        catalog = lake.catalog
        databases = ("create_database", "delete_database")
        for name in (*databases, "create_table", "update_table", "delete_table", "delete_version"):
            setattr(catalog, name, partial(self._marking, lake, getattr(catalog, name)))
        for name in ("create_partitions", "update_partition", "delete_partition"):
            setattr(catalog, name, partial(self._marking_partitions, lake, getattr(catalog, name)))

    def _marking(self, lake: Any, call: Any, *arguments: Any, **named: Any) -> Any:
        try:
            return call(*arguments, **named)
        finally:
            name = arguments[0]["Name"] if isinstance(arguments[0], dict) else arguments[0]
            self.base.mark("glue", lake.account_id, lake.region, str(name).lower())

    def _marking_partitions(self, lake: Any, call: Any, database: str, table: str, *given: Any) -> Any:
        """:param given: values of a partition, its definition, or a list of definitions."""
        try:
            return call(database, table, *given)
        finally:
            values = []
            for each in given:
                if isinstance(each, dict):
                    values.append(each["Values"])
                elif each and isinstance(each[0], dict):
                    values.extend(one["Values"] for one in each)
                else:
                    values.append(each)
            self.base.mark_partitions((lake.account_id, lake.region), database, table, values)

    def settle(self, account_id: str, region: str, service: Service | None) -> None:
        """Write what has changed: called when an answer is made, before it leaves."""
        with self._lock:
            gone = base.deferred()  # before the rows are made: they do not name these any more
            rows: Rows = dict(self.base.rows())
            if service is not None:
                rows.update(self._of(account_id, region, service))
            changed = {}
            for key, value in rows.items():
                digest = None if value is None else hashlib.sha1(value, usedforsecurity=False).digest()
                if self._digests.get(key) != digest:
                    changed[key] = value
                    if digest is None:
                        del self._digests[key]
                    else:
                        self._digests[key] = digest
            if changed:
                self._journal.write(changed.items())
            base.remove_deferred(gone)

    def _of(self, account_id: str, region: str, service: Service) -> Iterator[tuple[str, bytes | None]]:
        for path, kept in service.kept_maps():
            prefix = f"own\n{account_id}\n{region}\n{service.name}\n{path}"
            names, settled = self._names.get(prefix, set()), self._settled.setdefault(prefix, set())
            there = set()
            for number, (key, entity) in enumerate(tuple(kept.items())):
                name = json.dumps(key)
                there.add(name)
                if name in settled:
                    continue
                done = service.settled(path, entity)  # before it is packed: what ends meanwhile is packed once more
                yield f"{prefix}\n{name}", packed((number, key, entity))
                if done:
                    settled.add(name)
            for name in names - there:
                yield f"{prefix}\n{name}", None
            settled &= there
            self._names[prefix] = there

    def close(self) -> None:
        self._journal.close()
