"""SHOW.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/show-tables.html and the pages beside it
"""

from __future__ import annotations

import re
from typing import Any

from local_aws import iceberg
from local_aws.errors import AwsError
from local_aws.sql.engine import Session
from local_aws.sql.errors import unsupported
from local_aws.sql.hive import missing
from local_aws.sql.hive.describe import columns_of
from local_aws.sql.hive.words import Words
from local_aws.sql.outcome import Outcome, ddl
from local_aws.sql.partition_names import folder
from local_aws.sql.partitions import listed_values
from local_aws.sql.tables import view_of

Shape = dict[str, Any]


def show(session: Session, words: Words) -> Outcome:
    """From the word after SHOW."""
    if words.accept("DATABASES") or words.accept("SCHEMAS"):
        names = [each["Name"] for each in session.lake.catalog.databases()]
        return ddl("SHOW_DATABASES", "database_name", _matching(words, names), "UTILITY")
    if words.accept("TABLES"):
        names = [each["Name"] for each in _of_database(session, words)]
        return ddl("SHOW_TABLES", "tab_name", _matching(words, names), "UTILITY")
    if words.accept("VIEWS"):
        found = [each for each in _of_database(session, words) if each.get("TableType") == "VIRTUAL_VIEW"]
        return ddl("SHOW_VIEWS", "views", _matching(words, [each["Name"] for each in found]), "UTILITY")
    if words.accept("PARTITIONS"):
        return _partitions(session, words)
    if words.accept("COLUMNS"):
        if not (words.accept("IN") or words.accept("FROM")):
            raise words.wrong("IN, FROM")
        _, _, shape = _table(session, words)
        names = [each["Name"] for each in [*columns_of(session, shape), *shape["PartitionKeys"]]]
        return ddl("SHOW_COLUMNS", "field", names, "UTILITY")
    if words.accept("CREATE TABLE"):
        database, name, shape = _table(session, words)
        return ddl("SHOW_CREATE_TABLE", "createtab_stmt", _create(session, database, name, shape), "UTILITY")
    if words.accept("CREATE VIEW"):
        _, name, shape = _table(session, words)
        view = view_of(shape, (name,))
        lines = [f"CREATE VIEW {name} AS", *view.text.splitlines()]
        return ddl("SHOW_CREATE_VIEW", "Create View", lines, "UTILITY")
    if words.accept("TBLPROPERTIES"):
        lines = _table_properties(session, words)
        return ddl("SHOW_TBLPROPERTIES", "prpt_name", lines, "UTILITY")
    raise unsupported(f"SHOW {words.rest()[:60]}")


def _table_properties(session: Session, words: Words) -> list[str]:
    """Each property with its value, or the value of the one that is asked for.

    Evidence: https://docs.aws.amazon.com/athena/latest/ug/show-tblproperties.html
    """
    database, name, shape = missing.found(session, words.parts())
    wanted = ""
    if words.accept("("):
        wanted = words.string()
        words.expect(")")
    words.end()
    properties = shape["Parameters"]
    if iceberg.is_iceberg(shape):
        properties = iceberg.describe(session.lake, database, name).properties
    if wanted:
        return [properties.get(wanted, f"Table {database}.{name} does not have property: {wanted}")]
    return [f"{key}\t{text}" for key, text in sorted(properties.items())]


def _of_database(session: Session, words: Words) -> list[Shape]:
    name = words.parts()[-1] if words.accept("IN") or words.accept("FROM") else session.database
    try:
        return sorted(session.lake.catalog.tables(name), key=lambda each: str(each["Name"]))
    except AwsError as error:
        raise missing.database_not_found(name) from error


def _matching(words: Words, names: list[str]) -> list[str]:
    """Hive's patterns: `*` for any characters, `|` between choices."""
    words.accept("LIKE")
    pattern = words.string() if not words.done else "*"
    words.end()
    choices = "|".join(re.escape(each).replace("\\*", ".*") for each in pattern.split("|"))
    found = re.compile(choices, re.IGNORECASE)
    return sorted(name for name in names if found.fullmatch(name))


def _table(session: Session, words: Words) -> tuple[str, str, Shape]:
    parts = words.parts()
    if len(parts) == 1 and (words.accept("IN") or words.accept("FROM")):
        parts = [words.name(), *parts]
    words.end()
    return missing.found(session, parts)


def _partitions(session: Session, words: Words) -> Outcome:
    database, name, shape = _table(session, words)
    keys = [key["Name"] for key in shape["PartitionKeys"]]
    if not keys:
        raise missing.not_partitioned(name)
    lines = [folder(keys, values) for values in listed_values(session.lake, database, shape)]
    return ddl("SHOW_PARTITIONS", "partition", lines, "UTILITY")


def _create(session: Session, database: str, name: str, shape: Shape) -> list[str]:
    """A statement that makes the table again."""
    is_iceberg = iceberg.is_iceberg(shape)
    if shape.get("TableType") == "VIRTUAL_VIEW":
        raise unsupported("SHOW CREATE TABLE of a view: SHOW CREATE VIEW tells its statement")
    columns = [_column(each) for each in columns_of(session, shape)]
    word = "TABLE" if is_iceberg else "EXTERNAL TABLE"
    lines = [f"CREATE {word} `{database}.{name}`(", *(f"{each}," for each in columns[:-1]), f"{columns[-1]})"]
    comment = shape["Parameters"].get("comment")
    if comment:
        lines.append(f"COMMENT {_quoted(comment)}")
    if is_iceberg:
        found = iceberg.describe(session.lake, database, name)
        if found.partitioning:
            lines += ["PARTITIONED BY (", f"  {', '.join(found.partitioning)})"]
        return [*lines, "LOCATION", f"  '{found.location}'", "TBLPROPERTIES (", "  'table_type'='iceberg')"]
    if shape["PartitionKeys"]:
        keys = [_column(each) for each in shape["PartitionKeys"]]
        lines += ["PARTITIONED BY ( ", *(f"{each}, " for each in keys[:-1]), f"{keys[-1]})"]
    storage = shape["StorageDescriptor"]
    serde = storage.get("SerdeInfo") or {}
    lines += ["ROW FORMAT SERDE ", f"  '{serde.get('SerializationLibrary', '')}' "]
    lines += _properties("WITH SERDEPROPERTIES ( ", serde.get("Parameters") or {})
    lines += ["STORED AS INPUTFORMAT ", f"  '{storage.get('InputFormat', '')}' "]
    lines += [
        "OUTPUTFORMAT ",
        f"  '{storage.get('OutputFormat', '')}'",
        "LOCATION",
        f"  '{storage.get('Location', '')}'",
    ]
    kept = {key: text for key, text in shape["Parameters"].items() if key not in {"EXTERNAL", "comment"}}
    return [*lines, *_properties("TBLPROPERTIES (", kept)]


def _column(column: Shape) -> str:
    comment = column.get("Comment")
    return f"  `{column['Name']}` {column.get('Type', 'string')}{f' COMMENT {_quoted(comment)}' if comment else ''}"


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "\\'") + "'"


def _properties(head: str, found: dict[str, str]) -> list[str]:
    if not found:
        return []
    rows = [f"  {_quoted(key)}={_quoted(text)}" for key, text in found.items()]
    return [head, *(f"{row}, " for row in rows[:-1]), f"{rows[-1]})"]
