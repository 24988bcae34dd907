"""LazySimpleSerDe, MultiDelimitSerDe and RegexSerDe: fields of text as values of the declared types.

A field that its type cannot read is NULL. What is nested is cut by the separators of its depth: those of the table's
`field.delim`, `collection.delim` and `mapkey.delim`, then Hive's own.
Evidence: https://docs.aws.amazon.com/athena/latest/ug/lazy-simple-serde.html, …/regex-serde.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from local_aws.sql import hive_values, moments
from local_aws.sql.errors import QueryFailed
from local_aws.sql.types import Type

Columns = Sequence[tuple[str, Type]]
_DEEPER = ("\x04", "\x05", "\x06", "\x07", "\x08")


@dataclass(frozen=True)
class Delimited:
    """How nested values are cut and scalars are read.

    :param separators: by depth, from that of a column's elements on.
    :param null: the text that stands for NULL, at any depth.
    :param formats: DuckDB's formats of `timestamp.formats`.
    """

    separators: tuple[str, ...]
    null: str
    formats: Sequence[str] = ()

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> Delimited:
        items = settings.get("collection.delim", settings.get("colelction.delim", "\x02"))
        keys = settings.get("mapkey.delim", "\x03")
        null = settings.get("serialization.null.format", "\\N")
        formats = moments.formats(settings.get("timestamp.formats", ""))
        return cls((character(items), character(keys), *_DEEPER), null, formats)

    def columns(self, declared: Columns, fields: str) -> list[str]:
        """An expression a column, over the list of the line's fields."""
        return [self.value(f"{fields}[{n}]", kind) for n, (_, kind) in enumerate(declared, 1)]

    def value(self, text: str, kind: Type, depth: int = 0) -> str:
        text = f"nullif({text}, {quoted(self.null)})"
        if kind.name in {"array", "map", "row"}:
            return self._nested(text, kind, depth)
        if kind.is_text:
            return text
        if kind.name == "timestamp" and self.formats:
            return f"coalesce({moments.parsed(text, self.formats)}, {hive_values.scalar(text, kind)})"
        return hive_values.scalar(text, kind, truncate=True)

    def _nested(self, text: str, kind: Type, depth: int) -> str:
        parts, each = f"string_split({text}, {self._separator(depth)})", f"e{depth}"
        if kind.name == "array":
            inner = self.value(each, kind.element, depth + 1)
            return f"CASE WHEN {text} = '' THEN [] ELSE list_transform({parts}, lambda {each}: {inner}) END"
        if kind.name == "row":
            made = ", ".join(
                f"{_name(name)} := {self.value(f'{parts}[{n}]', inner_kind, depth + 1)}"
                for n, (name, inner_kind) in enumerate(kind.fields, 1)
            )
            return f"CASE WHEN {text} IS NULL THEN NULL ELSE struct_pack({made}) END"
        mark = self._separator(depth + 1)
        key = self.value(f"split_part({each}, {mark}, 1)", kind.args[0], depth + 2)
        rest = f"CASE WHEN contains({each}, {mark}) THEN substr({each}, strpos({each}, {mark}) + length({mark})) END"
        value = self.value(f"({rest})", kind.args[1], depth + 2)
        pairs = f"list_transform({parts}, lambda {each}: struct_pack(k := {key}, v := {value}))"
        return f"CASE WHEN {text} = '' THEN MAP {{}} ELSE {self._first_of_each_key(pairs)} END"

    def _first_of_each_key(self, pairs: str) -> str:
        """A map has the first value of each key, and none of what is no key."""
        keys = f"list_transform({pairs}, lambda p: p.k)"
        kept = f"list_filter({pairs}, lambda p, n: p.k IS NOT NULL AND list_position({keys}, p.k) = n)"
        return f"map_from_entries({kept})"

    def _separator(self, depth: int) -> str:
        if depth >= len(self.separators):
            raise QueryFailed("HIVE_INVALID_METADATA", "A column is nested deeper than LazySimpleSerDe has separators")
        return quoted(self.separators[depth])


def character(text: str) -> str:
    """A separator is a character, or its number."""
    return chr(int(text) % 256) if text.lstrip("-").isdigit() else text


def regex_columns(declared: Columns, fields: str) -> list[str]:
    """The groups of a line that matches; `boolean` is false for whatever is not `true`, as Java has it."""
    made = []
    for n, (name, kind) in enumerate(declared, 1):
        text = f"{fields}[{n}]"
        if kind.name in {"array", "map", "row", "varbinary"}:
            raise QueryFailed("HIVE_UNSUPPORTED_FORMAT", f"RegexSerDe has no type {kind.hive} (column {name})")
        if kind.is_text:
            made.append(text)
        elif kind.name == "boolean":
            made.append(f"(lower({text}) = 'true')")
        else:
            made.append(hive_values.scalar(text, kind))
    return made


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
