"""The files that CTAS, INSERT and UNLOAD write, a folder a partition; rows pass through in batches, none is held.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/ctas-partitioning-and-bucketing.html
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from local_aws.objects import split_uri
from local_aws.sql import file_writers, line_writers
from local_aws.sql.engine import Session
from local_aws.sql.errors import QueryFailed
from local_aws.sql.file_writers import FileWriter
from local_aws.sql.partition_names import HIVE_NULL, escaped

if TYPE_CHECKING:
    import pyarrow as pa

Shape = dict[str, Any]
MOST_PARTITIONS = 100
"""Evidence: https://docs.aws.amazon.com/athena/latest/ug/ctas-insert-into.html"""


@dataclass
class Written:
    """What a statement wrote: each file's URI with its partition's values, and how many rows there were."""

    files: list[tuple[str, list[str]]]
    rows: int

    @property
    def uris(self) -> list[str]:
        return [uri for uri, _ in self.files]


def write(session: Session, batches: Iterator[pa.Table], shape: Shape, schema: pa.Schema) -> Written:
    """Write rows as the table's files, one a partition; they become objects together, once all are whole.

    :param schema: of the batches: the table's columns and its partition keys, by name.
    :raises QueryFailed: `HIVE_TOO_MANY_OPEN_PARTITIONS`; nothing is left of the files then.
    """
    form, keys = file_writers.form_of(shape), [key["Name"] for key in shape["PartitionKeys"]]
    own = schema if not keys else _without(schema, keys)
    opened: dict[tuple[str, ...], FileWriter] = {}
    folder = session.lake.directory / "writes"
    folder.mkdir(parents=True, exist_ok=True)
    rows = 0
    try:
        for batch in batches:
            rows += batch.num_rows
            for values, part in _parts(batch, keys):
                if values not in opened:
                    if len(opened) == MOST_PARTITIONS:
                        raise QueryFailed(
                            "HIVE_TOO_MANY_OPEN_PARTITIONS",
                            f"Exceeded limit of {MOST_PARTITIONS} open writers for partitions/buckets",
                        )
                    opened[values] = file_writers.opened(form, folder / session.lake.new_id(), own)
                opened[values].add(part)
        for writer in opened.values():
            writer.finish()
        return Written([_placed(session, shape, keys, values, writer) for values, writer in opened.items()], rows)
    finally:
        for writer in opened.values():
            writer.discard()


def _placed(
    session: Session, shape: Shape, keys: list[str], values: tuple[str, ...], writer: FileWriter
) -> tuple[str, list[str]]:
    location = shape["StorageDescriptor"]["Location"].rstrip("/")
    folder = "".join(f"/{key}={escaped(value)}" for key, value in zip(keys, values, strict=True))
    uri = f"{location}{folder}/{session.lake.new_id()}{writer.suffix}"
    session.lake.objects.put_file(*split_uri(uri), writer.path)
    return uri, list(values)


def _without(schema: pa.Schema, keys: list[str]) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([field for field in schema if field.name not in keys])


def _parts(rows: pa.Table, keys: list[str]) -> Iterator[tuple[tuple[str, ...], pa.Table]]:
    """The rows of each partition, by the texts of its values."""
    if not keys:
        if rows.num_rows:
            yield (), rows
        return
    own = [name for name in rows.column_names if name not in keys]
    ordered = rows.sort_by([(key, "ascending") for key in keys])
    start = 0
    columns = [ordered[key].to_pylist() for key in keys]
    for values, same in itertools.groupby(zip(*columns, strict=True)):
        count = sum(1 for _ in same)
        texts = tuple(HIVE_NULL if value is None else line_writers.text(value) for value in values)
        yield texts, ordered.slice(start, count).select(own)
        start += count


def partition_inputs(shape: Shape, written: Written) -> list[Shape]:
    if not shape["PartitionKeys"]:
        return []
    storage = shape["StorageDescriptor"]
    return [
        {
            "Values": values,
            "StorageDescriptor": {**storage, "Location": uri.rpartition("/")[0] + "/"},
            "Parameters": {},  # Athena's partitions have the member: dbt-athena copies it
        }
        for uri, values in written.files
    ]
