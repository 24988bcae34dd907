"""Functions that DuckDB has not, in Python over Arrow columns; a cursor gets one when a query first calls it.

Evidence: https://trino.io/docs/current/functions/binary.html, …/regexp.html, …/string.html and …/json.html
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import struct
import zlib
from collections.abc import Callable
from functools import lru_cache

from local_aws.sql.python_functions import PythonFunction
from local_aws.sql.soundex import soundex
from local_aws.sql.trino.functions import java_format, json_paths, json_text, matching, rows, statistics


def _hmac(name: str) -> Callable[[bytes, bytes], bytes]:
    return lambda value, key: hmac.new(key, value, name).digest()


def _xxhash64(value: bytes) -> bytes:
    import xxhash

    return bytes(xxhash.xxh64(value).digest())


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
_INTEGERS = ("BIGINT", "BIGINT")
FUNCTIONS: dict[str, PythonFunction] = {
    "py_regexp_like": PythonFunction(
        lambda value, pattern: bool(matching.compiled(pattern).search(value)), _TEXTS, "BOOLEAN"
    ),
    "py_regexp_extract": PythonFunction(matching.extract, (*_TEXTS, "BIGINT"), "VARCHAR"),
    "py_regexp_extract_all": PythonFunction(matching.extract_all, (*_TEXTS, "BIGINT"), "VARCHAR[]"),
    "py_regexp_replace": PythonFunction(matching.replace, (*_TEXTS, "VARCHAR"), "VARCHAR"),
    "py_regexp_split": PythonFunction(matching.split, _TEXTS, "VARCHAR[]"),
    "py_regexp_groups": PythonFunction(matching.groups, _TEXTS, "VARCHAR[][]"),
    "py_regexp_position": PythonFunction(matching.position, (*_TEXTS, "BIGINT", "BIGINT"), "BIGINT"),
    "py_json_canonical": PythonFunction(json_text.canonical, ("VARCHAR",), "VARCHAR"),
    "py_format": PythonFunction(java_format.formatted, ("VARCHAR", "VARCHAR[]"), "VARCHAR"),
    "py_levenshtein": PythonFunction(rows.levenshtein, _TEXTS, "BIGINT"),
    "py_hamming": PythonFunction(rows.hamming, _TEXTS, "BIGINT"),
    "py_split_limit": PythonFunction(rows.split_limit, (*_TEXTS, "BIGINT"), "VARCHAR[]"),
    "py_normalize": PythonFunction(rows.normalize, _TEXTS, "VARCHAR"),
    "py_decode": PythonFunction(rows.decode, ("BLOB", "VARCHAR"), "VARCHAR"),
    "py_to_base32": PythonFunction(lambda value: base64.b32encode(value).decode(), ("BLOB",), "VARCHAR"),
    "py_from_base32": PythonFunction(rows.from_base32, ("VARCHAR",), "BLOB"),
    "py_to_base64url": PythonFunction(lambda value: base64.urlsafe_b64encode(value).decode(), ("BLOB",), "VARCHAR"),
    "py_from_base64url": PythonFunction(rows.from_base64url, ("VARCHAR",), "BLOB"),
    "py_to_bytes": PythonFunction(lambda value, size: value.to_bytes(size, "big", signed=True), _INTEGERS, "BLOB"),
    "py_from_bytes": PythonFunction(rows.big_endian, ("BLOB", "BIGINT"), "BIGINT"),
    "py_pack": PythonFunction(lambda value, form: struct.pack(form, value), ("DOUBLE", "VARCHAR"), "BLOB"),
    "py_unpack": PythonFunction(rows.unpack, ("BLOB", "VARCHAR"), "DOUBLE"),
    "py_reverse": PythonFunction(lambda value: value[::-1], ("BLOB",), "BLOB"),
    "py_bit_count": PythonFunction(rows.bit_count, _INTEGERS, "BIGINT"),
    "py_truncate": PythonFunction(rows.truncate, ("DOUBLE", "BIGINT"), "DOUBLE"),
    "py_time_zone": PythonFunction(rows.time_zone, ("VARCHAR",), "VARCHAR"),
    "py_iso_date": PythonFunction(rows.iso_date, ("VARCHAR",), "VARCHAR"),
    "py_parse_duration": PythonFunction(rows.parse_duration, ("VARCHAR",), "BIGINT"),
    "py_parse_data_size": PythonFunction(rows.parse_data_size, ("VARCHAR",), "VARCHAR"),
    "py_format_number": PythonFunction(rows.format_number, ("DOUBLE",), "VARCHAR"),
    "py_normal_cdf": PythonFunction(statistics.normal_cdf, ("DOUBLE",) * 3, "DOUBLE"),
    "py_inverse_normal_cdf": PythonFunction(statistics.inverse_normal_cdf, ("DOUBLE",) * 3, "DOUBLE"),
    "py_numeric_histogram": PythonFunction(
        statistics.numeric_histogram, ("BIGINT", "DOUBLE[]", "DOUBLE[]"), "MAP(DOUBLE, DOUBLE)"
    ),
    "py_weighted_percentile": PythonFunction(
        statistics.weighted_percentile, ("DOUBLE[]", "DOUBLE[]", "DOUBLE"), "DOUBLE"
    ),
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
