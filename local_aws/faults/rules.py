"""Which call is struck by what: faults as lines of text, matched against calls as they are counted."""

from __future__ import annotations

import re
import threading
from collections import Counter
from dataclasses import dataclass
from fnmatch import fnmatchcase

from local_aws.faults import identify

DELIVER = "firehose.Deliver"
"""Not an operation of the API: an object that Firehose writes to its destination."""

DEFAULTS: dict[str, float | None] = {
    "throttle": None,
    "500": None,
    "503": None,
    "delay": 1.0,
    "late": 1.0,
    "timeout": 60.0,
    "drop": None,
    "records": 2.0,
    "twice": None,
    "overtaken": None,
}
"""Kinds, and the value that each has if none is given; None: it takes no value."""
OF_DELIVERIES = frozenset({"twice", "overtaken"})
OF_RECORDS = frozenset({"kinesis.PutRecords", "firehose.PutRecordBatch"})

_FAULT = re.compile(
    r"(?P<target>\*|(?P<service>[\w*?-]+)\.(?P<action>[\w*?]+))"
    r"(?:\#(?:\*|(?P<first>\d+)(?P<range>-(?P<last>\d+)?)?))?"
    r"=(?P<kind>[\w-]+)(?::(?P<value>\d+(?:\.\d+)?))?"
)
_FORM = "a fault is <service>.<action>#<calls>=<kind>[:<value>], such as athena.StartQueryExecution#2=throttle"


@dataclass
class Fault:
    """One line of text, understood. `seen` counts the calls that it was matched with, `struck` those that it hit."""

    text: str
    target: str
    kind: str
    value: float | None = None
    first: int = 1
    last: int | None = None
    seen: int = 0
    struck: int = 0

    @classmethod
    def parse(cls, text: str) -> Fault:
        """:raises ValueError: that says what is wrong, for text that is no fault or that could never strike."""
        found = _FAULT.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"{text!r} is no fault: {_FORM}")
        target, kind = found["target"], found["kind"]
        if kind not in DEFAULTS:
            raise ValueError(f"{text!r}: there is no fault {kind!r}; there are {', '.join(DEFAULTS)}")
        if found["value"] and DEFAULTS[kind] is None:
            raise ValueError(f"{text!r}: {kind} takes no value")
        fault = cls(text.strip(), target, kind, float(found["value"]) if found["value"] else DEFAULTS[kind])
        if found["first"]:
            fault.first = int(found["first"])
            fault.last = int(found["last"]) if found["last"] else None if found["range"] else fault.first
        if fault.first < 1 or (fault.last is not None and fault.last < fault.first):
            raise ValueError(f"{text!r}: calls are counted from 1 upwards")
        fault._check()
        return fault

    def _check(self) -> None:
        if (self.kind in OF_DELIVERIES) != (self.target.lower() == DELIVER.lower()):
            raise ValueError(f"{self.text!r}: {' and '.join(sorted(OF_DELIVERIES))} are the faults of {DELIVER}")
        if self.kind == "records" and self.target.lower() not in {each.lower() for each in OF_RECORDS}:
            raise ValueError(f"{self.text!r}: records fail in {' and '.join(sorted(OF_RECORDS))}")
        if self.kind == "records" and (self.value is None or self.value < 1 or self.value % 1):
            raise ValueError(f"{self.text!r}: every how many records one fails is a whole number")
        if not set(self.target) & {"*", "?"} and self.target.lower() != DELIVER.lower():
            identify.check(*self.target.split("."))

    def matches(self, name: str) -> bool:
        return self.target == "*" or fnmatchcase(name.lower(), self.target.lower())

    def meets(self) -> bool:
        """Count one matching call and say whether it is one of those to strike."""
        self.seen += 1
        return self.first <= self.seen and (self.last is None or self.seen <= self.last)

    def shape(self) -> dict[str, str | int]:
        return {"fault": self.text, "seen": self.seen, "struck": self.struck}


class Faults:
    """The faults that are set, and the calls counted since the start or the last `reset_calls`. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._calls: Counter[str] = Counter()
        self._cleared = threading.Event()

    def add(self, *texts: str) -> None:
        """Set further faults; each counts calls from now on.

        :raises ValueError: for text that is no fault; then none of them is set.
        """
        made = [Fault.parse(text) for text in texts]
        with self._lock:
            self._faults += made

    def clear(self) -> None:
        """Take all faults away; calls that one of them holds go on at once."""
        with self._lock:
            self._faults = []
            self._cleared.set()
            self._cleared = threading.Event()

    def replace(self, *texts: str) -> None:
        """`clear`, then `add`. :raises ValueError: before anything is changed."""
        made = [Fault.parse(text) for text in texts]
        self.clear()
        with self._lock:
            self._faults = made

    def strike(self, name: str) -> Fault | None:
        """Count a call, such as `s3.PutObject`, and say which fault strikes it: the first that does."""
        with self._lock:
            self._calls[name] += 1
            hit = [fault for fault in self._faults if fault.matches(name) and fault.meets()]
            if hit:
                hit[0].struck += 1
            return hit[0] if hit else None

    def strike_delivery(self) -> str | None:
        """What happens to the next object that Firehose delivers: `twice`, `overtaken`, or None."""
        with self._lock:
            self._calls[DELIVER] += 1
            own = [fault for fault in self._faults if fault.kind in OF_DELIVERIES]
            hit = [fault for fault in own if fault.meets()]
            if hit:
                hit[0].struck += 1
            return hit[0].kind if hit else None

    def wait(self, seconds: float) -> None:
        """Hold a call, at most until the faults are cleared."""
        self._cleared.wait(seconds)

    @property
    def calls(self) -> dict[str, int]:
        """How often each operation was called, by name."""
        with self._lock:
            return dict(sorted(self._calls.items()))

    def reset_calls(self) -> None:
        with self._lock:
            self._calls.clear()

    def shapes(self) -> list[dict[str, str | int]]:
        """The faults with their counts, as `/_local_aws/faults` gives them."""
        with self._lock:
            return [fault.shape() for fault in self._faults]
