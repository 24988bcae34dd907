"""Text cut into records: pipe-delimited text and CSV. Each record is its fields, or what is wrong with its line.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-format.html and
https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-conversion.html
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from local_aws.sql.redshift.load import log
from local_aws.sql.redshift.load.options import Copy

LARGEST_FIELD = 16 * 1024 * 1024
_UNDECODED = re.compile("[\udc80-\udcff]")


@dataclass(slots=True)
class Record:
    """A record of a file: `line` is its first line, counted from 1. `code` is 0 unless the record is wrong."""

    line: int
    fields: list[str | None]
    raw: str
    code: int = 0
    reason: str = ""


def records(lines: Iterable[str], copy: Copy, width: int) -> Iterator[Record]:
    """The records of a file. :param width: how many columns are to be loaded."""
    split = _csv if copy.format == "CSV" else _fixed if copy.widths else _escaped if copy.has("escape") else _delimited
    for record in split(_decoded(lines, copy), copy):
        if record.line <= copy.skip:
            continue
        blank = len(record.fields) <= 1 and not (record.fields and (record.fields[0] or "").strip())
        if blank and not record.raw.strip() and record.code == 0:
            if copy.has("ignore_blank_lines"):
                continue
            if width > 1 and not copy.has("fill_record"):
                record.code, record.reason = log.NO_DELIMITER, "Delimiter not found"
        if record.code == 0:
            _fit(record, copy, width)
        yield record


def _fit(record: Record, copy: Copy, width: int) -> None:
    """As many fields as columns; FILLRECORD fills up at the end, a delimiter at the end of the text is let be."""
    fields = record.fields
    if len(fields) == width + 1 and fields[-1] == "" and copy.format == "TEXT":
        fields.pop()
    if len(fields) > width:
        record.code, record.reason = log.TOO_MANY, "Extra column(s) found"
    elif len(fields) < width:
        if copy.has("fill_record"):
            fields.extend([None] * (width - len(fields)))
        else:
            record.code, record.reason = log.NO_DELIMITER, "Delimiter not found"
    if record.code == 0 and _UNDECODED.search(record.raw):
        found = _UNDECODED.search(record.raw)
        assert found is not None
        byte = ord(found.group()) - 0xDC00
        message = "String contains invalid or unsupported UTF8 codepoints. Bad UTF8 hex sequence"
        record.code, record.reason = log.BAD_CODE_POINT, f"{message}: {byte:x}"


def _decoded(lines: Iterable[str], copy: Copy) -> Iterator[str]:
    """ACCEPTINVCHARS puts one character in place of each byte that is no text."""
    if not copy.replacement:
        yield from lines
        return
    for line in lines:
        yield line if line.isascii() else _UNDECODED.sub(copy.replacement, line)


def _delimited(lines: Iterable[str], copy: Copy) -> Iterator[Record]:
    cut = _unquoted if copy.has("remove_quotes") else _split
    for number, line in enumerate(lines, 1):
        raw = line.rstrip("\r\n")
        yield Record(number, cut(raw, copy.separator), raw)


def _fixed(lines: Iterable[str], copy: Copy) -> Iterator[Record]:
    """FIXEDWIDTH: fields by their places; the last may be short, those beyond the end are not there."""
    for number, line in enumerate(lines, 1):
        raw, start = line.rstrip("\r\n"), 0
        fields: list[str | None] = []
        for width in copy.widths:
            if start >= len(raw):
                break
            fields.append(raw[start : start + width])
            start += width
        yield Record(number, fields, raw)


def _split(line: str, separator: str) -> list[str | None]:
    return list(line.split(separator))


def _unquoted(line: str, separator: str) -> list[str | None]:
    """REMOVEQUOTES: single or double quotes around a field fall away; within them a delimiter is text."""
    found: list[str | None] = []
    position = 0
    while position <= len(line):
        quote = line[position : position + 1]
        end = line.find(quote + separator, position + 1) if quote in {"'", '"'} else -1
        if quote in {"'", '"'} and (end >= 0 or line.endswith(quote, position + 1)):
            end = end if end >= 0 else len(line) - 1
            found.append(line[position + 1 : end])
            position = end + 2
            continue
        end = line.find(separator, position)
        end = len(line) if end < 0 else end
        found.append(line[position:end])
        position = end + 1
    return found


def _escaped(lines: Iterable[str], copy: Copy) -> Iterator[Record]:
    """ESCAPE: a backslash takes the next character as it is, a line break too; the NULL text keeps its backslash."""
    pending, first = "", 0
    for number, line in enumerate(lines, 1):
        first = first or number
        pending += line
        body = pending.rstrip("\r\n")
        slashes = len(body) - len(body.rstrip("\\"))
        if slashes % 2 and len(body) < len(pending):
            continue
        yield Record(first, _unescaped_fields(body, copy), body)
        pending, first = "", 0
    if pending:
        yield Record(first, [], pending, log.BAD_LINE, "Invalid input line: it ends within an escape")


def _unescaped_fields(line: str, copy: Copy) -> list[str | None]:
    if "\\" not in line:
        return list(line.split(copy.separator))
    found: list[str | None] = []
    start, position = 0, 0
    while position <= len(line):
        at_end = position == len(line)
        if not at_end and line[position] == "\\":
            position = min(position + 2, len(line))
            continue
        if at_end or line[position] == copy.separator:
            field = line[start:position]
            found.append(field if field == copy.null else re.sub(r"\\(.)", r"\1", field, flags=re.DOTALL))
            start = position + 1
        position += 1
    return found


class _Source:
    """Lines for the CSV reader, kept until a record has taken them."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.count = 0
        self.taken: list[str] = []

    def __iter__(self) -> _Source:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.count += 1
        self.taken.append(line)
        return line


def _csv(lines: Iterable[str], copy: Copy) -> Iterator[Record]:
    """Quoted fields, doubled quotes, line breaks within quotes. IGNOREHEADER skips lines, not records."""
    csv.field_size_limit(LARGEST_FIELD)
    source = _Source(lines)
    for _ in range(copy.skip):
        next(source, None)
    while True:
        reader = csv.reader(source, delimiter=copy.separator, quotechar=copy.quote, strict=True)
        while True:
            first = source.count + 1
            source.taken.clear()
            try:
                fields = next(reader)
            except StopIteration:
                return
            except csv.Error as problem:
                yield Record(first, [], _raw(source), log.BAD_LINE, _csv_reason(str(problem)))
                break
            yield Record(first, list(fields) or [""], _raw(source))


def _raw(source: _Source) -> str:
    return "".join(source.taken).rstrip("\r\n")


def _csv_reason(problem: str) -> str:
    return "Delimited value missing end quote" if "end of data" in problem else "Invalid quote formatting for CSV"
