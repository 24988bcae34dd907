"""Date formats: MySQL's (`date_parse`, `date_format`) and Joda's (`parse_datetime`, `format_datetime`) as strftime's.

Evidence: https://trino.io/docs/current/functions/datetime.html
"""

from __future__ import annotations

import re

from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.trino.typed import At

_SHARED = {"Y": "%Y", "y": "%y", "m": "%m", "d": "%d", "H": "%H", "h": "%I", "I": "%I", "i": "%M", "s": "%S", "S": "%S"}
_SHARED |= {"p": "%p", "M": "%B", "b": "%b", "a": "%a", "W": "%A", "j": "%j", "f": "%f", "%": "%%", "T": "%H:%M:%S"}
_SHARED |= {"r": "%I:%M:%S %p"}
_PARSING = _SHARED | {"c": "%m", "e": "%d", "k": "%H", "l": "%I"}
_PRINTING = _SHARED | {"c": "%-m", "e": "%-d", "k": "%-H", "l": "%-I", "v": "%V", "x": "%G"}
_JODA = {"yyyy": "%Y", "yy": "%y", "y": "%Y", "YYYY": "%Y", "MM": "%m", "M": "%-m", "MMM": "%b", "MMMM": "%B"}
_JODA |= {"dd": "%d", "d": "%-d", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M", "m": "%-M", "ss": "%S"}
_JODA |= {"s": "%-S", "SSS": "%g", "SSSSSS": "%f", "a": "%p", "E": "%a", "EE": "%a", "EEE": "%a", "EEEE": "%A"}
_JODA |= {"DDD": "%j", "xxxx": "%G", "ww": "%V"}
_PRINTED = {
    "S": "substr(strftime({0}, '%g'), 1, 1)",
    "SS": "substr(strftime({0}, '%g'), 1, 2)",
    "w": "CAST(week({0}) AS VARCHAR)",
    "e": "CAST(isodow({0}) AS VARCHAR)",
    "D": "CAST(dayofyear({0}) AS VARCHAR)",
    "K": "CAST(hour({0}) % 12 AS VARCHAR)",
    "KK": "lpad(CAST(hour({0}) % 12 AS VARCHAR), 2, '0')",
    "k": "CAST((hour({0}) + 23) % 24 + 1 AS VARCHAR)",
    "kk": "lpad(CAST((hour({0}) + 23) % 24 + 1 AS VARCHAR), 2, '0')",
    "Z": "replace(zone_text({minutes}), ':', '')",
    "ZZ": "zone_text({minutes})",
    "ZZZ": "{zone}",
    "z": "{zone}",
    "G": "'AD'",
}
"""Tokens that strftime has not: of the moment `{0}`, its zone's name `{zone}` and its `{minutes}` ahead of UTC."""
_JODA_TOKEN = re.compile(r"'((?:[^']|'')*)(?:'|$)|([A-Za-z])\2*|[^A-Za-z']+")


def mysql(layout: str, *, parsing: bool, at: At) -> str:
    """:raises QueryFailed: for what Trino refuses: `%D %U %u %V %w %X`."""
    known, made, letters = (_PARSING if parsing else _PRINTING), "", iter(layout)
    for letter in letters:
        if letter != "%":
            made += letter
            continue
        specifier = next(letters, "%")
        if specifier in "DUuVwX":
            raise QueryFailed("INVALID_FUNCTION_ARGUMENT", f"%{specifier} not supported in date format string", at)
        made += known.get(specifier, specifier)
    return made


def joda(layout: str, at: At) -> list[tuple[str, str]]:
    """A format to print by, in pieces: each strftime's, or an expression of DuckDB's."""
    pieces: list[tuple[str, str]] = []
    for token in _JODA_TOKEN.finditer(layout):
        written = token[0]
        if written in _PRINTED:
            pieces.append(("", _PRINTED[written]))
            continue
        if written.startswith("'") or not written[0].isalpha():
            made = _quoted(token)
        elif written in _JODA:
            made = _JODA[written]
        else:
            raise unsupported(f"{written!r} in a date format", at)
        before = pieces.pop()[0] if pieces and pieces[-1][0] else ""
        pieces.append((before + made, ""))
    return pieces


def joda_parsing(layout: str, at: At) -> str:
    """A format to read by, as strptime's."""
    made = ""
    for token in _JODA_TOKEN.finditer(layout):
        written = token[0]
        if written.startswith("'") or not written[0].isalpha():
            made += _quoted(token)
        elif written in {"Z", "ZZ"}:
            made += "%z"
        elif written in _JODA:
            made += _JODA[written].replace("-", "")
        else:
            raise unsupported(f"{written!r} in a date format to parse", at)
    return made


def _quoted(token: re.Match[str]) -> str:
    plain = (token[1].replace("''", "'") or "'") if token[0].startswith("'") else token[0]
    return plain.replace("%", "%%")
