"""Rows of S3 data sources: delimited text and JSON, plain or gzipped, every value as text or as JSON has it.

Evidence: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_UploadSettings.html and
https://docs.aws.amazon.com/quicksight/latest/user/supported-data-sources.html. Deviates: which column of a file is
which of the data set is not documented: by the header's names if it has all of them, else by position. An empty value
is NULL.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pyarrow as pa

from local_aws.errors import Unsupported
from local_aws.lake import Lake
from local_aws.objects import StoredObject
from local_aws.spice import manifests
from local_aws.spice.failures import Failed
from local_aws.spice.manifests import Upload
from local_aws.spice.types import STRING, Column

DELIMITED = ("CSV", "TSV")
UNREADABLE = "S3_FILE_INACCESSIBLE"
"""Deviates: `IngestionErrorType` has no kind of its own for bytes that are not text."""
Row = list[str | None]


def fetch(
    lake: Lake, columns: tuple[Column, ...], upload: Mapping[str, Any], parameters: Mapping[str, Any]
) -> pa.Table:
    """The rows of all files of a manifest, with the data set's columns, as text.

    :param upload: the data set's `UploadSettings`. :param parameters: the data source's `S3Parameters`.
    :raises Failed: for a manifest or file that cannot be read. :raises Unsupported: for other formats.
    """
    manifest = manifests.read(lake, parameters)
    settings = Upload.of(manifest.settings, upload)
    check(settings.format, columns)
    names = [each.name for each in columns]
    values: list[list[str | None]] = [[] for _ in names]
    for stored in manifest.objects(lake):
        text = _text(stored)
        try:
            rows = _records(text, names) if settings.format == "JSON" else _delimited(text, settings, names)
            for row in rows:
                for column, value in zip(values, row, strict=True):
                    column.append(value)
        except (ValueError, csv.Error) as error:
            kind = "FAILURE_TO_PROCESS_JSON_FILE" if settings.format == "JSON" else UNREADABLE
            raise Failed(kind, f"{stored.uri}: {error}") from error
    return pa.table([pa.array(each, pa.string()) for each in values], names=names)


def check(form: str, columns: tuple[Column, ...]) -> None:
    """:raises Failed: for typed columns of text: https://docs.aws.amazon.com/quicksight/latest/APIReference/API_S3Source.html
    takes STRING alone for files that are not JSON."""
    if form not in (*DELIMITED, "JSON"):
        raise Unsupported(f"QuickSight S3 sources of format {form}")
    typed = [each.name for each in columns if each.type != STRING]
    if typed and form != "JSON":
        message = f"Columns of {form} files are of type STRING, which {', '.join(typed)} is not"
        raise Failed("INVALID_DATA_SOURCE_CONFIG", message)


def _text(stored: StoredObject) -> str:
    data = stored.path.read_bytes()
    try:
        return (gzip.decompress(data) if stored.key.endswith(".gz") else data).decode("utf-8-sig")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise Failed(UNREADABLE, f"{stored.uri}: {error}") from error


def _delimited(text: str, settings: Upload, names: list[str]) -> Iterator[Row]:
    """Lines without anything in them are no rows; what a row has too few of is NULL, too many are left out."""
    source = io.StringIO(text, newline="")
    lines = csv.reader(source, delimiter=settings.delimiter, quotechar=settings.qualifier, doublequote=True)
    for _ in range(settings.start - 1):
        next(lines, None)
    header = next(lines, []) if settings.header else []
    known = {name.strip(): place for place, name in reversed(list(enumerate(header)))}
    places = [known[name] for name in names] if set(names) <= set(known) else list(range(len(names)))
    for line in lines:
        if line:
            yield [line[place] or None if place < len(line) else None for place in places]


def _records(text: str, names: list[str]) -> Iterator[Row]:
    """Objects one after the other, or arrays of them."""
    decoder, position = json.JSONDecoder(parse_float=str, parse_int=str), 0
    while position < len(text):
        if text[position] in " \t\r\n,":
            position += 1
            continue
        found, position = decoder.raw_decode(text, position)
        for record in found if isinstance(found, list) else [found]:
            if not isinstance(record, dict):
                raise ValueError("a record is not a JSON object")
            yield [_plain(record.get(name), name) for name in names]


def _plain(value: Any, name: str) -> str | None:
    if isinstance(value, dict | list):
        raise Unsupported(f"nested JSON in QuickSight S3 sources (column {name})")
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None else str(value)
