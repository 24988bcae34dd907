"""`timestamp.formats` of the JSON SerDes: Java's date patterns as DuckDB's.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/hive-json-serde.html, and the patterns of
https://docs.oracle.com/javase/8/docs/api/java/text/SimpleDateFormat.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from local_aws.sql.errors import unsupported

MILLIS = "millis"
"""Hive's word for milliseconds since 1970."""
_PART = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|[^A-Za-z']+")
_LETTERS = {
    **{"yyyy": "%Y", "yy": "%y", "MM": "%m", "M": "%-m", "MMM": "%b", "MMMM": "%B", "dd": "%d", "d": "%-d"},
    **{"HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M", "ss": "%S", "a": "%p", "EEE": "%a"},
    **{"SSS": "%g", "SSSSSS": "%f", "SSSSSSSSS": "%n", "Z": "%z", "X": "%z", "XXX": "%z"},
}


def formats(text: str) -> list[str]:
    """DuckDB's formats of a comma separated list of Java's; :raises QueryFailed: for a letter that is not known."""
    return [each if each == MILLIS else _format(each) for each in (part.strip() for part in text.split(",")) if each]


def _format(pattern: str) -> str:
    made = []
    for part in _PART.finditer(pattern):
        if part[1] is not None:
            made.append((part[1].replace("''", "'") or "'").replace("%", "%%"))
        elif part[2]:
            if part[0] not in _LETTERS:
                raise unsupported(f"{part[0]} in timestamp.formats")
            made.append(_LETTERS[part[0]])
        else:
            made.append(part[0].replace("%", "%%"))
    return "".join(made)


def parsed(text: str, known: Sequence[str]) -> str:
    """A DuckDB expression: the moment that a text is by the first format that fits, else NULL; in UTC."""
    tries = []
    for each in known:
        if each == MILLIS:
            tries.append(f"make_timestamp_ms(TRY_CAST({text} AS BIGINT))")
            continue
        quoted = each.replace("'", "''")
        tries.append(f"CAST(try_strptime({text}, '{quoted}') AS TIMESTAMP)")
    return f"coalesce({', '.join(tries)})"
