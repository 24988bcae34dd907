"""Text without oddities, cut into columns many records at a time: what `records` gives, without its bookkeeping.

Where a record is wrong, or not sure to be right, the load goes on record by record from the batch that it is in, so
that errors are found, numbered and worded in one place. Evidence:
https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-format.html
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from typing import IO

import pyarrow as pa

from local_aws.sql.redshift.load.options import Copy
from local_aws.sql.redshift.load.records import LARGEST_FIELD


class OddError(Exception):
    """The rest has to be read record by record."""


def batches(lines: IO[str], copy: Copy, width: int, size: int) -> Iterator[pa.Table]:
    """Tables of texts (`c0`, …, and `record`, which counts them), in the file's order.

    :raises OddError: where options, or a record of the next batch, need more than cutting.
    """
    blanks = width == 1 and copy.has("ignore_blank_lines")
    if copy.format not in {"TEXT", "CSV"} or copy.has("escape") or copy.has("remove_quotes") or blanks:
        raise OddError
    names = [f"c{n}" for n in range(width)]
    for _ in range(copy.skip):
        next(lines, None)
    rows = _csv(lines, copy) if copy.format == "CSV" else _delimited(lines, copy, width)
    try:
        while batch := list(itertools.islice(rows, size)):
            if set(map(len, batch)) != {width}:
                raise OddError
            arrays = [pa.array(each, pa.string()) for each in zip(*batch, strict=True)]
            yield pa.table([*arrays, pa.array(range(len(batch)), pa.int64())], names=[*names, "record"])
    except (csv.Error, UnicodeError, pa.ArrowException) as problem:
        raise OddError from problem


def _csv(lines: IO[str], copy: Copy) -> Iterator[list[str]]:
    csv.field_size_limit(LARGEST_FIELD)
    return csv.reader(lines, delimiter=copy.separator, quotechar=copy.quote, strict=True)


def _delimited(lines: IO[str], copy: Copy, width: int) -> Iterator[list[str]]:
    """A delimiter at the end of a line is let be."""
    separator = copy.separator
    for line in lines:
        fields = line.rstrip("\r\n").split(separator)
        if len(fields) == width + 1 and not fields[-1]:
            fields.pop()
        yield fields
