"""`"t$partitions"`: the partitions of a Hive table as rows, a column a key.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/show-partitions.html (how it is asked),
https://trino.io/docs/current/connector/hive.html#metadata-tables (partitioned tables alone have it)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from local_aws.sql import projection
from local_aws.sql.errors import unsupported
from local_aws.sql.partitions import HIVE_NULL, key_types
from local_aws.sql.types import Type

if TYPE_CHECKING:
    from local_aws.lake import Lake


@dataclass
class PartitionRows:
    """The values of the partitions that the catalog has, in the types of the keys.

    :raises QueryFailed: for a table with partition projection, whose partitions are not in the catalog.
    """

    lake: Lake
    database: str
    shape: dict[str, Any]
    path: tuple[str, ...]

    def __post_init__(self) -> None:
        if projection.is_enabled(self.shape):
            raise unsupported(f'"{self.path[-1]}" of a table with partition projection')

    @property
    def fields(self) -> Sequence[tuple[str, Type, bool]]:
        return [(name, kind, False) for name, kind in key_types(self.shape)]

    @property
    def partition_columns(self) -> set[str]:
        return set()

    def sql(self, predicate: exp.Expr | None, columns: list[str]) -> str:
        keys = key_types(self.shape)
        found = [each["Values"] for each in self.lake.catalog.partitions(self.database, self.shape["Name"])]
        rows = found or [[HIVE_NULL] * len(keys)]
        listed = ", ".join(f"({', '.join(map(_text, row))})" for row in rows)
        casts = ", ".join(f'CAST("{name}" AS {kind.duckdb}) AS "{name}"' for name, kind in keys)
        names = ", ".join(f'"{name}"' for name, _ in keys)
        condition = "" if found else " WHERE FALSE"
        return f"SELECT {casts} FROM (VALUES {listed}) AS p({names}){condition}"


def _text(value: str) -> str:
    return "NULL" if value == HIVE_NULL else "'" + value.replace("'", "''") + "'"
