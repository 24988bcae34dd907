"""The window a run owns: `[start, end)` of arrival time, in whole hours, UTC. No `now()`, no "latest".

In a DAG: `user_defined_macros={"window": window_macro}`, then `{{ window().start }}` in any template.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from airflow.sdk.exceptions import AirflowFailException
from jinja2 import pass_context

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
PARTITION_KEYS = ("year", "month", "day", "hour")
Partition = tuple[str, ...]


class WindowError(AirflowFailException):
    """The run has no window, or one that cannot be: a retry would not help."""


@dataclass(frozen=True, order=True)
class Window:
    """A half-open stretch of arrival time.

    :param start: the first instant that belongs to it; aware, kept in UTC, on the hour.
    :param end: the first instant that does not.
    :raises WindowError: for instants without a zone or not on the hour, or an end that is not after the start.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for name in ("start", "end"):
            instant = getattr(self, name)
            if instant.tzinfo is None:
                raise WindowError(f"the window's {name} {instant} has no time zone")
            instant = datetime.fromtimestamp(instant.timestamp(), UTC)  # a plain datetime, whatever Airflow hands over
            if instant != instant.replace(minute=0, second=0, microsecond=0):
                raise WindowError(
                    f"the window's {name} {text(instant)} is not on the hour: data lands in hourly prefixes"
                )
            object.__setattr__(self, name, instant)
        if self.start >= self.end:
            raise WindowError(f"the window ends ({text(self.end)}) before it begins ({text(self.start)})")

    @classmethod
    def of(cls, start: Any, end: Any) -> Window:
        """From dates, datetimes or ISO text; a date is its first instant, what has no zone is UTC."""
        return cls(instant_of(start, "window_start"), instant_of(end, "window_end"))

    def __str__(self) -> str:
        return f"{text(self.start)}/{text(self.end)}"

    def __contains__(self, instant: datetime) -> bool:
        return self.start <= instant < self.end

    @property
    def id(self) -> str:
        """For names of things: `20101201T00-20101202T00`."""
        return f"{self.start:%Y%m%dT%H}-{self.end:%Y%m%dT%H}"

    def hours(self) -> Iterator[datetime]:
        """The first instants of its hours."""
        for number in range(int((self.end - self.start) / HOUR)):
            yield self.start + number * HOUR

    def partitions(self) -> list[Partition]:
        """Its hours as the table's partition values: `("2010", "12", "01", "08")`, …"""
        return [tuple(f"{hour:%Y %m %d %H}".split()) for hour in self.hours()]

    def cover(self) -> list[Partition]:
        """The fewest partitions of any depth that are exactly it: whole years, months and days, then hours."""
        found: list[Partition] = []
        at = self.start
        while at < self.end:
            for depth in (1, 2, 3, 4):
                stop = _after(at, depth)
                if stop is not None and stop <= self.end:
                    found.append(tuple(f"{at:%Y %m %d %H}".split()[:depth]))
                    at = stop
                    break
        return found

    def prefixes(self, root: str = "") -> list[str]:
        """The S3 prefixes that hold exactly its objects: `raw/year=2010/month=12/day=01/`, …"""
        return [
            root + "".join(f"{key}={value}/" for key, value in zip(PARTITION_KEYS, values, strict=False))
            for values in self.cover()
        ]

    # for SQL; identifiers and literals of our own making, nothing that came from outside
    @property
    def start_text(self) -> str:
        """`2010-12-01 00:00:00`: for a bound parameter, or between quotes after TIMESTAMP."""
        return f"{self.start:%Y-%m-%d %H:%M:%S}"

    @property
    def end_text(self) -> str:
        return f"{self.end:%Y-%m-%d %H:%M:%S}"

    @property
    def start_literal(self) -> str:
        """`TIMESTAMP '2010-12-01 00:00:00'`"""
        return f"TIMESTAMP '{self.start_text}'"

    @property
    def end_literal(self) -> str:
        return f"TIMESTAMP '{self.end_text}'"

    @property
    def predicate(self) -> str:
        """A condition on the partition keys that holds for its partitions alone.

        The lists are what engines prune by, projected partitions included; the comparison cuts to the hour.
        """
        hours = self.partitions()
        lists = " AND ".join(
            f"{key} IN ({', '.join(repr(value) for value in sorted({hour[depth] for hour in hours}))})"
            for depth, key in enumerate(PARTITION_KEYS[:3])
        )
        joined = f"concat({', '.join(PARTITION_KEYS)})"
        return f"{lists} AND {joined} >= '{self.start:%Y%m%d%H}' AND {joined} < '{self.end:%Y%m%d%H}'"


def _after(at: datetime, depth: int) -> datetime | None:
    """The end of the year (1), month (2), day (3) or hour (4) that begins at `at`, or None if none begins there."""
    if depth == 4:
        return at + HOUR
    if at.hour:
        return None
    if depth == 3:
        return at + DAY
    if at.day != 1:
        return None
    if depth == 2:
        return (at + 31 * DAY).replace(day=1)
    return at.replace(year=at.year + 1) if at.month == 1 else None


def text(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def instant_of(value: Any, name: str) -> datetime:
    """An aware instant of a date, a datetime or ISO text. :raises WindowError: for anything else."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError:
            raise WindowError(
                f"{name} is {value!r}: give a date (2010-12-01) or an instant (2010-12-01T08:00Z)"
            ) from None
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    raise WindowError(f"{name} is {value!r}: give a date or an instant")


def resolve_window(context: Mapping[str, Any]) -> Window:
    """The window of a run: its Params, else its data interval, else its partition key (a day or an hour).

    A run by hand or by an asset has no logical date, nor need it have a data interval: it says its window in the form,
    or it has none.

    :raises WindowError: if the run says none of these.
    """
    params = context.get("params") or {}
    asked = [params.get(name) or None for name in ("window_start", "window_end")]
    if any(asked):
        if not all(asked):
            raise WindowError("give both window_start and window_end (the end is not part of the window), or neither")
        return Window.of(*asked)
    run = context.get("dag_run")
    bounds = [context.get(name) or getattr(run, name, None) for name in ("data_interval_start", "data_interval_end")]
    if all(bounds) and bounds[0] != bounds[1]:
        return Window.of(*bounds)
    key = context.get("partition_key") or getattr(run, "partition_key", None)
    if key:
        start = instant_of(str(key), "the partition key")
        return Window(start, start + (DAY if len(str(key)) == len("2010-12-01") else HOUR))
    raise WindowError(
        "this run has no window: it has no data interval and no partition key "
        "(of schedules, CronDataIntervalTimetable gives intervals; '@daily' and timedelta give empty ones). "
        "Trigger it with window_start and window_end (dates or instants, UTC; the end is not part of the window)"
    )


@pass_context
def window_macro(context: Mapping[str, Any]) -> Window:
    """`resolve_window` for templates: `{{ window().start_text }}`."""
    return resolve_window(context)
