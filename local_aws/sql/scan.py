"""A Glue table as a DuckDB relation: its SerDe, declared types, partitions; and what reading it scans."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from local_aws.objects import StoredObject
from local_aws.sql import columnar_files, parquet_files, partitions, serde, text_files, types
from local_aws.sql.errors import QueryFailed
from local_aws.sql.partitions import Partition
from local_aws.sql.trino.typed import Version
from local_aws.sql.types import Type

if TYPE_CHECKING:
    from local_aws.lake import Lake

PATH = "$path"
HIDDEN: dict[str, Type] = {
    PATH: types.VARCHAR,
    "$file_size": types.BIGINT,
    "$file_modified_time": types.TIMESTAMP_TZ,
    "$partition": types.VARCHAR,
}
"""What every row of a Hive table also has. Evidence: https://trino.io/docs/current/connector/hive.html#metadata-columns"""
CURRENT = Version()
Shape = dict[str, Any]


@dataclass(frozen=True)
class TableScan:
    """A table, ready to be read.

    :param sql: a DuckDB SELECT, to be used in parentheses: the declared columns, the partition keys, then the hidden
        column `"$path"` (the object's URI). It reads files by name, so any connection of `Lake.connect` can run it.
    :param columns: names and types of the columns, partition keys last, without the hidden one.
    :param files: the objects that are read.
    """

    sql: str
    columns: list[tuple[str, Type]]
    files: list[Any] = field(default_factory=list)
    measure: Callable[[set[str]], int] | None = None

    def bytes_scanned(self, columns: Iterable[str] | None = None) -> int:
        """What Athena bills: text as it lies (compressed), of Parquet the column chunks of `columns` (None: all)."""
        if self.measure is None:
            return sum(each.size for each in self.files)
        return self.measure({name.lower() for name in (columns if columns is not None else dict(self.columns))})


def relation(
    lake: Lake,
    database: str,
    table: str | Shape,
    *,
    predicate: exp.Expr | None = None,
    columns: Sequence[str] | None = None,
    version: Version = CURRENT,
    hidden: Sequence[str] = (PATH,),
) -> TableScan:
    """The relation of a table in the Data Catalog.

    :param table: its name, or its shape where the caller has it already.
    :param predicate: a condition, in DuckDB's dialect, that the reader applies anyway: its conjuncts over partition
        keys alone spare reading partitions. The relation itself is not filtered by it.
    :param columns: the columns that will be read, if known; the others may be left out.
    :param version: which state of an Iceberg table.
    :param hidden: the hidden columns that are selected, in order; an Iceberg table has `"$path"` alone.
    :raises AwsError: `EntityNotFoundException`, or `NoSuchBucket` for a location that is gone.
    :raises QueryFailed: for a SerDe, format or table property that cannot be read.
    """
    shape = lake.catalog.table(database, table) if isinstance(table, str) else table
    if str(shape["Parameters"].get("table_type", "")).upper() == "ICEBERG":
        return _iceberg(lake, database, shape, predicate, columns, version)
    if shape.get("TableType") == "VIRTUAL_VIEW":
        raise QueryFailed("INVALID_VIEW", f"{database}.{shape['Name']} is a view, not a table")
    if not shape["StorageDescriptor"].get("Location"):
        raise QueryFailed("HIVE_INVALID_METADATA", f"Table {database}.{shape['Name']} has no location")
    declared = declared_columns(shape)
    keys = partitions.key_types(shape)
    wanted = None if columns is None else {name.lower() for name in columns}
    own = [(name, kind) for name, kind in declared if wanted is None or name in wanted]
    found = [each for each in partitions.of_table(lake, database, shape, predicate) if each.files]
    files = [file for each in found for file in each.files]
    everything = [*own, *keys]
    if not files:
        extra = [(name, HIDDEN[name]) for name in hidden]
        empty = ", ".join(f"NULL::{kind.duckdb} AS {_name(name)}" for name, kind in [*everything, *extra])
        return TableScan(f"SELECT {empty} WHERE FALSE", everything)
    queries, wholes = list[str](), list[StoredObject]()
    parquet = list[StoredObject]()
    for group in _alike(found):
        form = serde.columnar(group[0].storage)
        (parquet if form == "parquet" else wholes).extend(file for each in group for file in each.files)
        make = partial(_columnar, lake, form) if form else partial(_text, lake)
        queries += make(shape, group, declared, own, _Extra(keys, hidden))
    measure = partial(_bytes_read, parquet, sum(each.size for each in wholes)) if parquet else None
    return TableScan(" UNION ALL ".join(queries), everything, files, measure)


@dataclass(frozen=True)
class _Extra:
    """What a row has besides what its file says: the partition keys, and the hidden columns that are wanted."""

    keys: list[tuple[str, Type]]
    hidden: Sequence[str]


def _bytes_read(files: list[StoredObject], rest: int, columns: set[str]) -> int:
    """Column chunks of Parquet files; `rest` bytes of those that are read whole. Deviates: ORC files count whole."""
    return rest + sum(parquet_files.footer(each).bytes_of(columns) for each in files)


def declared_columns(shape: Shape) -> list[tuple[str, Type]]:
    """The columns of a table without its partition keys."""
    try:
        return [
            (column["Name"].lower(), types.parse(column.get("Type", "string")))
            for column in shape["StorageDescriptor"].get("Columns", [])
        ]
    except types.UnknownType as error:
        raise QueryFailed(
            "HIVE_INVALID_METADATA", f"Table {shape['Name']} has a column of unknown type {error}"
        ) from error


def _alike(found: list[Partition]) -> Iterator[list[Partition]]:
    """Partitions in groups that one SerDe with one setting reads."""
    groups: dict[str, list[Partition]] = {}
    for each in found:
        groups.setdefault(repr(each.storage.get("SerdeInfo")), []).append(each)
    yield from groups.values()


def _text(
    lake: Lake,
    shape: Shape,
    group: list[Partition],
    declared: list[tuple[str, Type]],
    own: list[tuple[str, Type]],
    extra: _Extra,
) -> list[str]:
    storage = group[0].storage
    reader = serde.reader(storage, shape)
    paths: dict[Path, tuple[StoredObject, Partition]] = {}
    for each in group:
        for file in each.files:
            name = "" if reader.split is None and reader.cut is None else reader.name
            paths[text_files.parquet_of(lake, file, reader.skip, name, reader.split, reader.cut)] = (file, each)
    known = partial(_json_keys, lake, list(paths)) if serde.is_json(storage) else list
    made = dict(zip((name for name, _ in declared), reader.columns(declared, known), strict=True))
    expressions = [f"{made[name]}::{kind.duckdb} AS {_name(name)}" for name, kind in own]
    source = f"SELECT * FROM read_parquet({_list(paths)}, filename = true)"
    if serde.is_json(storage):
        line = serde.json_line(serde.ignores_malformed(storage))
        source = f"SELECT {line} AS j, filename FROM ({source})"
    return [_with_partitions(source, expressions, extra, paths)]


def _json_keys(lake: Lake, paths: list[Path]) -> list[str]:
    """The keys that the lines' objects have, as they are written: columns find theirs in any case."""
    connection = lake.cursor()
    try:
        query = (
            "SELECT DISTINCT unnest(keys) FROM "
            "(SELECT DISTINCT CASE WHEN json_valid(line) THEN json_keys(line) END AS keys "
            f"FROM read_parquet({_list(paths)}))"
        )
        return sorted(key for (key,) in connection.execute(query).fetchall())
    finally:
        connection.close()


def _columnar(
    lake: Lake,
    form: str,
    shape: Shape,
    group: list[Partition],
    declared: list[tuple[str, Type]],
    own: list[tuple[str, Type]],
    extra: _Extra,
) -> list[str]:
    """Parquet and Avro by the columns' names, ORC by their places, unless the SerDe's properties say otherwise.

    Evidence: https://docs.aws.amazon.com/athena/latest/ug/handling-schema-updates-chapter.html
    """
    by_place = serde.by_place(group[0].storage, form)
    alike: dict[tuple[str, ...], dict[Path, tuple[StoredObject, Partition]]] = {}
    for each in group:
        for file in each.files:
            read = file if form == "parquet" else columnar_files.as_parquet(lake, file, form)
            names = tuple(parquet_files.footer(read).kinds) if by_place else ()
            alike.setdefault(names, {})[read.path] = (read, each)
    return [_of_alike(names if by_place else None, paths, declared, own, extra) for names, paths in alike.items()]


def _of_alike(
    names: tuple[str, ...] | None,
    paths: dict[Path, tuple[StoredObject, Partition]],
    declared: list[tuple[str, Type]],
    own: list[tuple[str, Type]],
    extra: _Extra,
) -> str:
    """The rows of files whose columns are found alike. :param names: the files' columns in order; None: by name."""
    stored = {name: name for name, _ in declared}
    if names is not None:
        stored = dict(zip((name for name, _ in declared), names, strict=False))
    present: set[str] = set()
    for file, _ in paths.values():
        present |= parquet_files.checked(file, declared, stored)
    expressions = [
        f"{_name(stored[name]) if name in present else 'NULL'}::{kind.duckdb} AS {_name(name)}" for name, kind in own
    ]
    source = (
        f"SELECT * FROM read_parquet({_list(paths)}, filename = true, union_by_name = true, hive_partitioning = false)"
    )
    return _with_partitions(source, expressions, extra, paths)


def _with_partitions(
    source: str, expressions: list[str], extra: _Extra, paths: dict[Path, tuple[StoredObject, Partition]]
) -> str:
    """Each file's rows with its partition's values and its hidden columns."""
    labels = [name for name, _ in extra.keys]
    rows = ", ".join(
        f"({', '.join(map(_literal, [str(path), *_hidden(file, partition, labels, extra.hidden), *partition.values]))})"
        for path, (file, partition) in paths.items()
    )
    names = ["filename", *extra.hidden, *(f"key {n}" for n in range(len(labels)))]
    made = [*expressions]
    made += [f'k."key {n}"::{kind.duckdb} AS {_name(name)}' for n, (name, kind) in enumerate(extra.keys)]
    made += [f"k.{_name(name)}::{HIDDEN[name].duckdb} AS {_name(name)}" for name in extra.hidden]
    return (
        f"SELECT {', '.join(made)} FROM ({source}) AS f JOIN (VALUES {rows}) AS k({', '.join(map(_name, names))}) "
        "ON f.filename = k.filename"
    )


def _hidden(file: StoredObject, partition: Partition, keys: list[str], wanted: Sequence[str]) -> list[str]:
    values = (partitions.HIVE_NULL if value is None else value for value in partition.values)
    known = {
        PATH: file.uri,
        "$file_size": str(file.size),
        "$file_modified_time": file.last_modified.isoformat(),
        "$partition": "/".join(f"{key}={value}" for key, value in zip(keys, values, strict=True)),
    }
    return [known[name] for name in wanted]


def _iceberg(
    lake: Lake,
    database: str,
    shape: Shape,
    predicate: exp.Expr | None,
    columns: Sequence[str] | None,
    version: Version,
) -> TableScan:
    from local_aws import iceberg

    known = dict(iceberg_columns(lake, database, shape["Name"], version))
    wanted = [name for name in known if columns is None or name in {each.lower() for each in columns}]
    found = iceberg.plan(
        lake, database, shape["Name"], predicate, wanted, version.snapshot_id, version.as_of, version.ref
    )
    made = [(name, known[name]) for name in wanted]
    return TableScan(found.sql, made, list(found.files), lambda named: found.bytes_scanned(named - {PATH}))


def iceberg_columns(lake: Lake, database: str, name: str, version: Version = CURRENT) -> list[tuple[str, Type]]:
    """The columns of an Iceberg table as it is, or was at that version; its timestamps have microseconds."""
    from local_aws import iceberg

    if version == CURRENT:
        columns = [(column, kind) for column, kind, _ in iceberg.describe(lake, database, name).columns]
    else:
        found = iceberg.plan(lake, database, name, None, None, version.snapshot_id, version.as_of, version.ref)
        columns = found.hive_columns
    return [(column.lower(), _micros(types.parse(kind))) for column, kind in columns]


def _micros(kind: Type) -> Type:
    return Type(kind.name, (6,)) if kind.name in {"timestamp", "timestamp with time zone", "time"} else kind


def _list(paths: Iterable[Path]) -> str:
    return f"[{', '.join(_literal(str(path)) for path in paths)}]"


def _literal(text: str | None) -> str:
    return "NULL" if text is None else "'" + text.replace("'", "''") + "'"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
