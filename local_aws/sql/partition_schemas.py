"""That a partition can be read as its table says: its own columns' types, and the values of its keys.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/updates-and-partitions.html
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from local_aws.sql import types
from local_aws.sql.errors import QueryFailed
from local_aws.sql.partition_names import folder
from local_aws.sql.partitions import Partition, key_types
from local_aws.sql.types import Type


def check_partition(table: dict[str, Any], partition: Partition) -> None:
    """:raises QueryFailed: `HIVE_PARTITION_SCHEMA_MISMATCH`, or `HIVE_INVALID_PARTITION_VALUE`."""
    keys = key_types(table)
    for (key, kind), value in zip(keys, partition.values, strict=True):
        if value is not None and not _is_value(value, kind):
            message = f"Invalid partition value '{value}' for {kind.trino.upper()} partition key: {key}"
            raise QueryFailed("HIVE_INVALID_PARTITION_VALUE", message)
    columns = table["StorageDescriptor"].get("Columns", [])
    if partition.storage.get("Columns") == columns:
        return
    declared = {each["Name"].lower(): each for each in columns}
    for own in partition.storage.get("Columns") or []:
        column = declared.get(own["Name"].lower(), own)
        if not _coerced(own.get("Type", "string"), column.get("Type", "string")):
            raise _mismatch(table, column, own, folder((key for key, _ in keys), partition.values))


def _mismatch(table: dict[str, Any], column: dict[str, str], own: dict[str, str], partition: str) -> QueryFailed:
    return QueryFailed(
        "HIVE_PARTITION_SCHEMA_MISMATCH",
        "There is a mismatch between the table and partition schemas. The types are incompatible and cannot be "
        f"coerced. The column '{column['Name']}' in table '{table['DatabaseName']}.{table['Name']}' is declared "
        f"as type '{column.get('Type')}', but partition '{partition}' declared column '{own['Name']}' "
        f"as type '{own.get('Type')}'.",
    )


def _is_value(value: str, kind: Type) -> bool:
    if kind.is_integer:
        return re.fullmatch(r"[+-]?\d+", value) is not None
    if kind.name == "date":
        try:
            date.fromisoformat(value)
        except ValueError:
            return False
    return True


def _coerced(written: str, declared: str) -> bool:
    try:
        return _can(types.parse(written), types.parse(declared))
    except types.UnknownType:
        return True  # said where it is read


def _can(own: Type, table: Type) -> bool:
    """Whether Trino coerces a partition's type into the table's.

    Evidence: https://trino.io/docs/current/connector/hive.html (schema evolution)
    """
    if own == table or (own.is_text and (table.is_text or table.is_integer)):
        return True
    if table.is_text:
        return own.is_number or own.name in {"date", "timestamp"}
    if own.is_integer and table.is_integer:
        return types.INTEGERS.index(own.name) < types.INTEGERS.index(table.name)
    if own.name in {"real", "double", "decimal"} and table.name in {"real", "double", "decimal"}:
        return True
    if own.name == table.name and own.name in {"array", "map"}:
        return all(map(_can, own.args, table.args))
    if own.name == table.name == "row":
        fields = {label.lower(): kind for label, kind in table.fields}
        return all(_can(kind, fields[label.lower()]) for label, kind in own.fields if label.lower() in fields)
    return own.name == table.name
