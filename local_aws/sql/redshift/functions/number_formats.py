"""Numeric format strings: numbers printed by TO_CHAR and read by TO_NUMBER.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_Numeric_formating.html, whose examples print as PostgreSQL's
(https://www.postgresql.org/docs/8.0/functions-formatting.html). EEEE and V are refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

_TOKEN = re.compile(r'"[^"]*"|FM|RN|PR|MI|PL|SG|TH|EEEE|[09.,DGLSV$]', re.IGNORECASE)
_ROMAN = zip(
    (1000, 900, 500, 400, 100, 90, 50, 40, 10, 9, 5, 4, 1),
    ("M", "CM", "D", "CD", "C", "XC", "L", "XL", "X", "IX", "V", "IV", "I"),
    strict=True,
)
_NUMERALS = tuple(_ROMAN)
CURRENCY = "$"


class FormatError(ValueError):
    """A format that cannot be used; its text names the feature."""


@dataclass(frozen=True)
class Format:
    """A format cut into tokens: `tokens` are (kind, text as written), literal text having the kind `text`."""

    tokens: tuple[tuple[str, str], ...]
    fill: bool

    def has(self, kind: str) -> bool:
        return any(each == kind for each, _ in self.tokens)

    @property
    def digits(self) -> tuple[int, int]:
        """How many digits stand before and after the point."""
        before = after = 0
        seen = False
        for kind, _ in self.tokens:
            seen = seen or kind == "D"
            if kind in {"9", "0"}:
                before, after = (before, after + 1) if seen else (before + 1, after)
        return before, after


@lru_cache(maxsize=256)
def parsed(text: str) -> Format:
    """:raises FormatError: for formats that are refused, or that hold two points."""
    tokens: list[tuple[str, str]] = []
    fill, at = True, 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        word = found.group() if found else text[at]
        kind = {".": "D", ",": "G", "$": "L"}.get(word, word.upper()) if found else "text"
        at += len(word)
        if kind == "FM":
            fill = False
            continue
        if kind in {"EEEE", "V"}:
            raise FormatError(f"the numeric format {kind}")
        tokens.append(("text", word.strip('"')) if kind == "text" or kind.startswith('"') else (kind, word))
    found_format = Format(tuple(tokens), fill)
    if sum(kind == "D" for kind, _ in tokens) > 1:
        raise FormatError("a numeric format with two decimal points")
    return found_format


def printed(value: Decimal, text: str) -> str:
    """A number by a format: a place for the sign, blanks for digits that are not there, `#` where it does not fit."""
    form = parsed(text)
    if form.has("RN"):
        return _roman(value, form)
    before, after = form.digits
    rounded = abs(value).quantize(Decimal(1).scaleb(-after), ROUND_HALF_UP)
    whole, _, fraction = f"{rounded:f}".partition(".")
    negative = value < 0 and rounded != 0
    whole = "" if whole == "0" and before and after else whole
    overflow = len(whole) > before
    body = _body(form, whole, fraction, overflow)
    return _signed(form, body, negative, int(rounded))


def _body(form: Format, whole: str, fraction: str, overflow: bool) -> list[str]:
    """A piece for each token: a digit, a blank, a separator or text; signs are put in later."""
    before, after = form.digits
    positions = [kind for kind, _ in form.tokens if kind in {"9", "0"}][:before]
    zeros_from = positions.index("0") if "0" in positions else before
    if "0" not in positions and not whole and before and not after:
        whole = "0"
    padded = whole.rjust(before)
    if not overflow:
        padded = "".join("0" if each == " " and n >= zeros_from else each for n, each in enumerate(padded))
    made, place, seen = [], 0, False
    for kind, text in form.tokens:
        if kind in {"9", "0"} and not seen:
            made.append("#" if overflow else padded[place])
            place += 1
        elif kind in {"9", "0"}:
            made.append("#" if overflow else fraction[place])
            place += 1
        elif kind == "D":
            seen, place = True, 0
            made.append(".")
        elif kind == "G":
            shown = overflow or (place and padded[place - 1] != " ")
            made.append("," if shown else " ")
        elif kind == "text":
            made.append(text)
        else:
            made.append("")
    if not form.fill:
        made = [
            each.strip(" ") if kind in {"9", "0", "G"} else each
            for (kind, _), each in zip(form.tokens, made, strict=True)
        ]
        made = _without_zeros(form, made)
    return made


def _without_zeros(form: Format, made: list[str]) -> list[str]:
    """FM: zeros at the end of the fraction fall away where the format has 9."""
    points = [n for n, (kind, _) in enumerate(form.tokens) if kind == "D"]
    if not points:
        return made
    for n in range(len(made) - 1, points[0], -1):
        kind = form.tokens[n][0]
        if kind == "9" and made[n] == "0":
            made[n] = ""
        elif kind in {"9", "0"}:
            break
    return made


def _signed(form: Format, body: list[str], negative: bool, whole: int) -> str:
    """The sign where the format wants it: S and MI, PL and SG in their places, PR around, else before the number."""
    kinds = [kind for kind, _ in form.tokens]
    digits = [n for n, kind in enumerate(kinds) if kind in {"9", "0"}]
    for n, kind in enumerate(kinds):
        blank = " " if form.fill else ""
        if kind == "L":
            body[n] = CURRENCY
        elif kind == "SG":
            body[n] = "-" if negative else "+"
        elif kind == "MI":
            body[n] = "-" if negative else blank
        elif kind == "PL":
            body[n] = blank if negative else "+"
        elif kind == "TH":
            text = form.tokens[n][1]
            ending = "" if negative else _ordinal(whole)
            body[n] = ending if text.islower() else ending.upper()
        elif kind == "S" and digits and n > digits[-1]:
            body[n] = "-" if negative else "+"
    text = "".join(body)
    if "S" in kinds:
        if digits and kinds.index("S") < digits[0]:
            return _before(text, "-" if negative else "+")
        return text
    if "PR" in kinds:
        if negative:
            return _before(text, "<") + ">"
        return f" {text} " if form.fill else text
    if {"MI", "SG"} & set(kinds) or ("PL" in kinds and not negative):
        return text
    first = digits[0] if digits else 0
    ahead, number = "".join(body[:first]), "".join(body[first:])
    if negative:
        return ahead + _before(number if not form.fill else f" {number}", "-", replace=form.fill)
    return f"{ahead} {number}" if form.fill else ahead + number


def _before(text: str, sign: str, replace: bool = False) -> str:
    """The sign directly before the first thing that is no blank; `replace` takes the place of a blank for it."""
    first = len(text) - len(text.lstrip(" "))
    return text[: first - 1] + sign + text[first:] if replace and first else text[:first] + sign + text[first:]


def _ordinal(number: int) -> str:
    if number % 100 in {11, 12, 13}:
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _roman(value: Decimal, form: Format) -> str:
    """A whole number from 1 to 3999 in a field of 15, `#` for others."""
    number = int(value.quantize(Decimal(1), ROUND_HALF_UP))
    width = 15 if form.fill else 0
    if not 0 < number < 4000:
        return "#" * 15
    made = ""
    for size, numeral in _NUMERALS:
        made += numeral * (number // size)
        number %= size
    lower = any(text.islower() for kind, text in form.tokens if kind == "RN")
    return (made.lower() if lower else made).rjust(width)


def read(text: str, form_text: str) -> Decimal:
    """The number that a text says by a format. :raises ValueError: if it says none."""
    form = parsed(form_text)
    negative, digits = False, ""
    stripped = text.strip()
    if form.has("PR") and stripped.startswith("<") and stripped.endswith(">"):
        negative, stripped = True, stripped[1:-1].strip()
    for each in stripped:
        if each in "-+":
            negative = negative or each == "-"
        elif each.isdigit():
            digits += each
        elif each == "." and form.has("D"):
            digits += "."
        elif each not in f", {CURRENCY}":
            raise ValueError(text)
    if not any(each.isdigit() for each in digits) or digits.count(".") > 1:
        raise ValueError(text)
    whole, _, fraction = digits.partition(".")
    before, after = form.digits
    number = Decimal(f"{whole[:before] or 0}.{fraction[:after] or 0}")
    return -number if negative else number
