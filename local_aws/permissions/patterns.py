"""IAM's wildcards."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any


def matches(pattern: str, text: str, ignore_case: bool = False) -> bool:
    """Whether a text fits a pattern in which `*` stands for any characters and `?` for one.

    Evidence: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    """
    return _pattern(pattern, ignore_case).fullmatch(text) is not None


def texts(value: Any) -> list[str]:
    """One value or a list of them, as policies have them."""
    return [str(each) for each in value] if isinstance(value, list) else [] if value is None else [str(value)]


@lru_cache(maxsize=1024)
def _pattern(pattern: str, ignore_case: bool) -> re.Pattern[str]:
    text = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(text, re.DOTALL | (re.IGNORECASE if ignore_case else 0))
