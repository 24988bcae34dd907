"""Texts as Hive reads them for a declared type, stricter than DuckDB's casts, which take more for a value.

Each is a DuckDB expression that is NULL where the text is no such value. Evidence: Trino's readers of Hive's text
formats (https://github.com/trinodb/trino/tree/master/lib/trino-hive-formats), which say what each type takes.
"""

from __future__ import annotations

from local_aws.sql.types import Type

_DATE = r"[+-]?\d{1,6}-\d{1,2}-\d{1,2}"
_LOCAL = _DATE + r"( \d{1,2}:\d{1,2}:\d{1,2}(\.\d{1,9})?)?|\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?"
_ZONED = r"\d{4}-\d{2}-\d{2}[ Tt]\d{2}:\d{2}:\d{2}(\.\d{1,9})?(?:[Zz]|[+-]\d{2}:?\d{2})"
_WORDS = "('NaN', '+NaN', '-NaN', 'Infinity', '+Infinity', '-Infinity')"


def scalar(text: str, kind: Type, *, truncate: bool = False) -> str:
    """The text as `kind`.

    :param truncate: an integer may have a fraction, which is left out, as LazySimpleSerDe has it.
    """
    if kind.name == "boolean":
        return f"CASE lower({text}) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"
    if kind.is_integer:
        return f"TRY_CAST({_integer(text, truncate=truncate)} AS {kind.duckdb})"
    if kind.name in {"double", "real"}:
        return _floating(text, kind)
    if kind.name == "decimal":
        return f"TRY_CAST(CASE WHEN NOT contains({text}, '_') THEN {text} END AS {kind.duckdb})"
    if kind.name == "date":
        day = f"split_part(trim({text}), ' ', 1)"
        return f"TRY_CAST(CASE WHEN regexp_full_match({day}, '{_DATE}') THEN {day} END AS DATE)"
    if kind.name == "timestamp":
        return f"TRY_CAST(CASE WHEN regexp_full_match(trim({text}), '{_LOCAL}') THEN {text} END AS {kind.duckdb})"
    if kind.name == "varbinary":
        return f"TRY(from_base64({text}))"
    return f"TRY_CAST({text} AS {kind.duckdb})"


def openx_timestamp(text: str) -> str:
    """What OpenX takes for a moment besides: one with a zone, in UTC; seconds, or milliseconds, since 1970."""
    zoned = f"timezone('UTC', TRY_CAST(CASE WHEN regexp_full_match({text}, '{_ZONED}') THEN {text} END AS TIMESTAMPTZ))"
    number = f"CASE WHEN regexp_full_match({text}, '[+-]?[0-9]+(\\.[0-9]+)?') THEN {text} END"
    whole = f"TRY_CAST({number} AS DECIMAL(38, 9))"
    millis = f"CASE WHEN length({text}) >= 13 AND NOT contains({text}, '.') THEN {whole} ELSE {whole} * 1000 END"
    return f"coalesce({zoned}, make_timestamp_ms(CAST(trunc({millis}) AS BIGINT)))"


def _integer(text: str, *, truncate: bool) -> str:
    whole = f"WHEN regexp_full_match({text}, '[+-]?[0-9]+') THEN {text}"
    if not truncate:
        return f"CASE {whole} END"
    fraction = f"regexp_full_match({text}, '[+-]?([0-9]+\\.[0-9]*|\\.[0-9]+)')"
    return f"CASE {whole} WHEN {fraction} THEN regexp_replace({text}, '^([+-]?)([0-9]*)\\..*$', '\\10\\2') END"


def _floating(text: str, kind: Type) -> str:
    """DuckDB also takes `1_000`, `inf` and `nan`."""
    value = f"TRY_CAST({text} AS {kind.duckdb})"
    finite = f"isfinite({value}) OR trim({text}) IN {_WORDS} OR regexp_matches({text}, '[0-9]')"
    return f"CASE WHEN ({finite}) AND NOT contains({text}, '_') THEN {value} END"
