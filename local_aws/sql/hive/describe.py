"""DESCRIBE: the columns of a table, of a partition, or one of them; FORMATTED tells the rest in Hive's layout.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/describe-table.html; the layout is that of Hive's
`MetaDataFormatUtils` (https://cwiki.apache.org/confluence/display/Hive/LanguageManual+DDL#LanguageManualDDL-Describe).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from local_aws import iceberg
from local_aws.sql.engine import Session
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.hive import missing
from local_aws.sql.hive.alter import specification, values_of
from local_aws.sql.hive.words import Words
from local_aws.sql.outcome import Outcome, ddl

Shape = dict[str, Any]
BLANK = "\t \t "
HEAD = {"Name": "# col_name", "Type": "data_type", "Comment": "comment"}


def describe(session: Session, words: Words) -> Outcome:
    """From the word after DESCRIBE; a line a column: name, type, comment, each filled to 20 characters."""
    if words.accept("EXTENDED"):
        raise unsupported("DESCRIBE EXTENDED: FORMATTED tells the same")
    formatted = words.accept("FORMATTED")
    words.accept("TABLE")
    database, name, shape = missing.found(session, words.parts())
    columns, keys = columns_of(session, shape), list(shape["PartitionKeys"])
    values: list[str] | None = None
    if words.accept("PARTITION"):
        values = values_of(shape, specification(words))
        shape = {**shape, **_partition(session, database, name, values)}
        columns = list(shape["StorageDescriptor"].get("Columns") or columns)
    if not words.done:
        columns, keys, formatted = [_one(words, [*columns, *keys])], [], False
    words.end()
    lines = [_line(HEAD), BLANK, *map(_line, columns)] if formatted else [_line(each) for each in [*columns, *keys]]
    if keys:
        lines += [BLANK, f"# Partition Information{BLANK}", _line(HEAD), BLANK, *map(_line, keys)]
    if formatted:
        lines += _details(database, name, shape, values)
    return ddl("DESCRIBE_TABLE", "col_name,data_type,comment", lines, "UTILITY")


def columns_of(session: Session, shape: Shape) -> list[Shape]:
    """The columns without the partition keys; those of an Iceberg table as its metadata has them."""
    if iceberg.is_iceberg(shape):
        found = iceberg.describe(session.lake, shape["DatabaseName"], shape["Name"])
        return [{"Name": name, "Type": kind, "Comment": comment} for name, kind, comment in found.columns]
    return list(shape["StorageDescriptor"].get("Columns", []))


def _partition(session: Session, database: str, name: str, values: list[str]) -> Shape:
    for each in session.lake.catalog.partitions(database, name):
        if list(each["Values"]) == values:
            return dict(each)
    raise QueryFailed("FAILED", f"SemanticException [Error 10006]: Partition not found {values}")


def _one(words: Words, columns: list[Shape]) -> Shape:
    wanted = words.name()
    if not words.done:
        raise unsupported("DESCRIBE of a field inside a column")
    found = next((each for each in columns if each["Name"].lower() == wanted), None)
    if found is None:
        raise QueryFailed("FAILED", f"SemanticException [Error 10004]: Invalid column reference {wanted}")
    return found


def _line(column: Shape) -> str:
    return _cells(str(column["Name"]), str(column.get("Type", "")), str(column.get("Comment") or ""))


def _cells(*cells: str) -> str:
    return "\t".join(f"{cell:<20}" for cell in cells)


def _pair(label: str, value: str) -> str:
    return f"{label:<20}\t{value:<20}\t "


def _details(database: str, name: str, shape: Shape, values: list[str] | None) -> list[str]:
    """What FORMATTED says behind the columns. Deviates: moments are UTC; a table has no privileges to show."""
    storage = shape["StorageDescriptor"]
    kind = "Table" if values is None else "Partition"
    lines = [BLANK, f"# Detailed {kind} Information{BLANK}"]
    if values is not None:
        lines += [_pair("Partition Value:", f"[{', '.join(values)}]"), _pair("Database:", database)]
        lines += [_pair("Table:", name), _pair("CreateTime:", _moment(shape.get("CreationTime")))]
    else:
        lines += [_pair("Database:", database), _pair("Owner:", str(shape.get("Owner") or "hadoop"))]
        lines += [_pair("CreateTime:", _moment(shape.get("CreateTime")))]
    lines += [_pair("LastAccessTime:", "UNKNOWN"), _pair("Protect Mode:", "None")]
    lines += [] if values is not None else [_pair("Retention:", str(shape.get("Retention") or 0))]
    lines += [_pair("Location:", str(storage.get("Location") or ""))]
    lines += [] if values is not None else [_pair("Table Type:", str(shape.get("TableType") or ""))]
    lines += [f"{kind} Parameters:{BLANK}", *_parameters(shape.get("Parameters")), *_storage(storage)]
    return lines


def _storage(storage: Shape) -> list[str]:
    serde = storage.get("SerdeInfo") or {}
    return [
        BLANK,
        f"# Storage Information{BLANK}",
        _pair("SerDe Library:", str(serde.get("SerializationLibrary") or "")),
        _pair("InputFormat:", str(storage.get("InputFormat") or "")),
        _pair("OutputFormat:", str(storage.get("OutputFormat") or "")),
        _pair("Compressed:", "Yes" if storage.get("Compressed") else "No"),
        _pair("Num Buckets:", str(storage.get("NumberOfBuckets") or -1)),
        _pair("Bucket Columns:", "[]"),
        _pair("Sort Columns:", "[]"),
        f"Storage Desc Params:{BLANK}",
        *_parameters(serde.get("Parameters")),
    ]


def _parameters(found: dict[str, str] | None) -> list[str]:
    return [f"\t{key:<20}\t{text:<20}" for key, text in sorted((found or {}).items())]


def _moment(value: Any) -> str:
    return value.strftime("%a %b %d %H:%M:%S UTC %Y") if isinstance(value, datetime) else "UNKNOWN"
