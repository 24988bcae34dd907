"""Names of delivered objects: `!{timestamp:…}` and `!{firehose:…}` expressions, Java's date patterns.

Evidence: https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html,
https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html and, for the patterns,
https://docs.oracle.com/javase/8/docs/api/java/time/format/DateTimeFormatter.html
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Callable, Mapping
from datetime import datetime

from local_aws.errors import AwsError, Unsupported

DEFAULT_TIME = "yyyy/MM/dd/HH/"
SUFFIX_TIME = "yyyy-MM-dd-HH-mm-ss"
_EXPRESSION = re.compile(r"!\{([^{}:]*):([^{}]*)\}")
_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|.", re.DOTALL)
_RANDOM_LENGTH = 11


def check(prefix: str | None, error_prefix: str | None) -> None:
    """The rules that hold between the two prefixes. :raises AwsError: `InvalidArgumentException` for a broken one."""
    for text in (prefix or "", error_prefix or ""):
        if "!{" in _EXPRESSION.sub("", text):
            raise _invalid(f"Expressions in {text} are not of the form !{{namespace:value}}.")
        for namespace, value in _EXPRESSION.findall(text):
            _check_expression(namespace, value)
    if error_prefix is None and has_expression(prefix):
        raise _invalid("ErrorOutputPrefix cannot be null when Prefix contains expressions.")
    if "!{firehose:error-output-type}" in (prefix or ""):
        raise _invalid("Prefix cannot contain !{firehose:error-output-type}.")
    if has_expression(error_prefix) and "!{firehose:error-output-type}" not in (error_prefix or ""):
        raise _invalid("ErrorOutputPrefix must contain at least one instance of !{firehose:error-output-type}.")


def has_expression(prefix: str | None) -> bool:
    return _EXPRESSION.search(prefix or "") is not None


def query_keys(prefix: str | None) -> set[str]:
    """The partition keys that a prefix names."""
    return {value for namespace, value in _EXPRESSION.findall(prefix or "") if namespace == "partitionKeyFromQuery"}


def evaluate(prefix: str | None, instant: datetime, error_type: str = "", keys: Mapping[str, str] | None = None) -> str:
    """The prefix of one object; a prefix without expressions is followed by the default time folders.

    :param keys: the partition keys of the object's records.
    :param instant: the arrival of the oldest record in the object, in the stream's own time zone.
    """
    if not has_expression(prefix):
        folder = f"{error_type}/" if error_type else ""
        return f"{prefix or ''}{folder}{format_time(DEFAULT_TIME, instant)}"

    def value(found: re.Match[str]) -> str:
        if found[1] == "timestamp":
            return format_time(found[2], instant)
        if found[1] == "partitionKeyFromQuery":
            return (keys or {})[found[2]]
        return error_type if found[2] == "error-output-type" else _random_string()

    return _EXPRESSION.sub(value, prefix or "")


def format_time(pattern: str, instant: datetime) -> str:
    """An instant by one of Java's date patterns. :raises AwsError: for letters that Java does not know."""
    parts = []
    for token in _TOKEN.finditer(pattern):
        if token[1] is not None:
            parts.append(token[1].replace("''", "'") or "'")
        elif token[2] is not None:
            parts.append(_field(token[2], len(token[0]), instant))
        else:
            parts.append(token[0])
    return "".join(parts)


def _number(width: int, value: int) -> str:
    return str(value).zfill(width)


def _named(short: str, long: str) -> Callable[[int, datetime], str]:
    return lambda width, at: at.strftime(long if width == 4 else short)


def _year(width: int, at: datetime) -> str:
    return _number(2, at.year % 100) if width == 2 else _number(width, at.year)


_FIELDS: dict[str, Callable[[int, datetime], str]] = {
    "y": _year,
    "u": _year,
    "M": lambda width, at: _number(width, at.month) if width < 3 else _named("%b", "%B")(width, at),
    "L": lambda width, at: _number(width, at.month) if width < 3 else _named("%b", "%B")(width, at),
    "d": lambda width, at: _number(width, at.day),
    "D": lambda width, at: _number(width, at.timetuple().tm_yday),
    "Q": lambda width, at: _number(width, (at.month + 2) // 3),
    "E": _named("%a", "%A"),
    "a": lambda width, at: at.strftime("%p"),
    "H": lambda width, at: _number(width, at.hour),
    "k": lambda width, at: _number(width, at.hour or 24),
    "K": lambda width, at: _number(width, at.hour % 12),
    "h": lambda width, at: _number(width, at.hour % 12 or 12),
    "m": lambda width, at: _number(width, at.minute),
    "s": lambda width, at: _number(width, at.second),
    "S": lambda width, at: f"{at.microsecond:06d}"[:width].ljust(width, "0"),
    "Z": lambda width, at: at.strftime("%z"),
}
_UNSUPPORTED_LETTERS = frozenset("GqYwWecFBAnNVvzOXxpg")


def _field(letter: str, width: int, instant: datetime) -> str:
    field = _FIELDS.get(letter)
    if field is None:
        if letter in _UNSUPPORTED_LETTERS:
            raise Unsupported(f"the letter {letter} in a timestamp of a prefix")
        raise _invalid(f"Unknown pattern letter in a timestamp of a prefix: {letter}")
    return field(width, instant)


def _check_expression(namespace: str, value: str) -> None:
    if namespace == "timestamp":
        format_time(value, datetime(2000, 1, 1))
    elif namespace == "partitionKeyFromLambda":
        raise Unsupported(f"dynamic partitioning (!{{{namespace}:{value}}})")
    elif namespace == "partitionKeyFromQuery":
        return
    elif namespace != "firehose" or value not in {"random-string", "error-output-type"}:
        raise _invalid(f"Unknown expression in a prefix: !{{{namespace}:{value}}}")


def _random_string() -> str:
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(_RANDOM_LENGTH))


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidArgumentException", message)
