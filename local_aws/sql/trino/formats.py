"""Date formats: MySQL's (`date_parse`, `date_format`) and Joda's (`parse_datetime`, `format_datetime`) as strftime's.

Evidence: https://trino.io/docs/current/functions/datetime.html
"""

from __future__ import annotations

import re

from local_aws.sql.errors import unsupported
from local_aws.sql.trino.typed import At

_SHARED = {"Y": "%Y", "y": "%y", "m": "%m", "d": "%d", "H": "%H", "h": "%I", "I": "%I", "i": "%M", "s": "%S", "S": "%S"}
_SHARED |= {"p": "%p", "M": "%B", "b": "%b", "a": "%a", "W": "%A", "j": "%j", "f": "%f", "%": "%%", "T": "%H:%M:%S"}
_SHARED |= {"r": "%I:%M:%S %p"}
_PARSING = _SHARED | {"c": "%m", "e": "%d", "k": "%H", "l": "%I"}
_PRINTING = _SHARED | {"c": "%-m", "e": "%-d", "k": "%-H", "l": "%-I", "v": "%V", "x": "%G"}
_JODA = {"yyyy": "%Y", "yy": "%y", "y": "%Y", "YYYY": "%Y", "MM": "%m", "M": "%-m", "MMM": "%b", "MMMM": "%B"}
_JODA |= {"dd": "%d", "d": "%-d", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M", "m": "%-M", "ss": "%S"}
_JODA |= {"s": "%-S", "SSS": "%g", "SSSSSS": "%f", "a": "%p", "E": "%a", "EEE": "%a", "EEEE": "%A", "DDD": "%j"}
_JODA_TOKEN = re.compile(r"'((?:[^']|'')*)(?:'|$)|([A-Za-z])\2*|[^A-Za-z']+")


def mysql(layout: str, *, parsing: bool, at: At) -> str:
    """:raises QueryFailed: for a specifier that is not supported; Trino itself refuses `%D %U %u %V %w %X`."""
    known, made, letters = (_PARSING if parsing else _PRINTING), "", iter(layout)
    for letter in letters:
        if letter != "%":
            made += letter
            continue
        specifier = next(letters, "%")
        if specifier in "DUuVwX" or (specifier.isalpha() and specifier not in known):
            raise unsupported(f"%{specifier} in a date format", at)
        made += known.get(specifier, specifier)
    return made


def joda(layout: str, *, parsing: bool, at: At) -> str:
    made = ""
    for token in _JODA_TOKEN.finditer(layout):
        text = token[0]
        if text.startswith("'"):
            made += (token[1].replace("''", "'") or "'").replace("%", "%%")
        elif not text[0].isalpha():
            made += text.replace("%", "%%")
        elif text in {"Z", "ZZ"} and parsing:
            made += "%z"
        elif text in _JODA:
            made += _JODA[text].replace("-", "") if parsing else _JODA[text]
        else:
            raise unsupported(f"{text!r} in a date format", at)
    return made
