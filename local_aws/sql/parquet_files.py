"""Footers of Parquet objects: the columns that a file has, and how many bytes each takes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from local_aws.objects import StoredObject
from local_aws.sql import arrow_types, types
from local_aws.sql.errors import QueryFailed
from local_aws.sql.trino.typed import name
from local_aws.sql.types import Type

_FAMILIES = dict.fromkeys(types.INTEGERS, "integer") | {"real": "float", "double": "float", "char": "text"}
_PHYSICAL = {"BYTE_ARRAY": "BINARY"}
"""What Trino calls Parquet's types."""
_FAMILIES |= {"varchar": "text", "json": "text", "timestamp with time zone": "timestamp"}


@dataclass(frozen=True)
class Footer:
    """What a file's footer says: types, compressed sizes and Parquet's own types by top-level column, in lower case."""

    kinds: dict[str, Type]
    sizes: dict[str, int]
    physical: dict[str, str] = field(default_factory=dict)

    def bytes_of(self, columns: Collection[str]) -> int:
        return sum(size for column, size in self.sizes.items() if column in columns)


def footer(file: StoredObject) -> Footer:
    """:raises QueryFailed: for an object that is no Parquet file."""
    import pyarrow as pa

    try:
        return _read(file.path, file.etag)
    except types.UnknownType as error:
        raise QueryFailed("HIVE_UNSUPPORTED_FORMAT", f"Parquet file {file.uri} has the type {error}") from error
    except (pa.ArrowException, OSError) as error:
        with file.path.open("rb") as opened:
            opened.seek(max(0, file.path.stat().st_size - 4))
            found = opened.read().decode("ascii", "replace")
        message = f"Malformed Parquet file. Expected magic number: PAR1 got: {found} [{file.uri}]"
        raise QueryFailed("HIVE_BAD_DATA", message) from error


@lru_cache(maxsize=16384)
def _read(path: Path, etag: str) -> Footer:
    import pyarrow.parquet as pq

    metadata = pq.read_metadata(path)
    kinds = {each.name.lower(): arrow_types.from_arrow(each.type) for each in metadata.schema.to_arrow_schema()}
    leaves = (metadata.schema.column(n) for n in range(metadata.num_columns))
    physical = {each.path.lower(): _PHYSICAL.get(each.physical_type, each.physical_type) for each in leaves}
    sizes: dict[str, int] = {}
    for group in range(metadata.num_row_groups):
        for n in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(n)
            column = chunk.path_in_schema.split(".")[0].lower()
            sizes[column] = sizes.get(column, 0) + chunk.total_compressed_size
    return Footer(kinds, sizes, physical)


def checked(file: StoredObject, declared: list[tuple[str, Type]], stored: Mapping[str, str]) -> set[str]:
    """The declared columns that a file has; :raises QueryFailed: where it holds another type than the table says.

    :param stored: what the file calls each column.
    """
    kinds = footer(file).kinds
    found = {label: kinds[stored[label]] for label, _ in declared if stored.get(label) in kinds}
    for label, kind in declared:
        held = found.get(label)
        if held is not None and not _readable(held, kind):
            written = footer(file).physical.get(stored[label], held.trino)
            raise QueryFailed(
                "HIVE_BAD_DATA",
                f"Field {label}'s type {written} in parquet file {file.uri} is incompatible with type {kind.trino} "
                "defined in table schema",
            )
    return set(found)


def converted(stored: str, held: Type, kind: Type) -> str:
    """A column as the file has it, for the declared type: bytes and texts are the same to Parquet."""
    column = name(stored)
    if held.name == "varbinary" and kind.is_text:
        wrong = (
            f"error('HIVE_BAD_DATA: The field {stored.replace(chr(39), chr(39) * 2)} of a Parquet file is no UTF-8')"
        )
        return f"CASE WHEN {column} IS NULL THEN NULL ELSE coalesce(TRY(decode({column})), {wrong}) END"
    return f"encode({column})" if held.is_text and kind.name == "varbinary" else column


def _readable(held: Type, kind: Type) -> bool:
    """Whether a column of a file can be read as the declared type, in all its depth.

    Evidence: https://docs.aws.amazon.com/athena/latest/ug/handling-schema-updates-chapter.html
    """
    if held.name == kind.name and held.name in {"array", "map"}:
        return all(map(_readable, held.args, kind.args))
    if held.name == kind.name == "row":
        fields = {label.lower(): each for label, each in kind.fields}
        return all(_readable(each, fields[label.lower()]) for label, each in held.fields if label.lower() in fields)
    if {_family(held), _family(kind)} == {"text", "varbinary"}:
        return True
    return _family(held) == _family(kind) and (held.name, kind.name) != ("double", "real")


def _family(kind: Type) -> str:
    return _FAMILIES.get(kind.name, kind.name)
