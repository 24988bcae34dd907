"""Expressions that are decimals, with the digits that Trino gives them."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from hypothesis import strategies as st

from tests.local_aws.sql.oracle.drawing import Drawing
from tests.local_aws.sql.oracle.values import EXACT, Made, quotient, rounded


class Decimals(Drawing):
    def decimal(self, depth: int) -> Made:
        if depth == 0:
            return self.column("d")
        return self.pick(self._decimals, self._rounded, self._scaled, depth=depth - 1)

    def _decimals(self, depth: int) -> Made:
        """Sum, difference, product, quotient and remainder, with the types that Trino gives them."""
        a, b, sign = self.decimal(0), self.decimal(0), self.draw(st.sampled_from("+-*/%"))
        (p1, s1), (p2, s2) = a.shape, b.shape
        scale = max(s1, s2)
        shape = (max(p1 - s1, p2 - s2) + scale + 1, scale)
        sql = f"({a.sql} {sign} {b.sql})" if sign in "+-*" else f"({a.sql} {sign} nullif({b.sql}, 0))"
        if sign == "*":
            shape = (p1 + p2, s1 + s2)
        elif sign == "/":
            shape = (p1 + s2 + max(0, s2 - s1), scale)
        elif sign == "%":
            shape = (min(p1 - s1, p2 - s2) + scale, scale)
        if a.value is None or b.value is None or (sign in "/%" and b.value == 0):
            return Made(sql, None, shape)
        if sign == "%":
            whole = quotient(int(a.value.scaleb(scale)), int(b.value.scaleb(scale)))
            return Made(sql, EXACT.subtract(a.value, EXACT.multiply(b.value, whole)), shape)
        function = {"+": EXACT.add, "-": EXACT.subtract, "*": EXACT.multiply, "/": EXACT.divide}[sign]
        return Made(sql, rounded(function(a.value, b.value), shape[1]), shape)

    def _rounded(self, depth: int) -> Made:
        a, name = self.decimal(depth), self.draw(st.sampled_from(["round", "floor", "ceil"]))
        precision, scale = a.shape
        shape = (precision - scale + min(1, scale), 0)
        mode = {"floor": ROUND_FLOOR, "ceil": ROUND_CEILING}.get(name)
        if a.value is None:
            return Made(f"{name}({a.sql})", None, shape)
        value = rounded(a.value, 0) if mode is None else a.value.quantize(Decimal(1), mode, context=EXACT)
        return Made(f"{name}({a.sql})", value, shape)

    def _scaled(self, depth: int) -> Made:
        a, scale = self.decimal(depth), self.draw(st.integers(0, 4))
        shape = (38, scale)
        return Made(
            f"CAST({a.sql} AS decimal(38,{scale}))", None if a.value is None else rounded(a.value, scale), shape
        )
