"""CREATE TABLE in Hive's grammar: external tables, and Iceberg tables.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/create-table.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from local_aws import iceberg
from local_aws.errors import AwsError
from local_aws.objects import split_uri
from local_aws.sql.engine import Session
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.hive.words import Words
from local_aws.sql.outcome import Outcome, ddl
from local_aws.sql.tables import located
from local_aws.sql.types import Type

Shape = dict[str, Any]
_LAZY = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
_TEXT = ("org.apache.hadoop.mapred.TextInputFormat", "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat")
_IO = "org.apache.hadoop.hive.ql.io"
_PARQUET = f"{_IO}.parquet"
FORMATS = {
    "TEXTFILE": (*_TEXT, _LAZY),
    "JSONFILE": (*_TEXT, "org.apache.hive.hcatalog.data.JsonSerDe"),
    "JSON": (*_TEXT, "org.apache.hive.hcatalog.data.JsonSerDe"),
    "ORC": (f"{_IO}.orc.OrcInputFormat", f"{_IO}.orc.OrcOutputFormat", f"{_IO}.orc.OrcSerde"),
    "AVRO": (
        f"{_IO}.avro.AvroContainerInputFormat",
        f"{_IO}.avro.AvroContainerOutputFormat",
        "org.apache.hadoop.hive.serde2.avro.AvroSerDe",
    ),
    "PARQUET": (
        f"{_PARQUET}.MapredParquetInputFormat",
        f"{_PARQUET}.MapredParquetOutputFormat",
        f"{_PARQUET}.serde.ParquetHiveSerDe",
    ),
}
_BY_SERDE = {library: form for form, (_, _, library) in FORMATS.items() if form in {"ORC", "AVRO", "PARQUET"}}


@dataclass
class _Table:
    parts: list[str]
    columns: list[tuple[str, Type, str]] = field(default_factory=list)
    partitions: list[str] = field(default_factory=list)
    keys: list[tuple[str, Type, str]] = field(default_factory=list)
    comment: str = ""
    serde: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    formats: tuple[str, str] | None = None
    stored_as: str = ""
    location: str = ""
    properties: dict[str, str] = field(default_factory=dict)


def create_table(session: Session, words: Words, *, external: bool) -> Outcome:
    """From the word after TABLE."""
    missing = words.accept("IF NOT EXISTS")
    table = _read(words)
    _, database, name = located(table.parts, session.database, None)
    if session.lake.catalog.find_table(database, name) is not None:
        if missing:
            return ddl("CREATE_TABLE")
        raise QueryFailed("TABLE_ALREADY_EXISTS", f"Table {database}.{name} already exists")
    if table.properties.get("table_type", "").upper() == "ICEBERG":
        if external:
            raise QueryFailed("NOT_SUPPORTED", "External Iceberg tables are not supported: leave EXTERNAL out")
        columns = [(column, kind.hive, comment or None) for column, kind, comment in table.columns]
        iceberg.create(session.lake, database, name, columns, table.partitions, table.location, table.properties)
        return ddl("CREATE_TABLE")
    if not external:
        raise QueryFailed(
            "INVALID_TABLE", "Only external tables and Iceberg tables can be created: CREATE EXTERNAL TABLE"
        )
    if not table.location:
        raise QueryFailed("INVALID_TABLE_PROPERTY", "CREATE EXTERNAL TABLE needs a LOCATION")
    _check_names(table)
    if not table.location.endswith("/"):
        split_uri(table.location)
    try:
        session.lake.catalog.create_table(database, _input(name, table))
    except AwsError as error:
        raise QueryFailed("TABLE_ALREADY_EXISTS", error.message) from error
    return ddl("CREATE_TABLE")


def _check_names(table: _Table) -> None:
    """:raises QueryFailed: where a column is there twice, in Hive's words."""
    names = [name for name, _, _ in table.columns]
    for name in names:
        if names.count(name) > 1:
            raise QueryFailed("FAILED", f"SemanticException [Error 10036]: Duplicate column name: {name}")
    for name, _, _ in table.keys:
        if name in names:
            raise QueryFailed("FAILED", "SemanticException [Error 10035]: Column repeated in partitioning columns")


def _read(words: Words) -> _Table:
    table = _Table(words.parts())
    if words.peek() == "(":
        table.columns = words.list(lambda: _column(words))
    while not words.done:
        _clause(words, table)
    return table


def _column(words: Words) -> tuple[str, Type, str]:
    name, kind = words.name(), words.type()
    return name, kind, words.string() if words.accept("COMMENT") else ""


def _partition(words: Words, table: _Table) -> None:
    """`name type` of a Hive table's key; a column or transform of an Iceberg table."""
    if words.peek(1) in {",", ")", "("}:
        table.partitions.append(words.chunk())
    else:
        table.keys.append(_column(words))


def _clause(words: Words, table: _Table) -> None:
    if words.accept("COMMENT"):
        table.comment = words.string()
    elif words.accept("PARTITIONED BY"):
        words.list(lambda: _partition(words, table))
    elif words.accept("ROW FORMAT SERDE"):
        table.serde = words.string()
    elif words.accept("ROW FORMAT DELIMITED"):
        table.serde = _LAZY
        _delimiters(words, table.settings)
    elif words.accept("WITH SERDEPROPERTIES"):
        table.settings |= words.properties()
    elif words.accept("STORED AS INPUTFORMAT"):
        reads = words.string()
        words.expect("OUTPUTFORMAT")
        table.formats = (reads, words.string())
    elif words.accept("STORED AS"):
        table.stored_as = words.name().upper()
    elif words.accept("LOCATION"):
        table.location = words.string()
    elif words.accept("TBLPROPERTIES"):
        table.properties = words.properties()
    elif words.peek() == "CLUSTERED":
        raise unsupported("CLUSTERED BY")
    else:
        raise words.wrong("COMMENT, PARTITIONED BY, ROW FORMAT, STORED AS, LOCATION, TBLPROPERTIES, <EOF>")


def _delimiters(words: Words, settings: dict[str, str]) -> None:
    kinds = {
        "FIELDS TERMINATED BY": "field.delim",
        "ESCAPED BY": "escape.delim",
        "COLLECTION ITEMS TERMINATED BY": "collection.delim",
        "MAP KEYS TERMINATED BY": "mapkey.delim",
        "LINES TERMINATED BY": "line.delim",
        "NULL DEFINED AS": "serialization.null.format",
    }
    found = True
    while found:
        found = False
        for phrase, key in kinds.items():
            if words.accept(phrase):
                settings[key] = words.string()
                found = True
    if "field.delim" in settings:
        settings["serialization.format"] = settings["field.delim"]
    if settings.get("line.delim", "\n") != "\n":
        raise unsupported("LINES TERMINATED BY anything but '\\n'")


def _input(name: str, table: _Table) -> Shape:
    if table.stored_as and table.stored_as not in FORMATS:
        raise unsupported(f"STORED AS {table.stored_as}")
    reads, writes, library = FORMATS[table.stored_as or "TEXTFILE"]
    if not table.stored_as and (form := _BY_SERDE.get(table.serde)):
        reads, writes, _ = FORMATS[form]
    if table.formats:
        reads, writes = table.formats
    settings = table.settings if table.serde or table.settings else {}
    if not (table.serde or table.stored_as or table.formats):
        settings = {"serialization.format": "1"}
    keyed = {
        "Columns": [_shape(each) for each in table.columns],
        "Location": table.location,
        "InputFormat": reads,
        "OutputFormat": writes,
        "Compressed": False,
        "NumberOfBuckets": -1,
        "SerdeInfo": {"SerializationLibrary": table.serde or library, "Parameters": settings},
        "StoredAsSubDirectories": False,
    }
    comment = {"comment": table.comment} if table.comment else {}
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": [_shape(each) for each in table.keys],
        "Parameters": {"EXTERNAL": "TRUE", **comment, **table.properties},
        "StorageDescriptor": keyed,
    }


def _shape(column: tuple[str, Type, str]) -> Shape:
    name, kind, comment = column
    return {"Name": name, "Type": kind.hive, **({"Comment": comment} if comment else {})}
