"""Footers of Parquet objects: the columns that a file has, and how many bytes each takes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from local_aws.objects import StoredObject
from local_aws.sql import arrow_types, types
from local_aws.sql.errors import QueryFailed
from local_aws.sql.types import Type

_FAMILIES = dict.fromkeys(types.INTEGERS, "integer") | {"real": "float", "double": "float", "char": "text"}
_FAMILIES |= {"varchar": "text", "json": "text", "timestamp with time zone": "timestamp"}


@dataclass(frozen=True)
class Footer:
    """What a file's footer says: types and compressed sizes by top-level column, in lower case."""

    kinds: dict[str, Type]
    sizes: dict[str, int]

    def bytes_of(self, columns: Collection[str]) -> int:
        return sum(size for name, size in self.sizes.items() if name in columns)


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
    kinds = {field.name.lower(): arrow_types.from_arrow(field.type) for field in metadata.schema.to_arrow_schema()}
    sizes: dict[str, int] = {}
    for group in range(metadata.num_row_groups):
        for n in range(metadata.num_columns):
            chunk = metadata.row_group(group).column(n)
            name = chunk.path_in_schema.split(".")[0].lower()
            sizes[name] = sizes.get(name, 0) + chunk.total_compressed_size
    return Footer(kinds, sizes)


def checked(file: StoredObject, declared: list[tuple[str, Type]], stored: Mapping[str, str]) -> set[str]:
    """The declared columns that a file has; :raises QueryFailed: where it holds another type than the table says.

    :param stored: what the file calls each column.
    """
    kinds = footer(file).kinds
    found = {name: kinds[stored[name]] for name, _ in declared if stored.get(name) in kinds}
    for name, kind in declared:
        held = found.get(name)
        if held is not None and _family(held) != _family(kind):
            raise QueryFailed(
                "HIVE_BAD_DATA",
                f"Field {name}'s type {held.trino} in parquet file {file.uri} is incompatible with type {kind.trino} "
                "defined in table schema",
            )
    return set(found)


def _family(kind: Type) -> str:
    return _FAMILIES.get(kind.name, kind.name)
