"""Expressions that are texts."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from tests.local_aws.sql.oracle.drawing import Drawing
from tests.local_aws.sql.oracle.rows import WORDS
from tests.local_aws.sql.oracle.values import Made, printed

TEXTS: dict[str, Callable[[str], str]] = {
    "upper": str.upper,
    "lower": str.lower,
    "reverse": lambda value: value[::-1],
    "trim": lambda value: value.strip(" "),
    "ltrim": lambda value: value.lstrip(" "),
    "rtrim": lambda value: value.rstrip(" "),
}


class Texts(Drawing):
    def text(self, depth: int) -> Made:
        if depth == 0:
            if self.draw(st.booleans()):
                return self.column("s")
            value = self.draw(WORDS)
            return Made("'" + value + "'", value)
        return self.pick(
            self._joined,
            self._one,
            self._substr,
            self._replaced,
            self._padded,
            self._split,
            self._shown,
            depth=depth - 1,
        )

    def _joined(self, depth: int) -> Made:
        a, b = self.text(depth), self.text(depth)
        if self.draw(st.booleans()):
            kept = [each.value for each in (a, b) if each.value is not None]
            return Made(f"concat_ws('-', {a.sql}, {b.sql})", "-".join(kept))
        return Made(f"({a.sql} || {b.sql})", None if None in (a.value, b.value) else a.value + b.value)

    def _one(self, depth: int) -> Made:
        a, name = self.text(depth), self.draw(st.sampled_from(list(TEXTS)))
        return Made(f"{name}({a.sql})", None if a.value is None else TEXTS[name](a.value))

    def _substr(self, depth: int) -> Made:
        a, at, many = self.text(depth), self.draw(st.integers(-7, 7)), self.draw(st.none() | st.integers(-1, 4))
        sql = f"substr({a.sql}, {at})" if many is None else f"substr({a.sql}, {at}, {many})"
        if a.value is None:
            return Made(sql, None)
        start = at - 1 if at > 0 else len(a.value) + at
        outside = at == 0 or start < 0
        end = len(a.value) if many is None else start + max(0, many)
        return Made(sql, "" if outside else a.value[start:end])

    def _replaced(self, depth: int) -> Made:
        a, b, c = self.text(depth), self.text(0), self.text(0)
        known = None not in (a.value, b.value, c.value)
        return Made(f"replace({a.sql}, {b.sql}, {c.sql})", a.value.replace(b.value, c.value) if known else None)

    def _padded(self, depth: int) -> Made:
        a, size, side = self.text(depth), self.draw(st.integers(0, 8)), self.draw(st.sampled_from("lr"))
        sql = f"{side}pad({a.sql}, {size}, 'xy')"
        if a.value is None:
            return Made(sql, None)
        filler = ("xy" * size)[: max(0, size - len(a.value))]
        return Made(sql, a.value[:size] if not filler else filler + a.value if side == "l" else a.value + filler)

    def _split(self, depth: int) -> Made:
        a, at = self.text(depth), self.draw(st.integers(1, 3))
        parts = [] if a.value is None else a.value.split(",")
        return Made(f"split_part({a.sql}, ',', {at})", parts[at - 1] if at <= len(parts) else None)

    def _shown(self, depth: int) -> Made:
        a = self.pick(self.number, self.decimal, self.day, self.moment, self.truth, depth=depth)
        return Made(f"CAST({a.sql} AS varchar)", printed(a.value, a.shape[1]))
