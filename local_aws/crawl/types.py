"""What a value is, what two values have in common, and how Hive writes it.

Evidence: integers in JSON are `int` (https://docs.aws.amazon.com/glue/latest/dg/crawler-grouping-policy.html shows
`{"A": 1}` as `A:int`), those beyond 32 bits `bigint`; whole numbers in CSV are `bigint`, as in the tables that the CSV
walk-throughs of the Athena and Glue guides show. Numbers widen; what has nothing in common is a string, which holds
any text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Array:
    element: HiveType


@dataclass(frozen=True)
class Struct:
    """Fields in the order of their first appearance; their names keep the case of the data."""

    fields: dict[str, HiveType] = field(hash=False)


HiveType: TypeAlias = "str | Array | Struct"
"""A scalar by its Hive name, or a nested type. `NULL` stands for a value that has not shown its type yet."""

NULL = "null"
_NUMBERS = {"int": 0, "bigint": 1, "double": 2}
_RESERVED = frozenset(",:<>()")
_INT = 1 << 31
_BIGINT = 1 << 63


def of_json(value: Any) -> HiveType:
    """The type of one parsed JSON value."""
    if isinstance(value, str):
        return "string"
    if value is None:
        return NULL
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        if -_INT <= value < _INT:
            return "int"
        return "bigint" if -_BIGINT <= value < _BIGINT else "string"
    if isinstance(value, float):
        return "double"
    if isinstance(value, dict):
        return Struct({name: of_json(each) for name, each in value.items()})
    element: HiveType = NULL
    for each in value:
        element = merge(element, of_json(each))
    return Array(element)


def merge(left: HiveType, right: HiveType) -> HiveType:
    """The narrowest type that holds both; `string` if they have nothing in common."""
    if left == right or right == NULL:
        return left
    if left == NULL:
        return right
    if isinstance(left, str) and isinstance(right, str):
        if left in _NUMBERS and right in _NUMBERS:
            return left if _NUMBERS[left] > _NUMBERS[right] else right
        return "string"
    if isinstance(left, Array) and isinstance(right, Array):
        return Array(merge(left.element, right.element))
    if isinstance(left, Struct) and isinstance(right, Struct):
        return Struct(merge_fields(left.fields, right.fields))
    return "string"


def merge_fields(left: dict[str, HiveType], right: dict[str, HiveType]) -> dict[str, HiveType]:
    """The fields of both, those of `left` first."""
    merged = dict(left)
    for name, each in right.items():
        known = merged.get(name)
        merged[name] = each if known is None else merge(known, each)
    return merged


def render(hive_type: HiveType) -> str:
    """Hive's spelling: `array<struct<a:int,b:string>>`. What never showed a type is a string, as crawls leave it.

    Deviates: so is a struct with a field whose name Hive's spelling cannot hold (empty, or with one of `,:<>()`).
    """
    if isinstance(hive_type, Array):
        return f"array<{render(hive_type.element)}>"
    if isinstance(hive_type, Struct):
        if any(not name or name != name.strip() or _RESERVED & set(name) for name in hive_type.fields):
            return "string"
        inner = ",".join(f"{name}:{render(each)}" for name, each in hive_type.fields.items())
        return f"struct<{inner}>" if inner else "string"
    return "string" if hive_type == NULL else hive_type


def parse(text: str) -> HiveType:
    """`render` backwards; types that are no struct and no array stay the text they are (`map<…>`, `decimal(9,2)`)."""
    text = text.strip()
    lowered = text.lower()
    if lowered.startswith("array<") and text.endswith(">"):
        return Array(parse(text[6:-1]))
    if lowered.startswith("struct<") and text.endswith(">"):
        pairs = (each.partition(":") for each in _split(text[7:-1]))
        return Struct({name.strip(): parse(inner) for name, _, inner in pairs})
    return text


def _split(text: str) -> list[str]:
    """The parts between the commas that are in no brackets."""
    parts, depth, start = [], 0, 0
    for position, letter in enumerate(text):
        if letter in "<(":
            depth += 1
        elif letter in ">)":
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(text[start:position])
            start = position + 1
    return [*parts, text[start:]] if text[start:].strip() else parts


def extend(known: HiveType, found: HiveType) -> HiveType:
    """`known` with the nested fields that only `found` has; nothing known is changed or removed.

    Evidence: `MergeNewColumns` in https://docs.aws.amazon.com/glue/latest/dg/crawler-schema-changes-prevent.html
    """
    if isinstance(known, Array) and isinstance(found, Array):
        return Array(extend(known.element, found.element))
    if isinstance(known, Struct) and isinstance(found, Struct):
        names = {name.lower(): name for name in known.fields}
        fields = dict(known.fields)
        for name, each in found.fields.items():
            own = names.get(name.lower())
            fields[own or name] = extend(fields[own], each) if own else each
        return Struct(fields)
    return known
