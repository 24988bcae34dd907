"""SQL/JSON paths, lax and strict, over JSON texts: members, elements, ranges and wildcards.

Deviates: filters, methods and arithmetic in a path are refused; numbers with a fraction pass through a double.
Evidence: https://trino.io/docs/current/functions/json.html#json-path-language
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.trino.typed import At

_STEP = re.compile(
    r"""\s*(?:\.\s*(?P<name>[A-Za-z_][\w$]*)(?!\s*[\w(])|\.\s*"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<members>\.\s*\*)(?!\*)
    |\[\s*(?P<elements>\*)\s*\]|\[(?P<places>[\d\s,]*(?:(?:last|to)[\d\s,a-z-]*)*)\])""",
    re.VERBOSE,
)
_PLACE = re.compile(r"\s*(\d+|last(?:\s*-\s*\d+)?)(?:\s+to\s+(\d+|last(?:\s*-\s*\d+)?))?\s*")


class PathFailed(Exception):  # noqa: N818 - what a strict path says of a document
    """A strict path that the document does not have."""


@dataclass(frozen=True)
class Step:
    """`.name`, `.*`, `[*]` (no places) or `[0, 2 to last]`."""

    kind: str
    name: str = ""
    places: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Path:
    strict: bool
    steps: tuple[Step, ...]

    def items(self, document: Any) -> list[Any]:
        """What the path finds. :raises PathFailed: in strict mode, where it finds no such place."""
        found = [document]
        for step in self.steps:
            found = [each for item in found for each in self._step(step, item)]
        return found

    def _step(self, step: Step, item: Any) -> list[Any]:
        if step.kind in {"member", "members"}:
            if isinstance(item, list) and not self.strict:  # lax: an array stands for its elements
                return [each for inner in item for each in _members(step, inner, strict=False)]
            return _members(step, item, strict=self.strict)
        if not isinstance(item, list):
            if self.strict:
                raise PathFailed("invalid item type. Expected: ARRAY")
            item = [item]  # lax: what is no array is one of one element
        if not step.places:
            return list(item)
        return [each for first, last in step.places for each in self._range(item, first, last)]

    def _range(self, item: list[Any], first: str, last: str) -> list[Any]:
        start, end = (_position(each, len(item)) for each in (first, last))
        if self.strict and not 0 <= start <= end < len(item):
            raise PathFailed(f"invalid array subscript for array of size {len(item)}: [{start}, {end}]")
        return item[max(0, start) : max(0, end + 1)]


def _position(text: str, size: int) -> int:
    if not text.startswith("last"):
        return int(text)
    return size - 1 - int(text.removeprefix("last").strip(" -") or 0)


def _members(step: Step, item: Any, *, strict: bool) -> list[Any]:
    if not isinstance(item, dict):
        if strict:
            raise PathFailed("invalid item type. Expected: OBJECT")
        return []
    if step.kind == "members":
        return list(item.values())
    if step.name in item:
        return [item[step.name]]
    if strict:
        raise PathFailed(f"missing member '{step.name}' in JSON object")
    return []


def parse(written: str, at: At = None) -> Path:
    """:raises QueryFailed: `INVALID_PATH` for what is no path; `NOT_SUPPORTED` for filters and methods."""
    mode = re.match(r"\s*(lax|strict)\s+\$", written)
    if mode is None:
        raise QueryFailed(
            "INVALID_PATH", f"'{written}' is not a valid JSON path: it begins with lax or strict, then $", at
        )
    steps, place = list[Step](), mode.end()
    while written[place:].strip():
        found = _STEP.match(written, place)
        if found is None:
            raise unsupported(f"the JSON path {written!r}", at)
        steps.append(_made(found, written, at))
        place = found.end()
    return Path(mode[1] == "strict", tuple(steps))


def _made(found: re.Match[str], written: str, at: At) -> Step:
    if found["members"] or found["elements"]:
        return Step("members" if found["members"] else "elements")
    if found["places"] is None:
        quoted = found["quoted"]
        return Step("member", found["name"] if quoted is None else json.loads(f'"{quoted}"'))
    matches = [_PLACE.fullmatch(each) for each in found["places"].split(",")]
    places = [(each[1], each[2] or each[1]) for each in matches if each is not None]
    if len(places) != len(matches):
        raise QueryFailed("INVALID_PATH", f"'{written}' is not a valid JSON path", at)
    return Step("elements", places=tuple(places))
