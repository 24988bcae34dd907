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
import pyarrow.compute as pc

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
    for _ in range(copy.skip):
        next(lines, None)
    try:
        while batch := list(itertools.islice(lines, size)):
            quoted = copy.format == "CSV" and any(copy.quote in each for each in batch)
            columns = _quoted(batch, lines, copy, width) if quoted else _split(batch, copy, width)
            record = pa.array(range(len(columns[0])), pa.int64())
            yield pa.table([*columns, record], names=[*(f"c{n}" for n in range(width)), "record"])
    except (csv.Error, UnicodeError, pa.ArrowException) as problem:
        raise OddError from problem


def _quoted(batch: list[str], lines: IO[str], copy: Copy, width: int) -> list[pa.Array]:
    """The records that begin in these lines; the last may end in one that follows."""
    csv.field_size_limit(LARGEST_FIELD)
    source = itertools.chain(batch, lines)
    reader = csv.reader(source, delimiter=copy.separator, quotechar=copy.quote, strict=True)
    rows: list[list[str]] = []
    while reader.line_num < len(batch):
        rows.append(next(reader))
    if set(map(len, rows)) != {width}:
        raise OddError
    return [pa.array(each, pa.string()) for each in zip(*rows, strict=True)]


def _split(batch: list[str], copy: Copy, width: int) -> list[pa.Array]:
    """One record a line; in text a delimiter at the end of all lines is let be."""
    texts = pc.utf8_rtrim(pa.array(batch, pa.string()), characters="\r\n")
    pieces = pc.split_pattern(texts, pattern=copy.separator)
    found = pc.unique(pc.list_value_length(pieces)).to_pylist()
    spare = copy.format == "TEXT" and found == [width + 1]
    if found != [width] and not spare:
        raise OddError
    columns = [pc.list_element(pieces, n) for n in range(found[0])]
    if spare and pc.unique(columns.pop()).to_pylist() != [""]:
        raise OddError
    return columns
