"""Rows as Parquet data files with field ids and statistics.

pyiceberg's own `write_file` is not used: it turns a NULL list of structs into an empty list.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyiceberg.io.fileformat import FileFormatFactory
from pyiceberg.io.pyarrow import bin_pack_arrow_table, schema_to_pyarrow
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.partitioning import PartitionKey
from pyiceberg.table import Table, TableProperties
from pyiceberg.typedef import Record
from pyiceberg.utils.concurrent import ExecutorFactory
from pyiceberg.utils.properties import property_as_int

from local_aws.iceberg.partition import split

if TYPE_CHECKING:
    from local_aws.lake import Lake

Part = tuple[int, PartitionKey | None, Any]


def write_rows(lake: Lake, table: Table, rows: pa.Table) -> list[DataFile]:
    """Write rows (of the table's own types): a file for each partition, more when it grows too large.

    Named as Iceberg's writers and Athena name them: `<location>/data/<partition>/00000-<number>-<uuid>.parquet`.
    """
    write = uuid.uuid4()
    ready = rows.cast(schema_to_pyarrow(table.schema(), include_field_ids=True))
    parts = ((number, key, part) for number, (key, part) in enumerate(_parts(table, ready)))
    return list(ExecutorFactory.get_or_create().map(lambda part: _write(lake, table, write, part), parts))


def _parts(table: Table, rows: pa.Table) -> Iterator[tuple[PartitionKey | None, Any]]:
    target = property_as_int(
        table.properties,
        TableProperties.WRITE_TARGET_FILE_SIZE_BYTES,
        TableProperties.WRITE_TARGET_FILE_SIZE_BYTES_DEFAULT,
    )
    for key, part in split(table.spec(), table.schema(), rows):
        for batches in bin_pack_arrow_table(part.combine_chunks(), target or 1):
            yield key, pa.Table.from_batches(batches)


def _write(lake: Lake, table: Table, write: uuid.UUID, part: Part) -> DataFile:
    number, key, rows = part
    path = table.location_provider().new_data_location(f"00000-{number}-{write}.parquet", key)
    output = lake.iceberg.io.new_output(path)
    writer = FileFormatFactory.get(FileFormat.PARQUET).create_writer(output, table.schema(), table.properties)
    with writer:
        writer.write(rows)
    return DataFile.from_args(
        content=DataFileContent.DATA,
        file_path=path,
        file_format=FileFormat.PARQUET,
        partition=key.partition if key else Record(),
        file_size_in_bytes=len(output),
        sort_order_id=None,
        spec_id=table.metadata.default_spec_id,
        equality_ids=None,
        key_metadata=None,
        **writer.result().to_serialized_dict(),
    )
