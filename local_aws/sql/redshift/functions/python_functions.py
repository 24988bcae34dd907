"""Functions in Python: what DuckDB has not, row by row.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/String_functions_header.html and
https://docs.aws.amazon.com/redshift/latest/dg/hash-functions.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any

from local_aws.sql.python_functions import PythonFunction
from local_aws.sql.redshift.functions import date_formats, moments, number_formats, super_values
from local_aws.sql.soundex import soundex

_FNV_SEED, _FNV_PRIME = 0xCBF29CE484222325, 0x100000001B3


def signed(number: int) -> int:
    """64 bits as a signed number."""
    return number - 2**64 if number >= 2**63 else number


def fnv(value: bytes, seed: int) -> int:
    """FNV-1a of 64 bits. https://docs.aws.amazon.com/redshift/latest/dg/r_FNV_HASH.html"""
    found = seed & (2**64 - 1)
    for each in value:
        found = (found ^ each) * _FNV_PRIME & (2**64 - 1)
    return signed(found)


FNV_SEED = signed(_FNV_SEED)


def _crc_table() -> tuple[int, ...]:
    table = []
    for each in range(256):
        for _ in range(8):
            each = each >> 1 ^ (0x82F63B78 if each & 1 else 0)
        table.append(each)
    return tuple(table)


_CRC = _crc_table()


def crc32(value: str) -> str:
    """Eight hexadecimal digits, by CRC-32C. https://docs.aws.amazon.com/redshift/latest/dg/crc32-function.html"""
    found = 2**32 - 1
    for each in value.encode():
        found = found >> 8 ^ _CRC[(found ^ each) & 255]
    return f"{found ^ 2**32 - 1:08x}"


def difference(left: str, right: str) -> int:
    """https://docs.aws.amazon.com/redshift/latest/dg/DIFFERENCE.html: equal places of the two SOUNDEX codes."""
    return sum(one == other for one, other in zip(soundex(left), soundex(right), strict=False))


def strtol(value: str, base: int) -> int:
    """https://docs.aws.amazon.com/redshift/latest/dg/r_STRTOL.html

    :raises ValueError: for a base or a text that C's strtol does not take, or a number beyond 64 bits.
    """
    if not 2 <= base <= 36:
        raise ValueError("ERROR: The base must be between 2 and 36")
    try:
        number = int(value.strip().replace("_", "?"), base)
    except ValueError as problem:
        raise ValueError(f"ERROR: The input {value} is not valid to be converted to base {base}") from problem
    if not -(2**63) <= number < 2**63:
        raise ValueError(f"ERROR: The input {value} is out of range for bigint")
    return number


@lru_cache(maxsize=256)
def _pattern(pattern: str, flags: str) -> Any:
    import regex

    return regex.compile(pattern, flags=regex.VERSION0 | (regex.IGNORECASE if "i" in flags else 0))


def _matches(value: str, pattern: str, position: int, flags: str) -> list[Any]:
    try:
        return list(_pattern(pattern, flags).finditer(value, max(position, 1) - 1))
    except Exception as problem:
        raise ValueError(f"ERROR: Invalid regular expression: {problem}") from problem


def regexp_count(value: str, pattern: str, position: int, flags: str) -> int:
    return len(_matches(value, pattern, position, flags))


def regexp_instr(value: str, pattern: str, position: int, places: int, flags: str) -> int:
    """`places` is the occurrence, negative for the place after its end."""
    found = _matches(value, pattern, position, flags)
    if len(found) < abs(places):
        return 0
    match = found[abs(places) - 1]
    group = 1 if "e" in flags and match.re.groups else 0
    return int(match.end(group) if places < 0 else match.start(group)) + 1


def regexp_replace(value: str, pattern: str, new: str, position: int, flags: str) -> str:
    """`$1` to `$9` in the new text are groups."""
    made, last = value[: max(position, 1) - 1], max(position, 1) - 1
    for match in _matches(value, pattern, position, flags):
        made += value[last : match.start()] + _filled(new, match)
        last = match.end()
    return made + value[last:]


def _filled(new: str, match: Any) -> str:
    made, at = "", 0
    while at < len(new):
        if new[at] == "$" and new[at + 1 : at + 2].isdigit() and int(new[at + 1]) <= match.re.groups:
            made += match[int(new[at + 1])] or ""
            at += 2
            continue
        made += new[at]
        at += 1
    return made


def regexp_substr(value: str, pattern: str, position: int, occurrence: int, flags: str) -> str:
    found = _matches(value, pattern, position, flags)
    if not 0 < occurrence <= len(found):
        return ""
    match = found[occurrence - 1]
    return str(match[1 if "e" in flags and match.re.groups else 0] or "")


def _to_char(value: str, form: str) -> str:
    try:
        return number_formats.printed(Decimal(value), form)
    except number_formats.FormatError as problem:
        raise ValueError(f"ERROR: local_aws does not support {problem}") from problem


def _to_number(value: str, form: str) -> str:
    try:
        return f"{number_formats.read(value, form):f}"
    except number_formats.FormatError as problem:
        raise ValueError(f"ERROR: local_aws does not support {problem}") from problem
    except (ValueError, ArithmeticError) as problem:
        raise ValueError(f'ERROR: invalid input syntax for type numeric: "{value}"') from problem


def _to_moment(value: str, form: str, strict: bool) -> Any:
    try:
        return date_formats.read(value, form, strict)
    except (ValueError, OverflowError) as problem:
        raise ValueError(f"ERROR: date/time field value out of range or invalid: {value} ({problem})") from problem


def json_valid(value: str) -> bool:
    """Whether a text is JSON to the letter."""
    try:
        json.loads(value, parse_constant=_no_json)
    except (ValueError, RecursionError):
        return False
    return True


def _no_json(word: str) -> None:
    raise ValueError(word)


def renamed(value: str, upper: bool) -> str:
    """A SUPER value with the names of its attributes in one case of letters, in all depths.

    https://docs.aws.amazon.com/redshift/latest/dg/r_lower_attribute_names.html
    """

    def walk(each: Any) -> Any:
        if isinstance(each, dict):
            return {name.upper() if upper else name.lower(): walk(one) for name, one in each.items()}
        return [walk(one) for one in each] if isinstance(each, list) else each

    return json.dumps(walk(json.loads(value)), ensure_ascii=False, separators=(",", ":"))


def _digest(name: str) -> Callable[[str], str]:
    return lambda value: hashlib.new(name, value.encode(), usedforsecurity=False).hexdigest()


_TEXTS = ("VARCHAR", "VARCHAR")
FUNCTIONS: dict[str, PythonFunction] = {
    **super_values.FUNCTIONS,
    **{f"py_{each}": PythonFunction(_digest(each), ("VARCHAR",), "VARCHAR") for each in ("sha224", "sha384", "sha512")},
    "py_crc32": PythonFunction(crc32, ("VARCHAR",), "VARCHAR"),
    "py_fnv": PythonFunction(fnv, ("BLOB", "BIGINT"), "BIGINT"),
    "py_soundex": PythonFunction(soundex, ("VARCHAR",), "VARCHAR"),
    "py_difference": PythonFunction(difference, _TEXTS, "BIGINT"),
    "py_strtol": PythonFunction(strtol, ("VARCHAR", "BIGINT"), "BIGINT"),
    "py_regexp_count": PythonFunction(regexp_count, (*_TEXTS, "BIGINT", "VARCHAR"), "BIGINT"),
    "py_regexp_instr": PythonFunction(regexp_instr, (*_TEXTS, "BIGINT", "BIGINT", "VARCHAR"), "BIGINT"),
    "py_regexp_substr": PythonFunction(regexp_substr, (*_TEXTS, "BIGINT", "BIGINT", "VARCHAR"), "VARCHAR"),
    "py_regexp_replace": PythonFunction(regexp_replace, (*_TEXTS, "VARCHAR", "BIGINT", "VARCHAR"), "VARCHAR"),
    "py_to_char": PythonFunction(_to_char, _TEXTS, "VARCHAR"),
    "py_to_number": PythonFunction(_to_number, _TEXTS, "VARCHAR"),
    "py_json_valid": PythonFunction(json_valid, ("VARCHAR",), "BOOLEAN"),
    "py_renamed": PythonFunction(renamed, ("VARCHAR", "BOOLEAN"), "VARCHAR"),
    "py_moment": PythonFunction(moments.read, _TEXTS, "VARCHAR"),
    "py_to_moment": PythonFunction(_to_moment, (*_TEXTS, "BOOLEAN"), "TIMESTAMP"),
}
