"""What a SerDe makes of a line: for each declared column, the DuckDB expression over `line` or `fields`.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/supported-serdes.html and the page of each SerDe
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from local_aws.sql import json_numbers, moments, text_files
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.text_files import FIELDS, LINE, Cut, Split
from local_aws.sql.types import Type

Columns = Sequence[tuple[str, Type]]
Keys = Callable[[], list[str]]


@dataclass(frozen=True)
class Reader:
    """How to read a table's text.

    :param name: names the reader and its settings, for what is kept of the files.
    :param skip: header lines to leave out of each file.
    :param split: cuts lines into fields; None leaves `line`.
    :param columns: makes each column's expression; it may ask for the keys that the JSON lines have.
    :param cut: makes the lines, where they are not those of the text.
    """

    name: str
    skip: int
    split: Split | None
    columns: Callable[[Columns, Keys], list[str]]
    cut: Cut | None = None


_HIVE_JSON = {"org.apache.hive.hcatalog.data.JsonSerDe", "org.apache.hadoop.hive.serde2.JsonSerDe"}
_HIVE_JSON |= {"com.amazon.emr.hive.serde.CloudTrailSerde"}
_COLUMNAR = {"ParquetHiveSerDe": "parquet", "OrcSerde": "orc", "AvroSerDe": "avro"}


def columnar(storage: dict[str, Any]) -> str:
    """`parquet`, `orc` or `avro`; empty for text."""
    library = str((storage.get("SerdeInfo") or {}).get("SerializationLibrary", ""))
    return _COLUMNAR.get(library.rpartition(".")[2], "")


def by_place(storage: dict[str, Any], form: str) -> bool:
    """Whether columns are found by their place in the file rather than by name."""
    settings = (storage.get("SerdeInfo") or {}).get("Parameters") or {}
    default = "true" if form == "orc" else "false"
    return str(settings.get(f"{form}.column.index.access", default)).lower() == "true"


def reader(storage: dict[str, Any], table: dict[str, Any]) -> Reader:
    """The reader of a table's text."""
    info = storage.get("SerdeInfo") or {}
    library = str(info.get("SerializationLibrary", ""))
    name = library.rpartition(".")[2]
    settings = {key: str(text) for key, text in (info.get("Parameters") or {}).items()}
    skip = int(table["Parameters"].get("skip.header.line.count", settings.get("skip.header.line.count", 0)))
    if library == "org.openx.data.jsonserde.JsonSerDe":
        return Reader("lines", skip, None, _openx(settings))
    if library in _HIVE_JSON:
        if str(storage.get("InputFormat")) == "com.amazon.emr.cloudtrail.CloudTrailInputFormat":
            return Reader("cloudtrail", skip, None, _hive_json(settings), text_files.cloudtrail_records)
        return Reader("lines", skip, None, _hive_json(settings))
    if name in {"LazySimpleSerDe", "MultiDelimitSerDe"} or not library:
        return _lazy_simple(settings, skip, whole=name == "MultiDelimitSerDe")
    if name == "OpenCSVSerde":
        separator, quote = settings.get("separatorChar", ","), settings.get("quoteChar", '"')
        escape = settings.get("escapeChar", "\\")
        label = f"csv {separator!r} {quote!r} {escape!r}"
        return Reader(label, skip, text_files.csv_fields(separator, quote, escape), _csv_columns)
    if name == "RegexSerDe":
        pattern = settings.get("input.regex", "")
        if pattern == "(.*)":
            return Reader("lines", skip, None, lambda columns, keys: [LINE, *["NULL"] * (len(columns) - 1)])
        if settings.get("input.regex.case.insensitive", "").lower() == "true":
            pattern = f"(?i){pattern}"
        return Reader(f"regex {pattern}", skip, text_files.regex_fields(pattern), _lenient_fields)
    raise unsupported(f"the SerDe {library}")


# delimited text
def _lazy_simple(settings: dict[str, str], skip: int, *, whole: bool) -> Reader:
    """:param whole: a delimiter of several characters counts as a whole, as MultiDelimitSerDe has it.

    Evidence: https://docs.aws.amazon.com/athena/latest/ug/lazy-simple-serde.html
    """
    raw = settings.get("field.delim", settings.get("serialization.format", "\x01"))
    delimiter = chr(int(raw)) if raw.isdigit() else raw
    null, escape = settings.get("serialization.null.format", "\\N"), settings.get("escape.delim", "")
    if len(delimiter) != 1 and not whole:
        raise unsupported("a field.delim of more than one character (MultiDelimitSerDe)")
    if escape and whole:
        raise unsupported("escape.delim with MultiDelimitSerDe")
    if escape:
        label = f"delimited {delimiter!r} {escape!r}"
        split = text_files.delimited_fields(delimiter, escape)
        return Reader(label, skip, split, lambda columns, keys: _lazy(columns, FIELDS, settings, null))
    cut = f"string_split({LINE}, {_text(delimiter)})"

    def expressions(columns: Columns, keys: Keys) -> list[str]:
        return _lazy(columns, cut, settings, null)

    return Reader("lines", skip, None, expressions)


def _lazy(columns: Columns, fields: str, settings: dict[str, str], null: str) -> list[str]:
    items = settings.get("collection.delim", settings.get("colelction.delim", "\x02"))
    keys = settings.get("mapkey.delim", "\x03")
    return [
        _lazy_value(f"nullif({fields}[{n}], {_text(null)})", kind, items, keys)
        for n, (_, kind) in enumerate(columns, 1)
    ]


def _lazy_value(text: str, kind: Type, items: str, keys: str) -> str:
    """A delimited value; one that its type cannot read is NULL, as LazySimpleSerDe leaves it."""
    if kind.name == "array":
        inner = _lazy_value("e", kind.element, "\x03", "\x04")
        split = f"string_split({text}, {_text(items)})"
        return f"CASE WHEN {text} = '' THEN [] ELSE list_transform({split}, lambda e: {inner}) END"
    if kind.name == "map":
        value = _lazy_value(f"string_split(e, {_text(keys)})[2]", kind.args[1], "\x04", "\x05")
        key = _lazy_value(f"string_split(e, {_text(keys)})[1]", kind.args[0], "\x04", "\x05")
        entries = (
            f"list_transform(string_split({text}, {_text(items)}), lambda e: struct_pack(k := {key}, v := {value}))"
        )
        return f"map_from_entries({entries})"
    if kind.name == "row":
        parts = ", ".join(
            f"{_name(name)} := {_lazy_value(f'string_split({text}, {_text(items)})[{n}]', each, keys, keys)}"
            for n, (name, each) in enumerate(kind.fields, 1)
        )
        return f"CASE WHEN {text} IS NULL THEN NULL ELSE struct_pack({parts}) END"
    if kind.is_text:
        return text
    if kind.name == "varbinary":
        return f"TRY(from_base64({text}))"
    if kind.name == "boolean":
        return f"CASE lower({text}) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"
    whole = f"CASE WHEN regexp_full_match({text}, '[+-]?\\d+') THEN {text} END" if kind.is_integer else text
    return f"TRY_CAST({whole} AS {kind.duckdb})"


def _lenient_fields(columns: Columns, keys: Keys) -> list[str]:
    return _lazy(columns, FIELDS, {}, "\\N")


def _csv_columns(columns: Columns, keys: Keys) -> list[str]:
    return [_csv_value(f"{FIELDS}[{n}]", name, kind, n - 1) for n, (name, kind) in enumerate(columns, 1)]


def _csv_value(text: str, name: str, kind: Type, position: int) -> str:
    """OpenCSVSerde: DATE counts days and TIMESTAMP milliseconds since 1970; an empty number is an error.

    Evidence: https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html
    """
    if kind.is_text:
        return text
    wrong = _bad_field(text, position)
    if kind.name == "date":
        made = f"DATE '1970-01-01' + TRY_CAST({text} AS INTEGER)"
    elif kind.name == "timestamp":
        made = f"make_timestamp_ms(TRY_CAST({text} AS BIGINT))"
    elif kind.name in {"array", "map", "row", "varbinary"}:
        raise QueryFailed("HIVE_UNSUPPORTED_FORMAT", f"OpenCSVSerde has no type {kind.hive} (column {name})")
    else:
        made = f"TRY_CAST({_strict(text, kind)} AS {kind.duckdb})"
    return f"CASE WHEN {text} IS NULL THEN NULL ELSE coalesce({made}, {wrong}) END"


def _bad_field(text: str, position: int) -> str:
    return (
        f"error('HIVE_BAD_DATA: Error parsing field value ''' || {text} || ''' for field {position}: "
        f"For input string: \"' || {text} || '\"')"
    )


def _strict(text: str, kind: Type) -> str:
    """The text where it is written as the type wants it, else NULL; DuckDB alone would round `2.5` to an integer."""
    if kind.is_integer:
        return f"CASE WHEN regexp_full_match({text}, '[+-]?\\d+') THEN {text} END"
    if kind.name == "boolean":
        return f"CASE WHEN lower({text}) IN ('true', 'false') THEN {text} END"
    return text


# JSON
def _hive_json(settings: dict[str, str]) -> Callable[[Columns, Keys], list[str]]:
    """Evidence: https://docs.aws.amazon.com/athena/latest/ug/hive-json-serde.html"""
    _check_rows(settings)
    formats = moments.formats(settings.get("timestamp.formats", ""))
    return lambda columns, keys: _json_columns(columns, keys(), {}, ignore=False, formats=formats)


def _check_rows(settings: dict[str, str]) -> None:
    """A row is a line."""
    if settings.get("strip.outer.array", "").lower() == "true":
        raise unsupported("the JSON SerDe property strip.outer.array")


def _openx(settings: dict[str, str]) -> Callable[[Columns, Keys], list[str]]:
    """Evidence: https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html"""
    flags = {key.lower(): text.lower() == "true" for key, text in settings.items()}
    if flags.get("use.null.for.invalid.data"):
        raise unsupported("the JSON SerDe property use.null.for.invalid.data")
    _check_rows(settings)
    formats = moments.formats(settings.get("timestamp.formats", ""))
    mapping = {
        key[len("mapping.") :].lower(): text for key, text in settings.items() if key.lower().startswith("mapping.")
    }
    insensitive = flags.get("case.insensitive", True)
    dots = flags.get("dots.in.keys", False)

    def columns(declared: Columns, keys: Keys) -> list[str]:
        ignore = flags.get("ignore.malformed.json", False)
        return _json_columns(
            declared, keys(), mapping, ignore=ignore, insensitive=insensitive, dots=dots, formats=formats
        )

    return columns


def _json_columns(
    columns: Columns,
    keys: list[str],
    mapping: dict[str, str],
    *,
    ignore: bool,
    insensitive: bool = True,
    dots: bool = False,
    formats: Sequence[str] = (),
) -> list[str]:
    made = []
    for name, kind in columns:
        wanted = mapping.get(name, name)
        found = [key for key in keys if _same(key, wanted, insensitive, dots)] or [wanted]
        values = [f"json_extract(j, {_text(_path(key))})" for key in found]
        value = f"coalesce({', '.join(values)})" if len(values) > 1 else values[0]
        if kind.is_text or kind.name == "decimal":  # as it is written, not as a double has it
            texts = [json_numbers.text_at("j", _text(_path(key))) for key in found]
            made.append(_json_scalar(f"coalesce({', '.join(texts)})", kind, name))
        else:
            made.append(_json_value(value, kind, name, formats))
    return made


def _same(key: str, wanted: str, insensitive: bool, dots: bool) -> bool:
    if dots:
        key = key.replace(".", "_")
    return key.lower() == wanted.lower() if insensitive else key == wanted


def json_line(ignore: bool) -> str:
    """The line as JSON; a blank one, and a malformed one where the SerDe ignores it, is a row of NULLs."""
    wrong = (
        "NULL"
        if ignore
        else "error('HIVE_CURSOR_ERROR: Row is not a valid JSON Object - JSONException: in line: ' || left(line, 200))"
    )
    return (
        f"CASE WHEN trim({LINE}) = '' THEN NULL WHEN json_valid({LINE}) AND json_type({LINE}) = 'OBJECT' "
        f"THEN {LINE}::JSON ELSE {wrong} END"
    )


def ignores_malformed(storage: dict[str, Any]) -> bool:
    settings = (storage.get("SerdeInfo") or {}).get("Parameters") or {}
    return any(key.lower() == "ignore.malformed.json" and str(text).lower() == "true" for key, text in settings.items())


def is_json(storage: dict[str, Any]) -> bool:
    library = str((storage.get("SerdeInfo") or {}).get("SerializationLibrary", ""))
    return library == "org.openx.data.jsonserde.JsonSerDe" or library in _HIVE_JSON


def _path(key: str) -> str:
    return '$."' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _json_value(value: str, kind: Type, name: str, formats: Sequence[str], depth: int = 0) -> str:
    """A JSON value as the declared type; a text that is no such value fails the query."""
    text = f"({value} ->> '$')"
    if kind.is_text:
        return text
    each = f"e{depth}"
    if kind.name == "array":
        inner = _json_value(each, kind.element, name, formats, depth + 1)
        return f"list_transform(CAST({value} AS JSON[]), lambda {each}: {inner})"
    if kind.name == "map":
        at = f"json_extract({value}, {_dynamic_path(each)})"
        key = _json_value(f"to_json({each})", kind.args[0], name, formats, depth + 1)
        entry = f"struct_pack(k := {key}, v := {_json_value(at, kind.args[1], name, formats, depth + 1)})"
        return f"map_from_entries(list_transform(json_keys({value}), lambda {each}: {entry}))"
    if kind.name == "row":
        parts = []
        for field, inner_kind in kind.fields:
            key = f"list_filter(json_keys({value}), lambda {each}: lower({each}) = {_text(field.lower())})[1]"
            at = f"json_extract({value}, {_dynamic_path(f'({key})')})"
            parts.append(f"{_name(field)} := {_json_value(at, inner_kind, name, formats, depth + 1)}")
        packed = f"struct_pack({', '.join(parts)})"
        return f"CASE WHEN coalesce(json_type({value}), 'NULL') = 'NULL' THEN NULL ELSE {packed} END"
    return _json_scalar(text, kind, name, formats)


def _json_scalar(text: str, kind: Type, name: str, formats: Sequence[str] = ()) -> str:
    """A scalar's text as the declared type."""
    if kind.is_text:
        return text
    made = (
        f"TRY(from_base64({text}))" if kind.name == "varbinary" else f"TRY_CAST({_strict(text, kind)} AS {kind.duckdb})"
    )
    if kind.name == "timestamp" and formats:
        made = f"coalesce({moments.parsed(text, formats)}, {made})"
    wrong = (
        f"error('HIVE_BAD_DATA: Error parsing a column in the table: For input string: \"' || {text} || "
        f"'\" (column {name.replace(chr(39), chr(39) * 2)}, type {kind.hive})')"
    )
    return f"CASE WHEN {text} IS NULL THEN NULL ELSE coalesce({made}, {wrong}) END"


def _dynamic_path(key: str) -> str:
    return f"'$.\"' || replace(replace({key}, '\\', '\\\\'), '\"', '\\\"') || '\"'"


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
