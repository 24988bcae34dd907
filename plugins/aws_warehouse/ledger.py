"""The ledger: what arrived in each window, what became of it, and which order days the warehouse still has to load.

It is kept as small JSON objects in the lake's bucket, one a window and one an order day. Each is written whole by
whoever owns it, so runs in parallel never overwrite one another, and writing the same thing twice is harmless.

- `ledger/windows/<start>_<end>.json`: a `WindowEntry`, the counts of one arrival window.
- `ledger/open/<start>_<end>.json`: the window's merge may have begun, and its counts are not settled yet.
- `ledger/days/<order day>.json`: a `DayEntry`, what the warehouse had loaded of one order day, and from which windows.
- `ledger/loads/<instant>_<run>.json`: a `LoadEntry`, what one run of the warehouse loaded, by which statements.
- `ledger/refreshes/<data set>.json`: the last good refresh of a SPICE data set.
- `ledger/fields.json`: the fields that records are known to have, and their types; see `drift.py`.

An order day is pending when the windows that brought rows to it are not those that were loaded. Asset events only wake
the warehouse; this difference is the truth about what there is to do, so a lost wake-up, a late order and a backfill
of a year are all the same case.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import Any

READERS = 16
MAX_GAP_DAYS = 7
"""Unchanged days that a load takes along rather than start another one."""


class LedgerImbalanceError(Exception):
    """The counts of two layers differ: something was lost or doubled. The message names the layers."""


@dataclass
class WindowEntry:
    """The counts of one arrival window `[window_start, window_end)`; all in records unless said otherwise.

    The first five are counted apart, none as a difference of others, so that `check` can fail.
    """

    window_start: str
    window_end: str
    raw_objects: int
    raw_records: int
    accepted: int
    """Distinct readable events whose earliest arrival is in this window."""
    seen_before: int
    """Distinct readable events of this window that had arrived before it."""
    repeated: int
    """Further copies, within the window, of a record of the window."""
    rejected: int
    missing: int
    """Readable events of the window that order_lines lacks; anything but 0 is a loss."""
    days: dict[str, int] = field(default_factory=dict)
    """Accepted rows by order day."""
    rejects: dict[str, int] = field(default_factory=dict)
    """Rejected records by reason."""
    jobs: dict[str, Any] = field(default_factory=dict)
    """What the run did: ids of crawl and queries, bytes scanned, durations."""
    bytes_scanned: int = 0
    cost_usd: float = 0.0
    """What the run's queries scanned, and what it cost by public prices, crawl included."""

    @property
    def key(self) -> str:
        return window_key(self.window_start, self.window_end)

    def check(self) -> None:
        """Raise `LedgerImbalanceError` unless every raw record is accounted for exactly once."""
        accounted = self.accepted + self.seen_before + self.repeated + self.rejected
        window = f"window {self.window_start} to {self.window_end}"
        if self.missing:
            raise LedgerImbalanceError(f"{window}: order_lines lacks {self.missing} readable events of the raw layer")
        if accounted != self.raw_records:
            raise LedgerImbalanceError(
                f"{window}: the raw layer has {self.raw_records} records, but accepted {self.accepted} + seen before"
                f" {self.seen_before} + repeated {self.repeated} + rejected {self.rejected} = {accounted}"
            )
        for layer, parts, whole in (
            ("order_lines by order day", self.days, self.accepted),
            ("order_rejects by reason", self.rejects, self.rejected),
        ):
            if sum(parts.values()) != whole:
                raise LedgerImbalanceError(f"{window}: {layer} has {sum(parts.values())} rows, the window {whole}")


@dataclass
class DayEntry:
    """What the warehouse has of one order day: rows by layer, and the windows whose rows were in the load."""

    order_day: str
    windows: dict[str, int]
    rows: dict[str, int]
    revenue: dict[str, str]
    load: str

    def check(self, layers: Iterable[str] = ("lake", "fact", "marts")) -> None:
        """Raise `LedgerImbalanceError` unless the layers agree in rows and revenue."""
        for what, found in (("rows", self.rows), ("revenue", self.revenue)):
            compared = {layer: str(found[layer]) for layer in layers if layer in found}
            if len(set(compared.values())) > 1:
                shown = ", ".join(f"{layer} {count}" for layer, count in compared.items())
                raise LedgerImbalanceError(f"order day {self.order_day}: {what} differ: {shown}")


@dataclass
class LoadEntry:
    """What one run loaded into the warehouse; rows and revenue are sums over its order days."""

    run_id: str
    ended: str
    """The instant at which it was reconciled: it sorts the loads."""
    days: list[str]
    rows: dict[str, int]
    revenue: dict[str, str]
    pending: list[str]
    """Order days of the load that changed meanwhile and are to be loaded again."""
    statements: list[dict[str, Any]]
    """`{"id", "name", "rows", "duration_ms"}` each."""
    duration_ms: int


@dataclass(frozen=True)
class DayRange:
    """Order days to load together, both ends included, as ISO dates."""

    first_day: str
    last_day: str


class Ledger:
    """The ledger in a bucket.

    :param client: a boto3 S3 client.
    :param prefix: where the ledger lies, with its trailing slash.
    """

    def __init__(self, client: Any, bucket: str, prefix: str = "ledger/") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    def write_window(self, entry: WindowEntry) -> None:
        self._write(f"windows/{entry.key}", asdict(entry))

    def open_window(self, key: str, run_id: str) -> None:
        """Say that from now on the lake may hold rows of this window that its entry does not count."""
        self._write(f"open/{key}", {"run_id": run_id})

    def close_window(self, key: str) -> None:
        self._client.delete_object(Bucket=self._bucket, Key=f"{self._prefix}open/{key}.json")

    def open_windows(self) -> list[str]:
        """The keys of the windows between their merge and their balance, those of runs that failed there too."""
        return [name.removeprefix("open/") for name in self._names("open/")]

    def window(self, key: str) -> WindowEntry | None:
        found = next(self._read([f"windows/{key}"]), None)
        return WindowEntry(**found) if found else None

    def window_keys(self) -> list[str]:
        """The keys of all windows, by their start; nothing of them is read."""
        return [name.removeprefix("windows/") for name in self._names("windows/")]

    def windows(self, keys: Iterable[str] | None = None) -> list[WindowEntry]:
        """The windows of some keys, or all of them, by their start."""
        names = self._names("windows/") if keys is None else [f"windows/{key}" for key in keys]
        return [WindowEntry(**each) for each in self._read(names)]

    def write_day(self, entry: DayEntry) -> None:
        self._write(f"days/{entry.order_day}", asdict(entry))

    def write_days(self, entries: Iterable[DayEntry]) -> None:
        with ThreadPoolExecutor(READERS) as pool:
            list(pool.map(self.write_day, entries))

    def days(self) -> dict[str, DayEntry]:
        """The loaded order days."""
        return {each["order_day"]: DayEntry(**each) for each in self._read(self._names("days/"))}

    def write_refresh(self, data_set: str, refresh: dict[str, Any]) -> None:
        self._write(f"refreshes/{data_set}", {"data_set": data_set, **refresh})

    def write_load(self, entry: LoadEntry) -> None:
        self._write(f"loads/{entry.ended}_{hashlib.sha256(entry.run_id.encode()).hexdigest()[:8]}", asdict(entry))

    def loads(self, most: int) -> list[LoadEntry]:
        """The newest loads first."""
        return [LoadEntry(**each) for each in self._read(self._names("loads/")[: -most - 1 : -1])]

    def fields(self) -> tuple[dict[str, list[str]], str]:
        """Field of the records → its types, as they have been let through so far; and the ETag of that, if any."""
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=f"{self._prefix}fields.json")
        except self._client.exceptions.NoSuchKey:
            return {}, ""
        return json.loads(answer["Body"].read()), answer["ETag"]

    def write_fields(self, fields: dict[str, list[str]], etag: str) -> bool:
        """Write them in the place of those that were read; whether nobody else did meanwhile.

        All windows share them, so this alone is written on a condition
        (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).
        """
        condition = {"IfMatch": etag} if etag else {"IfNoneMatch": "*"}
        try:
            self._write("fields", fields, **condition)
        except self._client.exceptions.ClientError as error:
            if error.response["Error"]["Code"] in ("PreconditionFailed", "ConditionalRequestConflict"):
                return False
            raise
        return True

    def refreshes(self) -> list[dict[str, Any]]:
        return list(self._read(self._names("refreshes/")))

    def brought(self) -> dict[str, dict[str, int]]:
        """Order day → window → rows that the window brought to the day. Only windows that balance count."""
        brought: dict[str, dict[str, int]] = {}
        for entry in self.windows():
            try:
                entry.check()
            except LedgerImbalanceError:
                continue
            for day, rows in entry.days.items():
                if rows:
                    brought.setdefault(day, {})[entry.key] = rows
        return brought

    def pending(self) -> dict[str, dict[str, int]]:
        """The order days that are not loaded as they stand now, each with the windows that brought its rows."""
        loaded = {day: entry.windows for day, entry in self.days().items()}
        return {day: windows for day, windows in sorted(self.brought().items()) if loaded.get(day) != windows}

    def take_over(self, found: Iterable[dict[str, Any]], window_start: str, window_end: str) -> list[WindowEntry]:
        """Correct the windows that lost events to this one, which arrived before them but ran after them.

        Only windows that end later can lose events to this one: runs in order read no other entry.

        :param found: rows of `ledger/count_hours.sql`: order_day, arrival_hour, line_count.
        :return: the corrected entries; they balance as they did before.
        """
        rows = list(found)
        days = {row["order_day"] for row in rows}
        own = _hour(window_start), _hour(window_end)
        changed = []
        later = (name for name in self._names("windows/") if _bounds(name) != own and _bounds(name)[1] > own[1])
        for entry in self._read(later):
            other = WindowEntry(**entry)
            first, last = _bounds(other.key)
            for day in days & set(other.days):
                hours = (row for row in rows if row["order_day"] == day and first <= row["arrival_hour"] < last)
                # fewer only: what a window has gained since, its own next run counts
                lost = max(0, other.days[day] - sum(int(row["line_count"]) for row in hours))
                other.days[day] -= lost
                other.accepted -= lost
                other.seen_before += lost
                changed += [other] if lost and other not in changed else []
        for other in changed:
            self.write_window(other)
        return changed

    def _names(self, folder: str) -> list[str]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=f"{self._prefix}{folder}"
        )
        keys = (found["Key"] for page in pages for found in page.get("Contents", []))
        return sorted(key.removeprefix(self._prefix).removesuffix(".json") for key in keys)

    def _read(self, names: Iterable[str]) -> Iterator[dict[str, Any]]:
        with ThreadPoolExecutor(READERS) as pool:
            yield from (found for found in pool.map(self._read_one, names) if found is not None)

    def _read_one(self, name: str) -> dict[str, Any] | None:
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=f"{self._prefix}{name}.json")
        except self._client.exceptions.NoSuchKey:
            return None
        found: dict[str, Any] = json.loads(answer["Body"].read())
        return found

    def _write(self, name: str, content: dict[str, Any], **condition: str) -> None:
        body = json.dumps(content, sort_keys=True).encode()
        key = f"{self._prefix}{name}.json"
        self._client.put_object(Bucket=self._bucket, Key=key, Body=body, ContentType="application/json", **condition)


def day_ranges(days: Iterable[str], max_gap_days: int = MAX_GAP_DAYS) -> list[DayRange]:
    """Few ranges that cover all `days` (ISO dates): a load of an unchanged day in between changes nothing."""
    ranges: list[DayRange] = []
    for day in sorted(days):
        gap = timedelta(days=max_gap_days)
        if ranges and date.fromisoformat(day) - date.fromisoformat(ranges[-1].last_day) <= gap:
            ranges[-1] = DayRange(ranges[-1].first_day, day)
        else:
            ranges.append(DayRange(day, day))
    return ranges


def window_key(start: str, end: str) -> str:
    """A window's name in the ledger: `2010-12-01T00_2010-12-02T00`."""
    return f"{_hour(start)}_{_hour(end)}"


def _hour(instant: str) -> str:
    """`2010-12-01T00:00:00+00:00` → `2010-12-01T00`; windows are whole hours of UTC."""
    return instant[:13]


def _bounds(name: str) -> tuple[str, str]:
    """`windows/2010-12-01T00_2010-12-02T00` → (`2010-12-01T00`, `2010-12-02T00`)."""
    start, _, end = name.removeprefix("windows/").partition("_")
    return start, end


def uncovered(windows: Iterable[str]) -> list[str]:
    """The windows (by key) that no other one covers: what is counted in both is counted once.

    A month that was run by hand covers its days; windows that overlap by halves stay both.
    """
    bounds = sorted(map(_bounds, windows), key=lambda window: (window[0], [-ord(letter) for letter in window[1]]))
    kept: list[tuple[str, str]] = []
    for start, end in bounds:
        if not kept or end > kept[-1][1]:
            kept.append((start, end))
    return [f"{start}_{end}" for start, end in kept]


def at_least(windows: dict[str, int]) -> int:
    """The rows that an order day has at least, by the windows that brought them; overlaps are not added up."""
    keys = uncovered(windows)
    ends = [_bounds(key)[1] for key in keys]
    apart = all(start >= end for (start, _), end in zip(map(_bounds, keys[1:]), ends, strict=False))
    counts = [windows[key] for key in keys]
    return sum(counts) if apart else max(counts, default=0)
