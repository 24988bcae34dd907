"""The numbers of a JSON text as they are written there: `2.50`, `1E3`, forty digits. DuckDB's JSON reads doubles.

A price with as many digits as a decimal holds must not pass through a double.
"""

from __future__ import annotations

_TOKENS = r"""("(?:[^"\\]|\\.)*")|(-?[0-9][-+.0-9eE]*)"""


def quoted(document: str) -> str:
    """A DuckDB expression for a JSON text whose numbers are strings; its strings stay as they are."""
    marked = f"regexp_replace(CAST({document} AS VARCHAR), '{_TOKENS}', '\\1' || chr(1) || '\\2' || chr(1), 'g')"
    return f"replace(replace({marked}, chr(1) || chr(1), ''), chr(1), '\"')"


def may_be(scalar: str) -> str:
    """Whether a scalar's text can be a number at all: a cheap question before the type is asked for."""
    return f"left({scalar}, 1) BETWEEN '-' AND '9'"


def text_at(document: str, path: str) -> str:
    """A DuckDB expression for the text of the scalar at a path (a DuckDB expression), a number's as it is written."""
    found = f"json_extract_string({document}, {path})"
    is_double = f"{may_be(found)} AND json_type({document}, {path}) = 'DOUBLE'"
    return f"CASE WHEN {is_double} THEN json_extract_string({quoted(document)}, {path}) ELSE {found} END"
