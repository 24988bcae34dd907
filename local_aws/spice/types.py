"""QuickSight's column types and what SPICE keeps of them.

Evidence: https://docs.aws.amazon.com/quicksight/latest/user/supported-data-types-and-values.html (types; booleans are
promoted to integers; 8 bytes a number or date, 8 bytes plus the UTF-8 length a string),
https://docs.aws.amazon.com/quicksight/latest/APIReference/API_InputColumn.html (sub types of DECIMAL).
SPICE's FIXED decimal has four decimal places (the documentation of `parseDecimal` says so): it is a DECIMAL(18,4) here,
so sums of money are exact. FLOAT is a DOUBLE. A DECIMAL without a sub type is FIXED.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from local_aws.errors import AwsError, Unsupported

STRING, INTEGER, DECIMAL, DATETIME = "STRING", "INTEGER", "DECIMAL", "DATETIME"
FIXED, FLOAT = "FIXED", "FLOAT"
PROMOTED = {"BIT": INTEGER, "BOOLEAN": INTEGER}
MAX_CHARACTERS = 2047
"""Longer strings are cut, as SPICE cuts them.
Evidence: https://docs.aws.amazon.com/quicksight/latest/user/errors-spice-ingestion.html (STRING_TRUNCATION)"""


@dataclass(frozen=True)
class Column:
    """One column of a data set: its name, QuickSight type, and what was tagged to it."""

    name: str
    type: str
    sub_type: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    """(`ColumnGeographicRole`, `COUNTRY`) or (`ColumnDescription`, text)."""

    @classmethod
    def of(cls, shape: dict[str, Any]) -> Column:
        """From an `InputColumn`. :raises Unsupported: for JSON and SEMISTRUCT."""
        kind = PROMOTED.get(shape["Type"], shape["Type"])
        if kind not in {STRING, INTEGER, DECIMAL, DATETIME}:
            raise Unsupported(f"QuickSight columns of type {kind}")
        return cls(shape["Name"], kind).with_type(kind, shape.get("SubType"))

    def with_type(self, kind: str, sub_type: str | None = None) -> Column:
        if sub_type is not None and kind != DECIMAL:
            raise AwsError("InvalidParameterValueException", f"Column {self.name}: only DECIMAL has a sub type")
        return replace(self, type=kind, sub_type=(sub_type or FIXED) if kind == DECIMAL else None)

    @property
    def sql_type(self) -> str:
        """The DuckDB type that keeps it."""
        if self.type == DECIMAL:
            return "DOUBLE" if self.sub_type == FLOAT else "DECIMAL(18, 4)"
        return {STRING: "VARCHAR", INTEGER: "BIGINT", DATETIME: "TIMESTAMP"}[self.type]

    def output(self) -> dict[str, Any]:
        """The API's `OutputColumn`."""
        described = dict(self.tags).get("ColumnDescription")
        return {"Name": self.name, "Type": self.type, "SubType": self.sub_type, "Description": described}


def quoted(name: str) -> str:
    """An identifier as DuckDB, Athena and Redshift quote it."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """A string literal."""
    return "'" + value.replace("'", "''") + "'"


def converted(column: Column, source: str) -> str:
    """SQL of a source value (`source` is SQL) as SPICE keeps it; NULL where it does not fit.

    An integer column takes no fraction: such a value is unreadable, as NUMBER_PARSE_FAILURE says, not rounded.
    """
    if column.type == STRING:
        return f"left(CAST({source} AS VARCHAR), {MAX_CHARACTERS})"
    if column.type == INTEGER:
        whole = f"TRY_CAST({source} AS DECIMAL(38, 9))"
        read = f"CASE WHEN {whole} = trunc({whole}) THEN TRY_CAST({whole} AS BIGINT) END"
        return f"CASE WHEN typeof({source}) IN ('BIGINT', 'BOOLEAN') THEN TRY_CAST({source} AS BIGINT) ELSE {read} END"
    return f"TRY_CAST({source} AS {column.sql_type})"


def size_in_bytes(columns: list[Column]) -> str:
    """SQL aggregate of the logical size of a table with these columns, by SPICE's own rule."""
    fixed = 8 * len(columns)
    strings = [f"coalesce(sum(strlen({quoted(each.name)})), 0)" for each in columns if each.type == STRING]
    return " + ".join([f"count(*) * {fixed}", *strings])
