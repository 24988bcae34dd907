"""Bodies of functions that Python computes a row at a time. A failure is a ValueError in Trino's words.

Evidence: https://trino.io/docs/current/functions/bitwise.html, …/conversion.html, …/math.html and …/string.html
"""

from __future__ import annotations

import string

_DIGITS = string.digits + string.ascii_lowercase
_UNITS = (("week", 604800), ("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))


def failure(message: str) -> ValueError:
    return ValueError(f"\x02INVALID_FUNCTION_ARGUMENT: {message}\x02")


def _signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


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


def human_readable_seconds(value: float) -> str:
    rest, made = round(abs(value)), []
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
