"""The JSON SerDes: a line's object as values of the declared types.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/hive-json-serde.html, …/openx-json-serde.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from local_aws.sql import hive_values, json_numbers, moments
from local_aws.sql.delimited import Columns, quoted
from local_aws.sql.errors import unsupported
from local_aws.sql.text_files import LINE
from local_aws.sql.types import Type

HIVE = {"org.apache.hive.hcatalog.data.JsonSerDe", "org.apache.hadoop.hive.serde2.JsonSerDe"}
HIVE |= {"com.amazon.emr.hive.serde.CloudTrailSerde"}
OPENX = "org.openx.data.jsonserde.JsonSerDe"


@dataclass(frozen=True)
class JsonSerDe:
    """A JSON SerDe with its properties.

    :param openx: OpenX's, which finds keys in any case and takes a value alone for an array of it; else Hive's.
    :param ignore: a malformed line is a row of NULLs.
    :param null: a value that its type cannot read is NULL (deviates: of a nested value that part alone).
    :param mapping: the keys of columns that are named otherwise.
    :param dots: a dot in a key is an underscore in the column's name.
    """

    openx: bool = False
    ignore: bool = False
    null: bool = False
    insensitive: bool = True
    dots: bool = False
    mapping: Mapping[str, str] = field(default_factory=dict)
    formats: Sequence[str] = ()

    @classmethod
    def of(cls, settings: Mapping[str, str], *, openx: bool) -> JsonSerDe:
        """:raises Unsupported: for a property that is not known to be done."""
        flags = {key.lower(): text.lower() == "true" for key, text in settings.items()}
        if flags.get("strip.outer.array"):
            raise unsupported("the JSON SerDe property strip.outer.array")
        formats = moments.formats(settings.get("timestamp.formats", ""))
        ignore = flags.get("ignore.malformed.json", False)
        if not openx:
            return cls(ignore=ignore, formats=formats)
        named = {key.lower(): text for key, text in settings.items()}
        start = len("mapping.")
        return cls(
            openx=True,
            ignore=ignore,
            null=flags.get("use.null.for.invalid.data", False),
            insensitive=flags.get("case.insensitive", True),
            dots=flags.get("dots.in.keys", False),
            mapping={key[start:]: text for key, text in named.items() if key.startswith("mapping.")},
            formats=formats,
        )

    def line(self, objects: Sequence[Sequence[str]]) -> str:
        """The line as JSON; a blank one, and a malformed one where the SerDe ignores it, is a row of NULLs.

        :param objects: the keys that the lines' objects have. One that comes twice makes OpenX fail.
        """
        reason, wrong = "Row is not a valid JSON Object - JSONException", "NULL"
        if not self.ignore:
            wrong = f"error('HIVE_CURSOR_ERROR: {reason}: in line: ' || left({LINE}, 200))"
        valid = f"json_valid({LINE}) AND json_type({LINE}) = 'OBJECT'"
        taken = self._once(objects, reason)
        return f"CASE WHEN trim({LINE}) = '' THEN NULL WHEN {valid} THEN {taken} ELSE {wrong} END"

    def _once(self, objects: Sequence[Sequence[str]], reason: str) -> str:
        """An object that has each of its keys once."""
        if not self.openx or not any(self._repeated(keys) for keys in objects):
            return f"{LINE}::JSON"
        keys = f"json_keys({LINE})"
        keys = f"list_transform({keys}, lambda k: lower(k))" if self.insensitive else keys
        first = f"list_filter({keys}, lambda k, n: list_position({keys}, k) <> n)[1]"
        wrong = "NULL"
        if not self.ignore:
            wrong = f"error('HIVE_CURSOR_ERROR: {reason}: Duplicate key \"' || {first} || '\"')"
        return f"CASE WHEN len(list_distinct({keys})) < len({keys}) THEN {wrong} ELSE {LINE}::JSON END"

    def _repeated(self, keys: Sequence[str]) -> bool:
        return len({key.lower() if self.insensitive else key for key in keys}) < len(keys)

    def columns(self, declared: Columns, keys: Sequence[str]) -> list[str]:
        """An expression a column, over the line's JSON `j`. :param keys: those that the lines have, as written."""
        made = []
        for name, kind in declared:
            wanted = self.mapping.get(name, name)
            found = [key for key in keys if self._same(key, wanted)] or [wanted]
            values = [f"json_extract(j, {quoted(_path(key))})" for key in found]
            value = f"coalesce({', '.join(values)})" if len(values) > 1 else values[0]
            if kind.is_text or kind.name == "decimal":  # as it is written, not as a double has it
                texts = [json_numbers.text_at("j", quoted(_path(key))) for key in found]
                made.append(self._scalar(f"coalesce({', '.join(texts)})", kind, name))
            else:
                made.append(self._value(value, kind, name))
        return made

    def _same(self, key: str, wanted: str) -> bool:
        if self.dots:
            key = key.replace(".", "_")
        return key.lower() == wanted.lower() if self.insensitive else key == wanted

    def _value(self, value: str, kind: Type, name: str, depth: int = 0) -> str:
        nested: dict[str, Callable[[str, Type, str, int], str]]
        nested = {"array": self._array, "map": self._map, "row": self._row}
        if kind.name in nested:
            return nested[kind.name](value, kind, name, depth)
        return self._scalar(f"({value} ->> '$')", kind, name)

    def _array(self, value: str, kind: Type, name: str, depth: int) -> str:
        each = f"e{depth}"
        listed = f"CAST({value} AS JSON[])"
        other = self._wrong(f"({value} ->> '$')", kind, name)
        if self.openx:
            alone = f"CASE WHEN trim({value} ->> '$') <> '' THEN [{value}] END"
            listed, other = f"(CASE WHEN json_type({value}) = 'ARRAY' THEN {listed} ELSE {alone} END)", ""
        made = f"list_transform({listed}, lambda {each}: {self._value(each, kind.element, name, depth + 1)})"
        return _typed(value, "ARRAY", made, other) if other else _not_null(value, made)

    def _map(self, value: str, kind: Type, name: str, depth: int) -> str:
        each = f"e{depth}"
        at = f"json_extract({value}, {_dynamic_path(each)})"
        key = self._value(f"to_json({each})", kind.args[0], name, depth + 1)
        entry = f"struct_pack(k := {key}, v := {self._value(at, kind.args[1], name, depth + 1)})"
        made = f"map_from_entries(list_transform(json_keys({value}), lambda {each}: {entry}))"
        return _typed(value, "OBJECT", made, self._wrong(f"({value} ->> '$')", kind, name))

    def _row(self, value: str, kind: Type, name: str, depth: int) -> str:
        each, parts = f"e{depth}", []
        for label, inner in kind.fields:
            key = f"list_filter(json_keys({value}), lambda {each}: lower({each}) = {quoted(label.lower())})[1]"
            at = f"json_extract({value}, {_dynamic_path(f'({key})')})"
            parts.append(f"{_name(label)} := {self._value(at, inner, name, depth + 1)}")
        made = f"struct_pack({', '.join(parts)})"
        return _typed(value, "OBJECT", made, self._wrong(f"({value} ->> '$')", kind, name))

    def _scalar(self, text: str, kind: Type, name: str) -> str:
        """A scalar's text as the declared type."""
        if kind.is_text:
            return text
        made = hive_values.scalar(text, kind)
        if kind.name == "timestamp":
            ways = [moments.parsed(text, self.formats)] if self.formats else []
            ways += [made, *([hive_values.openx_timestamp(text)] if self.openx else [])]
            made = f"coalesce({', '.join(ways)})"
        return f"CASE WHEN {text} IS NULL THEN NULL ELSE coalesce({made}, {self._wrong(text, kind, name)}) END"

    def _wrong(self, text: str, kind: Type, name: str) -> str:
        """What becomes of a text that is no value of the type."""
        if self.null:
            return "NULL"
        described = f"(column {name}, type {kind.hive})".replace("'", "''")
        return (
            f"error('HIVE_BAD_DATA: Error parsing a column in the table: For input string: \"' || {text} || "
            f"'\" {described}')"
        )


def _typed(value: str, kind: str, made: str, other: str) -> str:
    absent = f"coalesce(json_type({value}), 'NULL') = 'NULL'"
    return f"CASE WHEN {absent} THEN NULL WHEN json_type({value}) = '{kind}' THEN {made} ELSE {other} END"


def _not_null(value: str, made: str) -> str:
    return f"CASE WHEN coalesce(json_type({value}), 'NULL') = 'NULL' THEN NULL ELSE {made} END"


def _path(key: str) -> str:
    return '$."' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _dynamic_path(key: str) -> str:
    return f"'$.\"' || replace(replace({key}, '\\', '\\\\'), '\"', '\\\"') || '\"'"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
