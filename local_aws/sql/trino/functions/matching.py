"""Regular expressions that only a backtracking matcher has, a row at a time.

Evidence: https://trino.io/docs/current/functions/regexp.html
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from local_aws.sql.trino.functions.rows import failure


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Any:
    import regex

    return regex.compile(pattern, flags=regex.VERSION0)


def extract(value: str, pattern: str, group: int) -> str | None:
    found = compiled(pattern).search(value)
    return None if found is None else found[group]


def extract_all(value: str, pattern: str, group: int) -> list[str | None]:
    return [found[group] for found in compiled(pattern).finditer(value)]


def replace(value: str, pattern: str, replacement: str) -> str:
    return str(compiled(pattern).sub(replacement, value))


def split(value: str, pattern: str) -> list[str]:
    made, last = [], 0
    for found in compiled(pattern).finditer(value):
        made.append(value[last : found.start()])
        last = found.end()
    return [*made, value[last:]]


def groups(value: str, pattern: str) -> list[list[str | None]]:
    """The groups of each match."""
    return [list(found.groups()) for found in compiled(pattern).finditer(value)]


def position(value: str, pattern: str, start: int, occurrence: int) -> int:
    """Where the n-th match from a place on begins; -1 if there are not so many."""
    if start < 1:
        raise failure("start position cannot be smaller than 1")
    if occurrence < 1:
        raise failure("occurrence cannot be smaller than 1")
    for n, found in enumerate(compiled(pattern).finditer(value, start - 1), 1):
        if n == occurrence:
            return int(found.start()) + 1
    return -1
