"""Random expressions over a row of columns, each with the value that Trino's documentation gives it."""

from __future__ import annotations

import calendar
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from hypothesis import strategies as st

from tests.local_aws.sql.oracle.values import EXACT, Made, literal, quotient, rounded

KINDS = {"i": "bigint", "s": "varchar", "t": "date", "m": "timestamp", "b": "boolean", "a": "array(bigint)"}
DECIMALS = {"d0": (9, 2), "d1": (5, 3)}
WORDS = st.text("abAB ,é%", max_size=6)
DAYS = st.dates(date(1968, 1, 1), date(2031, 12, 31))
Draw = st.DrawFn


@st.composite
def rows(draw: Draw) -> dict[str, Any]:
    """The columns: two of each kind but for moments, each perhaps NULL."""
    small = st.integers(-50, 50)
    made: dict[str, Any] = {}
    for n in range(2):
        made[f"i{n}"] = draw(st.none() | small)
        made[f"s{n}"] = draw(st.none() | WORDS)
        made[f"t{n}"] = draw(st.none() | DAYS)
        made[f"b{n}"] = draw(st.none() | st.booleans())
        made[f"a{n}"] = draw(st.none() | st.lists(st.none() | st.integers(-3, 3), max_size=4))
    for name, (precision, scale) in DECIMALS.items():
        digits = draw(st.none() | st.integers(-(10**precision) + 1, 10**precision - 1))
        made[name] = None if digits is None else Decimal(digits).scaleb(-scale)
    made["m0"] = draw(st.none() | st.datetimes(datetime(1969, 1, 1), datetime(2030, 1, 1)))
    if made["m0"] is not None:
        made["m0"] = made["m0"].replace(microsecond=made["m0"].microsecond // 1000 * 1000)
    return made


def source(row: dict[str, Any]) -> str:
    """The row as a FROM clause."""
    kinds = {name: f"decimal({p},{s})" for name, (p, s) in DECIMALS.items()}
    cells = ", ".join(literal(value, kinds.get(name) or KINDS[name[0]]) for name, value in row.items())
    return f"(VALUES ({cells})) t({', '.join(row)})"


class Expressions:
    """Draws expressions over one row."""

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

    # whole numbers
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

    # decimals
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

    # texts
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
        from tests.local_aws.sql.oracle.values import printed

        a = self.pick(self.number, self.decimal, self.day, self.moment, self.truth, depth=depth)
        return Made(f"CAST({a.sql} AS varchar)", printed(a.value, a.shape[1]))

    # moments
    def day(self, depth: int) -> Made:
        if depth == 0:
            return self.column("t")
        a, many = self.day(depth - 1), self.draw(st.integers(-40, 40))
        unit = self.draw(st.sampled_from(["day", "week", "month", "quarter", "year"]))
        form = self.draw(st.sampled_from(["add", "trunc", "interval"]))
        if form == "trunc":
            return Made(f"date_trunc('{unit}', {a.sql})", None if a.value is None else truncated(unit, a.value))
        if form == "interval":
            unit = self.draw(st.sampled_from(["day", "month", "year"]))
            sign = "-" if many < 0 else "+"
            return Made(f"({a.sql} {sign} INTERVAL '{abs(many)}' {unit.upper()})", shifted(unit, many, a.value))
        return Made(f"date_add('{unit}', {many}, {a.sql})", shifted(unit, many, a.value))

    def moment(self, depth: int) -> Made:
        if depth == 0:
            return self.column("m")
        a, many = self.moment(depth - 1), self.draw(st.integers(-100, 100))
        unit = self.draw(st.sampled_from(["second", "minute", "hour", "day", "month", "year"]))
        if self.draw(st.booleans()):
            return Made(f"date_trunc('{unit}', {a.sql})", None if a.value is None else truncated(unit, a.value))
        return Made(f"date_add('{unit}', {many}, {a.sql})", shifted(unit, many, a.value))

    # truths
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

    # arrays
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


TEXTS: dict[str, Callable[[str], str]] = {
    "upper": str.upper,
    "lower": str.lower,
    "reverse": lambda value: value[::-1],
    "trim": lambda value: value.strip(" "),
    "ltrim": lambda value: value.lstrip(" "),
    "rtrim": lambda value: value.rstrip(" "),
}
PARTS: dict[str, Callable[[date], int]] = {
    "year": lambda day: day.year,
    "month": lambda day: day.month,
    "day": lambda day: day.day,
    "quarter": lambda day: (day.month + 2) // 3,
    "week": lambda day: day.isocalendar().week,
    "year_of_week": lambda day: day.isocalendar().year,
    "day_of_week": lambda day: day.isoweekday(),
    "day_of_year": lambda day: day.timetuple().tm_yday,
}
COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda a, b: a == b,
    "<>": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    ">=": lambda a, b: a >= b,
    "IS DISTINCT FROM": lambda a, b: a != b,
}


def shifted(unit: str, many: int, value: Any) -> Any:
    """`date_add`: months end where their last day is."""
    if value is None:
        return None
    months = {"month": 1, "quarter": 3, "year": 12}.get(unit)
    if months is None:
        return value + timedelta(**{f"{unit}s": many})
    year, month = divmod(value.year * 12 + value.month - 1 + many * months, 12)
    return value.replace(year=year, month=month + 1, day=min(value.day, calendar.monthrange(year, month + 1)[1]))


def truncated(unit: str, value: Any) -> Any:
    starts = {"year": {"month": 1, "day": 1}, "month": {"day": 1}}
    starts["quarter"] = {"month": (value.month - 1) // 3 * 3 + 1, "day": 1}
    if unit == "week":
        value -= timedelta(days=value.weekday())
    value = value.replace(**starts.get(unit, {}))
    if not isinstance(value, datetime):
        return value
    clock = {"microsecond": 0} | ({} if unit == "second" else {"second": 0})
    clock |= {} if unit in {"second", "minute"} else {"minute": 0}
    clock |= {} if unit in {"second", "minute", "hour"} else {"hour": 0}
    return value.replace(**clock)


def difference(unit: str, first: date, second: date) -> int:
    """`date_diff` of dates, by Joda's rules: at the end of a month, its last day is as good as a later one."""
    if second < first:
        return -difference(unit, second, first)
    days = (second - first).days
    if unit in {"day", "week"}:
        return days // (1 if unit == "day" else 7)
    if unit == "year":
        return _years(first, second)
    last = calendar.monthrange(second.year, second.month)[1]
    day = min(first.day, second.day) if second.day == last else first.day
    months = (second.year - first.year) * 12 + second.month - first.month - (day > second.day)
    return months if unit == "month" else months // 3


def _years(first: date, second: date) -> int:
    """Days of the year compared as if both years were alike."""
    a, b = (each.timetuple().tm_yday - 1 for each in (first, second))
    leap = [calendar.isleap(each.year) for each in (first, second)]
    if a >= 59:
        if leap[0] and not leap[1]:
            a -= 1
        elif not leap[0] and b >= 59 and leap[1]:
            b -= 1
    return second.year - first.year - (b < a)


@st.composite
def cases(draw: Draw) -> tuple[str, list[Made]]:
    """A FROM clause of one row, and expressions over it."""
    row = draw(rows())
    made = Expressions(draw, row)
    return source(row), [made.any(draw(st.integers(1, 3))) for _ in range(12)]
