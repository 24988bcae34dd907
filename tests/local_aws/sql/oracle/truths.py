"""Expressions that are true, false or unknown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.local_aws.sql.oracle.drawing import Drawing
from tests.local_aws.sql.oracle.values import Made

COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "IS DISTINCT FROM": lambda a, b: a != b,
}


class Truths(Drawing):
    def truth(self, depth: int) -> Made:
        if depth == 0:
            return self.column("b")
        return self.pick(self._compared, self._logic, self._not, self._null, self._in, self._contains, depth=depth - 1)

    def _compared(self, depth: int) -> Made:
        side = self.draw(st.sampled_from([self.number, self.decimal, self.text, self.day, self.moment]))
        a, b, sign = side(depth), side(depth), self.draw(st.sampled_from(list(COMPARED)))
        known = a.value is not None and b.value is not None
        if sign == "IS DISTINCT FROM":
            return Made(f"({a.sql} {sign} {b.sql})", a.value != b.value)
        return Made(f"({a.sql} {sign} {b.sql})", COMPARED[sign](a.value, b.value) if known else None)

    def _logic(self, depth: int) -> Made:
        a, b, word = self.truth(depth), self.truth(depth), self.draw(st.sampled_from(["AND", "OR"]))
        decides = word == "OR"
        if decides in (a.value, b.value):
            value: bool | None = decides
        else:
            value = None if None in (a.value, b.value) else not decides
        return Made(f"({a.sql} {word} {b.sql})", value)

    def _not(self, depth: int) -> Made:
        a = self.truth(depth)
        return Made(f"(NOT {a.sql})", None if a.value is None else not a.value)

    def _null(self, depth: int) -> Made:
        a, word = self.any(depth), self.draw(st.sampled_from(["IS NULL", "IS NOT NULL"]))
        return Made(f"({a.sql} {word})", (a.value is None) == (word == "IS NULL"))

    def _in(self, depth: int) -> Made:
        a, options = self.number(depth), [self.number(0) for _ in range(self.draw(st.integers(1, 3)))]
        word, values = self.draw(st.sampled_from(["IN", "NOT IN"])), [each.value for each in options]
        found: bool | None = a.value in values if a.value is not None else None
        if found is False and None in values:
            found = None
        listed = ", ".join(each.sql for each in options)
        return Made(f"({a.sql} {word} ({listed}))", found if found is None or word == "IN" else not found)

    def _contains(self, depth: int) -> Made:
        form = self.draw(st.sampled_from(["contains", "overlap", "any_match", "all_match", "none_match"]))
        a = self.numbers(depth)
        if form == "overlap":
            b = self.numbers(0)
            if a.value is None or b.value is None:
                return Made(f"arrays_overlap({a.sql}, {b.sql})", None)
            common = {each for each in a.value if each is not None} & set(b.value)
            return Made(
                f"arrays_overlap({a.sql}, {b.sql})", True if common else self._if_known(a.value + b.value, False)
            )
        if form == "contains":
            b = self.number(0)
            sql = f"contains({a.sql}, {b.sql})"
            if a.value is None or b.value is None:
                return Made(sql, None)
            return Made(sql, True if b.value in a.value else self._if_known(a.value, False))
        sql = f"{form}({a.sql}, x -> x > 0)"
        if a.value is None:
            return Made(sql, None)
        holds = [each > 0 for each in a.value if each is not None]
        if form == "all_match":
            return Made(sql, False if not all(holds) else self._if_known(a.value, True))
        found = True if any(holds) else self._if_known(a.value, False)
        return Made(sql, found if found is None or form == "any_match" else not found)

    @staticmethod
    def _if_known(values: list[Any], otherwise: bool) -> bool | None:
        return None if None in values else otherwise
