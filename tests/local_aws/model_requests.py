"""Requests made from botocore's model of an operation: valid as far as the model tells, or broken in one place."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StringShape, StructureShape
from hypothesis import strategies as st

WRONG = (None, True, -1, 2**70, 1.5, "", "\u0000ü'\";--", "!" * 5000, [], [None], {}, {"": []}, [[["x"]]])
_DEEPEST = 4
_VISIBLE = st.characters(min_codepoint=33, max_codepoint=126)


def valid(operation: OperationModel, whole: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Parameters that the model allows.

    :param whole: with any of the members that are not required, too.
    """
    shape = operation.input_shape
    return st.just({}) if shape is None else _structure(shape, whole, 0)


class Broken(dict[str, Any]):
    """Parameters as they are in JSON, which botocore would not send."""


def broken(operation: OperationModel) -> st.SearchStrategy[dict[str, Any]]:
    """Parameters of which one, at least, is of a wrong type or outside what is allowed; for the JSON protocols."""
    shape = operation.input_shape
    if shape is None or not shape.members:
        return st.just(Broken(Nothing=1))

    def spoil(params: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
        names = st.sampled_from(sorted(shape.members))
        return st.dictionaries(names, st.sampled_from(WRONG), min_size=1, max_size=3).map(
            lambda bad: Broken(params | bad)
        )

    return valid(operation).flatmap(spoil)


def _value(shape: Shape, whole: bool, depth: int) -> st.SearchStrategy[Any]:
    if isinstance(shape, StructureShape):
        return _structure(shape, whole, depth)
    low, high = int(shape.metadata.get("min", 0)), shape.metadata.get("max")
    if low == 0 and depth >= _DEEPEST and isinstance(shape, ListShape | MapShape):
        return st.just([] if isinstance(shape, ListShape) else {})
    if isinstance(shape, ListShape):
        most = min(high or low + 2, low + 2)
        return st.lists(_value(shape.member, whole, depth + 1), min_size=low, max_size=max(most, low))
    if isinstance(shape, MapShape):
        most = max(min(high or low + 2, low + 2), low)
        key, value = _value(shape.key, whole, depth + 1), _value(shape.value, whole, depth + 1)
        return st.dictionaries(key, value, min_size=low, max_size=most)
    return _scalar(shape, low, high)


def _scalar(shape: Shape, low: int, high: Any) -> st.SearchStrategy[Any]:
    kind = shape.type_name
    if isinstance(shape, StringShape) and shape.enum:
        return st.sampled_from(shape.enum)
    if kind in {"string", "character"}:
        return _string(shape, low, high)
    if kind in {"integer", "long"}:
        least = int(shape.metadata.get("min", 0))
        return st.integers(least, int(high) if high is not None else least + 100)
    if kind in {"float", "double"}:
        return st.integers(low, int(high) if high is not None else low + 100).map(float)
    if kind == "boolean":
        return st.booleans()
    if kind == "timestamp":
        return st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
    return st.binary(min_size=low, max_size=low + 20)


def _string(shape: Shape, low: int, high: Any) -> st.SearchStrategy[str]:
    plain = st.just("a" * max(low, 1)) if high is None or high >= 1 else st.just("")
    text = shape.metadata.get("pattern")
    if not text:
        return plain
    try:
        pattern = re.compile(text)
    except re.error:
        return plain
    if pattern.fullmatch("a" * max(low, 1)):
        return plain
    texts = st.from_regex(pattern, fullmatch=True, alphabet=_VISIBLE)
    return texts.filter(lambda each: low <= len(each) <= (high or 10_000))


def _structure(shape: StructureShape, whole: bool, depth: int) -> st.SearchStrategy[dict[str, Any]]:
    if shape.is_document_type or depth > _DEEPEST:
        return st.just({})
    if shape.is_tagged_union:
        plainest = sorted(shape.members, key=lambda name: len(getattr(shape.members[name], "members", {})))[0]
        return st.fixed_dictionaries({plainest: _value(shape.members[plainest], whole, depth + 1)})
    required = {name: _value(shape.members[name], whole, depth + 1) for name in shape.required_members}
    if not whole:
        return st.fixed_dictionaries(required)
    others = [name for name in shape.members if name not in required]
    optional = {name: _value(shape.members[name], False, depth + 1) for name in others}
    return st.fixed_dictionaries(required, optional=optional)
