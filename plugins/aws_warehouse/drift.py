"""Schema drift: what the records of a window are made of, against what they were made of before.

The types come from the records themselves (`athena/ledger/count_fields.sql`), for a crawler's table is widened by a
single bad record, and a table that covers all partitions never loses a column. What is known is kept in the ledger.

- A **new** field is reported and let through. It is known from then on if most records have it.
- A known field of **another type** in most of the records that have it, or **no record with a known field**, stops the
  run before the merge. A few bad records are no drift: the merge sets them aside, each with its reason.
- A column that the crawled table has lost stops the run as well: only a change of the catalog can do that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

WHOLE, NUMBER, NULL = "whole number", "number", "null"
SHARE = 0.5
"""From which share of the records on a field, or a type of a field, is the store's own and not that of bad records."""


@dataclass
class Drift:
    """What differs from what is known; each a line for a person."""

    reported: list[str] = field(default_factory=list)
    stopping: list[str] = field(default_factory=list)
    known: dict[str, list[str]] = field(default_factory=dict)
    """What is known from now on, if nothing stops."""


def compare(known: Mapping[str, list[str]], rows: Iterable[Mapping[str, Any]], *, accept: bool = False) -> Drift:
    """Hold a window's fields against those known.

    :param rows: `{"field_name", "field_type", "record_count"}` each, as `count_fields.sql` gives them.
    :param accept: a person said that the window's fields are right: what would stop is reported and known.
    """
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        found.setdefault(str(row["field_name"]), {})[str(row["field_type"])] = int(row["record_count"])
    drift = Drift(known={name: list(types) for name, types in known.items()})
    records = max((sum(types.values()) for types in found.values()), default=0)
    problems = drift.reported if accept else drift.stopping
    for name, types in sorted(found.items()):
        _compare_field(name, types, records, drift, problems)
    for name in sorted(set(known) - set(found)) if found else ():
        problems.append(f"no record has {name} ({_said(known[name])})")
        drift.known.pop(name)
    return drift


def _compare_field(name: str, types: dict[str, int], records: int, drift: Drift, problems: list[str]) -> None:
    counts = {kind: count for kind, count in types.items() if kind != NULL}
    total = sum(counts.values())
    own = _own(counts, total)
    before = drift.known.get(name)
    if before is None:
        there = sum(types.values())
        if there / records >= SHARE:
            drift.known[name] = own
        drift.reported.append(f"new field {name} ({_said(own)}) in {there} of {records} records")
    elif before and own and not all(_holds(before, kind) for kind in own):
        problems.append(f"{name} was {_said(before)}, is {_said(own)} in most of {total} records")
        drift.known[name] = own
    elif not before:
        drift.known[name] = own


def _said(kinds: list[str]) -> str:
    return " or ".join(kinds) or NULL


def _own(counts: dict[str, int], total: int) -> list[str]:
    """The types that most records have; numbers that are whole now and then are numbers."""
    if NUMBER in counts and (counts[NUMBER] + counts.get(WHOLE, 0)) / total >= SHARE and counts[NUMBER] > total // 10:
        return [NUMBER]
    return sorted(kind for kind, count in counts.items() if count / total >= SHARE)


def _holds(known: list[str], kind: str) -> bool:
    """Whether values of a type are values of the known ones as well: a whole number is a number."""
    return kind in known or (kind == WHOLE and NUMBER in known)


def lost_columns(known: Iterable[str], columns: Iterable[str]) -> list[str]:
    """Known fields that the crawled table has no column for; Glue writes names in lower case."""
    there = {column.lower() for column in columns}
    return sorted(name for name in known if name.lower() not in there)
