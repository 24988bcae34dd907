"""Expressions that are arrays of whole numbers."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.local_aws.sql.oracle.drawing import Drawing
from tests.local_aws.sql.oracle.values import Made


class Arrays(Drawing):
    def numbers(self, depth: int) -> Made:
        if depth == 0:
            return self.column("a")
        return self.pick(self._as_set, self._sorted, self._slice, self._mapped, self._two, depth=depth - 1)

    def _as_set(self, depth: int) -> Made:
        a = self.numbers(depth)
        return Made(f"array_distinct({a.sql})", None if a.value is None else list(dict.fromkeys(a.value)))

    def _sorted(self, depth: int) -> Made:
        a = self.numbers(depth)
        known = [] if a.value is None else sorted(each for each in a.value if each is not None)
        rest = [] if a.value is None else [None] * (len(a.value) - len(known))
        if self.draw(st.booleans()):
            return Made(f"array_sort({a.sql})", None if a.value is None else [*known, *rest])
        order = "CASE WHEN x IS NULL AND y IS NULL THEN 0 WHEN x IS NULL THEN 1 WHEN y IS NULL THEN -1 "
        order += "WHEN x < y THEN 1 WHEN x > y THEN -1 ELSE 0 END"
        return Made(f"array_sort({a.sql}, (x, y) -> {order})", None if a.value is None else [*known[::-1], *rest])

    def _slice(self, depth: int) -> Made:
        a, many = self.numbers(depth), self.draw(st.integers(0, 3))
        at = self.draw(st.integers(1, 5)) * self.draw(st.sampled_from([1, -1]))
        sql = f"slice({a.sql}, {at}, {many})"
        if a.value is None:
            return Made(sql, None)
        start = at - 1 if at > 0 else len(a.value) + at
        return Made(sql, [] if start < 0 else a.value[start : start + many])

    def _mapped(self, depth: int) -> Made:
        a, form = self.numbers(depth), self.draw(st.sampled_from(["transform", "filter", "reverse", "remove"]))
        if form == "transform":
            value = None if a.value is None else [None if each is None else each * 2 for each in a.value]
            return Made(f"transform({a.sql}, x -> x * 2)", value)
        if form == "filter":
            value = None if a.value is None else [each for each in a.value if each is not None and each > 0]
            return Made(f"filter({a.sql}, x -> x > 0)", value)
        if form == "reverse":
            return Made(f"reverse({a.sql})", None if a.value is None else a.value[::-1])
        value = None if a.value is None else [each for each in a.value if each != 1]
        return Made(f"array_remove({a.sql}, 1)", value)

    def _two(self, depth: int) -> Made:
        a, b = self.numbers(depth), self.numbers(0)
        form = self.draw(st.sampled_from(["concat", "array_union", "array_intersect", "array_except"]))
        sql = f"{form}({a.sql}, {b.sql})"
        if a.value is None or b.value is None:
            return Made(sql, None)
        values = {
            "concat": a.value + b.value,
            "array_union": list(dict.fromkeys(a.value + b.value)),
            "array_intersect": list(dict.fromkeys(each for each in a.value if each in b.value)),
            "array_except": list(dict.fromkeys(each for each in a.value if each not in b.value)),
        }
        return Made(sql, values[form])
