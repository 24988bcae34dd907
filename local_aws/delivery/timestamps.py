"""`TimestampFormats` of the Hive deserializer: Joda's date patterns, or `millis` for milliseconds since 1970.

Evidence: https://docs.aws.amazon.com/firehose/latest/APIReference/API_HiveJsonSerDe.html and, for the patterns,
https://www.joda.org/joda-time/apidocs/org/joda/time/format/DateTimeFormat.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from local_aws.errors import Unsupported

MILLIS = "millis"
_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|.", re.DOTALL)
_NUMBER, _FRACTION, _ZONE = r"\d{1,2}", r"\d{1,9}", r"Z|[+-]\d\d:?\d\d"
_FIELDS = {
    "y": ("%Y", r"\d{4}"),
    "Y": ("%Y", r"\d{4}"),
    "M": ("%m", _NUMBER),
    "d": ("%d", _NUMBER),
    "D": ("%j", r"\d{1,3}"),
    "a": ("%p", "[AaPp][Mm]"),
    "H": ("%H", _NUMBER),
    "h": ("%I", _NUMBER),
    "m": ("%M", _NUMBER),
    "s": ("%S", _NUMBER),
    "S": ("%f", _FRACTION),
    "Z": ("%z", _ZONE),
}
_NAMED = {"MMM": ("%b", "[A-Za-z]{3}"), "MMMM": ("%B", "[A-Za-z]+"), "E": ("%a", "[A-Za-z]{3}")}
_NAMED |= {"yy": ("%y", r"\d\d"), "EE": _NAMED["E"], "EEE": _NAMED["E"], "EEEE": ("%A", "[A-Za-z]+")}


def check(formats: Sequence[str]) -> None:
    """:raises Unsupported: for a pattern with a letter that is not read here."""
    for each in formats:
        if each != MILLIS:
            _compiled(each)


def parse(value: Any, formats: Sequence[str]) -> datetime:
    """A moment in UTC by the first format that fits. :raises ValueError: if none does."""
    for each in formats:
        if each == MILLIS:
            text = str(value)
            if re.fullmatch(r"-?\d+", text):
                return datetime.fromtimestamp(float(Decimal(text) / 1000), UTC).replace(tzinfo=None)
            continue
        pattern, directives = _compiled(each)
        found = pattern.fullmatch(str(value))
        if found is not None:
            parts = [text[:6] if code == "%f" else text for code, text in zip(directives, found.groups(), strict=True)]
            moment = datetime.strptime("|".join(parts), "|".join(directives))
            return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    raise ValueError(f"{value} does not fit any of the timestamp formats {list(formats)}")


@lru_cache
def _compiled(text: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """What a value has to look like, and strptime's directive of each group."""
    pattern, directives = "", []
    for token in _TOKEN.finditer(text):
        if token[2] is None:
            literal = token[0] if token[1] is None else token[1].replace("''", "'") or "'"
            pattern += re.escape(literal)
            continue
        field = _NAMED.get(token[0]) or _FIELDS.get(token[2])
        if field is None:
            raise Unsupported(f"the letter {token[2]} of the TimestampFormats {text} of Firehose's HiveJsonSerDe")
        directives.append(field[0])
        pattern += f"({field[1]})"
    return re.compile(pattern), tuple(directives)
