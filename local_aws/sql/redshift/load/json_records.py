"""JSON cut into records: objects one after the other, matched to columns by name or by JSONPath.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-json.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from local_aws.sql.redshift.load import log
from local_aws.sql.redshift.load.options import Copy
from local_aws.sql.redshift.load.records import Record

Paths = Sequence[Sequence[str | int]]
_DECODER = json.JSONDecoder(parse_float=Decimal)
_BLANK = " \t\r\n"


def records(text: str, copy: Copy, columns: Sequence[str], paths: Paths) -> Iterator[Record]:
    """The values of a file. A malformed one spoils its line; reading goes on with the next line."""
    position, line = 0, 1
    while True:
        start = position
        while position < len(text) and text[position] in _BLANK:
            position += 1
        line += text.count("\n", start, position)
        if position >= len(text):
            return
        try:
            value, end = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError):
            end = text.find("\n", position)
            end = len(text) if end < 0 else end
            yield Record(line, [], text[position:end], log.BAD_LINE, "Invalid value.")
            position = end
            continue
        last = line + text.count("\n", position, end)
        yield record(value, text[position:end], last, copy, columns, paths)
        position, line = end, last


def record(value: Any, raw: str, line: int, copy: Copy, columns: Sequence[str], paths: Paths) -> Record:
    """The fields of one value for the columns to load."""
    if copy.json == "noshred":
        return Record(line, [printed(value)], raw)
    if paths:
        return Record(line, [shown(_at(value, steps)) for steps in paths], raw)
    if not isinstance(value, dict):
        return Record(line, [], raw, log.BAD_LINE, "Invalid JSON format: an object is expected")
    if copy.json == "auto ignorecase":
        value = {key.lower(): each for key, each in reversed(value.items())}
    return Record(line, [shown(value.get(name)) for name in columns], raw)


def _at(value: Any, steps: Sequence[str | int]) -> Any:
    """What a path leads to; None where there is nothing."""
    for step in steps:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value


def shown(value: Any) -> str | None:
    """A value as the text that its column reads: a string as it is, an object or array as its JSON."""
    if value is None or isinstance(value, str):
        return value
    return printed(value)


def printed(value: Any) -> str:
    """JSON without blanks, numbers digit by digit as they were written."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{printed(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(printed, value)) + "]"
    if isinstance(value, Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False)
