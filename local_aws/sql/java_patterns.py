"""Java's regular expressions by the `regex` package, which has their groups, classes and quantifiers.

Evidence: https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/regex/Pattern.html. Deviates: `\\b`
and `(?i)` know all of Unicode.
"""

from __future__ import annotations

import re

import regex

from local_aws.sql.errors import QueryFailed

_ASCII = {
    r"\d": "0-9",
    r"\w": "a-zA-Z0-9_",
    r"\s": r" \t\n\x0B\f\r",
    r"\p{Lower}": "a-z",
    r"\p{Upper}": "A-Z",
    r"\p{ASCII}": r"\x00-\x7F",
    r"\p{Alpha}": "a-zA-Z",
    r"\p{Digit}": "0-9",
    r"\p{Alnum}": "a-zA-Z0-9",
    r"\p{Punct}": r"!-/:-@\[-`{-~",
    r"\p{Graph}": "!-~",
    r"\p{Print}": r"\x20-~",
    r"\p{Blank}": r" \t",
    r"\p{Cntrl}": r"\x00-\x1F\x7F",
    r"\p{XDigit}": "0-9a-fA-F",
    r"\p{Space}": r" \t\n\x0B\f\r",
}
"""What Java takes for ASCII alone unless it is told otherwise."""
_ESCAPE = re.compile(r"\\Q.*?(?:\\E|$)|\\[pP]\{\w+\}|\\.", re.DOTALL)


def compiled(pattern: str) -> regex.Pattern[str]:
    """:raises QueryFailed: for what is no pattern of Java's, or has a class that is not known here."""
    try:
        return regex.compile(_ESCAPE.sub(_translated, pattern), regex.VERSION1)
    except regex.error as error:
        raise QueryFailed(
            "HIVE_CURSOR_ERROR", f"The pattern {pattern} of input.regex cannot be read: {error}"
        ) from error


def _translated(found: re.Match[str]) -> str:
    escape = found[0]
    if escape.startswith(r"\Q"):
        return re.escape(escape[2:].removesuffix(r"\E"))
    plain = escape[:1] + escape[1].lower() + escape[2:]
    if plain not in _ASCII:
        return escape
    return f"[{'' if plain == escape else '^'}{_ASCII[plain]}]"
