"""The base's rows: an S3 key, a Glue database's tables, a small backend each as one row."""

from __future__ import annotations

import contextlib
import json
import pickle
import threading
from collections.abc import Iterator
from typing import Any

from moto.s3.utils import _VersionedKeyStore

from local_aws import base
from local_aws.durable.pickling import packed, unpacked
from local_aws.faults import identify
from local_aws.faults.identify import Call

_READS = ("Get", "List", "Describe", "Head", "BatchGet", "Search", "Filter", "Lookup", "Simulate", "Select")
Mark = tuple[str, str, str, str]


class BaseRows:
    """Marks what may have changed since the last `rows`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._marks: set[Mark] = set()
        self._keys: dict[tuple[int, str], _VersionedKeyStore] = {}
        self._names: set[tuple[str, str, str]] = set()
        self._partitions: dict[str, dict[str, tuple[int, Any]]] = {}
        self._made = 0
        self._changed: dict[tuple[str, str, str, str], dict[str, None]] = {}
        self._tables: dict[tuple[str, str], set[str]] = {}
        self._buckets: dict[str, set[str]] = {}
        self._tags: dict[tuple[int, str], Any] = {}
        base.watch_keys(self._touch)
        base.watch_tags(self._touch_tags)

    def _touch(self, store: Any, key: str) -> None:
        with self._lock:
            self._keys[id(store), key] = store

    def _touch_tags(self, tagger: Any, arn: str) -> None:
        if ":s3:::" in arn:
            with self._lock:
                self._tags[id(tagger), arn] = tagger

    def mark(self, service: str, account_id: str, region: str, name: str = "") -> None:
        """:param name: a Glue database; for S3 `bucket/key`; nothing for the whole."""
        with self._lock:
            self._marks.add((service, account_id, region, name))

    def mark_partitions(self, place: tuple[str, str], database: str, table: str, values: list[list[str]]) -> None:
        """:param place: account and region."""
        with self._lock:
            changed = self._changed.setdefault((*place, database.lower(), table.lower()), {})
            changed.update(dict.fromkeys(map(str, values)))  # in their order

    def mark_partition_of(self, place: tuple[str, str], body: bytes) -> None:
        """Mark the partition that a request is about; one that names none changed none."""
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            asked = json.loads(body)
            self.mark_partitions(place, asked["DatabaseName"], asked["TableName"], [asked["PartitionValues"]])

    def answered(self, call: Call, environ: dict[str, Any], account_id: str, region: str) -> None:
        """Mark what a request to the base may have changed."""
        service = call.service.service_name
        if call.action.startswith(_READS) and environ["REQUEST_METHOD"] in {"GET", "HEAD", "POST"}:
            return
        name = ""
        if service == "s3":
            name = environ.get("PATH_INFO", "/").removeprefix("/")
            if "." in environ.get("HTTP_HOST", "") and (bucket := identify.bucket_of(environ["HTTP_HOST"])):
                name = f"{bucket}/{name}"
            plain = environ["REQUEST_METHOD"] == "PUT" and environ.get("QUERY_STRING", "") in {"", "x-id=PutObject"}
            bucket_name, _, key = name.partition("/")
            if plain and key:
                with self._lock:  # the key alone: the bucket's own settings stay
                    self._names.add((account_id, bucket_name, key))
                return
        elif service == "glue":
            name = _database_of(environ)
        if base.has(service):
            self.mark(service, account_id, base.place_of(service, account_id, region), name)

    def rows(self) -> Iterator[tuple[str, bytes | None]]:
        """The rows of everything marked, None for what is gone."""
        with self._lock:
            marks, self._marks = self._marks, set()
            keys, self._keys = self._keys, {}
            names, self._names = self._names, set()
            tags, self._tags = self._tags, {}
            changed, self._changed = self._changed, {}
        for service, account_id, region, name in marks:
            backend = base.backend(service, account_id, region)
            if service == "s3":
                yield from self._s3(account_id, backend, name)
            elif service == "glue":
                yield from self._glue(account_id, region, backend, name)
            else:
                yield f"base\n{service}\n{account_id}\n{region}", packed(backend)
        for place, partitions in changed.items():
            yield from self._changed_partitions(place, partitions)
        if keys:
            yield from self._key_rows(keys)
        if tags:
            yield from self._tag_rows(tags)
        for account_id, bucket, key in names:
            found = base.backend("s3", account_id, "aws").buckets.get(bucket)
            if found is not None:
                yield f"base\ns3\n{account_id}\naws\nkey\n{bucket}\n{key}", self._versions(found.keys, key)

    # S3
    @staticmethod
    def _tag_rows(tags: dict[tuple[int, str], Any]) -> Iterator[tuple[str, bytes | None]]:
        owners = base.s3_taggers()
        for (identity, arn), tagger in tags.items():
            if identity in owners:
                held = tagger.tags.get(arn)
                yield f"base\ns3\n{owners[identity]}\naws\ntags\n{arn}", packed(held) if held is not None else None

    def _s3(self, account_id: str, backend: Any, name: str) -> Iterator[tuple[str, bytes | None]]:
        prefix = f"base\ns3\n{account_id}\naws"
        rest = {key: value for key, value in backend.__dict__.items() if key not in {"buckets", "tagger"}}
        yield prefix, packed((type(backend), rest))
        there = set(backend.buckets)
        for gone in self._buckets.get(account_id, set()) - there:
            yield f"{prefix}\nbucket\n{gone}", None
        self._buckets[account_id] = there
        bucket, _, key = name.partition("/")
        found = backend.buckets.get(bucket)
        if found is not None:
            shell = {each: value for each, value in found.__dict__.items() if each != "keys"}
            yield f"{prefix}\nbucket\n{bucket}", packed((type(found), shell))
            if key:
                yield f"{prefix}\nkey\n{bucket}\n{key}", self._versions(found.keys, key)

    @staticmethod
    def _versions(store: Any, key: str) -> bytes | None:
        versions = store.getlist(key, [])
        return packed(list(versions)) if versions else None

    def _key_rows(self, keys: dict[tuple[int, str], Any]) -> Iterator[tuple[str, bytes | None]]:
        owners = {id(bucket.keys): (account_id, bucket.name) for account_id, bucket in base.buckets()}
        for (identity, key), store in keys.items():
            if identity in owners:
                account_id, bucket = owners[identity]
                yield f"base\ns3\n{account_id}\naws\nkey\n{bucket}\n{key}", self._versions(store, key)

    # Glue
    def _glue(self, account_id: str, region: str, backend: Any, name: str) -> Iterator[tuple[str, bytes | None]]:
        prefix = f"base\nglue\n{account_id}\n{region}"
        rest = {key: value for key, value in backend.__dict__.items() if key != "databases"}
        yield prefix, packed((type(backend), rest))
        known, there = self._tables.setdefault((account_id, region), set()), set()
        for database_name, database in tuple(backend.databases.items()):
            row = f"database\n{database_name}"
            there.add(row)
            wanted = not name or name == database_name or row not in known
            if wanted:
                shell = {key: value for key, value in database.__dict__.items() if key != "tables"}
                yield f"{prefix}\n{row}", packed((type(database), shell))
            for table_name, table in tuple(database.tables.items()):
                row = f"table\n{database_name}\n{table_name}"
                there.add(row)
                if wanted:
                    shell = {key: value for key, value in table.__dict__.items() if key != "partitions"}
                    yield f"{prefix}\n{row}", packed((type(table), shell))
                    yield from self._of_table(f"{prefix}\nvalues\n{database_name}\n{table_name}", table.partitions)
        for row in known - there:
            yield f"{prefix}\n{row}", None
            if row.startswith("table"):
                yield from self._of_table(f"{prefix}\nvalues{row.removeprefix('table')}", {})
        self._tables[account_id, region] = there

    def _changed_partitions(
        self, place: tuple[str, str, str, str], keys: dict[str, None]
    ) -> Iterator[tuple[str, bytes | None]]:
        account_id, region, database_name, table_name = place
        database = base.backend("glue", account_id, region).databases.get(database_name)
        table = database.tables.get(table_name) if database is not None else None
        if table is None:  # gone since: whoever took it away marked the database
            return
        prefix = f"base\nglue\n{account_id}\n{region}\nvalues\n{database_name}\n{table_name}"
        known = self._partitions.setdefault(prefix, {})
        for key in keys:
            partition = table.partitions.get(key)
            if partition is None:
                known.pop(key, None)
                yield f"{prefix}\n{key}", None
                continue
            if key not in known:
                self._made += 1
            number = known.get(key, (self._made,))[0]
            known[key] = number, partition
            yield f"{prefix}\n{key}", pickle.dumps((number, partition), 5)  # plain data, of which there is much

    def _of_table(self, prefix: str, partitions: dict[str, Any]) -> Iterator[tuple[str, bytes | None]]:
        """The partitions that are others than at the last time: the base replaces one that changes."""
        known, there = self._partitions.get(prefix, {}), {}
        for key, partition in tuple(partitions.items()):
            number, before = known.get(key, (self._made, None))
            there[key] = number, partition
            if before is not partition:
                self._made += 1
                yield f"{prefix}\n{key}", packed((number, partition))
        for key in known.keys() - there.keys():
            yield f"{prefix}\n{key}", None
        self._partitions[prefix] = there

    # reading
    def load(self, rows: list[tuple[str, bytes]]) -> None:
        """Put the rows' objects into the base; remove files that no row names."""
        parsed = sorted(((key.split("\n", 6), data) for key, data in rows), key=lambda row: len(row[0]))
        used: set[str] = set()
        for parts, data in parsed:
            _, service, account_id, region, *path = parts
            value, backend = unpacked(data, {}), base.backend(service, account_id, region)
            if service not in {"s3", "glue"}:
                backend.__dict__.update(value.__dict__)
                for stream in getattr(backend, "streams", {}).values() if service == "kinesis" else ():
                    stream.__dict__.pop("put_record", None)  # led into a log of the process that is gone
            elif not path:
                backend.__dict__.update(value[1])
            elif service == "s3":
                self._load_s3(account_id, backend, path, value, used)
            else:
                self._load_glue((account_id, region), backend, path, value)
        self._place_partitions()
        base.remove_unused(used)

    def _load_s3(self, account_id: str, backend: Any, path: list[str], value: Any, used: set[str]) -> None:
        if path[0] == "bucket":
            bucket = backend.buckets[path[1]] = object.__new__(value[0])
            bucket.__dict__.update(value[1], keys=_VersionedKeyStore())
            base.own_bucket(path[1], account_id)
            self._buckets.setdefault(account_id, set()).add(path[1])
            parts = [part for each in bucket.multiparts.values() for part in each.parts.values()]
            used.update(part._value_buffer.path.name for part in parts)
        elif path[0] == "tags":
            backend.tagger.tags[path[1]] = value
        elif path[1] in backend.buckets:
            dict.__setitem__(backend.buckets[path[1]].keys, path[2], value)
            used.update(each._value_buffer.path.name for each in value if hasattr(each, "_value_buffer"))

    def _load_glue(self, place: tuple[str, str], backend: Any, path: list[str], value: Any) -> None:
        if path[0] == "values":
            table, _, key = path[2].partition("\n")
            prefix = "\n".join(("base", "glue", *place, "values", path[1], table))
            self._partitions.setdefault(prefix, {})[key] = value
            return
        self._tables.setdefault(place, set()).add("\n".join(path))
        made = object.__new__(value[0])
        if path[0] == "database":
            made.__dict__.update(value[1], tables={})
            backend.databases[path[1]] = made
        elif path[1] in backend.databases:
            made.__dict__.update(value[1], partitions={})
            backend.databases[path[1]].tables[path[2]] = made

    def _place_partitions(self) -> None:
        """Give each table its partitions, in the order in which they came."""
        for prefix, found in self._partitions.items():
            _, _, account_id, region, _, database, table = prefix.split("\n")
            tables = base.backend("glue", account_id, region).databases[database].tables
            for key, (number, partition) in sorted(found.items(), key=lambda each: each[1][0]):
                tables[table].partitions[key] = partition
                self._made = max(self._made, number + 1)


def _database_of(environ: dict[str, Any]) -> str:
    """The database that a Glue request is about; nothing if it is about another thing."""
    try:
        name = json.loads(environ["local_aws.body"]).get("DatabaseName") or ""
    except (ValueError, AttributeError, KeyError):
        return ""
    return str(name).lower()
