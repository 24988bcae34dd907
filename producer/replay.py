"""Replays order files: what is in them arrives when it was ordered.

Arrival time is the order's own time, and never goes back: a line older than the one before it arrives late,
at the time of that one. A line without a readable date goes with the last readable one before it (the first
ones go with the first readable one after them): it is of its day, and arrives with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

from producer.arrival import Arrival, Kind
from producer.errors import OrderFileError
from producer.occurrences import Occurrences
from producer.order import Reading, digest, event_id, payload
from producer.reader import check_shape, order_files, read_file

_MAX_UNDATED = 1000
_MAX_NAMED = 5


class Replay:
    """The arrivals of an order file or of a folder of them; iterate it (each pass starts anew).

    With `first_day`, just the lines dated from that day on, with `days` for so many days.

    While it is iterated: `counts` by kind of what was yielded, `problems` names the first unreadable lines,
    `first_date` and `last_date` span what the files hold, selected or not.

    :raises OrderFileError: at once if the path, or one of its files, is not of this shape; while iterating if
        a file cannot be read to its end.
    """

    def __init__(self, path: Path | str, first_day: date | None = None, days: int | None = None) -> None:
        self.files = order_files(Path(path))
        for file in self.files:
            check_shape(file)
        self._first = first_day
        self._end = first_day + timedelta(days) if first_day is not None and days is not None else None
        if days is not None and first_day is None:
            raise ValueError("days needs a first day")
        self._reset()

    def _reset(self) -> None:
        self.counts: Counter[Kind] = Counter()
        self.problems: list[str] = []
        self.first_date: date | None = None
        self.last_date: date | None = None

    def __iter__(self) -> Iterator[Arrival]:
        self._reset()
        occurrences = Occurrences()
        clock: datetime | None = None
        try:
            for where, reading, moment in self._dated_lines():
                selected = self._selects(moment.date())
                # Twins share their content, so also their date: of dated lines only the selected need
                # counting. Undated twins may be of different days: they are counted always, or ids would
                # change with the days.
                if not selected and reading.event_time is not None:
                    continue
                content = digest(reading.canonical)
                identity = event_id(content, occurrences.count(content))
                if not selected:
                    continue
                late = clock is not None and moment < clock
                clock = moment if clock is None else max(clock, moment)
                kind = self._kind(where, reading, late)
                yield Arrival(clock, payload(reading.members, identity, reading.event_time), identity, kind)
        finally:
            occurrences.close()

    def _kind(self, where: str, reading: Reading, late: bool) -> Kind:
        kind = Kind.LATE if late else Kind.ORDER
        if reading.problem is not None:
            kind = Kind.UNREADABLE
            if len(self.problems) < _MAX_NAMED:
                self.problems.append(f"{where}: {reading.problem}")
        self.counts[kind] += 1
        return kind

    def _selects(self, day: date) -> bool:
        return (self._first is None or day >= self._first) and (self._end is None or day < self._end)

    def _dated_lines(self) -> Iterator[tuple[str, Reading, datetime]]:
        """Each line with its place and the moment it goes with."""
        moment: datetime | None = None
        undated: list[tuple[str, Reading]] = []
        for file in self.files:
            for number, reading in read_file(file):
                where = f"{file.name}:{number}"
                if reading.event_time is not None:
                    moment = reading.event_time
                    self._note(moment.date())
                    for earlier in undated:
                        yield *earlier, moment
                    undated.clear()
                if moment is not None:
                    yield where, reading, moment
                    continue
                undated.append((where, reading))
                if len(undated) > _MAX_UNDATED:
                    raise OrderFileError(f"{where}: no line up to here has a date that can be read")
        if undated:
            raise OrderFileError(f"{undated[0][0]}: no line from here on has a date that can be read")

    def _note(self, day: date) -> None:
        self.first_date = day if self.first_date is None else min(self.first_date, day)
        self.last_date = day if self.last_date is None else max(self.last_date, day)
