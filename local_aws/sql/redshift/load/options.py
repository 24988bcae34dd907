"""The COPY statement: its target, its source, its format and its options.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_COPY.html and the pages of its parameters:
https://docs.aws.amazon.com/redshift/latest/dg/r_COPY-parameters.html
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.load.access import take_authorization, take_region

if TYPE_CHECKING:
    from local_aws.sql.redshift.reader import Reader

MOST_ERRORS = 100_000
COMPRESSIONS = ("GZIP", "BZIP2", "ZSTD")
ENCODINGS = {"UTF8": "utf-8", "UTF16": "utf-16", "UTF16LE": "utf-16-le", "UTF16BE": "utf-16-be", "ISO88591": "latin-1"}
ACCEPTED = ("COMPUPDATE", "STATUPDATE")
FLAGS = {
    "ACCEPTANYDATE": "any_date",
    "BLANKSASNULL": "blanks_as_null",
    "EMPTYASNULL": "empty_as_null",
    "ESCAPE": "escape",
    "EXPLICIT_IDS": "explicit_ids",
    "FILLRECORD": "fill_record",
    "IGNOREALLERRORS": "ignore_errors",
    "IGNOREBLANKLINES": "ignore_blank_lines",
    "MANIFEST": "manifest",
    "NOLOAD": "no_load",
    "REMOVEQUOTES": "remove_quotes",
    "ROUNDEC": "round",
    "TRIMBLANKS": "trim_blanks",
    "TRUNCATECOLUMNS": "truncate",
}
FORMATS = ("CSV", "JSON", "AVRO", "PARQUET", "ORC")
NESTED = frozenset({"JSON", "AVRO"})
REFUSED = ("SHAPEFILE", "LZOP", "ENCRYPTED", "SSH", "READRATIO", "MASTER_SYMMETRIC_KEY")
COLUMNAR = frozenset({"PARQUET", "ORC"})


@dataclass(frozen=True)
class Copy:
    """One COPY, as written. `json` is `auto`, `auto ignorecase`, `noshred` or the URI of a JSONPaths file."""

    table: tuple[str, ...]
    source: str
    columns: tuple[str, ...] = ()
    format: str = "TEXT"
    json: str = "auto"
    delimiter: str = ""
    quote: str = '"'
    null: str = "\\N"
    compression: str = ""
    encoding: str = "utf-8"
    skip: int = 0
    most_errors: int = 0
    date_format: str = ""
    time_format: str = ""
    replacement: str = ""
    widths: tuple[int, ...] = ()
    flags: frozenset[str] = field(default_factory=frozenset)

    def has(self, flag: str) -> bool:
        return flag in self.flags

    @property
    def separator(self) -> str:
        return self.delimiter or ("," if self.format == "CSV" else "|")


def read(reader: Reader) -> Copy:
    """The statement after its first word. :raises SqlError: for syntax, contradictions and what is not supported."""
    table = tuple(reader.dotted())
    columns: tuple[str, ...] = ()
    if reader.take("("):
        columns = tuple(reader.names())
        reader.need(")")
    reader.need("FROM")
    source = reader.value()
    if not source.startswith("s3://"):
        raise errors.unsupported(f"COPY from {source.split('://')[0]}; the source is s3://…")
    found, authorized = Copy(table, source, columns), False
    while reader.text not in {"", ";"}:
        if take_authorization(reader):
            authorized = True
        elif not take_region(reader):
            found = _option(found, reader)
    if not authorized:
        raise errors.error("COPY needs an authorization: IAM_ROLE, CREDENTIALS, or ACCESS_KEY_ID with its secret")
    _check(found)
    return found


def _option(found: Copy, reader: Reader) -> Copy:
    """The next option. Words are taken in any case of letters."""
    word = reader.value().upper()
    if word in {"FORMAT", "AS"}:
        reader.take("AS")
        return found
    if word in FLAGS:
        return replace(found, flags=found.flags | {FLAGS[word]})
    if word in ACCEPTED:
        _ = reader.take("PRESET") or reader.take("ON") or reader.take("OFF") or reader.take("TRUE")
        return found
    if word in COMPRESSIONS:
        return replace(found, compression=word)
    if word in FORMATS:
        return _formatted(found, word, reader)
    if word == "FIXEDWIDTH":
        reader.take("AS")
        return replace(found, format="FIXEDWIDTH", widths=_widths(reader.value()))
    if word in REFUSED:
        raise errors.unsupported(f"COPY … {word}")
    if word in {"IGNOREHEADER", "MAXERROR", "COMPROWS"}:
        reader.take("AS")
        number = _number(reader)
        changes = {"IGNOREHEADER": {"skip": number}, "MAXERROR": {"most_errors": number}}.get(word, {})
        return replace(found, **changes)  # type: ignore[arg-type]
    return _text_option(found, word, reader)


def _formatted(found: Copy, word: str, reader: Reader) -> Copy:
    if found.format != "TEXT":
        raise errors.error(f"{word} format is not compatible with {found.format} format")
    found = replace(found, format=word)
    if word in NESTED:
        reader.take("AS")
        given = reader.value() if reader.quoted else "auto"
        known = given.lower() in {"auto", "auto ignorecase", "noshred"}
        return replace(found, json=given.lower() if known else given)
    return found


def _text_option(found: Copy, word: str, reader: Reader) -> Copy:
    """Options that take a text."""
    if word == "ACCEPTINVCHARS":
        given = reader.take("AS")
        return replace(found, replacement=reader.value() if given or reader.quoted else "?")
    names = {
        "DELIMITER": "delimiter",
        "QUOTE": "quote",
        "NULL": "null",
        "DATEFORMAT": "date_format",
        "TIMEFORMAT": "time_format",
        "ENCODING": "encoding",
    }
    if word not in names:
        raise errors.syntax(word.lower())
    reader.take("AS")
    value: Any = reader.value()
    if word == "ENCODING":
        if value.upper() not in ENCODINGS:
            raise errors.error(f"Encoding {value} is not supported")
        value = ENCODINGS[value.upper()]
    elif word in {"DELIMITER", "QUOTE", "NULL"}:
        value = unescaped(value)
    return replace(found, **{names[word]: value})


def unescaped(text: str) -> str:
    r"""A character as COPY lets it be written: `\t`, octal `\001`, or `\0` for NUL; all else as it is."""
    if text == "\\t":
        return "\t"
    if text[:1] == "\\" and text[1:].isdigit() and len(text) in {2, 4}:
        return chr(int(text[1:], 8))
    return text


def _widths(text: str) -> tuple[int, ...]:
    """`label:width,…`: the labels say nothing, the order is that of the columns.

    https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-format.html#copy-fixedwidth
    """
    sizes = [each.rpartition(":")[2].strip() for each in text.split(",")]
    if not all(each.isdigit() and int(each) > 0 for each in sizes):
        raise errors.error(f"Invalid fixedwidth spec: {text}")
    return tuple(map(int, sizes))


def _number(reader: Reader) -> int:
    text = reader.value()
    if not text.isdigit():
        raise errors.syntax(text)
    return int(text)


def _check(found: Copy) -> None:
    """https://docs.aws.amazon.com/redshift/latest/dg/copy-parameters-data-format.html: what goes with what."""
    only_text = {"escape": "ESCAPE", "remove_quotes": "REMOVEQUOTES"}
    for flag, name in only_text.items():
        if found.has(flag) and found.format == "CSV":
            raise errors.error(f"CSV is not compatible with {name}")
    if found.has("escape") and found.has("remove_quotes"):
        raise errors.unsupported("COPY with REMOVEQUOTES and ESCAPE together")
    if len(found.quote) != 1 or not found.quote.isascii():
        raise errors.error("COPY quote must be a single ASCII character")
    if not found.separator.isascii() or (len(found.separator) != 1 and found.format == "CSV"):
        raise errors.error("COPY delimiter must be a single ASCII character")
    if len(found.separator) > 1 and (found.has("escape") or found.has("remove_quotes")):
        raise errors.unsupported("COPY with several characters as DELIMITER, and ESCAPE or REMOVEQUOTES")
    if found.format in COLUMNAR:
        _check_columnar(found)
    if found.format in {*NESTED, "FIXEDWIDTH"} and found.delimiter:
        raise errors.error(f"{found.format} is not compatible with DELIMITER")
    if found.most_errors > MOST_ERRORS:
        raise errors.error(f"MAXERROR value must be between 0 and {MOST_ERRORS}")


def _check_columnar(found: Copy) -> None:
    """https://docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html: only few options."""
    plain = Copy(found.table, found.source)
    names = ["delimiter", "quote", "null", "compression", "encoding", "skip", "most_errors", "date_format"]
    names += ["time_format", "replacement"]
    given = next((name for name in names if getattr(found, name) != getattr(plain, name)), None)
    other = found.flags - {"manifest", "fill_record"}
    if given or other:
        raise errors.error(f"{(given or min(other)).upper()} is not supported for {found.format} based COPY")
