"""The JSON classifier: records one a line, one after the other, or in one array.

Evidence: https://docs.aws.amazon.com/glue/latest/dg/add-classifier.html; how much is read and that lines which are no
record do not hinder, https://repost.aws/knowledge-center/glue-crawler-detect-schema; arrays and the path `$[*]`,
https://docs.aws.amazon.com/glue/latest/dg/custom-classifier.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from local_aws.crawl.files import FileSchema, Sample
from local_aws.crawl.types import NULL, Array, HiveType, Struct, merge, of_json

_decoder = json.JSONDecoder()
_NO_JSON = (ValueError, RecursionError)


def classify(sample: Sample, rows_of_array: bool = False) -> FileSchema | None:
    """The schema, or None if there is not one JSON record.

    :param rows_of_array: the elements of a top-level array are the rows, as a custom classifier with the path `$[*]`
        has it. Without it an array is one value, a table of the one column `array`.
    """
    text = sample.data[:64].lstrip(b"\xef\xbb\xbf").lstrip()
    if text[:1] == b"[":
        return _of_array(sample, rows_of_array)
    lines = _of_lines(sample)
    return lines if lines is not None else _of_documents(sample)


def _text(sample: Sample) -> str:
    return sample.data.decode("utf-8-sig", errors="replace")


def _add(fields: dict[str, HiveType], record: dict[str, Any]) -> None:
    """Widen `fields` by one record. In place: this is the inner loop of every crawl."""
    for name, value in record.items():
        found = of_json(value)
        known = fields.get(name)
        if known is None:
            fields[name] = found
        elif known is not found:
            fields[name] = merge(known, found)


def _of_lines(sample: Sample) -> FileSchema | None:
    lines = sample.data.splitlines()
    if not sample.whole and len(lines) > 1:
        lines.pop()  # cut off in its middle
    fields: dict[str, HiveType] = {}
    records = used = 0
    for line in lines:
        used += len(line) + 1
        stripped = line.strip()
        if stripped:
            records += 1
            record = _record(stripped)
            if record is not None:
                _add(fields, record)
    return _schema(fields, sample, records, len(sample.data) if sample.whole else used) if fields else None


def _record(line: bytes) -> dict[str, Any] | None:
    if not line.startswith(b"{"):
        return None
    try:
        found = json.loads(line)
    except _NO_JSON:
        return None
    return found if isinstance(found, dict) else None


def _of_documents(sample: Sample) -> FileSchema | None:
    """Records that span lines."""
    fields: dict[str, HiveType] = {}
    records = used = 0
    for record, end in _values(_text(sample), 0, ""):
        if isinstance(record, dict):
            records, used = records + 1, end
            _add(fields, record)
    return _schema(fields, sample, records, used) if fields else None


def _of_array(sample: Sample, rows: bool) -> FileSchema | None:
    element: HiveType = NULL
    records = used = 0
    text = _text(sample)
    for value, end in _values(text, text.index("[") + 1, ","):
        element = merge(element, of_json(value))
        records, used = records + 1, end
    if not records:
        return None
    if not rows:
        return _schema({"array": Array(element)}, sample, 1, len(sample.data))
    return _schema(element.fields, sample, records, used) if isinstance(element, Struct) else None


def _values(text: str, position: int, between: str) -> Iterator[tuple[Any, int]]:
    """One value after the other and where it ended, until one cannot be read."""
    while True:
        while position < len(text) and (text[position].isspace() or text[position] in between):
            position += 1
        try:
            found, position = _decoder.raw_decode(text, position)
        except _NO_JSON:
            return
        yield found, position


def _schema(fields: dict[str, HiveType], sample: Sample, records: int, used: int) -> FileSchema:
    """:param used: bytes of the sample that the records took."""
    columns: dict[str, HiveType] = {}
    for name, hive_type in fields.items():
        lowered = name.lower()
        columns[lowered] = merge(columns[lowered], hive_type) if lowered in columns else hive_type
    total = sample.estimate(records, used)
    return FileSchema("json", sample.compression, columns, total, used / records, paths=tuple(sorted(fields)))
