"""The CSV classifier: which delimiter, is there a header, what types, are values quoted.

Evidence: https://docs.aws.amazon.com/glue/latest/dg/add-classifier.html (built-in CSV classifier: its delimiters, two
columns and two rows at least, the rules for a header) and
https://docs.aws.amazon.com/glue/latest/dg/custom-classifier.html (the options of a custom one).
Deviates: that page numbers the columns of a file without header from `col1`; the tables that crawls leave begin at
`col0`, and so do these. How much is read: the first 1,000 records or the first megabyte, whichever is less
(https://repost.aws/knowledge-center/glue-crawler-detect-schema).
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from local_aws.crawl.files import MEGABYTE, FileSchema, Sample, open_plain
from local_aws.crawl.types import NULL, HiveType, merge

DELIMITERS = (",", "|", "\t", ";", "\x01")
HEADER_WIDTH = 150
READ = 1000
"""Records whose values say what types the columns have."""
PROBED = 200
"""Rows by which a delimiter is chosen."""
REGULAR = 0.9
"""The share of the rows that have the same number of values, in a file that is CSV."""

_WHOLE = re.compile(r"[+-]?\d{1,19}")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_COLUMN_NAME = re.compile("[\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff\t]*")  # Glue's single-line string pattern


@dataclass(frozen=True)
class CsvOptions:
    """A custom CSV classifier, or the built-in one when all is left as it is."""

    delimiter: str | None = None
    quote: str = '"'
    contains_header: str = "UNKNOWN"
    header: tuple[str, ...] = ()
    single_column: bool = False
    trim: bool = True
    types: tuple[str, ...] = ()
    serde: str = "None"


BUILT_IN = CsvOptions()


def classify(sample: Sample, path: Path, options: CsvOptions = BUILT_IN) -> FileSchema | None:
    """The schema, or None if the file is no CSV by these options."""
    text = _decoded(sample.data)
    if "\x00" in text:
        return None
    delimiter = _delimiter(text, sample.whole, options)
    if delimiter is None:
        return None
    rows = _rows(text, delimiter, options.quote, sample.whole)
    width = Counter(len(row) for row in rows).most_common(1)[0][0]
    first = rows[0]
    body = _types(rows[1:READ], width, options.trim)
    whole = [merge(own, below) for own, below in zip(_types(rows[:1], width, options.trim), body, strict=True)]
    header = len(first) == width and _has_header(first, body, options)
    names = _names(options.header or (tuple(first) if header else ()), width)
    found: Sequence[HiveType] = options.types or (body if header else whole)
    if len(found) != width or (options.header and len(options.header) != width):
        return None
    quoted = _is_quoted(text, sample, path, delimiter, options.quote)
    details = {
        "delimiter": delimiter,
        "header": "1" if header else "0",
        "quoted": "1" if quoted else "0",
        "quote": options.quote,
        "serde": options.serde,
    }
    records = sample.estimate(len(rows), len(sample.data)) - header
    return FileSchema(
        "csv",
        sample.compression,
        dict(zip(names, found, strict=True)),
        records,
        len(sample.data) / len(rows),
        tuple(details.items()),
        first_row=_names(first, width) if len(first) == width else (),
        body=tuple(body),
    )


def with_header(found: FileSchema) -> FileSchema:
    """The same file, its first row taken as its header: other files of its kind have shown that it is one."""
    options = {**dict(found.options), "header": "1"}
    columns = dict(zip(found.first_row, found.body, strict=True))
    return replace(found, columns=columns, records=found.records - 1, options=tuple(options.items()))


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.end >= len(data) - 3:  # the sample ends within a character
            return data[: error.start].decode("utf-8-sig")
        return data.decode("latin-1")


def _rows(text: str, delimiter: str, quote: str, whole: bool, limit: int | None = None) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quotechar=quote)
    rows: list[list[str]] = []
    try:
        for row in reader:
            if row:
                rows.append(row)
            if limit is not None and len(rows) >= limit:
                return rows
    except csv.Error:  # a value beyond the csv module's field limit: no table has such a row
        return rows
    return rows if whole else rows[:-1]


def _delimiter(text: str, whole: bool, options: CsvOptions) -> str | None:
    best: tuple[float, int, str] | None = None
    for each in [options.delimiter] if options.delimiter else DELIMITERS:
        if each not in text and not options.single_column:
            continue
        rows = _rows(text, each, options.quote, whole, PROBED)
        if len(rows) < 2:
            continue
        width, times = Counter(len(row) for row in rows).most_common(1)[0]
        share = times / len(rows)
        fits = (width >= 2 or options.single_column) and share >= REGULAR
        if fits and (best is None or (share, width) > best[:2]):
            best = (share, width, each)
    return best[2] if best else None


def _has_header(first: list[str], body: Sequence[HiveType], options: CsvOptions) -> bool:
    if options.contains_header != "UNKNOWN":
        return options.contains_header == "PRESENT"
    if any(_type_of(value) != "string" for value in first[:-1]) or _type_of(first[-1]) not in {"string", NULL}:
        return False
    if any(len(value) >= HEADER_WIDTH for value in first[:-1]):
        return False
    if any(not _COLUMN_NAME.fullmatch(value) for value in first):
        return False
    return any(each not in {"string", NULL} for each in body)


def _names(given: Sequence[str], width: int) -> tuple[str, ...]:
    """Column names: lower case, spaces within kept, made distinct where the file repeats one."""
    names: list[str] = []
    for position in range(width):
        name = given[position].strip().lower() if position < len(given) else ""
        name = name or f"col{position}"
        while name in names:
            name = f"{name}_{position}"
        names.append(name)
    return tuple(names)


def _types(rows: list[list[str]], width: int, trim: bool) -> list[HiveType]:
    found: list[HiveType] = [NULL] * width
    for row in rows:
        if len(row) == width:
            for position, value in enumerate(row):
                known = found[position]
                if known != "string":
                    found[position] = merge(known, _type_of(value.strip() if trim else value))
    return found


def _type_of(value: str) -> HiveType:
    """Deviates: dates and timestamps are strings, as in the tables that crawls leave; AWS documents no rule."""
    if not value:
        return NULL
    if _WHOLE.fullmatch(value) and -(1 << 63) <= int(value) < 1 << 63:
        return "bigint"
    if _NUMBER.fullmatch(value):
        return "double"
    return "boolean" if value.lower() in {"true", "false"} else "string"


def _is_quoted(text: str, sample: Sample, path: Path, delimiter: str, quote: str) -> bool:
    """Whether any value is enclosed in quotes, in the whole file: one beyond the sample would shift columns as well."""
    mark = rf"(?:^|[\r\n]|{re.escape(delimiter)}){re.escape(quote)}"
    if re.search(mark, text):
        return True
    if sample.whole:
        return False
    pattern, before = re.compile(mark.encode()), b"\n"
    with open_plain(path, sample.compression) as stream:
        while chunk := stream.read(MEGABYTE):
            if pattern.search(before[-1:] + chunk):
                return True
            before = chunk
    return False
