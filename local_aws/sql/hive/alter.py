"""Changes to what the catalog has: partitions, columns, properties; databases; drops.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/alter-table-add-partition.html and the pages beside it
"""

from __future__ import annotations

import re
from typing import Any

from local_aws import iceberg
from local_aws.errors import AwsError
from local_aws.sql.engine import Session
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.hive import missing
from local_aws.sql.hive.words import Words
from local_aws.sql.outcome import Outcome, ddl
from local_aws.sql.partition_names import folder, unescaped
from local_aws.sql.partitions import Listing
from local_aws.sql.tables import located

Shape = dict[str, Any]
_KEPT: tuple[str, ...] = (
    "Name",
    "Description",
    "Owner",
    "Retention",
    "StorageDescriptor",
    "PartitionKeys",
    "ViewOriginalText",
)
_KEPT += ("ViewExpandedText", "TableType", "Parameters")


def table_input(shape: Shape) -> Shape:
    """The `TableInput` that leaves a table as it is."""
    return {key: shape[key] for key in _KEPT if shape.get(key) is not None}


def alter_table(session: Session, words: Words) -> Outcome:
    """From the word after TABLE."""
    parts = words.parts()
    _, database, name = located(parts, session.database, None)
    _, _, shape = missing.found(session, parts, f"{database}.{name}")
    if iceberg.is_iceberg(shape):
        raise AssertionError("statements on Iceberg tables go to local_aws.iceberg")
    if words.accept("ADD"):
        if words.peek() in {"PARTITION", "IF"}:
            return _add_partitions(session, words, database, shape)
        words.expect("COLUMNS")
        added = words.list(lambda: (words.name(), words.type()))
        words.end()
        known = {each["Name"] for each in shape["StorageDescriptor"]["Columns"]}
        for column, kind in added:
            if column in known:
                raise QueryFailed("DUPLICATE_COLUMN_NAME", f"Duplicate column name: {column}")
            shape["StorageDescriptor"]["Columns"].append({"Name": column, "Type": kind.hive})
    elif words.accept("REPLACE COLUMNS"):
        columns = words.list(lambda: {"Name": words.name(), "Type": words.type().hive})
        shape["StorageDescriptor"]["Columns"] = columns
    elif words.accept("SET TBLPROPERTIES"):
        shape["Parameters"] |= words.properties()
    elif words.accept("SET LOCATION"):
        shape["StorageDescriptor"]["Location"] = words.string()
    elif words.peek() == "CHANGE" or (words.peek(), words.peek(1)) == ("DROP", "COLUMN"):
        _change_columns(words, shape)
    elif words.accept("SET SERDEPROPERTIES"):
        _serde(shape).setdefault("Parameters", {}).update(words.properties())
    elif words.accept("SET SERDE"):
        _serde(shape)["SerializationLibrary"] = words.string()
        if words.accept("WITH SERDEPROPERTIES"):
            _serde(shape)["Parameters"] = words.properties()
    elif words.accept("DROP"):
        return _drop_partitions(session, words, database, shape)
    elif words.peek() == "PARTITION":
        return _change_partition(session, words, database, shape)
    else:
        raise unsupported(f"ALTER TABLE … {words.rest()[:60]}")
    words.end()
    session.lake.catalog.update_table(database, table_input(shape))
    return ddl("ALTER_TABLE")


def _serde(shape: Shape) -> Shape:
    found: Shape = shape["StorageDescriptor"].setdefault("SerdeInfo", {})
    return found


def _change_columns(words: Words, shape: Shape) -> None:
    """`CHANGE [COLUMN] old new type [COMMENT 'x'] [FIRST | AFTER other]`, `DROP [COLUMN] name`.

    Evidence: https://docs.aws.amazon.com/athena/latest/ug/alter-table-change-column.html
    """
    columns: list[Shape] = shape["StorageDescriptor"]["Columns"]

    def place(name: str) -> int:
        found = next((n for n, each in enumerate(columns) if each["Name"].lower() == name), None)
        if found is None:
            raise QueryFailed("COLUMN_NOT_FOUND", f"Column '{name}' does not exist")
        return found

    if words.accept("DROP COLUMN"):
        del columns[place(words.name())]
        return
    words.expect("CHANGE")
    words.accept("COLUMN")
    at, fresh = place(words.name()), words.name()
    if any(each["Name"].lower() == fresh for n, each in enumerate(columns) if n != at):
        raise QueryFailed("DUPLICATE_COLUMN_NAME", f"Duplicate column name: {fresh}")
    changed = {**columns.pop(at), "Name": fresh, "Type": words.type().hive}
    if words.accept("COMMENT"):
        changed["Comment"] = words.string()
    if words.accept("FIRST"):
        at = 0
    elif words.accept("AFTER"):
        at = place(words.name()) + 1
    columns.insert(at, changed)


def specification(words: Words) -> dict[str, str]:
    """`(key = value, …)`"""

    def pair() -> tuple[str, str]:
        key = words.name()
        words.expect("=")
        return key, words.literal()

    return dict(words.list(pair))


def values_of(shape: Shape, given: dict[str, str]) -> list[str]:
    """A partition's values, in the order of the table's keys."""
    keys = [key["Name"].lower() for key in shape["PartitionKeys"]]
    if set(keys) != set(given):
        raise QueryFailed("INVALID_PARTITION", f"Partition keys are {keys}, not {sorted(given)}")
    return [given[key] for key in keys]


def _partition_input(shape: Shape, values: list[str], location: str) -> Shape:
    storage = {**shape["StorageDescriptor"], "Location": location}
    return {"Values": values, "StorageDescriptor": storage, "Parameters": {}}


def _add_partitions(session: Session, words: Words, database: str, shape: Shape) -> Outcome:
    missing = words.accept("IF NOT EXISTS")
    base, made = shape["StorageDescriptor"]["Location"].rstrip("/"), []
    while words.accept("PARTITION"):
        values = values_of(shape, specification(words))
        keys = [key["Name"] for key in shape["PartitionKeys"]]
        location = words.string() if words.accept("LOCATION") else f"{base}/{folder(keys, values)}"
        made.append(_partition_input(shape, values, location))
    words.end()
    known = {tuple(each["Values"]) for each in session.lake.catalog.partitions(database, shape["Name"])}
    if not missing and (again := [each["Values"] for each in made if tuple(each["Values"]) in known]):
        raise QueryFailed("ALREADY_EXISTS", f"Partition already exists: {again[0]}")
    session.lake.catalog.create_partitions(database, shape["Name"], made)
    return ddl("ALTER_TABLE_ADD_PARTITION")


def _drop_partitions(session: Session, words: Words, database: str, shape: Shape) -> Outcome:
    missing = words.accept("IF EXISTS")
    gone = []
    while words.accept("PARTITION"):
        gone.append(values_of(shape, specification(words)))
        words.accept(",")
    words.end()
    for values in gone:
        try:
            session.lake.catalog.delete_partition(database, shape["Name"], values)
        except AwsError as error:
            if not missing:
                raise QueryFailed("PARTITION_NOT_FOUND", f"Partition not found: {values}") from error
    return ddl("ALTER_TABLE_DROP_PARTITION")


def _change_partition(session: Session, words: Words, database: str, shape: Shape) -> Outcome:
    """Evidence: https://docs.aws.amazon.com/athena/latest/ug/alter-table-rename-partition.html"""
    words.expect("PARTITION")
    values = values_of(shape, specification(words))
    listed = session.lake.catalog.partitions(database, shape["Name"])
    known = next((each for each in listed if list(each["Values"]) == values), None)
    if known is None:
        raise QueryFailed("PARTITION_NOT_FOUND", f"Partition not found: {values}")
    storage = known["StorageDescriptor"]
    if words.accept("RENAME TO PARTITION"):
        found = {"Values": values_of(shape, specification(words)), "StorageDescriptor": storage}
    else:
        words.expect("SET LOCATION")
        found = {"Values": values, "StorageDescriptor": {**storage, "Location": words.string()}}
    words.end()
    session.lake.catalog.update_partition(database, shape["Name"], values, found)
    return ddl("ALTER_TABLE")


def repair(session: Session, words: Words) -> Outcome:
    """MSCK REPAIR TABLE: partitions for the `key=value` folders that have none yet; keys in other case are passed over.

    Evidence: https://docs.aws.amazon.com/athena/latest/ug/msck-repair-table.html
    """
    database, name, shape = missing.found(session, words.parts())
    words.end()
    keys = [key["Name"] for key in shape["PartitionKeys"]]
    if not keys:
        raise QueryFailed("INVALID_TABLE", f"Table {name} is not partitioned")
    base = shape["StorageDescriptor"]["Location"].rstrip("/")
    folders = "/".join(f"{re.escape(key)}=([^/]+)" for key in keys)
    pattern = re.compile(f"{re.escape(base)}/({folders})/.*", re.DOTALL)
    found: dict[tuple[str, ...], str] = {}
    for each in Listing(session.lake).under(base):
        match = pattern.fullmatch(each.uri)
        if match:
            found.setdefault(tuple(map(unescaped, match.groups()[1:])), f"{base}/{match[1]}")
    known = {tuple(each["Values"]) for each in session.lake.catalog.partitions(database, name)}
    fresh = {values: location for values, location in found.items() if values not in known}
    inputs = [_partition_input(shape, list(values), location) for values, location in fresh.items()]
    session.lake.catalog.create_partitions(database, name, inputs)
    lines = [_missing(name, keys, values) for values in fresh]
    return ddl(
        "MSCK_REPAIR",
        "",
        [
            *([f"Partitions not in metastore: {' '.join(lines)}"] if lines else []),
            *(f"Repair: Added partition to metastore {line}" for line in lines),
        ],
    )


def _missing(name: str, keys: list[str], values: tuple[str, ...]) -> str:
    return f"{name}:{folder(keys, values)}"


def drop(session: Session, words: Words) -> Outcome:
    """DROP TABLE, VIEW, DATABASE. The data of an external table stays; an Iceberg table's goes."""
    kind = next((each for each in ("TABLE", "VIEW", "DATABASE", "SCHEMA") if words.accept(each)), None)
    if kind is None:
        raise words.wrong("TABLE, VIEW, DATABASE, SCHEMA")
    if_exists = words.accept("IF EXISTS")
    parts = words.parts()
    if kind in {"DATABASE", "SCHEMA"}:
        return _drop_database(session, words, parts[-1], if_exists=if_exists)
    words.end()
    _, database, name = located(parts, session.database, None)
    try:
        shape = session.lake.catalog.find_table(database, name)
    except AwsError:
        shape = None
    verb = f"DROP_{kind}"
    if shape is None:
        if if_exists:
            return ddl(verb)
        raise missing.table_not_found(".".join(parts))
    is_view = shape.get("TableType") == "VIRTUAL_VIEW"
    if is_view != (kind == "VIEW"):
        raise QueryFailed(
            "TYPE_MISMATCH", f"{database}.{name} is {'a view' if is_view else 'a table'}, not a {kind.lower()}"
        )
    if iceberg.is_iceberg(shape):
        iceberg.drop(session.lake, database, name)
    else:
        session.lake.catalog.delete_table(database, name)
    return ddl(verb)


def _drop_database(session: Session, words: Words, name: str, *, if_exists: bool) -> Outcome:
    cascade = words.accept("CASCADE")
    words.accept("RESTRICT")
    words.end()
    try:
        tables = session.lake.catalog.tables(name)
    except AwsError as error:
        if if_exists:
            return ddl("DROP_DATABASE")
        raise missing.database_not_found(name) from error
    if tables and not cascade:
        raise QueryFailed("SCHEMA_NOT_EMPTY", f"Database {name} is not empty. One or more tables exist.")
    session.lake.catalog.delete_database(name)
    return ddl("DROP_DATABASE")
