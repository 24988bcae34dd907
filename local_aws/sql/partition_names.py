"""Partitions as folders name them: `key=value`, with what a path cannot hold as `%3A`.

Evidence: Hive's `FileUtils.escapePathName`
(https://github.com/apache/hive/blob/master/common/src/java/org/apache/hadoop/hive/common/FileUtils.java)
"""

from __future__ import annotations

import re
from collections.abc import Iterable

HIVE_NULL = "__HIVE_DEFAULT_PARTITION__"
_ESCAPED = re.compile(r"""[\x00-\x1f"#%'*/:=?\\\x7f{\[\]^]""")


def escaped(value: str) -> str:
    return _ESCAPED.sub(lambda found: f"%{ord(found[0]):02X}", value)


def unescaped(value: str) -> str:
    """The value that a folder's name stands for."""
    return re.sub("%([0-9a-fA-F]{2})", lambda found: chr(int(found[1], 16)), value)


def folder(keys: Iterable[str], values: Iterable[str | None]) -> str:
    """`year=2010/country=uk`."""
    named = zip(keys, values, strict=True)
    return "/".join(f"{key}={HIVE_NULL if value is None else escaped(value)}" for key, value in named)
