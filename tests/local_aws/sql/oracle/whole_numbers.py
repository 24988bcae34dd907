"""Expressions that are whole numbers."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.local_aws.sql.oracle.drawing import Drawing
from tests.local_aws.sql.oracle.moments import PARTS, difference
from tests.local_aws.sql.oracle.values import Made, quotient, rounded


class WholeNumbers(Drawing):
    def number(self, depth: int) -> Made:
        if depth == 0:
            return self.column("i") if self.draw(st.booleans()) else self._constant()
        return self.pick(
            self._sum, self._quotient, self._product, self._abs, self._length, self._strpos, self._case, self._coalesce,
            self._extreme, self._from_decimal, self._part, self._diff, self._size, self._element, self._folded,
            depth=depth - 1,
        )  # fmt: skip

    def _constant(self) -> Made:
        value = self.draw(st.integers(0, 9))
        return Made(str(value), value)

    def _sum(self, depth: int) -> Made:
        a, b, sign = self.number(depth), self.number(depth), self.draw(st.sampled_from("+-"))
        known = a.value is not None and b.value is not None
        return Made(f"({a.sql} {sign} {b.sql})", (a.value + b.value * (1 if sign == "+" else -1)) if known else None)

    def _product(self, depth: int) -> Made:
        a, b = self.number(0), self.number(0)
        return Made(f"({a.sql} * {b.sql})", None if None in (a.value, b.value) else a.value * b.value)

    def _quotient(self, depth: int) -> Made:
        a, b, sign = self.number(depth), self.number(0), self.draw(st.sampled_from("/%"))
        sql = f"({a.sql} {sign} nullif({b.sql}, 0))"
        if a.value is None or not b.value:
            return Made(sql, None)
        whole = quotient(a.value, b.value)
        return Made(sql, whole if sign == "/" else a.value - b.value * whole)

    def _abs(self, depth: int) -> Made:
        a = self.number(depth)
        return Made(f"abs({a.sql})", None if a.value is None else abs(a.value))

    def _length(self, depth: int) -> Made:
        a = self.text(depth)
        return Made(f"length({a.sql})", None if a.value is None else len(a.value))

    def _strpos(self, depth: int) -> Made:
        a, b = self.text(depth), self.text(0)
        return Made(f"strpos({a.sql}, {b.sql})", None if None in (a.value, b.value) else a.value.find(b.value) + 1)

    def _case(self, depth: int) -> Made:
        test, a, b = self.truth(depth), self.number(depth), self.number(depth)
        form = self.draw(st.sampled_from(["CASE WHEN {} THEN {} ELSE {} END", "if({}, {}, {})"]))
        return Made(form.format(test.sql, a.sql, b.sql), a.value if test.value else b.value)

    def _coalesce(self, depth: int) -> Made:
        a, b = self.number(depth), self.number(depth)
        if self.draw(st.booleans()):
            return Made(f"coalesce({a.sql}, {b.sql})", b.value if a.value is None else a.value)
        return Made(f"nullif({a.sql}, {b.sql})", None if a.value == b.value else a.value)

    def _extreme(self, depth: int) -> Made:
        a, b, name = self.number(depth), self.number(depth), self.draw(st.sampled_from(["greatest", "least"]))
        chosen = max if name == "greatest" else min
        return Made(f"{name}({a.sql}, {b.sql})", None if None in (a.value, b.value) else chosen(a.value, b.value))

    def _from_decimal(self, depth: int) -> Made:
        a = self.decimal(depth)
        return Made(f"CAST({a.sql} AS bigint)", None if a.value is None else int(rounded(a.value, 0)))

    def _part(self, depth: int) -> Made:
        a, part = self.day(depth), self.draw(st.sampled_from(list(PARTS)))
        return Made(f"{part}({a.sql})", None if a.value is None else PARTS[part](a.value))

    def _diff(self, depth: int) -> Made:
        a, b, unit = (
            self.day(depth),
            self.day(0),
            self.draw(st.sampled_from(["day", "week", "month", "quarter", "year"])),
        )
        known = a.value is not None and b.value is not None
        return Made(f"date_diff('{unit}', {a.sql}, {b.sql})", difference(unit, a.value, b.value) if known else None)

    def _size(self, depth: int) -> Made:
        a = self.numbers(depth)
        return Made(f"cardinality({a.sql})", None if a.value is None else len(a.value))

    def _element(self, depth: int) -> Made:
        a, at = self.numbers(depth), self.draw(st.integers(1, 4)) * self.draw(st.sampled_from([1, -1]))
        inside = a.value is not None and abs(at) <= len(a.value)
        return Made(f"element_at({a.sql}, {at})", a.value[at - 1 if at > 0 else at] if inside else None)

    def _folded(self, depth: int) -> Made:
        a = self.numbers(depth)
        value = None if a.value is None or None in a.value else sum(a.value)
        return Made(f"reduce({a.sql}, BIGINT '0', (s, x) -> s + x, s -> s)", value)
