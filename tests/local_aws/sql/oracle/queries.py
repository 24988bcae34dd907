"""Random queries over two small tables, each with the rows that it gives: grouping, joins, windows, sets, order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.local_aws.sql.oracle.values import EXACT, literal, printed, rounded

Draw = st.DrawFn
Row = tuple[Any, ...]
KINDS = ("bigint", "varchar", "decimal(7,2)", "date")
"""Of the columns `k`, `s`, `v`, `d`."""
NULLS_LAST = (1, 0)


@st.composite
def tables(draw: Draw) -> list[Row]:
    cell = st.tuples(
        st.none() | st.integers(1, 3),
        st.none() | st.sampled_from(["a", "b", "B", ""]),
        st.none() | st.integers(-500, 500).map(lambda n: Decimal(n).scaleb(-2)),
        st.none() | st.dates(date(2020, 1, 28), date(2020, 3, 3)),
    )
    return draw(st.lists(cell, min_size=1, max_size=6))


def written(rows: list[Row]) -> str:
    """The rows with a number each, so that every order of them can be told."""
    cells = (
        ", ".join([str(n), *(literal(value, kind) for value, kind in zip(row, KINDS, strict=True))])
        for n, row in enumerate(rows)
    )
    return f"(VALUES {', '.join(f'({each})' for each in cells)})"


def numbered(rows: list[Row]) -> list[Row]:
    return [(n, *row) for n, row in enumerate(rows)]


def key(value: Any) -> tuple[int, Any]:
    """Where a value stands in an ascending order: NULL behind all others."""
    return NULLS_LAST if value is None else (0, value)


def shown(rows: list[Row], scales: tuple[int, ...]) -> list[tuple[str | None, ...]]:
    return [tuple(printed(value, scale) for value, scale in zip(row, scales, strict=True)) for row in rows]


def total(values: list[Decimal]) -> Decimal | None:
    made = Decimal(0)
    for value in values:
        made = EXACT.add(made, value)
    return made if values else None


def mean(values: list[Decimal]) -> Decimal | None:
    made = total(values)
    return None if made is None else rounded(EXACT.divide(made, Decimal(len(values))), 2)


def known(rows: list[Row], at: int) -> list[Any]:
    return [row[at] for row in rows if row[at] is not None]


def _none(rows: list[Row]) -> str | None:
    return "" if known(rows, 2) else None


def _max_by(rows: list[Row]) -> Any:
    ranked = [row for row in rows if row[3] is not None]
    best = max((row[3] for row in ranked), default=None)
    found = [row[0] for row in ranked if row[3] == best]
    return found[0] if len(found) == 1 else "any"


AGGREGATES: dict[str, tuple[Callable[[list[Row]], Any], int]] = {
    "count(*)": (len, 0),
    "count(v)": (lambda rows: len(known(rows, 3)), 0),
    "count(DISTINCT s)": (lambda rows: len(set(known(rows, 2))), 0),
    "sum(v)": (lambda rows: total(known(rows, 3)), 2),
    "avg(v)": (lambda rows: mean(known(rows, 3)), 2),
    "min(d)": (lambda rows: min(known(rows, 4), default=None), 0),
    "max(s)": (lambda rows: max(known(rows, 2), default=None), 0),
    "count_if(v > 0)": (lambda rows: sum(value > 0 for value in known(rows, 3)), 0),
    "sum(v) FILTER (WHERE k > 1)": (lambda rows: total(known([row for row in rows if (row[1] or 0) > 1], 3)), 2),
    "bool_or(v > 0)": (lambda rows: any(value > 0 for value in known(rows, 3)) if known(rows, 3) else None, 0),
    "array_agg(k ORDER BY n)": (lambda rows: [row[1] for row in rows], 0),
    "max_by(n, v)": (_max_by, 0),
    "listagg(s, '+') WITHIN GROUP (ORDER BY s, n)": (lambda rows: "+".join(sorted(known(rows, 2))) or _none(rows), 0),
}


@st.composite
def grouped(draw: Draw) -> tuple[str, list[Any]]:
    """GROUP BY one or two keys, perhaps with ROLLUP."""
    rows, names = draw(tables()), draw(st.lists(st.sampled_from(list(AGGREGATES)), min_size=1, max_size=4, unique=True))
    keys = draw(st.sampled_from([(), ("k",), ("s",), ("k", "s"), ("s", "k")]))
    rollup = bool(keys) and draw(st.booleans())
    places = {"k": 1, "s": 2}
    made: list[Row] = []
    for size in range(len(keys), -1, -1) if rollup else [len(keys)]:
        groups: dict[Row, list[Row]] = {}
        for row in numbered(rows):
            groups.setdefault(tuple(row[places[each]] for each in keys[:size]), []).append(row)
        for label, members in groups.items():
            values = tuple(AGGREGATES[each][0](members) for each in names)
            made.append((*label, *[None] * (len(keys) - size), *values, len(keys) - size))
    if any("any" in row for row in made):  # of equal values max_by may take either
        return grouped_alone(rows)
    made.sort(key=lambda row: (row[-1], *(key(each) for each in row[: len(keys)])))
    level = f"grouping({', '.join(keys)})" if rollup else "0"
    group = f"GROUP BY ROLLUP ({', '.join(keys)})" if rollup else f"GROUP BY {', '.join(keys)}" if keys else ""
    order = ", ".join(str(n + 1) for n in range(len(keys)))
    sql = f"SELECT {', '.join([*keys, *names])} FROM {written(rows)} t(n, k, s, v, d) {group} "
    sql += f"ORDER BY {', '.join(filter(None, [level if rollup else '', order])) or '1'}"
    scales = (*[0] * len(keys), *(AGGREGATES[each][1] for each in names))
    return sql, shown([row[:-1] for row in made], scales)


def grouped_alone(rows: list[Row]) -> tuple[str, list[Any]]:
    return f"SELECT count(*) FROM {written(rows)} t(n, k, s, v, d)", [(str(len(rows)),)]


@st.composite
def joined(draw: Draw) -> tuple[str, list[Any]]:
    """Joins on one or two keys, perhaps with a condition besides."""
    left, right = numbered(draw(tables())), numbered(draw(tables()))
    kind, two = draw(st.sampled_from(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])), draw(st.booleans())
    besides = draw(st.booleans())

    def fits(a: Row, b: Row) -> bool:
        same = a[1] is not None and a[1] == b[1] and (not two or (a[2] is not None and a[2] == b[2]))
        return same and (not besides or (a[3] is not None and b[3] is not None and a[3] < b[3]))

    pairs = [(a, b) for a in left for b in right if fits(a, b)]
    made = [(a[0], b[0], a[3], b[2]) for a, b in pairs]
    if kind in {"LEFT JOIN", "FULL JOIN"}:
        made += [(a[0], None, a[3], None) for a in left if all(a is not one for one, _ in pairs)]
    if kind in {"RIGHT JOIN", "FULL JOIN"}:
        made += [(None, b[0], None, b[2]) for b in right if all(b is not one for _, one in pairs)]
    made.sort(key=lambda row: (key(row[0]), key(row[1])))
    on = "a.k = b.k" + (" AND a.s = b.s" if two else "") + (" AND a.v < b.v" if besides else "")
    sources = [
        f"{written([row[1:] for row in rows])} {name}(n, k, s, v, d)" for rows, name in ((left, "a"), (right, "b"))
    ]
    sql = f"SELECT a.n, b.n, a.v, b.s FROM {sources[0]} {kind} {sources[1]} ON {on} ORDER BY a.n, b.n"
    return sql, shown(made, (0, 0, 2, 0))


@st.composite
def windowed(draw: Draw) -> tuple[str, list[Any]]:
    """Window functions over partitions by `k`, in the order of `v`, then of the row."""
    rows = numbered(draw(tables()))
    size = draw(st.integers(0, 2))
    made: list[Row] = []
    for label in {row[1] for row in rows}:
        part = sorted((row for row in rows if row[1] == label), key=lambda row: (key(row[3]), row[0]))
        for at, row in enumerate(part):
            peers = [each for each in part if key(each[3]) < key(row[3])]
            before = {key(each[3]) for each in peers}
            frame = known(part[max(0, at - size) : at + 1], 3)
            lagged = [each[3] for each in part[:at] if each[3] is not None]
            made.append(
                (
                    *(row[0], at + 1, len(peers) + 1, len(before) + 1, total(frame)),
                    *(part[at - 1][2] if at else "none", lagged[-1] if lagged else None),
                    *(part[-1][0], part[0][4]),
                )
            )
    made.sort()
    over = "PARTITION BY k ORDER BY v, n"
    sql = f"""SELECT n, row_number() OVER w, rank() OVER (PARTITION BY k ORDER BY v),
        dense_rank() OVER (PARTITION BY k ORDER BY v),
        sum(v) OVER ({over} ROWS BETWEEN {size} PRECEDING AND CURRENT ROW),
        lag(s, 1, 'none') OVER ({over}), lag(v) IGNORE NULLS OVER ({over}),
        last_value(n) OVER ({over} ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING), first_value(d) OVER w
        FROM {written([row[1:] for row in rows])} t(n, k, s, v, d) WINDOW w AS ({over}) ORDER BY n"""
    return sql, shown(made, (0, 0, 0, 0, 2, 0, 2, 0, 0))


@st.composite
def combined(draw: Draw) -> tuple[str, list[Any]]:
    """UNION, INTERSECT and EXCEPT, each with and without ALL; NULLs are alike there."""
    left, right = ([row[:2] for row in draw(tables())] for _ in range(2))
    word, every = draw(st.sampled_from(["UNION", "INTERSECT", "EXCEPT"])), draw(st.booleans())
    if not every:
        made = {"UNION": set(left) | set(right), "INTERSECT": set(left) & set(right), "EXCEPT": set(left) - set(right)}
        found = list(made[word])
    elif word == "UNION":
        found = left + right
    else:
        found, rest = [], list(right)
        for row in left:
            in_both = row in rest
            if in_both:
                rest.remove(row)
            if in_both == (word == "INTERSECT"):
                found.append(row)
    found.sort(key=lambda row: (key(row[0]), key(row[1])))
    sides = [
        f"SELECT * FROM (VALUES {', '.join(f'({literal(a, KINDS[0])}, {literal(b, KINDS[1])})' for a, b in rows)})"
        for rows in (left, right)
    ]
    return f"{sides[0]} {word} {'ALL ' * every}{sides[1]} ORDER BY 1, 2", shown(found, (0, 0))


@st.composite
def ordered(draw: Draw) -> tuple[str, list[Any]]:
    """WHERE with a subquery, ORDER BY with NULLS, OFFSET and LIMIT."""
    rows = numbered(draw(tables()))
    name, at = draw(st.sampled_from([("k", 1), ("s", 2), ("v", 3), ("d", 4)]))
    down, first = draw(st.booleans()), draw(st.sampled_from([None, True, False]))
    offset, limit = draw(st.integers(0, 3)), draw(st.integers(0, 5))
    wanted, negated = draw(st.lists(st.none() | st.integers(1, 3), max_size=2)), draw(st.booleans())

    def kept(value: Any) -> bool:
        if not wanted:
            return negated
        if value is None or (value not in wanted and None in wanted):
            return False
        return (value in wanted) != negated

    found = [row for row in rows if kept(row[1])]
    values = sorted((row for row in found if row[at] is not None), key=lambda row: (row[at],), reverse=down)
    values.sort(key=lambda row: row[0])
    values.sort(key=lambda row: row[at], reverse=down)
    empty = [row for row in found if row[at] is None]
    made = [*empty, *values] if first else [*values, *empty]
    listed = ", ".join(literal(each, "bigint") for each in wanted)
    inner = f"SELECT x FROM (VALUES {listed}) u(x)" if wanted else "SELECT CAST(1 AS bigint) WHERE false"
    nulls = {None: "", True: " NULLS FIRST", False: " NULLS LAST"}[first]
    sql = f"""SELECT n, k, s, v, d FROM {written([row[1:] for row in rows])} t(n, k, s, v, d)
        WHERE k {"NOT " * negated}IN ({inner})
        ORDER BY {name}{" DESC" * down}{nulls}, n OFFSET {offset} LIMIT {limit}"""
    return sql, shown(made[offset : offset + limit], (0, 0, 0, 2, 0))


def cases() -> st.SearchStrategy[tuple[str, list[Any]]]:
    return st.one_of(grouped(), joined(), windowed(), combined(), ordered())
