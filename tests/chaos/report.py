"""docs/reliability.md: the parts of it that runs write, each between its marks."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.chaos.faults import ALL, STAGES

PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
Shape = dict[str, Any]


def write(part: str, text: str, page: Path = PAGE) -> None:
    """Put a part of the page in the place of what it was.

    :raises ValueError: when the page has no marks for it.
    """
    begin, end = f"<!-- {part}: written by a run -->", f"<!-- end of {part} -->"
    found = page.read_text()
    if begin not in found or end not in found:
        raise ValueError(f"{page} has no part {part}")
    marked = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
    page.write_text(marked.sub(lambda _: f"{begin}\n\n{text.strip()}\n\n{end}", found))


def faults(outcomes: list[Shape], seed: int, minutes: float) -> str:
    """The faults of one run, by what went wrong and by call."""
    met = [each for each in outcomes if each["struck"]]
    lost = [each for each in met if each["failed"]]
    lines = [
        f"{len(met)} distinct faults struck (seed {seed}, {minutes:.0f} minutes of both cores):"
        f" {len(met) - len(lost)} survived, {len(lost)} not."
        f" {len(outcomes) - len(met)} more found no call to strike: how often a job is looked at depends on time.",
        "",
        "| what went wrong | struck | within the try | by a retry | by a person's clear | jobs more | survived |",
        "| --- | --: | --: | --: | --: | --: | --: |",
    ]
    for kind in ALL:
        own = [each for each in met if each["case"]["kind"] == kind]
        if own:
            lines.append(_row(kind, own))
    lines += ["", "| stage | call | its numbers | faults | survived |", "| --- | --- | --- | --: | --: |"]
    for (stage, call), own in _by_call(met):
        numbers = _ranges({each["case"]["number"] for each in own})
        survived = sum(not each["failed"] for each in own)
        lines.append(f"| {stage} | `{call}` | {numbers} | {len(own)} | {survived} |")
    for each in lost:
        lines.append(f"\n**Not survived**: {each['case']}: {each['failed']}")
    return "\n".join(lines)


def _row(kind: str, own: list[Shape]) -> str:
    hits = Counter(each["hit"] for each in own if each["hit"])
    whose = f" ({', '.join(f'{name} {count}' for name, count in sorted(hits.items()))})" if hits else ""
    cleared = sum(each["healed"] for each in own)
    retried = sum(each["tries"] > 1 and not each["healed"] for each in own)
    more = sum(sum(each["extra"].values()) for each in own)
    survived = sum(not each["failed"] for each in own)
    within = len(own) - retried - cleared
    return f"| {kind}{whose} | {len(own)} | {within} | {retried} | {cleared} | {more} | {survived} |"


def _by_call(met: Iterable[Shape]) -> list[tuple[tuple[str, str], list[Shape]]]:
    found: dict[tuple[str, str], list[Shape]] = defaultdict(list)
    for each in met:
        found[each["case"]["stage"], each["case"]["call"]].append(each)
    return sorted(found.items(), key=lambda entry: (STAGES.index(entry[0][0]), entry[0][1]))


def _ranges(numbers: set[int]) -> str:
    """`1-3, 5`."""
    ranges: list[list[int]] = []
    for number in sorted(numbers):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    return ", ".join(f"{first}" if first == last else f"{first}-{last}" for first, last in ranges)
