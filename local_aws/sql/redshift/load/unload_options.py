"""The UNLOAD statement. https://docs.aws.amazon.com/redshift/latest/dg/r_UNLOAD.html"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from local_aws.sql.redshift import errors
from local_aws.sql.redshift.load.access import take_authorization, take_region
from local_aws.sql.redshift.load.options import unescaped

if TYPE_CHECKING:
    from local_aws.sql.redshift.reader import Reader

MB = 1024 * 1024
SMALLEST, LARGEST = 5 * MB, int(6.2 * 1024 * MB)
_FLAGS = {
    "ADDQUOTES": "add_quotes",
    "ALLOWOVERWRITE": "overwrite",
    "CLEANPATH": "clean",
    "ESCAPE": "escape",
    "HEADER": "header",
}
_TEXTS = {"DELIMITER": "delimiter", "NULL": "null", "EXTENSION": "extension"}


@dataclass(frozen=True)
class Unload:
    """One UNLOAD, as written. Sizes are in bytes."""

    query: str
    target: str
    format: str = "TEXT"
    delimiter: str = ""
    null: str = ""
    compression: str = ""
    extension: str = ""
    partition: tuple[str, ...] = ()
    include: bool = False
    parallel: bool = True
    manifest: bool = False
    verbose: bool = False
    header: bool = False
    add_quotes: bool = False
    escape: bool = False
    overwrite: bool = False
    clean: bool = False
    largest: int = LARGEST
    row_group: int = 32 * MB

    @property
    def separator(self) -> str:
        return self.delimiter or ("," if self.format == "CSV" else "|")


def read(reader: Reader) -> Unload:
    """The statement after its first word. :raises SqlError: for syntax, contradictions and what is not supported."""
    reader.need("(")
    query = reader.value()
    reader.need(")")
    reader.need("TO")
    target = reader.value()
    if not target.startswith("s3://"):
        raise errors.error(f"UNLOAD destination is not supported. (Hint: only S3 based unload is allowed): {target}")
    found, authorized = Unload(query, target), False
    while reader.text not in {"", ";"}:
        if take_authorization(reader):
            authorized = True
        elif not take_region(reader):
            found = _option(found, reader)
    if not authorized:
        raise errors.error("UNLOAD needs an authorization: IAM_ROLE, CREDENTIALS, or ACCESS_KEY_ID with its secret")
    _check(found)
    return found


def _option(found: Unload, reader: Reader) -> Unload:
    word = reader.value().upper()
    if word in {"FORMAT", "AS"}:
        reader.take("AS")
        return found
    if word in {"CSV", "PARQUET", "JSON"}:
        return replace(found, format=word)
    if word in {"GZIP", "BZIP2", "ZSTD"}:
        return replace(found, compression=word)
    if word in _FLAGS:
        return replace(found, **{_FLAGS[word]: True})  # type: ignore[arg-type]
    if word in _TEXTS:
        reader.take("AS")
        return replace(found, **{_TEXTS[word]: unescaped(reader.value())})  # type: ignore[arg-type]
    if word == "MANIFEST":
        return replace(found, manifest=True, verbose=reader.take("VERBOSE"))
    if word == "PARALLEL":
        off = reader.take("OFF") or reader.take("FALSE")
        _ = off or reader.take("ON") or reader.take("TRUE")
        return replace(found, parallel=not off)
    if word == "PARTITION BY":  # the tokenizer reads both words as one
        reader.need("(")
        names = tuple(reader.names())
        reader.need(")")
        return replace(found, partition=names, include=reader.take("INCLUDE"))
    if word in {"MAXFILESIZE", "ROWGROUPSIZE"}:
        reader.take("AS")
        return replace(found, **{"largest" if word == "MAXFILESIZE" else "row_group": _size(reader)})  # type: ignore[arg-type]
    if word in {"FIXEDWIDTH", "ENCRYPTED", "KMS_KEY_ID", "MASTER_SYMMETRIC_KEY"}:
        raise errors.unsupported(f"UNLOAD … {word}")
    raise errors.syntax(word.lower())


def _size(reader: Reader) -> int:
    text = reader.value()
    for unit in ("MB", "GB"):
        if text.upper().endswith(unit) and text != unit:  # the tokenizer may leave number and unit in one
            text, size = text[: -len(unit)], unit
            break
    else:
        size = "GB" if reader.take("GB") else "MB"
        reader.take("MB")
    try:
        return int(float(text) * (MB if size == "MB" else 1024 * MB))
    except ValueError as problem:
        raise errors.syntax(text) from problem


def _check(found: Unload) -> None:
    if found.overwrite and found.clean:
        raise errors.error("Cannot specify both CLEANPATH and ALLOWOVERWRITE options")
    if not SMALLEST <= found.largest <= LARGEST:
        raise errors.error("MAXFILESIZE must be between 5MB and 6.2GB")
    if len(found.separator) != 1 or not found.separator.isascii():
        raise errors.error("DELIMITER must be a single ASCII character")
    text_only = {"ADDQUOTES": found.add_quotes, "ESCAPE": found.escape}
    all_text = {"DELIMITER": found.delimiter, "HEADER": found.header, "NULL AS": found.null}
    wrong: dict[str, object] = {} if found.format == "TEXT" else {**text_only}
    if found.format in {"PARQUET", "JSON"}:
        wrong |= all_text
    if found.format == "PARQUET":
        wrong |= {found.compression or "GZIP": found.compression}
    for name, given in wrong.items():
        if given:
            raise errors.error(f"{name} is not supported for UNLOAD to {found.format}")
