"""Requests checked as the service checks them: the whole of botocore's model, also what clients leave to the service.

Clients check required members and types; enums, patterns, lengths and ranges are the service's part.
Evidence: https://docs.aws.amazon.com/IAM/latest/UserGuide/CommonErrors-IAM.html (ValidationError) and, for the
wording, the constraint messages that AWS services share ("1 validation error detected: Value …").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape


@lru_cache(maxsize=4096)
def _pattern(text: str) -> re.Pattern[str] | None:
    """The Java pattern for Python; None where Python has no such class (`\\p{L}`), which is then not checked."""
    try:
        return re.compile(text)
    except re.error:
        return None


def problems(shape: Shape, value: Any, path: str = "") -> Iterator[str]:
    """The constraints that `value` breaks, each as AWS words it, depth first."""
    if value is None:
        return
    if isinstance(shape, StructureShape):
        yield from _structure(shape, value, path)
    elif isinstance(shape, ListShape):
        if not isinstance(value, list):
            yield _broken(value, path, "Member must be a list")
            return
        yield from _size(shape, len(value), value, path)
        for position, each in enumerate(value, 1):
            yield from problems(shape.member, each, f"{path}.{position}.member")
    elif isinstance(shape, MapShape):
        if not isinstance(value, dict):
            yield _broken(value, path, "Member must be a map")
            return
        yield from _size(shape, len(value), value, path)
        for key, each in value.items():
            yield from problems(shape.value, each, f"{path}.{key}.member")
    else:
        yield from _scalar(shape, value, path)


def _structure(shape: StructureShape, value: Any, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield _broken(value, path, "Member must be a structure")
        return
    for name in shape.required_members:
        if value.get(name) is None:
            where = f"{path}.{lower(name)}" if path else lower(name)
            yield _broken(None, where, "Member must not be null")
    if shape.is_tagged_union and len([name for name in value if value[name] is not None]) != 1:
        yield _broken(value, path, "Exactly one member must be set")
    for name, each in value.items():
        member = shape.members.get(name)
        if member is not None:
            yield from problems(member, each, f"{path}.{lower(name)}" if path else lower(name))


def _scalar(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if shape.type_name in {"string", "character"}:
        if not isinstance(value, str):
            yield _broken(value, path, "Member must be a string")
            return
        enum = shape.enum if isinstance(shape, StringShape) else []
        if enum and value not in enum:
            allowed = ", ".join(enum)
            yield _broken(value, path, f"Member must satisfy enum value set: [{allowed}]")
        yield from _size(shape, len(value), value, path)
        text = shape.metadata.get("pattern")
        pattern = _pattern(text) if text else None
        if pattern is not None and not pattern.fullmatch(value):
            yield _broken(value, path, f"Member must satisfy regular expression pattern: {text}")
    elif shape.type_name in {"integer", "long", "float", "double"}:
        if isinstance(value, bool) or not isinstance(value, int | float):
            yield _broken(value, path, "Member must be a number")
            return
        least, most = shape.metadata.get("min"), shape.metadata.get("max")
        if least is not None and value < least:
            yield _broken(value, path, f"Member must have value greater than or equal to {least}")
        if most is not None and value > most:
            yield _broken(value, path, f"Member must have value less than or equal to {most}")


def _size(shape: Shape, size: int, value: Any, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield _broken(value, path, f"Member must have length greater than or equal to {least}")
    if most is not None and size > most:
        yield _broken(value, path, f"Member must have length less than or equal to {most}")


def lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def missing(path: str) -> str:
    """The constraint that a member broke which is not there."""
    return _broken(None, ".".join(lower(each) for each in path.split(".")), "Member must not be null")


def message(found: list[str]) -> str:
    """The message of the error: `2 validation errors detected: …; …`."""
    noun = "error" if len(found) == 1 else "errors"
    return f"{len(found)} validation {noun} detected: " + "; ".join(found)


def _broken(value: Any, path: str, constraint: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {constraint}"
