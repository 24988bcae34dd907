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
from local_aws.sql.file_rows import PATH, File, Shared, listed, rows_of
from local_aws.sql.partition_schemas import check_partition
from local_aws.sql.partitions import Partition
from local_aws.sql.trino.typed import Version
from local_aws.sql.trino.typed import name as quoted
from local_aws.sql.types import Type

if TYPE_CHECKING:
    from local_aws.lake import Lake

CURRENT = Version()
Shape = dict[str, Any]


@dataclass(frozen=True)
class TableScan:
    """A table, ready to be read.

    :param sql: a DuckDB SELECT, to be used in parentheses: the declared columns, the partition keys, then the hidden
        columns that were asked for. It reads files by name, so any connection of `Lake.connect` can run it.
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
    hidden: Sequence[str] = (),
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
    found = [
        partitions.followed(lake, each) for each in partitions.of_table(lake, database, shape, predicate) if each.files
    ]
    for each in found:
        check_partition(shape, each)
    files = [file for each in found for file in each.files]
    everything, shared = [*own, *keys], Shared(keys, hidden)
    if not files:
        empty = ", ".join(f"NULL::{kind.duckdb} AS {quoted(name)}" for name, kind in [*own, *shared.columns])
        return TableScan(f"SELECT {empty or 1} WHERE FALSE", everything)
    queries, wholes = list[str](), list[StoredObject]()
    parquet = list[StoredObject]()
    for group in _alike(found):
        form = serde.columnar(group[0].storage)
        (parquet if form == "parquet" else wholes).extend(file for each in group for file in each.files)
        make = partial(_columnar, lake, form) if form else partial(_text, lake)
        queries += make(shape, group, declared, own, shared)
    measure = partial(_bytes_read, parquet, sum(each.size for each in wholes)) if parquet else None
    return TableScan(" UNION ALL ".join(queries), everything, files, measure)


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
    shared: Shared,
) -> list[str]:
    reader = serde.reader(group[0].storage, shape)
    files = [
        File(text_files.parquet_of(lake, file, reader.cutting), file, each) for each in group for file in each.files
    ]
    row = "*"
    if reader.json is None:
        written = reader.columns(declared)
    else:
        objects = _json_keys(lake, [each.path for each in files])
        written = reader.json.columns(declared, sorted({key for keys in objects for key in keys}))
        row = f"{reader.json.line(objects)} AS j"
    made = dict(zip((name for name, _ in declared), written, strict=True))
    expressions = [f"{_as(made[name], kind)} AS {quoted(name)}" for name, kind in own]
    return [rows_of(files, expressions, shared, row)]


def _as(value: str, kind: Type) -> str:
    """The value as the declared type: `varchar(n)` is cut to its length, `char(n)` is also filled up to it."""
    if kind.is_text and kind.args:
        cut = f"left({value}::VARCHAR, {kind.args[0]})"
        return f"rpad({cut}, {kind.args[0]}, ' ')" if kind.name == "char" else cut
    return f"{value}::{kind.duckdb}"


def _json_keys(lake: Lake, paths: list[Path]) -> list[list[str]]:
    """The keys of the lines' objects as they are written, each set of them once: columns find theirs in any case."""
    connection = lake.cursor()
    try:
        query = (
            "SELECT DISTINCT CASE WHEN json_valid(line) THEN json_keys(line) END AS keys "
            f"FROM read_parquet({listed(paths)})"
        )
        return [keys for (keys,) in connection.execute(query).fetchall() if keys is not None]
    finally:
        connection.close()


def _columnar(
    lake: Lake,
    form: str,
    shape: Shape,
    group: list[Partition],
    declared: list[tuple[str, Type]],
    own: list[tuple[str, Type]],
    shared: Shared,
) -> list[str]:
    """Parquet and Avro by the columns' names, ORC by their places, unless the SerDe's properties say otherwise.

    Evidence: https://docs.aws.amazon.com/athena/latest/ug/handling-schema-updates-chapter.html
    """
    by_place = serde.by_place(group[0].storage, form)
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[File]] = {}
    for each in group:
        for file in each.files:
            read = file if form == "parquet" else columnar_files.as_parquet(lake, file, form)
            kinds = parquet_files.footer(read).kinds
            names = tuple(kinds) if by_place else ()
            bytes_ = tuple(column for column, kind in kinds.items() if kind.name == "varbinary")
            alike.setdefault((names, bytes_), []).append(File(read.path, read, each))
    return [_of_alike(names if by_place else None, files, declared, own, shared) for (names, _), files in alike.items()]


def _of_alike(
    names: tuple[str, ...] | None,
    files: list[File],
    declared: list[tuple[str, Type]],
    own: list[tuple[str, Type]],
    shared: Shared,
) -> str:
    """The rows of files whose columns are found alike. :param names: the files' columns in order; None: by name."""
    stored = {name: name for name, _ in declared}
    if names is not None:
        stored = dict(zip((name for name, _ in declared), names, strict=False))
    present: set[str] = set()
    for each in files:
        present |= parquet_files.checked(each.object, own, stored)
    kinds = [parquet_files.footer(each.object).kinds for each in files]
    held = {name: kind for each in kinds for name, kind in each.items()}
    expressions = []
    for name, kind in own:
        found = parquet_files.converted(stored[name], held[stored[name]], kind) if name in present else "NULL"
        expressions.append(f"{_as(found, kind)} AS {quoted(name)}")
    return rows_of(files, expressions, shared, kinds=kinds)


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
