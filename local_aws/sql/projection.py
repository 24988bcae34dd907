"""Partition projection: partitions that the table's properties describe instead of the catalog.

An object belongs to a projected partition when its key fits the location template with values that the properties
allow; that is the same set of objects as listing every projected location, without listing each.
Evidence: https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from local_aws.objects import StoredObject
from local_aws.sql.errors import QueryFailed, unsupported

_LETTERS = {"yyyy": ("%Y", r"\d{4}"), "yy": ("%y", r"\d{2}"), "MM": ("%m", r"\d{2}"), "dd": ("%d", r"\d{2}")}
_LETTERS |= {"HH": ("%H", r"\d{2}"), "mm": ("%M", r"\d{2}"), "ss": ("%S", r"\d{2}")}
_FORMAT = re.compile(r"yyyy|yy|MM|dd|HH|mm|ss|'[^']*'|[A-Za-z]+|[^A-Za-z']+")
_NOW = re.compile(r"NOW\s*(?:([+-])\s*(\d+)\s*(YEAR|MONTH|WEEK|DAY|HOUR|MINUTE|SECOND)S?)?", re.IGNORECASE)
_DAYS = {"YEAR": 0, "MONTH": 0, "WEEK": 7, "DAY": 1, "HOUR": 1 / 24, "MINUTE": 1 / 1440, "SECOND": 1 / 86400}
Check = Callable[[str], bool]
NOTHING: Mapping[str, Sequence[str]] = {}
_MOST = 5000
"""Up to so many partitions are told apart before anything is listed."""


def is_enabled(table: dict[str, Any]) -> bool:
    return str(table["Parameters"].get("projection.enabled", "")).lower() == "true"


def template(table: dict[str, Any]) -> str:
    """The location template, or the Hive-style one below the table's location."""
    location = table["StorageDescriptor"]["Location"].rstrip("/")
    names = [key["Name"] for key in table["PartitionKeys"]]
    hive_style = "".join(f"/{name}=${{{name}}}" for name in names)
    return str(table["Parameters"].get("storage.location.template", location + hive_style)).rstrip("/")


def root(table: dict[str, Any]) -> str:
    """The location that holds every projected partition."""
    return template(table).split("${")[0].rpartition("/")[0]


def leading(
    table: dict[str, Any], kept: Callable[[list[str], list[tuple[str, ...]]], list[tuple[str, ...]] | None]
) -> list[str]:
    """URI prefixes that hold every partition that a query may read: by the keys at the head of the template whose
    values can be told one by one, and that its conditions speak of.

    :param kept: of value combinations of some keys those that the conditions leave, None if they say nothing of them.
    """
    parts = re.split(r"\$\{(\w+)\}", template(table))
    names, found = list[str](), [root(table) + "/"]
    combinations: list[tuple[str, ...]] = [()]
    for n, part in enumerate(parts[1::2]):
        values = _listed(table["Parameters"], part.lower())
        if part.lower() in names or values is None or len(combinations) * len(values) > _MOST:
            break
        names.append(part.lower())
        combinations = [(*each, value) for each in combinations for value in values]
        left = kept(names, combinations)
        if left is not None:
            combinations = left
            pieces = parts[: 2 * n + 3 : 2]
            found = ["".join(map("".join, zip(pieces, (*each, ""), strict=True))) for each in combinations]
    return found


def _listed(properties: dict[str, str], name: str) -> list[str] | None:
    """The values of a key, where they are few and do not depend on the time."""
    own = _own(properties, name)
    kind = own.get("type", "").lower()
    if kind == "enum":
        return [value.strip() for value in own.get("values", "").split(",")]
    if kind != "integer":
        return None
    low, high = (int(end) for end in _range(own, name))
    numbers = range(low, high + 1, int(own.get("interval", "1")))
    return [str(each).zfill(int(own.get("digits", "0"))) for each in numbers] if len(numbers) <= _MOST else None


def injected(table: dict[str, Any]) -> list[str]:
    """The keys whose values a query has to bring along."""
    names = (key["Name"].lower() for key in table["PartitionKeys"])
    return [name for name in names if _own(table["Parameters"], name).get("type", "").lower() == "injected"]


def matching(
    table: dict[str, Any], objects: Iterable[StoredObject], now: datetime, given: Mapping[str, Sequence[str]] = NOTHING
) -> Iterator[tuple[StoredObject, tuple[str, ...]]]:
    """The objects of projected partitions, each with the texts of its partition values.

    :param given: the values of the injected keys.
    """
    names = [key["Name"].lower() for key in table["PartitionKeys"]]
    rules = {
        name: (_either(given[name]), _anything) if name in given else _rule(table["Parameters"], name, now)
        for name in names
    }
    text = template(table)
    parts = re.split(r"\$\{(\w+)\}", text)
    missing = set(names) - {part.lower() for part in parts[1::2]}
    if missing:
        raise _bad(f"storage.location.template has no ${{{sorted(missing)[0]}}}")
    pattern, seen = "", set()
    for n, part in enumerate(parts):
        name = part.lower()
        if n % 2 == 0:
            pattern += re.escape(part)
        else:
            pattern += f"(?P={name})" if name in seen else f"(?P<{name}>{rules[name][0]})"
            seen.add(name)
    found = re.compile(pattern.replace("s3a://", "s3://") + "/.*", re.DOTALL)
    allowed: dict[tuple[str, str], bool] = {}
    for each in objects:
        match = found.fullmatch(each.uri)
        if match is None:
            continue
        values = tuple(match[name] for name in names)
        for pair in zip(names, values, strict=True):
            if pair not in allowed:
                allowed[pair] = rules[pair[0]][1](pair[1])
        if all(allowed[pair] for pair in zip(names, values, strict=True)):
            yield each, values


def _bad(message: str) -> QueryFailed:
    return QueryFailed("INVALID_TABLE_PROPERTY", message)


def _own(properties: dict[str, str], name: str) -> dict[str, str]:
    prefix = f"projection.{name}."
    return {key[len(prefix) :]: text for key, text in properties.items() if key.lower().startswith(prefix)}


def _rule(properties: dict[str, str], name: str, now: datetime) -> tuple[str, Check]:
    """The pattern of a partition key's texts, and what else a text must satisfy."""
    own = _own(properties, name)
    kind = own.get("type", "").lower()
    if kind == "integer":
        return r"-?\d+", _integer(own, name)
    if kind == "enum":
        return _either([value.strip() for value in own.get("values", "").split(",")]), _anything
    if kind == "date":
        return _date(own, name, now)
    if kind == "injected":
        raise needs_value(name)
    raise _bad(f"Table has projection enabled but projection.{name}.type is missing or unknown: {kind!r}")


def needs_value(name: str) -> QueryFailed:
    """Evidence: https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html"""
    return QueryFailed(
        "CONSTRAINT_VIOLATION",
        f"For the injected projected partition column {name}, the WHERE clause must contain only static equality "
        "conditions, and at least one such condition must be present.",
    )


def _either(values: Sequence[str]) -> str:
    return "|".join(re.escape(value) for value in sorted(values, key=len, reverse=True)) or "(?!)"


def _anything(text: str) -> bool:
    return True


def _range(own: dict[str, str], name: str) -> tuple[str, str]:
    ends = [end.strip() for end in own.get("range", "").split(",")]
    if len(ends) != 2:
        raise _bad(f"projection.{name}.range takes two values separated by a comma")
    return ends[0], ends[1]


def _integer(own: dict[str, str], name: str) -> Check:
    low, high = (int(end) for end in _range(own, name))
    step, digits = int(own.get("interval", "1")), int(own.get("digits", "0"))
    return lambda text: (
        low <= int(text) <= high and (int(text) - low) % step == 0 and text == str(int(text)).zfill(digits)
    )


def _date(own: dict[str, str], name: str, now: datetime) -> tuple[str, Check]:
    if "format" not in own:
        raise _bad(f"projection.{name}.format is missing")
    pattern, layout = "", ""
    for token in _FORMAT.findall(own["format"]):
        if token in _LETTERS:
            layout, pattern = layout + _LETTERS[token][0], pattern + _LETTERS[token][1]
        elif token[0].isalpha():
            raise unsupported(f"the letters {token!r} in projection.{name}.format")
        else:
            text = token.strip("'")
            layout, pattern = layout + text.replace("%", "%%"), pattern + re.escape(text)
    low, high = (_instant(end, layout, now) for end in _range(own, name))

    on_grid = _grid(own, name, low)

    def fits(text: str) -> bool:
        try:
            found = datetime.strptime(text, layout)
        except ValueError:
            return False
        return low <= found <= high and on_grid(found)

    return pattern, fits


def _grid(own: dict[str, str], name: str, low: datetime) -> Callable[[datetime], bool]:
    """Whether a date is a whole number of intervals after the first one."""
    step, unit = int(own.get("interval", "1")), own.get("interval.unit", "").upper().removesuffix("S")
    if not unit:
        if step != 1:
            raise _bad(f"projection.{name}.interval needs projection.{name}.interval.unit")
        return lambda found: True
    if unit not in _DAYS:
        raise _bad(f"projection.{name}.interval.unit is unknown: {unit}")
    if unit in {"YEAR", "MONTH"}:
        months = step * (12 if unit == "YEAR" else 1)
        return lambda found: (
            ((found.year - low.year) * 12 + found.month - low.month) % months == 0
            and found.replace(year=low.year, month=low.month, day=1) == low.replace(day=1)
            and found.day == min(low.day, calendar.monthrange(found.year, found.month)[1])
        )
    length = step * timedelta(days=_DAYS[unit])
    return lambda found: (found - low) % length == timedelta(0)


def _moved(moment: datetime, amount: int, unit: str) -> datetime:
    if unit not in {"YEAR", "MONTH"}:
        return moment + amount * timedelta(days=_DAYS[unit])
    months = moment.year * 12 + moment.month - 1 + amount * (12 if unit == "YEAR" else 1)
    year, month = divmod(months, 12)
    return moment.replace(year=year, month=month + 1, day=min(moment.day, calendar.monthrange(year, month + 1)[1]))


def _instant(text: str, layout: str, now: datetime) -> datetime:
    relative = _NOW.fullmatch(text)
    if relative is None:
        return datetime.strptime(text, layout)
    moved = now.astimezone(UTC).replace(tzinfo=None)
    if relative[1]:
        sign = 1 if relative[1] == "+" else -1
        moved = _moved(moved, sign * int(relative[2]), relative[3].upper())
    return datetime.strptime(moved.strftime(layout), layout)
