"""Which objects a table has, by partition: those of the catalog, or those that partition projection says there are.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/partitions.html,
https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html
"""

from __future__ import annotations

import bisect
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from local_aws.errors import AwsError
from local_aws.objects import StoredObject, split_uri
from local_aws.sql import projection, types
from local_aws.sql.errors import QueryFailed
from local_aws.sql.partition_names import HIVE_NULL

if TYPE_CHECKING:
    from local_aws.lake import Lake

SYMLINKS = "org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat"
"""The input format of tables whose files are lists of the data's files, such as those of S3 Inventory."""


@dataclass(frozen=True)
class Partition:
    """The objects of one partition; `values` are texts in the order of the partition keys, `storage` its descriptor."""

    values: tuple[str | None, ...]
    storage: dict[str, Any]
    files: list[StoredObject] = field(default_factory=list)


class Listing:
    """The keys of buckets, each sorted once, cut by prefix: only objects below a prefix asked for are looked at."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._buckets: dict[str, list[str]] = {}

    def under(self, uri: str) -> list[StoredObject]:
        """As `ObjectStore.under`: the data objects below a location."""
        return self.beginning(f"{uri.rstrip('/')}/")

    def beginning(self, uri: str) -> list[StoredObject]:
        """The data objects whose URI begins so; what follows the last slash in it may go on."""
        bucket, prefix = split_uri(uri)
        if bucket not in self._buckets:
            self._buckets[bucket] = self._lake.objects.names(bucket)
        keys = self._buckets[bucket]
        start, end = bisect.bisect_left(keys, prefix), bisect.bisect_left(keys, prefix + "\U0010ffff")
        folder = len(prefix.rpartition("/")[0]) + 1 if "/" in prefix else 0
        named = (key for key in keys[start:end] if not _hidden(key[folder:]))
        return [each for key in named if (each := self._object(bucket, key)) is not None and each.size]

    def _object(self, bucket: str, key: str) -> StoredObject | None:
        try:
            return self._lake.objects.head(bucket, key)
        except AwsError:  # deleted
            return None


def _hidden(key: str) -> bool:
    return any(part[:1] in {"_", "."} for part in key.split("/"))


def key_types(table: dict[str, Any]) -> list[tuple[str, types.Type]]:
    """Names and types of the partition keys."""
    return [(key["Name"].lower(), types.parse(key.get("Type", "string"))) for key in table.get("PartitionKeys", [])]


def of_table(lake: Lake, database: str, table: dict[str, Any], predicate: exp.Expr | None) -> list[Partition]:
    """The partitions that a query with `predicate` has to read, with their objects. A plain table is one partition."""
    storage = table["StorageDescriptor"]
    listing = Listing(lake)
    keys = key_types(table)
    if not keys:
        return [Partition((), storage, listing.under(storage["Location"]))]
    if projection.is_enabled(table):
        kinds = dict(keys)

        def left_of(names: list[str], found: list[tuple[str, ...]]) -> list[tuple[str, ...]] | None:
            condition = decidable(predicate, set(names))
            if condition is None:
                return None
            left = _kept(lake, [(name, kinds[name]) for name in names], found, condition)
            return [found[n] for n in sorted(left)]

        prefixes = projection.leading(table, left_of)
        objects = {each.key: each for prefix in prefixes for each in listing.beginning(prefix)}.values()
        grouped: dict[tuple[str, ...], list[StoredObject]] = {}
        given = {name: _equated(predicate, name) for name in projection.injected(table)}
        for each, values in projection.matching(table, objects, lake.clock.now(), given):
            grouped.setdefault(values, []).append(each)
        found = [Partition(tuple(values), storage, files) for values, files in grouped.items()]
        return _pruned(lake, keys, found, predicate)
    shapes = lake.catalog.partitions(database, table["Name"])
    bare = [
        Partition(
            tuple(None if value == HIVE_NULL else value for value in shape["Values"]),
            {**storage, **(shape.get("StorageDescriptor") or {})},
        )
        for shape in shapes
    ]
    kept = _pruned(lake, keys, bare, predicate)
    return [Partition(each.values, each.storage, listing.under(each.storage["Location"])) for each in kept]


def followed(lake: Lake, partition: Partition) -> Partition:
    """The partition with its data's files, where its own files are lists of them.

    :raises QueryFailed: for what is listed and is not there.
    Evidence: https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-athena-query.html
    """
    if partition.storage.get("InputFormat") != SYMLINKS:
        return partition
    uris = [line.strip() for each in partition.files for line in each.path.read_text("utf-8", "replace").splitlines()]
    try:
        return replace(partition, files=[lake.objects.head(*split_uri(uri)) for uri in uris if uri])
    except AwsError as error:
        raise QueryFailed("HIVE_BAD_DATA", f"Error parsing symlinks: {error.message}") from error


def listed_values(lake: Lake, database: str, table: dict[str, Any]) -> list[tuple[str | None, ...]]:
    """The values of the table's partitions, in order: by its projection, those that have objects."""
    if projection.is_enabled(table) and not projection.injected(table):
        objects = lake.objects.under(projection.root(table))
        found = {values for _, values in projection.matching(table, objects, lake.clock.now())}
    else:
        found = {tuple(each["Values"]) for each in lake.catalog.partitions(database, table["Name"])}
    return [tuple(None if value == HIVE_NULL else value for value in values) for values in sorted(found)]


def _pruned(
    lake: Lake, keys: list[tuple[str, types.Type]], partitions: list[Partition], predicate: exp.Expr | None
) -> list[Partition]:
    """Leave out what the predicate provably excludes: the conjuncts on partition keys alone, asked of DuckDB itself."""
    condition = decidable(predicate, {name for name, _ in keys}) if partitions else None
    if condition is None:
        return partitions
    kept = _kept(lake, keys, [each.values for each in partitions], condition)
    return [each for n, each in enumerate(partitions) if n in kept]


def _kept(
    lake: Lake, keys: list[tuple[str, types.Type]], values: Sequence[tuple[str | None, ...]], condition: exp.Expr
) -> set[int]:
    """The places of those values for which the condition holds, or may hold: DuckDB itself is asked."""
    import duckdb

    columns = ", ".join(f'CAST(v[{n}] AS {kind.duckdb}) AS "{name}"' for n, (name, kind) in enumerate(keys, 1))
    where = _bare(condition).sql("duckdb")
    query = f"SELECT n FROM (SELECT n, {columns} FROM (SELECT unnest($n) AS n, unnest($v) AS v)) WHERE {where}"
    connection = lake.cursor()
    try:
        parameters = {"n": list(range(len(values))), "v": [list(each) for each in values]}
        return {found for (found,) in connection.execute(query, parameters).fetchall()}
    except duckdb.Error:
        return set(range(len(values)))  # what cannot be decided here is not provably false: the query itself decides
    finally:
        connection.close()


def decidable(predicate: exp.Expr | None, names: set[str]) -> exp.Expr | None:
    """What a predicate says of these columns alone: true wherever the predicate is. None where it says nothing."""
    node = predicate.unnest() if predicate is not None else None
    if isinstance(node, exp.And | exp.Or):
        sides = [decidable(each, names) for each in (node.this, node.expression)]
        known = [each for each in sides if each is not None]
        if isinstance(node, exp.And):
            return exp.and_(*known) if known else None
        return exp.or_(*known) if len(known) == 2 else None
    return node if node is not None and _is_on(node, names) else None


def _equated(predicate: exp.Expr | None, name: str) -> list[str]:
    """The values that a predicate lets a column have, by `=` and IN alone. :raises QueryFailed: if there are none."""
    node = predicate.unnest() if predicate is not None else None
    if isinstance(node, exp.And):
        for side in (node.this, node.expression):
            with contextlib.suppress(QueryFailed):
                return _equated(side, name)
    if isinstance(node, exp.Or):
        return [*_equated(node.this, name), *_equated(node.expression, name)]
    if isinstance(node, exp.EQ):
        for column, value in ((node.this, node.expression), (node.expression, node.this)):
            if isinstance(column, exp.Column) and column.name.lower() == name and isinstance(value, exp.Literal):
                return [value.name]
    if isinstance(node, exp.In) and isinstance(node.this, exp.Column) and node.this.name.lower() == name:
        values = [each.name for each in node.expressions if isinstance(each, exp.Literal)]
        if values and len(values) == len(node.expressions):
            return values
    raise projection.needs_value(name)


def _is_on(conjunct: exp.Expr, names: set[str]) -> bool:
    if isinstance(conjunct, exp.Boolean):
        return True
    columns = {column.name.lower() for column in conjunct.find_all(exp.Column)}
    barred = (exp.Query, exp.AggFunc, exp.Window, exp.Rand, exp.Placeholder, exp.Parameter)
    return bool(columns) and columns <= names and conjunct.find(*barred) is None


def _bare(conjunct: exp.Expr) -> exp.Expr:
    """The conjunct with its columns named by their last part, in lower case, quoted."""
    return conjunct.transform(
        lambda node: exp.column(node.name.lower(), quoted=True) if isinstance(node, exp.Column) else node
    )
