"""What a SerDe makes of a table's text: how it is cut, and each declared column's DuckDB expression.

Evidence: https://docs.aws.amazon.com/athena/latest/ug/supported-serdes.html and the page of each SerDe
"""

from __future__ import annotations

import codecs
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from local_aws.sql import hive_values, json_lines, partitions, text_files
from local_aws.sql.csv_lines import csv_fields
from local_aws.sql.delimited import Columns, Delimited, character, quoted, regex_columns
from local_aws.sql.errors import QueryFailed, unsupported
from local_aws.sql.json_lines import JsonSerDe
from local_aws.sql.text_files import FIELDS, LINE, Cutting
from local_aws.sql.types import Type

Settings = dict[str, str]
_COLUMNAR = {"ParquetHiveSerDe": "parquet", "OrcSerde": "orc", "AvroSerDe": "avro"}
_INPUT_FORMATS = {"org.apache.hadoop.mapred.TextInputFormat", "com.amazon.emr.cloudtrail.CloudTrailInputFormat"}
_INPUT_FORMATS |= {partitions.SYMLINKS}
_CLOUDTRAIL = "com.amazon.emr.cloudtrail.CloudTrailInputFormat"


def _no_columns(columns: Columns) -> list[str]:
    return []


@dataclass(frozen=True)
class Reader:
    """How to read a table's text.

    :param cutting: makes lines, or fields, of a file.
    :param columns: makes each column's expression over them.
    :param json: makes them instead, of lines that are JSON.
    """

    cutting: Cutting
    columns: Callable[[Columns], list[str]] = _no_columns
    json: JsonSerDe | None = None


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
    """The reader of a table's text. :raises QueryFailed: for a SerDe or a property of it that is not known."""
    info = storage.get("SerdeInfo") or {}
    library = str(info.get("SerializationLibrary", ""))
    name = library.rpartition(".")[2]
    reads = str(storage.get("InputFormat") or "")
    if reads and reads not in _INPUT_FORMATS:
        raise unsupported(f"the input format {reads} with the SerDe {library}")
    settings = {key: str(text) for key, text in (info.get("Parameters") or {}).items()}
    cutting = partial(Cutting, *_left_out(settings, table), _encoding(settings, name))
    if library == json_lines.OPENX or library in json_lines.HIVE:
        json = JsonSerDe.of(settings, openx=library == json_lines.OPENX)
        if str(storage.get("InputFormat")) == _CLOUDTRAIL:
            return Reader(cutting("cloudtrail", cut=text_files.cloudtrail_records), json=json)
        return Reader(cutting(), json=json)
    if name in {"LazySimpleSerDe", "MultiDelimitSerDe"} or not library:
        return _lazy_simple(settings, cutting, whole=name == "MultiDelimitSerDe")
    if name == "OpenCSVSerde":
        return _csv(settings, cutting)
    if name == "RegexSerDe":
        return _regex(settings, cutting)
    raise unsupported(f"the SerDe {library}")


def _left_out(settings: Settings, table: dict[str, Any]) -> tuple[int, int]:
    """How many lines a file begins and ends with that are no rows.

    Evidence: https://trino.io/docs/current/connector/hive.html#table-properties
    """
    found = [
        str(table["Parameters"].get(key, settings.get(key, "0"))).strip()
        for key in ("skip.header.line.count", "skip.footer.line.count")
    ]
    for key, count in zip(("header", "footer"), found, strict=True):
        if not count.isdigit():
            message = f"Invalid value for skip.{key}.line.count property: {count}"
            raise QueryFailed("HIVE_INVALID_METADATA", message)
    return int(found[0]), int(found[1])


def _encoding(settings: Settings, name: str) -> str:
    """`serialization.encoding`, which LazySimpleSerDe alone has."""
    written = settings.get("serialization.encoding", "UTF-8")
    try:
        found = codecs.lookup(written).name
    except LookupError as error:
        raise unsupported(f"serialization.encoding {written}") from error
    if found != "utf-8" and name not in {"LazySimpleSerDe", ""}:
        raise unsupported(f"serialization.encoding with {name}")
    return found


# delimited text
def _lazy_simple(settings: Settings, cutting: Callable[..., Cutting], *, whole: bool) -> Reader:
    """:param whole: a delimiter of several characters counts as a whole, as MultiDelimitSerDe has it.

    Evidence: https://docs.aws.amazon.com/athena/latest/ug/lazy-simple-serde.html
    """
    raw = settings.get("field.delim", settings.get("serialization.format", "\x01"))
    delimiter, escape = character(raw), settings.get("escape.delim", "")
    if len(delimiter) != 1 and not whole:
        raise unsupported("a field.delim of more than one character (MultiDelimitSerDe)")
    if escape and whole:
        raise unsupported("escape.delim with MultiDelimitSerDe")
    rest = settings.get("serialization.last.column.takes.rest", "").lower() == "true"
    if rest and (escape or whole):
        raise unsupported("serialization.last.column.takes.rest with escape.delim or MultiDelimitSerDe")
    if settings.get("hive.lazysimple.extended_boolean_literal", "").lower() == "true":
        raise unsupported("hive.lazysimple.extended_boolean_literal")
    values = Delimited.of(settings)
    if escape:
        split = text_files.delimited_fields(delimiter, character(escape))
        return Reader(cutting(f"delimited {delimiter!r} {escape!r}", split), partial(_escaped, values))
    fields = f"string_split({LINE}, {quoted(delimiter)})"
    return Reader(
        cutting(), partial(_last_takes_rest, values, fields, delimiter) if rest else partial(_plain, values, fields)
    )


def _plain(values: Delimited, fields: str, columns: Columns) -> list[str]:
    return values.columns(columns, fields)


def _escaped(values: Delimited, columns: Columns) -> list[str]:
    """:raises QueryFailed: for nested columns, whose separators may be escaped too."""
    nested = [name for name, kind in columns if kind.name in {"array", "map", "row"}]
    if nested:
        raise unsupported(f"escape.delim with the nested column {nested[0]}")
    return values.columns(columns, FIELDS)


def _last_takes_rest(values: Delimited, fields: str, delimiter: str, columns: Columns) -> list[str]:
    *before, (_, kind) = columns
    joined = f"array_to_string({fields}[{len(columns)}:], {quoted(delimiter)})"
    rest = f"CASE WHEN len({fields}) >= {len(columns)} THEN {joined} END"
    return [*values.columns(before, fields), values.value(f"({rest})", kind)]


def _regex(settings: Settings, cutting: Callable[..., Cutting]) -> Reader:
    """Evidence: https://docs.aws.amazon.com/athena/latest/ug/regex-serde.html"""
    pattern = settings.get("input.regex", "")
    if not pattern:
        message = 'This table does not have serde property "input.regex"!'
        raise QueryFailed("HIVE_INVALID_METADATA", message)
    if pattern == "(.*)":
        return Reader(cutting(), _whole_line)
    if settings.get("input.regex.case.insensitive", "").lower() == "true":
        pattern = f"(?i){pattern}"
    return Reader(
        cutting(f"regex {pattern}", text_files.regex_fields(pattern)), lambda columns: regex_columns(columns, FIELDS)
    )


def _whole_line(columns: Columns) -> list[str]:
    return regex_columns(columns, f"[{LINE}]")


def _csv(settings: Settings, cutting: Callable[..., Cutting]) -> Reader:
    """Evidence: https://docs.aws.amazon.com/athena/latest/ug/csv-serde.html"""
    separator, quote = settings.get("separatorChar", ","), settings.get("quoteChar", '"')
    escape = settings.get("escapeChar", "\\")
    for key, text in (("separatorChar", separator), ("quoteChar", quote), ("escapeChar", escape)):
        if len(text) != 1:
            raise unsupported(f"{key} of OpenCSVSerde that is not one character: {text!r}")
    label = f"csv {separator!r} {quote!r} {escape!r}"
    return Reader(cutting(label, csv_fields(separator, quote, escape)), _csv_columns)


def _csv_columns(columns: Columns) -> list[str]:
    return [_csv_value(f"{FIELDS}[{n}]", name, kind, n - 1) for n, (name, kind) in enumerate(columns, 1)]


def _csv_value(text: str, name: str, kind: Type, position: int) -> str:
    """OpenCSVSerde: DATE counts days and TIMESTAMP milliseconds since 1970; an empty number is an error."""
    if kind.is_text:
        return text
    if kind.name in {"array", "map", "row", "varbinary"}:
        raise QueryFailed("HIVE_UNSUPPORTED_FORMAT", f"OpenCSVSerde has no type {kind.hive} (column {name})")
    if kind.name == "date":
        made = f"DATE '1970-01-01' + TRY_CAST({text} AS INTEGER)"
    elif kind.name == "timestamp":
        made = f"make_timestamp_ms(TRY_CAST({text} AS BIGINT))"
    else:
        made = hive_values.scalar(text, kind)
    return f"CASE WHEN {text} IS NULL THEN NULL ELSE coalesce({made}, {_bad_field(text, position)}) END"


def _bad_field(text: str, position: int) -> str:
    return (
        f"error('HIVE_BAD_DATA: Error parsing field value ''' || {text} || ''' for field {position}: "
        f"For input string: \"' || {text} || '\"')"
    )
