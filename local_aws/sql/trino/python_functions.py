"""Functions that DuckDB has not, in Python over Arrow columns; a cursor gets one when a query first calls it.

Evidence: https://trino.io/docs/current/functions/binary.html, …/regexp.html, …/string.html and …/json.html
"""

from __future__ import annotations

import hashlib
import hmac
import json
import zlib
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from local_aws.sql.python_functions import PythonFunction
from local_aws.sql.trino.functions import json_paths, rows


@lru_cache(maxsize=256)
def _pattern(pattern: str) -> Any:
    import regex

    return regex.compile(pattern, flags=regex.VERSION0)


def _extract(value: str, pattern: str, group: int) -> str | None:
    found = _pattern(pattern).search(value)
    return None if found is None else found[group]


def _extract_all(value: str, pattern: str, group: int) -> list[str | None]:
    return [found[group] for found in _pattern(pattern).finditer(value)]


def _replace(value: str, pattern: str, replacement: str) -> str:
    return str(_pattern(pattern).sub(replacement, value))


def _split(value: str, pattern: str) -> list[str]:
    made, last = [], 0
    for found in _pattern(pattern).finditer(value):
        made.append(value[last : found.start()])
        last = found.end()
    return [*made, value[last:]]


def _hmac(name: str) -> Callable[[bytes, bytes], bytes]:
    return lambda value, key: hmac.new(key, value, name).digest()


def _xxhash64(value: bytes) -> bytes:
    import xxhash

    return bytes(xxhash.xxh64(value).digest())


_CODES = {
    letter: digit for digit, group in enumerate(("BFPV", "CGJKQSXZ", "DT", "L", "MN", "R"), 1) for letter in group
}


def soundex(value: str) -> str:
    """The code of American Soundex: H and W do not part equal codes, vowels do."""
    letters = [each for each in value.upper() if each.isascii() and each.isalpha()]
    if not letters:
        return ""
    made, last = letters[0], _CODES.get(letters[0])
    for each in letters[1:]:
        code = _CODES.get(each)
        if code and code != last:
            made += str(code)
        if each not in "HW":
            last = code
    return made[:4].ljust(4, "0")


_path = lru_cache(maxsize=256)(json_paths.parse)


def _json_items(document: str, path: str) -> str:
    """`v` and the items found as a JSON array; `x` and the reason where the path fails."""
    try:
        read = json.loads(document)
    except ValueError as error:
        return f"xconversion of JSON failed: {error}"
    try:
        return "v" + json.dumps(_path(path).items(read), ensure_ascii=False, separators=(",", ":"))
    except json_paths.PathFailed as error:
        return f"xpath evaluation failed: {error}"


_TEXTS = ("VARCHAR", "VARCHAR")
FUNCTIONS: dict[str, PythonFunction] = {
    "py_regexp_like": PythonFunction(lambda value, pattern: bool(_pattern(pattern).search(value)), _TEXTS, "BOOLEAN"),
    "py_regexp_extract": PythonFunction(_extract, (*_TEXTS, "BIGINT"), "VARCHAR"),
    "py_regexp_extract_all": PythonFunction(_extract_all, (*_TEXTS, "BIGINT"), "VARCHAR[]"),
    "py_regexp_replace": PythonFunction(_replace, (*_TEXTS, "VARCHAR"), "VARCHAR"),
    "py_regexp_split": PythonFunction(_split, _TEXTS, "VARCHAR[]"),
    "py_crc32": PythonFunction(zlib.crc32, ("BLOB",), "BIGINT"),
    "py_sha512": PythonFunction(lambda value: hashlib.sha512(value).digest(), ("BLOB",), "BLOB"),
    **{
        f"py_hmac_{each}": PythonFunction(_hmac(each), ("BLOB", "BLOB"), "BLOB")
        for each in ("md5", "sha1", "sha256", "sha512")
    },
    "py_xxhash64": PythonFunction(_xxhash64, ("BLOB",), "BLOB"),
    "py_soundex": PythonFunction(soundex, ("VARCHAR",), "VARCHAR"),
    "py_left_shift": PythonFunction(rows.left_shift, ("BIGINT", "BIGINT", "BIGINT"), "BIGINT"),
    "py_right_shift": PythonFunction(rows.right_shift, ("BIGINT", "BIGINT", "BIGINT"), "BIGINT"),
    "py_signed_shift": PythonFunction(rows.right_shift_arithmetic, ("BIGINT", "BIGINT", "BIGINT"), "BIGINT"),
    "py_from_base": PythonFunction(rows.from_base, ("VARCHAR", "BIGINT"), "BIGINT"),
    "py_to_base": PythonFunction(rows.to_base, ("BIGINT", "BIGINT"), "VARCHAR"),
    "py_split_to_map": PythonFunction(rows.split_to_map, (*_TEXTS, "VARCHAR"), "MAP(VARCHAR, VARCHAR)"),
    "py_split_to_multimap": PythonFunction(rows.split_to_multimap, (*_TEXTS, "VARCHAR"), "MAP(VARCHAR, VARCHAR[])"),
    "py_strpos": PythonFunction(rows.strpos, (*_TEXTS, "BIGINT"), "BIGINT"),
    "py_human_readable_seconds": PythonFunction(rows.human_readable_seconds, ("DOUBLE",), "VARCHAR"),
    "py_luhn_check": PythonFunction(rows.luhn_check, ("VARCHAR",), "BOOLEAN"),
    "py_json_items": PythonFunction(_json_items, _TEXTS, "VARCHAR"),
}
