"""The rows of Parquet files as DuckDB reads them, with what all of a file share: partition keys, hidden columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from local_aws.objects import StoredObject
from local_aws.sql import types
from local_aws.sql.partition_names import folder
from local_aws.sql.partitions import Partition
from local_aws.sql.trino.typed import name, text
from local_aws.sql.types import Type

PATH = "$path"
HIDDEN: dict[str, Type] = {
    PATH: types.VARCHAR,
    "$file_size": types.BIGINT,
    "$file_modified_time": types.TIMESTAMP_TZ,
    "$partition": types.VARCHAR,
}
"""What every row of a Hive table also has. Evidence: https://trino.io/docs/current/connector/hive.html#metadata-columns"""
_PLACE, _FILE = '"$place"', "$file"


@dataclass(frozen=True)
class File:
    """A Parquet file to read, the object whose rows it holds, and the object's partition."""

    path: Path
    object: StoredObject
    partition: Partition


@dataclass(frozen=True)
class Shared:
    """What a row has besides what its file says: the partition keys, and the hidden columns that are wanted."""

    keys: list[tuple[str, Type]]
    hidden: Sequence[str]

    @property
    def columns(self) -> list[tuple[str, Type]]:
        return [*self.keys, *((each, HIDDEN[each]) for each in self.hidden)]

    def texts(self, file: File) -> list[str | None]:
        """Their values in the rows of a file."""
        values = file.partition.values
        known = {
            PATH: file.object.uri,
            "$file_size": str(file.object.size),
            "$file_modified_time": file.object.last_modified.isoformat(),
            "$partition": folder((key for key, _ in self.keys), values),
        }
        return [*values, *(known[each] for each in self.hidden)]


def rows_of(
    files: list[File],
    expressions: list[str],
    shared: Shared,
    row: str = "*",
    kinds: Sequence[Mapping[str, Type]] = (),
) -> str:
    """A SELECT of the files' rows.

    What all rows of a file share is looked up by the file's place among the files, which DuckDB does once a vector;
    a join would do it once a row.

    :param row: what `expressions` are made of, over the files' columns.
    :param kinds: the files' columns; files that have the same need not be opened before they are read.
    """
    texts = [shared.texts(each) for each in files]
    made = [
        f"{_looked_up([values[n] for values in texts])}::{kind.duckdb} AS {name(label)}"
        for n, (label, kind) in enumerate(shared.columns)
    ]
    paths = listed(each.path for each in files)
    options, place = ["hive_partitioning = false"], "CAST(file_index AS BIGINT) + 1"
    if any(each != kinds[0] for each in kinds[1:]):
        options.append("union_by_name = true")
    if any("file_index" in each for each in kinds):  # the files' own column hides DuckDB's
        options.append(f"filename = {text(_FILE)}")
        place = f"list_position({paths}, {name(_FILE)})"
    found = f"{row}, {place} AS {_PLACE}" if any(_PLACE in each for each in made) else row
    source = f"SELECT {found} FROM read_parquet({paths}, {', '.join(options)})"
    return f"SELECT {', '.join([*expressions, *made]) or '1'} FROM ({source})"


def _looked_up(texts: list[str | None]) -> str:
    """The text that belongs to the file which a row is of."""
    written = ["NULL" if each is None else text(each) for each in texts]
    return written[0] if len(set(written)) == 1 else f"[{', '.join(written)}][{_PLACE}]"


def listed(paths: Iterable[Path]) -> str:
    """Files as DuckDB's readers take them."""
    return f"[{', '.join(text(str(path)) for path in paths)}]"
