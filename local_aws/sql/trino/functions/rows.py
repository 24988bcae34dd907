"""Bodies of functions that Python computes a row at a time. A failure is a ValueError in Trino's words.

Evidence: https://trino.io/docs/current/functions/bitwise.html, …/conversion.html, …/math.html and …/string.html
"""

from __future__ import annotations

import base64
import binascii
import math
import re
import string
import struct
import unicodedata
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

from local_aws.sql.trino import zones

_DIGITS = string.digits + string.ascii_lowercase
_UNITS = (("week", 604800), ("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))

_LONG = 64
_MILLIS = {"ns": "0.000001", "us": "0.001", "ms": "1", "s": "1000", "m": "60000", "h": "3600000", "d": "86400000"}
_SIZES = ("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB")
_THOUSANDS = ("", "K", "M", "B", "T", "Q")


def failure(message: str) -> ValueError:
    return ValueError(f"\x02INVALID_FUNCTION_ARGUMENT: {message}\x02")


def _signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def time_zone(written: str) -> str | None:
    """A zone's name as Trino prints it; None for what is no zone."""
    found = zones.canonical(written)
    return None if found is None else found or "UTC"


def left_shift(value: int, shift: int, bits: int) -> int:
    return _signed(value << shift, bits) if 0 <= shift < bits else 0


def right_shift(value: int, shift: int, bits: int) -> int:
    """Zeros come in from the left."""
    return _signed((value & ((1 << bits) - 1)) >> shift, bits) if 0 <= shift < bits else 0


def right_shift_arithmetic(value: int, shift: int, bits: int) -> int:
    """The sign comes in from the left."""
    return value >> shift if 0 <= shift < bits else -(value < 0)


def _radix(radix: int) -> int:
    if not 2 <= radix <= 36:
        raise failure("Radix must be between 2 and 36")
    return radix


def from_base(value: str, radix: int) -> int:
    digits = value.removeprefix("-").removeprefix("+").lower()
    known = set(_DIGITS[: _radix(radix)])
    made = int(digits, radix) if digits and set(digits) <= known else None
    if made is None or not -(2**63) <= (-made if value.startswith("-") else made) < 2**63:
        raise failure(f"Not a valid base-{radix} number: {value}")
    return -made if value.startswith("-") else made


def to_base(value: int, radix: int) -> str:
    made, rest = "", abs(value)
    while rest or not made:
        rest, digit = divmod(rest, _radix(radix))
        made = _DIGITS[digit] + made
    return "-" * (value < 0) + made


def _pairs(value: str, entries: str, keys: str) -> list[tuple[str, str]]:
    made = []
    for entry in value.removesuffix(entries).split(entries) if value else []:
        if entry.count(keys) != 1:
            raise failure(f"Key-value delimiter must appear exactly once in each entry. Bad input: '{entry}'")
        made.append((entry.split(keys)[0], entry.split(keys)[1]))
    return made


def split_to_map(value: str, entries: str, keys: str) -> list[tuple[str, str]]:
    found: dict[str, str] = {}
    for key, each in _pairs(value, entries, keys):
        if key in found:
            raise failure(f"Duplicate keys ({key}) are not allowed")
        found[key] = each
    return list(found.items())


def split_to_multimap(value: str, entries: str, keys: str) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for key, each in _pairs(value, entries, keys):
        found.setdefault(key, []).append(each)
    return list(found.items())


def strpos(value: str, sought: str, instance: int) -> int:
    """Where the n-th occurrence begins, the last ones by negative numbers; 0 if there are not so many."""
    if instance == 0:
        raise failure("'instance' must not be a positive or negative number.")
    places = [n for n in range(len(value) - len(sought) + 1) if value.startswith(sought, n)]
    return places[instance - 1 if instance > 0 else instance] + 1 if abs(instance) <= len(places) else 0


def levenshtein(a: str, b: str) -> int:
    """Counted in characters, not in bytes."""
    row = list(range(len(b) + 1))
    for n, left in enumerate(a, 1):
        before, row[0] = row[0], n
        for m, right in enumerate(b, 1):
            before, row[m] = row[m], min(row[m] + 1, row[m - 1] + 1, before + (left != right))
    return row[-1]


def hamming(a: str, b: str) -> int:
    if len(a) != len(b):
        raise failure("The input strings to hamming_distance function must have the same length")
    return sum(left != right for left, right in zip(a, b, strict=True))


def split_limit(value: str, delimiter: str, limit: int) -> list[str]:
    if limit <= 0:
        raise failure("Limit must be positive")
    if not delimiter:
        raise failure("The delimiter may not be the empty string")
    return value.split(delimiter, limit - 1)


def normalize(value: str, form: str) -> str:
    return unicodedata.normalize(form, value)  # type: ignore[arg-type]  # the form is checked before


def decode(value: bytes, replacement: str) -> str:
    """UTF-8; what is none becomes the replacement, of one character or none."""
    if len(replacement) > 1:
        raise failure("Replacement character string must empty or a single character")
    return value.decode(errors="replace").replace("\ufffd", replacement)


def from_base32(value: str) -> bytes:
    try:
        return base64.b32decode(value)
    except binascii.Error as error:
        raise failure(f"Invalid input base32 string: {error}") from error


def from_base64url(value: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except binascii.Error as error:
        raise failure(f"Invalid input: {error}") from error


def big_endian(value: bytes, size: int) -> int:
    if len(value) != size:
        raise failure(f"expected {size}-byte input, but got instead: {len(value)}")
    return int.from_bytes(value, "big", signed=True)


def unpack(value: bytes, form: str) -> float:
    if len(value) != struct.calcsize(form):
        raise failure(f"Input floating-point value must be exactly {struct.calcsize(form)} bytes long")
    return float(struct.unpack(form, value)[0])


def bit_count(value: int, bits: int) -> int:
    if not 2 <= bits <= _LONG:
        raise failure(f"Bits specified in bit_count must be between 2 and 64, got {bits}")
    if not -(1 << (bits - 1)) <= value < 1 << (bits - 1):
        reason = f"{value} can not be represented with {bits} bits"
        raise failure(f"Number must be representable with the bits specified. {reason}")
    return (value & ((1 << bits) - 1)).bit_count()


def truncate(value: float, digits: int) -> float:
    """Of the digits that the double is written with."""
    if not math.isfinite(value):
        return value
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), "ROUND_DOWN"))


def iso_date(value: str) -> str:
    """A week date (`2020-W10-3`) or an ordinal date (`2020-123`) as a calendar date; a calendar date as it is.

    The latter is asked for as well: DuckDB computes the branches of a CASE over constants before it chooses one.
    """
    week = re.fullmatch(r"(\d{4})-W(\d{1,2})(?:-([1-7]))?", value)
    ordinal = re.fullmatch(r"(\d{4})-(\d{3})", value)
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return date.fromisoformat(value).isoformat()
        if week:
            return date.fromisocalendar(int(week[1]), int(week[2]), int(week[3] or 1)).isoformat()
        if ordinal:
            made = date(int(ordinal[1]), 1, 1) + timedelta(days=int(ordinal[2]) - 1)
            if made.year == int(ordinal[1]):
                return made.isoformat()
    except ValueError as error:
        raise failure(f'Invalid format: "{value}"') from error
    raise failure(f'Invalid format: "{value}"')


def parse_duration(value: str) -> int:
    """Milliseconds."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*", value)
    if found is None:
        raise failure(f"duration is not a valid data duration string: {value}")
    if found[2] not in _MILLIS:
        raise failure(f"Unknown time unit: {found[2]}")
    return int((Decimal(found[1]) * Decimal(_MILLIS[found[2]])).quantize(Decimal(1), ROUND_HALF_UP))


def parse_data_size(value: str) -> str:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([a-zA-Z]+)", value)
    if found is None or found[2] not in _SIZES:
        raise failure(f"Invalid data size: '{value}'")
    return str(int(Decimal(found[1]) * 1024 ** _SIZES.index(found[2])))


def format_number(value: float) -> str:
    """In thousands, with the unit's symbol and three digits at most."""
    rest, unit = Decimal(repr(value)), 0
    while abs(rest) >= 1000 and unit < len(_THOUSANDS) - 1:
        rest, unit = rest / 1000, unit + 1
    digits = 2 if abs(rest) < 10 else 1 if abs(rest) < 100 else 0
    shown = f"{rest.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP):f}"
    return (shown.rstrip("0").rstrip(".") if "." in shown else shown) + _THOUSANDS[unit]


def human_readable_seconds(value: float) -> str:
    rest, made = round(abs(value)), list[str]()
    for unit, size in _UNITS:
        many, rest = divmod(rest, size)
        if many or (unit == "second" and not made):
            made.append(f"{many} {unit}{'s' * (many != 1)}")
    return ", ".join(made)


def luhn_check(value: str) -> bool:
    if not value.isascii() or not value.isdigit():
        if value:
            raise failure(f"Unexpected character in input: {next(each for each in value if not '0' <= each <= '9')}")
        return False
    doubled = [int(each) * (1 + n % 2) for n, each in enumerate(reversed(value))]
    return sum(each - 9 * (each > 9) for each in doubled) % 10 == 0
