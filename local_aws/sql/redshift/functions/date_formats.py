"""Texts read as dates and times by a format: what DuckDB's strptime does not take.

Evidence: https://docs.aws.amazon.com/redshift/latest/dg/r_TO_DATE_function.html,
https://docs.aws.amazon.com/redshift/latest/dg/r_TO_TIMESTAMP.html (values out of range flow over unless is_strict) and
https://docs.aws.amazon.com/redshift/latest/dg/r_FORMAT_strings.html
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import lru_cache

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# token → (which value it gives, the pattern that it reads); longer tokens first
_TOKENS: tuple[tuple[str, str, str], ...] = (
    ("HH24", "hour", r"\d{1,2}"),
    ("HH12", "hour12", r"\d{1,2}"),
    ("YYYY", "year", r"\d{1,4}"),
    ("MONTH", "name", r"[A-Za-z]+"),
    ("MON", "name", r"[A-Za-z]{3}"),
    ("DAY", "", r"[A-Za-z]+"),
    ("DDD", "doy", r"\d{1,3}"),
    ("A.M.", "half", r"[AaPp]\.[Mm]\."),
    ("P.M.", "half", r"[AaPp]\.[Mm]\."),
    ("DY", "", r"[A-Za-z]{3}"),
    ("YY", "short", r"\d{1,2}"),
    ("MM", "month", r"\d{1,2}"),
    ("MI", "minute", r"\d{1,2}"),
    ("MS", "milli", r"\d{1,3}"),
    ("DD", "day", r"\d{1,2}"),
    ("HH", "hour12", r"\d{1,2}"),
    ("SS", "second", r"\d{1,2}"),
    ("US", "micro", r"\d{1,6}"),
    ("AM", "half", r"[AaPp][Mm]"),
    ("PM", "half", r"[AaPp][Mm]"),
    ("TH", "", r"(?:st|nd|rd|th)"),
    ("TZ", "", r"[A-Za-z]+"),
    ("J", "julian", r"\d+"),
)
READABLE = frozenset(token for token, _, _ in _TOKENS)


@lru_cache(maxsize=256)
def _pattern(text: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """The pattern of a format, and which value each of its groups gives."""
    made, names, at = "", [], 0
    upper = text.upper()
    while at < len(text):
        if upper.startswith("FM", at):
            at += 2
            continue
        if text[at] == '"' and '"' in text[at + 1 :]:
            literal = text[at + 1 : text.index('"', at + 1)]
            made, at = made + re.escape(literal), at + len(literal) + 2
            continue
        token = next((each for each in _TOKENS if upper.startswith(each[0], at)), None)
        if token is None:
            made += r"\s*" if text[at].isspace() else re.escape(text[at]) if text[at].isalnum() else r"[^0-9A-Za-z]?\s*"
            at += 1
            continue
        made += f"\\s*({token[2]})"
        names.append(token[1])
        at += len(token[0])
    return re.compile(made + r"\s*"), tuple(names)


def read(value: str, form: str, strict: bool) -> datetime:
    """The moment that a text says.

    :raises ValueError: if the text has not the format, or, if `strict`, for a day or time that there is not.
    """
    pattern, names = _pattern(form)
    found = pattern.match(value)
    if found is None:
        raise ValueError(f'invalid value "{value}" for the format "{form}"')
    parts = {name: text for name, text in zip(names, found.groups(), strict=True) if name}
    return _moment(parts, strict)


def _moment(parts: dict[str, str], strict: bool) -> datetime:
    number = {name: int(text) for name, text in parts.items() if text.isdigit()}
    year = number.get(
        "year", 2000 + number["short"] if number.get("short", 70) < 70 else 1900 + number.get("short", 100)
    )
    if "year" not in number and "short" not in number:
        year = 1
    month = _month(parts["name"]) if "name" in parts else number.get("month", 1)
    hour = _hour(number, parts.get("half", ""))
    day = number.get("day", 1)
    if strict:
        return datetime(year, month, day, hour, number.get("minute", 0), number.get("second", 0), _micro(parts))
    carried, month = divmod(month - 1, 12)
    start = datetime(year + carried, month + 1, 1)
    if "julian" in number:
        start = datetime(2000, 1, 1) + timedelta(days=number["julian"] - 2451545)
    elif "doy" in number:
        start = datetime(year, 1, 1) + timedelta(days=number["doy"] - 1)
    else:
        start += timedelta(days=day - 1)
    passed = timedelta(hours=hour, minutes=number.get("minute", 0), seconds=number.get("second", 0))
    return start + passed + timedelta(microseconds=_micro(parts))


def _month(name: str) -> int:
    short = name[:3].lower()
    if short not in _MONTHS:
        raise ValueError(f'invalid value "{name}" for "Mon"')
    return _MONTHS.index(short) + 1


def _hour(number: dict[str, int], half: str) -> int:
    if "hour12" not in number:
        return number.get("hour", 0)
    if not half:
        return number["hour12"]
    return number["hour12"] % 12 + (12 if half[:1].lower() == "p" else 0)


def _micro(parts: dict[str, str]) -> int:
    if "micro" in parts:
        return int(parts["micro"].ljust(6, "0"))
    return int(parts["milli"].ljust(3, "0")) * 1000 if "milli" in parts else 0
