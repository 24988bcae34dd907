"""What came of the clients' checks: one client's, those of a run that may be cut off, those of the last whole run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

Outcome = dict[str, Any]
"""`versions`: of the client's packages; `passed`: how many; `failed`: their names; `refused`: features by check."""

SOME_FAILED = "the checks ended with status 1"
"""What pytest ends with where checks failed: which ones is known."""


def of_lines(lines: Iterable[str], ended: str) -> Outcome:
    """From what `conftest.py` wrote, a line an event. A client that could not even start has failed at that.

    :param ended: why the checks did not end well, or nothing: in words, that stand for the checks that were not reached.
    """
    found: Outcome = {"versions": {}, "passed": 0, "failed": [], "refused": {}}
    for event in map(json.loads, lines):
        if "versions" in event:
            found["versions"] = event["versions"]
        elif event["outcome"] == "passed" and event["feature"]:
            found["refused"][event["check"]] = event["feature"]
        elif event["outcome"] == "passed":
            found["passed"] += 1
        elif event["check"] not in found["failed"]:
            found["failed"].append(event["check"])
    if ended and (ended != SOME_FAILED or not found["failed"]):
        found["failed"].append(ended)
    return found


def checks(outcome: Outcome) -> int:
    return int(outcome["passed"]) + len(outcome["failed"]) + len(outcome["refused"])


class Progress:
    """The outcomes of a run so far, kept on disk; each stands as long as what it is an outcome of has not changed."""

    def __init__(self, place: Path, states: Mapping[str, str]) -> None:
        """:param states: a digest for each client: see `state_of`."""
        self._place, self._states = place, states
        self.outcomes: dict[str, Outcome] = {}
        if place.exists():
            found = json.loads(place.read_text())
            self.outcomes = {
                client: each["outcome"]
                for client, each in found.items()
                if each["state"] == states.get(client) and not each["outcome"]["failed"]
            }

    def add(self, client: str, outcome: Outcome) -> None:
        self.outcomes[client] = outcome
        self._place.parent.mkdir(parents=True, exist_ok=True)
        kept = {name: {"state": self._states[name], "outcome": each} for name, each in self.outcomes.items()}
        self._place.write_text(json.dumps(kept))

    def forget(self) -> None:
        self._place.unlink(missing_ok=True)
        self.outcomes = {}


def state_of(places: Iterable[Path]) -> str:
    """A digest of these files, and of all Python sources in these folders."""
    digest = hashlib.sha256()
    for place in places:
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
