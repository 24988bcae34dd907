"""What `make bench` runs: each module here measures one thing and says what it measured.

The convention. A module `benchmarks/<name>.py` has a docstring, whose first sentence is its title on the page,
and a function

    def run(scale: float) -> list[Row]

`scale` is 1 for the figures that are published; a smaller one is for trying it out. `run` starts what it needs (its own
endpoint, in a temporary directory, on a free port), closes it again, and checks what came out: a wrong answer raises,
it is not a row. A ratio is a row of its own, taken of two times of the same run: machines and neighbours differ.

The runner, `python -m benchmarks`, runs each module in a process of its own, and writes docs/benchmarks.md.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One figure.

    :param name: what was measured, such as `plain DuckDB, 22 queries`.
    :param value: how much.
    :param unit: of what: `s`, `records/s`, `×` for a ratio, `of 22`.
    :param aim: what it is to be, in words (`at most 1.15`), or nothing.
    """

    name: str
    value: float
    unit: str
    aim: str = ""


__all__ = ["Row"]
