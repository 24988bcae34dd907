"""Rows into partitions: one group of rows for each value of the partition spec.

pyiceberg's own splitter needs a native package for every transform but identity; here each transform is computed once
per distinct value by pyiceberg's reference implementation, so that all of them can be written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.partitioning import PartitionField, PartitionFieldValue, PartitionKey, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import BucketTransform, IdentityTransform, TimeTransform, TruncateTransform, VoidTransform
from pyiceberg.types import TimestampType, TimestamptzType

from local_aws.errors import Unsupported

WRITABLE = (IdentityTransform, TimeTransform, BucketTransform, TruncateTransform, VoidTransform)


def split(spec: PartitionSpec, schema: Schema, rows: pa.Table) -> Iterator[tuple[PartitionKey | None, pa.Table]]:
    """The rows of each partition, with its key; an unpartitioned table has one partition without a key."""
    if spec.is_unpartitioned():
        if rows.num_rows:
            yield None, rows
        return
    combined: Any = None
    values: list[list[Any]] = []
    for field in spec.fields:
        codes, distinct = _coded(field, schema, rows)
        values.append(distinct)
        combined = codes if combined is None else pc.add(pc.multiply(combined, len(distinct)), codes)
    order = pc.sort_indices(combined)
    ordered, sorted_codes = rows.take(order), combined.take(order)
    start = 0
    for run in pc.run_end_encode(sorted_codes, run_end_type=pa.int64()).values.to_pylist() if rows.num_rows else []:
        stop = start + pc.sum(pc.equal(sorted_codes.slice(start), run)).as_py()
        yield _key(spec, schema, values, run), ordered.slice(start, stop - start)
        start = stop


def _coded(field: PartitionField, schema: Schema, rows: pa.Table) -> tuple[pa.Array, list[Any]]:
    """For each row the number of its partition value, and the values by number."""
    source = schema.find_field(field.source_id)
    transform = field.transform
    name = schema.find_column_name(field.source_id) or ""
    if not isinstance(transform, WRITABLE) or name not in rows.column_names:
        raise Unsupported(f"writing to an Iceberg table partitioned by {transform} of {name}")
    column = rows[name].combine_chunks()
    if isinstance(transform, TimeTransform) and isinstance(source.field_type, TimestampType | TimestamptzType):
        column = pc.floor_temporal(column, unit="hour")  # fewer distinct values; no transform is finer
    encoded = column.dictionary_encode()
    compute = transform.transform(source.field_type)
    numbers: dict[Any, int] = {}
    mapped = [numbers.setdefault(compute(value), len(numbers)) for value in encoded.dictionary.to_pylist()]
    codes = pc.take(pa.array(mapped, pa.int64()), encoded.indices)
    if codes.null_count:
        codes = pc.fill_null(codes, numbers.setdefault(None, len(numbers)))
    return codes, list(numbers)


def _key(spec: PartitionSpec, schema: Schema, values: list[list[Any]], code: int) -> PartitionKey:
    picked = []
    for distinct in reversed(values):
        code, number = divmod(code, len(distinct))
        picked.append(distinct[number])
    pairs = zip(spec.fields, reversed(picked), strict=True)
    return PartitionKey([PartitionFieldValue(field, value) for field, value in pairs], spec, schema)
