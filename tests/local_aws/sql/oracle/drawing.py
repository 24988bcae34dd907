"""What the kinds of expressions have in common: a row whose columns they take, and one another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.local_aws.sql.oracle.rows import DECIMALS, Draw
from tests.local_aws.sql.oracle.values import Made


class Drawing:
    """Draws expressions over one row; a kind of expressions is a method of a subclass, by depth."""

    number: Callable[[int], Made]
    decimal: Callable[[int], Made]
    text: Callable[[int], Made]
    day: Callable[[int], Made]
    moment: Callable[[int], Made]
    truth: Callable[[int], Made]
    numbers: Callable[[int], Made]

    def __init__(self, draw: Draw, row: dict[str, Any]) -> None:
        self.draw, self.row = draw, row

    def pick(self, *options: Callable[[int], Made], depth: int) -> Made:
        return self.draw(st.sampled_from(options))(depth)

    def column(self, letter: str) -> Made:
        name = self.draw(st.sampled_from([each for each in self.row if each[0] == letter]))
        return Made(name, self.row[name], DECIMALS.get(name, (0, 0)))

    def any(self, depth: int) -> Made:
        return self.pick(
            self.number, self.decimal, self.text, self.day, self.moment, self.truth, self.numbers, depth=depth
        )
