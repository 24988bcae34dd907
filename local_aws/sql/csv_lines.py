"""Fields as OpenCSVSerde reads them: each line for itself, so a quoted line break ends the record.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html, and Trino's reader, which follows
opencsv 2.3 (https://github.com/trinodb/trino/tree/master/lib/trino-hive-formats)
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable

Split = Callable[[list[str]], Iterable[list[str | None]]]


def csv_fields(separator: str, quote: str, escape: str) -> Split:
    """What cuts lines into fields: the plain ones at once, the well quoted by `csv`, the others by opencsv's rules."""
    sep, mark = re.escape(separator), re.escape(quote)
    field = f"(?:{mark}(?:[^{mark}]|{mark}{mark})*{mark}|[^{sep}{mark}]*)"
    quoted = re.compile(f"{field}(?:{sep}{field})*", re.DOTALL)

    def one(line: str) -> list[str | None]:
        if not line:
            return []
        if quote not in line and escape not in line:
            return list(line.split(separator))
        if escape not in line and quoted.fullmatch(line):
            return list(next(iter(csv.reader([line], delimiter=separator, quotechar=quote))))
        return _opencsv(line, separator, quote, escape)

    return lambda lines: map(one, lines)


def _opencsv(line: str, separator: str, quote: str, escape: str) -> list[str | None]:
    """An escape counts before a quote or an escape alone; a field whose quote is not closed at the end is lost."""
    fields, current, in_quotes, in_field = list[str | None](), list[str](), False, False
    places = iter(range(len(line)))
    for at in places:
        character, after = line[at], line[at + 1 : at + 2]
        if character == escape and escape != quote:
            if (in_quotes or in_field) and after and after in {quote, escape}:
                current.append(after)
                next(places)
        elif character == quote:
            if (in_quotes or in_field) and after == quote:
                current.append(quote)
                next(places)
            else:
                if at > 2 and line[at - 1] != separator and after not in {"", separator}:
                    current = [] if current and not "".join(current).strip() else [*current, quote]
                in_quotes = not in_quotes
            in_field = not in_field
        elif character == separator and not in_quotes:
            fields.append("".join(current))
            current, in_field = [], False
        else:
            current.append(character)
            in_field = True
    return [*fields, None if in_quotes else "".join(current)]
