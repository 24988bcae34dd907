"""Exclude patterns. Evidence: https://docs.aws.amazon.com/glue/latest/dg/define-crawler-choose-data-sources.html"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence


def matcher(patterns: Sequence[str]) -> Callable[[str], bool]:
    """Whether a path, relative to the include path, is excluded by any of the glob patterns."""
    compiled = [re.compile(_regex(each.strip()), re.DOTALL) for each in patterns]
    return lambda path: any(each.fullmatch(path) for each in compiled)


def _regex(glob: str) -> str:
    out, position, group = [], 0, False
    while position < len(glob):
        letter = glob[position]
        step = 1
        if letter == "*":
            step = 2 if glob[position : position + 2] == "**" else 1
            out.append(".*" if step == 2 else "[^/]*")
        elif letter == "?":
            out.append("[^/]")
        elif letter == "\\" and position + 1 < len(glob):
            step = 2
            out.append(re.escape(glob[position + 1]))
        elif letter == "[" and (end := glob.find("]", position + 2)) > 0:
            step = end + 1 - position
            out.append(_bracket(glob[position + 1 : end]))
        elif letter == "{":
            group = True
            out.append("(?:")
        elif letter == "}" and group:
            group = False
            out.append(")")
        else:
            out.append("|" if letter == "," and group else re.escape(letter))
        position += step
    return "".join(out) + (")" if group else "")


def _bracket(inner: str) -> str:
    """A set of characters; a range stays a range, all else is itself, and a slash is never among them."""
    negated = inner.startswith("!")
    body = re.sub(r"([\\\[\]^&|~])", r"\\\1", inner[1:] if negated else inner)
    return f"(?!/)[{'^' if negated else ''}{body}]"
